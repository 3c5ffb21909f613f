"""Decide owners, and store decisions, assignments and counts in one transaction.

Several leads are decided one after the other as if each came alone, but read and written together: most of what a
single one costs is its statements and the commit.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leads.models import Lead
from routing.acceptance import NO_CLOCK, is_protected
from routing.balancing import Pool
from routing.clocks import NewClocks
from routing.contract import Inputs
from routing.engine import Chain, match
from routing.models import Assignment, Decision, Ledger, Rep
from routing.plan import Plan
from routing.pools import Footing, footing_at, footing_of_queues, members_of, pool_of
from routing.resolution import Resolution, resolve_chain
from routing.selectors import ActivePlan
from routing.services.ledger import Charges, Reason, lock_ledgers
from routing.statements import decided_and_held

OWNER = Assignment.Role.OWNER
NO_CHAIN = Chain(steps=(), reason="", territory=None, rule=None, account_list=None, trace=())


@dataclass(frozen=True)
class Arrival:
    """A lead that came by a submission and is to be decided on.

    A test takes no credit, unless the queue counts tests. With `starts_clock` off, as for imports and tests, nobody is
    asked to accept in time.
    """

    lead: Lead
    submission_id: UUID
    inputs: Inputs
    is_test: bool = False
    starts_clock: bool = True

    @property
    def seed(self) -> str:
        return self.submission_id.hex


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
    """The decision for this submission; the stored one where there is one already."""
    arrival = Arrival(lead, submission_id, inputs, is_test, starts_clock)
    return route_leads(arrivals=[arrival], active=active, now=now)[0]


def route_leads(*, arrivals: Sequence[Arrival], active: ActivePlan, now: datetime) -> list[Decision]:
    """A decision for each submission, in their order; the stored one where there is one already.

    A lead with a live owner keeps it.
    """
    decisions: dict[UUID, Decision] = {}
    with transaction.atomic(savepoint=False):
        _lock_leads(arrivals)
        left = arrivals
        while left:
            turn, left = _until_a_lead_comes_again(left)
            decisions.update(_route_turn(turn, active, now))
    return [decisions[arrival.submission_id] for arrival in arrivals]


def _lock_leads(arrivals: Sequence[Arrival]) -> None:
    """Two submissions of one person may be routed at once: the lead's row lets the second see the first's owner. In id
    order, so that two batches never wait for each other in a circle."""
    leads = {arrival.lead.pk for arrival in arrivals}
    list(Lead.objects.select_for_update(no_key=True).filter(pk__in=leads).order_by("pk").values_list("pk"))


def _until_a_lead_comes_again(arrivals: Sequence[Arrival]) -> tuple[Sequence[Arrival], Sequence[Arrival]]:
    """Those that can be decided together, and the rest, whose first must find what became of its lead."""
    seen: set[int] = set()
    for place, arrival in enumerate(arrivals):
        if arrival.lead.pk in seen:
            return arrivals[:place], arrivals[place:]
        seen.add(arrival.lead.pk)
    return arrivals, ()


def _route_turn(arrivals: Sequence[Arrival], active: ActivePlan, now: datetime) -> dict[UUID, Decision]:
    # A statement of its own: the locking one sees only what was committed before it began to wait.
    decided, held = _known(arrivals)
    new = [arrival for arrival in arrivals if arrival.submission_id not in decided]
    cases = [_case(arrival, held.get(arrival.lead.pk), active, now) for arrival in new]
    sitting = _sit(now, cases)
    for case in cases:
        sitting.judge(case)
    return decided | sitting.write()


def _known(arrivals: Sequence[Arrival]) -> tuple[dict[UUID, Decision], dict[int, Assignment]]:
    """Decisions by submission and live assignments by lead; mostly there are none."""
    submissions = [arrival.submission_id for arrival in arrivals]
    decided, held = decided_and_held(submissions, [arrival.lead.pk for arrival in arrivals], OWNER)
    decisions = Decision.objects.in_bulk(decided) if decided else {}
    assignments = Assignment.objects.select_related("rep").in_bulk(held) if held else {}
    return (
        {decision.submission_id: decision for decision in decisions.values()},
        {assignment.lead_id: assignment for assignment in assignments.values()},
    )


@dataclass(frozen=True)
class _Case:
    """An arrival with what can be said before anything is locked: which plan decides, who holds the lead, else where it
    may go (the chain of a lead that is held is empty)."""

    arrival: Arrival
    by: ActivePlan
    held: Assignment | None
    chain: Chain
    matched_in_ns: int

    @property
    def plan(self) -> Plan:
        return self.by.plan


def _case(arrival: Arrival, held: Assignment | None, active: ActivePlan, now: datetime) -> _Case:
    started_ns = time.perf_counter_ns()
    by = active.deciding(arrival.lead.pk, arrival.inputs, now)
    chain = match(by.plan, arrival.inputs, now) if held is None else NO_CHAIN
    return _Case(arrival, by, held, chain, time.perf_counter_ns() - started_ns)


def _sit(now: datetime, cases: Sequence[_Case]) -> "_Sitting":
    """Locks every count that may be charged, then reads everybody who may be chosen: two statements."""
    plans = {case.by.id: case.plan for case in cases}
    needed = [_needed(plan, [case for case in cases if case.by.id == pk]) for pk, plan in plans.items()]
    ledgers = lock_ledgers(set().union(*(keys for keys, _ in needed)))
    reps = set[str]().union(*(keys for _, keys in needed))
    return _Sitting(now, ledgers, footing_at(now, reps, {key: row.pk for key, row in ledgers.items()}))


def _needed(plan: Plan, cases: Sequence[_Case]) -> tuple[set[str], set[str]]:
    """Keys of the ledgers that may be charged, and of the reps who may be chosen, in what this plan decides."""
    chains = [case.chain for case in cases]
    again = [case.held for case in cases if case.held is not None and _counts_again(plan, case.held)]
    owners = {rep for chain in chains for rep in _owners(chain)}
    queues = {queue for chain in chains for queue in chain.queues} | {held.queue_key for held in again}
    out_of_turn = {plan.queues[held.queue_key].ledger for held in again}.union(*map(plan.counts_of_owned, owners))
    sharing = set[str]().union(*map(plan.weights_of_ledger, out_of_turn))
    ledgers = {plan.queues[queue].ledger for queue in queues} | out_of_turn
    return ledgers, members_of(plan, queues) | owners | sharing | {held.rep.key for held in again}


def _owners(chain: Chain) -> set[str]:
    return {step.key for step in chain.steps if step.kind == "owner"}


def _counts_again(plan: Plan, held: Assignment) -> bool:
    """Whether a lead that comes again takes credit again."""
    queue = plan.queues.get(held.queue_key)
    return queue is not None and "duplicate" in queue.credit.counts and held.rep.key in plan.reps


class _Sitting:
    """Decides over locked ledgers, each lead on the standings that the one before left; stores all at the end."""

    def __init__(self, now: datetime, ledgers: Mapping[str, Ledger], footing: Footing) -> None:
        self.now = now
        self.footing = footing
        self.charges = Charges(ledgers, footing, now)
        self.clocks = NewClocks(now)
        self.decisions: list[Decision] = []
        self.assignments: list[Assignment] = []

    def judge(self, case: _Case) -> None:
        started_ns = time.perf_counter_ns()
        decision = self._keep_owner(case, case.held) if case.held else self._decide(case)
        decision.duration_us = (time.perf_counter_ns() - started_ns + case.matched_in_ns) // 1000
        self.decisions.append(decision)

    def _decide(self, case: _Case) -> Decision:
        arrival, footing = case.arrival, replace(self.footing, standings=self.charges.standings)
        resolution = _resolve(case.plan, case.chain, footing, arrival.inputs, now=self.now, seed=arrival.seed)
        rep = self._rep(resolution.rep_key) if resolution.rep_key else None
        decision = self._record(case, resolution, rep)
        if rep is not None:
            self._count(case, self._assign(case, decision, rep), rep, resolution)
        return decision

    def _keep_owner(self, case: _Case, held: Assignment) -> Decision:
        if _counts_again(case.plan, held) and not case.arrival.is_test:
            ledger, zone = case.plan.queues[held.queue_key].ledger, case.plan.reps[held.rep.key].time_zone
            self.charges.out_of_turn(ledger, case.plan, held.rep, None, Reason.DUPLICATE_COUNTED, zone=zone)
        return Decision(
            **self._basis(case),
            outcome=Decision.Outcome.EXISTING_OWNER,
            reason="existing_owner",
            rep=held.rep,
            queue_key=held.queue_key,
            trace=[_kept(held)],
        )

    def write(self) -> dict[UUID, Decision]:
        Decision.objects.bulk_create(self.decisions)
        Assignment.objects.bulk_create(self.assignments)
        self.charges.write()
        return {decision.submission_id: decision for decision in self.decisions}

    def _rep(self, key: str) -> Rep:
        """The rep's row with what is known of it already; whatever else is asked of it, Django fetches then."""
        return Rep.from_db(None, ["id", "key"], [self.footing.rep_ids[key], key])

    def _basis(self, case: _Case) -> dict[str, object]:
        arrival = case.arrival
        return {
            "lead": arrival.lead,
            "submission_id": arrival.submission_id,
            "role": OWNER,
            "plan_id": case.by.id,
            "plan_hash": case.plan.hash,
            "inputs": arrival.inputs.as_document(),
            "seed": arrival.seed,
            "counts_for_alerts": arrival.starts_clock,
            "decided_at": self.now,
        }

    def _record(self, case: _Case, resolution: Resolution, rep: Rep | None) -> Decision:
        chain = case.chain
        return Decision(
            **self._basis(case),
            outcome=Decision.Outcome.ASSIGNED if rep else Decision.Outcome.PARKED,
            reason=resolution.reason,
            rep=rep,
            queue_key=resolution.queue_key,
            territory_key=chain.territory or "",
            rule_key=chain.rule or "",
            account_list_key=chain.account_list or "",
            pools=[pool.as_document() for pool in resolution.pools],
            passed_over=[asdict(each) for each in resolution.passed_over],
            trace=chain.trace_document(),
            tie_break=resolution.pick.tie_break if resolution.pick else "",
        )

    def _assign(self, case: _Case, decision: Decision, rep: Rep) -> Assignment:
        arrival, protected = case.arrival, is_protected(decision.reason)
        clock = NO_CLOCK if protected or not arrival.starts_clock else self.clocks.start(decision, rep, case.plan)
        assignment = Assignment(
            lead=arrival.lead,
            role=OWNER,
            rep=rep,
            queue_key=decision.queue_key,
            decision=decision,
            created_at=self.now,
            due_at=clock.due_at,
            remind_at=clock.remind_at,
            protected=protected,
        )
        self.assignments.append(assignment)
        return assignment

    def _count(self, case: _Case, assignment: Assignment, rep: Rep, resolution: Resolution) -> None:
        plan, is_test, zone = case.plan, case.arrival.is_test, case.plan.reps[rep.key].time_zone
        if resolution.pick is None:
            if not is_test:
                for key in sorted(plan.counts_of_owned(rep.key)):
                    self.charges.out_of_turn(key, plan, rep, assignment, Reason.OWNED, zone=zone)
            return
        queue = plan.queues[resolution.queue_key]
        if is_test and "test" not in queue.credit.counts:
            return
        reason, standings = (Reason.TEST if is_test else Reason.ASSIGNED), resolution.pick.standings
        self.charges.in_turn(queue.ledger, standings, rep, assignment, reason, zone=zone)


def _resolve(plan: Plan, chain: Chain, footing: Footing, inputs: Inputs, *, now: datetime, seed: str) -> Resolution:
    def pool(queue: str) -> Pool:
        return pool_of(queue, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)

    active = frozenset(_owners(chain) - footing.roster.inactive)
    return resolve_chain(chain, pool_of=pool, active_owners=active, inputs=inputs, now=now, seed=seed)


def _kept(held: Assignment) -> dict[str, object]:
    return {
        "stage": "existing_owner",
        "outcome": "matched",
        "key": held.rep.key,
        "name": held.rep.name,
        "note": f"decision {held.decision_id}",
        "clauses": [],
    }


def footing_of(chain: Chain, plan: Plan, now: datetime) -> Footing:
    """Everybody whom the chain may reach, as they stand. Reads without locks."""
    return footing_of_queues(plan, chain.queues, now, _owners(chain))


def resolve_on(footing: Footing, chain: Chain, plan: Plan, inputs: Inputs, *, now: datetime, seed: str) -> Resolution:
    """Who would get the lead, as things stand there. Pure."""
    return _resolve(plan, chain, footing, inputs, now=now, seed=seed)


def preview(plan: Plan, inputs: Inputs, *, now: datetime, seed: str) -> tuple[Chain, Resolution]:
    """What would be decided now, from the present standings. Reads without locks and writes nothing."""
    chain = match(plan, inputs, now)
    return chain, resolve_on(footing_of(chain, plan, now), chain, plan, inputs, now=now, seed=seed)
