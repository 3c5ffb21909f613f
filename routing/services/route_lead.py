"""Decide one lead's owner and store the decision, the assignment and the counts in one transaction."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leads.models import Lead
from routing.acceptance import NO_CLOCK, Clock, is_protected
from routing.balancing import Pool
from routing.clocks import clock_for
from routing.contract import Inputs
from routing.engine import Chain, match
from routing.models import Assignment, Decision, Ledger, Rep
from routing.plan import Plan
from routing.pools import Footing, Standings, footing_at, members_of, pool_of
from routing.resolution import Resolution, resolve_chain
from routing.selectors import ActivePlan
from routing.services.ledger import Reason, charge_out_of_turn, charge_pick, lock_ledgers
from routing.statements import decided_and_held

OWNER = Assignment.Role.OWNER


@dataclass(frozen=True)
class _Request:
    """What one call decides on."""

    lead: Lead
    submission_id: UUID
    inputs: Inputs
    active: ActivePlan
    is_test: bool
    starts_clock: bool
    now: datetime
    started_ns: int

    @property
    def plan(self) -> Plan:
        return self.active.plan

    @property
    def seed(self) -> str:
        return self.submission_id.hex

    def counts(self, queue_key: str, kind: str) -> bool:
        queue = self.plan.queues.get(queue_key)
        return queue is not None and kind in queue.credit.counts


def route_lead(
    *,
    lead: Lead,
    submission_id: UUID,
    inputs: Inputs,
    active: ActivePlan,
    is_test: bool = False,
    starts_clock: bool = True,
    now: datetime,
) -> Decision:
    """The decision for this submission; the stored one where there is one already.

    A lead with a live owner keeps it. A test takes no credit, unless the queue counts tests. With `starts_clock` off,
    as for imports and tests, nobody is asked to accept in time.
    """
    request = _Request(lead, submission_id, inputs, active, is_test, starts_clock, now, time.perf_counter_ns())
    with transaction.atomic(savepoint=False):
        # Two submissions of one person may be routed at once: the lead's row lets the second see the first's owner.
        Lead.objects.select_for_update(no_key=True).values_list("pk").get(pk=lead.pk)
        # A statement of its own: the locking one sees only what was committed before it began to wait.
        stored, held = decided_and_held(submission_id, lead.pk, OWNER)
        if stored is not None:
            return Decision.objects.get(pk=stored)
        if held is not None:
            return _keep_owner(request, Assignment.objects.select_related("rep").get(pk=held))
        return _decide(request)


def _decide(request: _Request) -> Decision:
    chain = match(request.plan, request.inputs, request.now)
    ledgers = lock_ledgers({request.plan.queues[key].ledger for key in chain.queues} | _owned_ledgers(request, chain))
    footing = _footing(request.plan, chain, {key: ledger.pk for key, ledger in ledgers.items()}, request.now)
    resolution = _resolve(request.plan, chain, footing, request.inputs, now=request.now, seed=request.seed)
    rep = _rep(resolution.rep_key, footing) if resolution.rep_key else None
    decision = _store_decision(request, chain, resolution, rep)
    if rep is not None:
        assignment = _assign(request, decision, rep)
        _count(request, assignment, rep, ledgers, footing.standings, resolution)
    return decision


def _rep(key: str, footing: Footing) -> Rep:
    """The rep's row with what is known of it already; whatever else is asked of it, Django fetches then."""
    return Rep.from_db(None, ["id", "key"], [footing.rep_ids[key], key])


def _owned_ledgers(request: _Request, chain: Chain) -> set[str]:
    """Counts in which a lead that goes straight to its owner is counted too."""
    owners = _owners(chain)
    return {
        queue.ledger
        for queue in request.plan.queues.values()
        if owners and "owned" in queue.credit.counts and owners & queue.member_by_rep.keys()
    }


def _owners(chain: Chain) -> set[str]:
    return {step.key for step in chain.steps if step.kind == "owner"}


def _footing(plan: Plan, chain: Chain, ledgers: Mapping[str, int], now: datetime) -> Footing:
    return footing_at(now, members_of(plan, chain.queues) | _owners(chain), ledgers)


def _resolve(plan: Plan, chain: Chain, footing: Footing, inputs: Inputs, *, now: datetime, seed: str) -> Resolution:
    pools: Callable[[str], Pool] = lambda queue: pool_of(  # noqa: E731  one line of wiring
        queue, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now
    )
    active = frozenset(_owners(chain) - footing.roster.inactive)
    return resolve_chain(chain, pool_of=pools, active_owners=active, inputs=inputs, now=now, seed=seed)


def _store_decision(request: _Request, chain: Chain, resolution: Resolution, rep: Rep | None) -> Decision:
    return Decision.objects.create(
        lead=request.lead,
        submission_id=request.submission_id,
        role=OWNER,
        outcome=Decision.Outcome.ASSIGNED if rep else Decision.Outcome.PARKED,
        reason=resolution.reason,
        rep=rep,
        queue_key=resolution.queue_key,
        territory_key=chain.territory or "",
        rule_key=chain.rule or "",
        account_list_key=chain.account_list or "",
        plan_id=request.active.id,
        plan_hash=request.plan.hash,
        inputs=request.inputs.as_document(),
        pools=[pool.as_document() for pool in resolution.pools],
        passed_over=[asdict(each) for each in resolution.passed_over],
        seed=request.seed,
        trace=chain.trace_document(),
        tie_break=resolution.pick.tie_break if resolution.pick else "",
        duration_us=_elapsed_us(request),
        counts_for_alerts=request.starts_clock,
        decided_at=request.now,
    )


def _elapsed_us(request: _Request) -> int:
    return (time.perf_counter_ns() - request.started_ns) // 1000


def _assign(request: _Request, decision: Decision, rep: Rep) -> Assignment:
    protected = is_protected(decision.reason)
    clock = NO_CLOCK if protected or not request.starts_clock else _clock(request, decision, rep)
    return Assignment.objects.create(
        lead=request.lead,
        role=OWNER,
        rep=rep,
        queue_key=decision.queue_key,
        decision=decision,
        created_at=request.now,
        due_at=clock.due_at,
        remind_at=clock.remind_at,
        protected=protected,
    )


def _clock(request: _Request, decision: Decision, rep: Rep) -> Clock:
    return clock_for(
        request.plan,
        queue_key=decision.queue_key,
        territory_key=decision.territory_key,
        rep=rep,
        now=request.now,
    )


def _count(
    request: _Request,
    assignment: Assignment,
    rep: Rep,
    ledgers: dict[str, Ledger],
    standings: Standings,
    resolution: Resolution,
) -> None:
    if resolution.pick is None:
        for key in sorted(_owned_ledgers_of(request, rep)):
            _out_of_turn(request, ledgers[key], rep, assignment, Reason.OWNED)
        return
    if request.is_test and not request.counts(resolution.queue_key, "test"):
        return
    charge_pick(
        ledgers[request.plan.queues[resolution.queue_key].ledger],
        resolution.pick.standings,
        rep.key,
        plan=request.plan,
        standings=standings,
        assignment=assignment,
        reason=Reason.TEST if request.is_test else Reason.ASSIGNED,
        now=request.now,
    )


def _owned_ledgers_of(request: _Request, rep: Rep) -> set[str]:
    if request.is_test:
        return set()
    queues = request.plan.queues.values()
    return {queue.ledger for queue in queues if "owned" in queue.credit.counts and rep.key in queue.member_by_rep}


def _out_of_turn(request: _Request, ledger: Ledger, rep: Rep, assignment: Assignment | None, reason: Reason) -> None:
    zone = request.plan.reps[rep.key].time_zone
    charge_out_of_turn(ledger, rep, zone=zone, assignment=assignment, reason=reason, now=request.now)


def _keep_owner(request: _Request, held: Assignment) -> Decision:
    decision = Decision.objects.create(
        lead=request.lead,
        submission_id=request.submission_id,
        role=OWNER,
        outcome=Decision.Outcome.EXISTING_OWNER,
        reason="existing_owner",
        rep=held.rep,
        queue_key=held.queue_key,
        plan_id=request.active.id,
        plan_hash=request.plan.hash,
        inputs=request.inputs.as_document(),
        seed=request.seed,
        trace=[
            {
                "stage": "existing_owner",
                "outcome": "matched",
                "key": held.rep.key,
                "name": held.rep.name,
                "note": f"decision {held.decision_id}",
                "clauses": [],
            }
        ],
        duration_us=_elapsed_us(request),
        counts_for_alerts=request.starts_clock,
        decided_at=request.now,
    )
    if request.counts(held.queue_key, "duplicate") and not request.is_test and held.rep.key in request.plan.reps:
        ledger = lock_ledgers([request.plan.queues[held.queue_key].ledger])
        for each in ledger.values():
            _out_of_turn(request, each, held.rep, None, Reason.DUPLICATE_COUNTED)
    return decision


def preview(plan: Plan, inputs: Inputs, *, now: datetime, seed: str) -> tuple[Chain, Resolution]:
    """What would be decided now, from the present standings. Reads without locks and writes nothing."""
    chain = match(plan, inputs, now)
    ledgers = Ledger.objects.filter(key__in={plan.queues[key].ledger for key in chain.queues})
    footing = _footing(plan, chain, dict(ledgers.values_list("key", "pk")), now)
    return chain, _resolve(plan, chain, footing, inputs, now=now, seed=seed)
