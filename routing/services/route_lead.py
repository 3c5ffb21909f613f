"""Decide one lead's owner and store the decision, the assignment and the counts in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leads.models import Lead
from routing.balancing import Pick, Pool, PoolMember, pick
from routing.contract import Inputs
from routing.engine import Chain, match
from routing.models import Assignment, Decision, Ledger, LedgerEntry, Rep, Standing
from routing.plan import Plan
from routing.selectors import ActivePlan, pools_for

OWNER = Assignment.Role.OWNER


@dataclass(frozen=True)
class Resolution:
    """How a chain ended: who got the lead (None: parked), through which queue ("" for a direct owner), and why."""

    rep_key: str | None
    queue_key: str
    reason: str
    pools: tuple[Pool, ...] = ()
    pick: Pick | None = None


def resolve_chain(
    chain: Chain,
    *,
    pools: Mapping[str, Pool],
    active_reps: frozenset[str],
    inputs: Inputs,
    now: datetime,
    seed: str,
) -> Resolution:
    """Walk the chain to the first target that can take the lead. Pure."""
    read: list[Pool] = []
    for position, step in enumerate(chain.steps):
        # The chain's own reason says why the lead is here; a later step's reason says that the first was passed over.
        reason = chain.reason if position == 0 else step.reason
        if step.kind == "owner":
            if step.key in active_reps:
                return Resolution(step.key, "", reason)
            continue
        pool = pools[step.key]
        read.append(pool)
        picked = pick(pool, inputs.values, now, seed)
        if picked.member is not None:
            return Resolution(picked.member, step.key, reason, tuple(read), picked)
    return Resolution(None, chain.queues[-1], "no_eligible_member", tuple(read))


@transaction.atomic
def route_lead(
    *, lead: Lead, submission_id: UUID, inputs: Inputs, active: ActivePlan, takes_credit: bool, now: datetime
) -> Decision:
    """The decision for this submission; the stored one where there is one already.

    A lead with a live owner keeps it. `takes_credit` off leaves every count as it is.
    """
    # Two submissions of one person may be routed at once: the lead's row lets the second see the first's owner.
    Lead.objects.select_for_update().get(pk=lead.pk)
    stored = Decision.objects.filter(submission_id=submission_id, role=OWNER).first()
    if stored is not None:
        return stored
    seed = submission_id.hex
    held = Assignment.objects.filter(lead=lead, role=OWNER, ended_at__isnull=True).select_related("rep").first()
    if held is not None:
        return _keep_owner(held, lead, submission_id, inputs, active, seed, now)
    chain = match(active.plan, inputs, now)
    ledgers = _lock_ledgers(chain.queues)
    pools = pools_for(chain.queues, active.plan)
    resolution = resolve_chain(chain, pools=pools, active_reps=_active_reps(chain), inputs=inputs, now=now, seed=seed)
    rep = Rep.objects.get(key=resolution.rep_key) if resolution.rep_key else None
    decision = Decision.objects.create(
        lead=lead,
        submission_id=submission_id,
        role=OWNER,
        outcome=Decision.Outcome.ASSIGNED if rep else Decision.Outcome.PARKED,
        reason=resolution.reason,
        rep=rep,
        queue_key=resolution.queue_key,
        territory_key=chain.territory or "",
        rule_key=chain.rule or "",
        account_list_key=chain.account_list or "",
        plan_id=active.id,
        plan_hash=active.plan.hash,
        inputs=inputs.as_document(),
        pools=[pool.as_document() for pool in resolution.pools],
        seed=seed,
        trace=chain.trace_document(),
        tie_break=resolution.pick.tie_break if resolution.pick else "",
        decided_at=now,
    )
    if rep is not None:
        _assign(decision, rep, ledgers, resolution, takes_credit, now)
    return decision


def _keep_owner(
    held: Assignment,
    lead: Lead,
    submission_id: UUID,
    inputs: Inputs,
    active: ActivePlan,
    seed: str,
    now: datetime,
) -> Decision:
    return Decision.objects.create(
        lead=lead,
        submission_id=submission_id,
        role=OWNER,
        outcome=Decision.Outcome.EXISTING_OWNER,
        reason="existing_owner",
        rep=held.rep,
        queue_key=held.queue_key,
        plan_id=active.id,
        plan_hash=active.plan.hash,
        inputs=inputs.as_document(),
        seed=seed,
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
        decided_at=now,
    )


def _lock_ledgers(queue_keys: Sequence[str]) -> dict[str, Ledger]:
    """In id order, so that two decisions over the same queues never wait for each other in a circle."""
    rows = Ledger.objects.select_for_update().filter(queue_key__in=queue_keys).order_by("id")
    return {ledger.queue_key: ledger for ledger in rows}


def _active_reps(chain: Chain) -> frozenset[str]:
    named = [step.key for step in chain.steps if step.kind == "owner"]
    if not named:
        return frozenset()
    return frozenset(Rep.objects.filter(key__in=named, active=True).values_list("key", flat=True))


def _assign(
    decision: Decision,
    rep: Rep,
    ledgers: Mapping[str, Ledger],
    resolution: Resolution,
    takes_credit: bool,
    now: datetime,
) -> None:
    assignment = Assignment.objects.create(
        lead_id=decision.lead_id, role=OWNER, rep=rep, queue_key=resolution.queue_key, decision=decision, created_at=now
    )
    if resolution.pick is None or not takes_credit:
        return
    ledger = ledgers[resolution.queue_key]
    _store_standings(ledger, resolution.pick.standings)
    LedgerEntry.objects.create(
        ledger=ledger, rep=rep, credit=1, reason="assigned", assignment=assignment, created_at=now
    )


def _store_standings(ledger: Ledger, standings: Sequence[PoolMember]) -> None:
    rep_ids = dict(Rep.objects.filter(key__in=[member.rep for member in standings]).values_list("key", "id"))
    Standing.objects.bulk_create(
        [
            Standing(
                ledger=ledger,
                rep_id=rep_ids[member.rep],
                shortfall=member.shortfall,
                remainder=member.remainder,
                base=member.base,
                count=member.count,
                last_assigned_at=member.last_assigned_at,
            )
            for member in standings
        ],
        update_conflicts=True,
        unique_fields=["ledger", "rep"],
        update_fields=["shortfall", "remainder", "base", "count", "last_assigned_at"],
    )


def preview(plan: Plan, inputs: Inputs, *, now: datetime, seed: str) -> tuple[Chain, Resolution]:
    """What would be decided now, from the present standings. Reads without locks and writes nothing."""
    chain = match(plan, inputs, now)
    resolution = resolve_chain(
        chain,
        pools=pools_for(chain.queues, plan),
        active_reps=_active_reps(chain),
        inputs=inputs,
        now=now,
        seed=seed,
    )
    return chain, resolution
