"""Reads of routing: the active plan, pools, owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from leads.models import Lead
from routing.balancing import Pool, PoolMember
from routing.errors import NoActivePlan
from routing.models import Decision, Ledger, Member, Rep, Standing
from routing.models import Plan as PlanRow
from routing.plan import MemberSpec, Plan, parse_plan


@dataclass(frozen=True)
class ActivePlan:
    id: int
    number: int
    plan: Plan


def active_plan() -> ActivePlan:
    """The active plan, parsed; parsing is kept per process. Raises NoActivePlan before the first publish."""
    row = PlanRow.objects.filter(is_active=True).values_list("id", "number").first()
    if row is None:
        raise NoActivePlan("No routing plan has been published yet.")
    return ActivePlan(id=row[0], number=row[1], plan=parsed_plan(row[0]))


@lru_cache(maxsize=8)
def parsed_plan(plan_id: int) -> Plan:
    """A published plan never changes, so its parsed form may be kept by id."""
    return parse_plan(PlanRow.objects.get(pk=plan_id).document)


def pools_for(queue_keys: Sequence[str], plan: Plan) -> dict[str, Pool]:
    """Each queue's members with their standings and present availability, in the order of their keys."""
    standings = {
        (row.ledger.queue_key, row.rep.key): row
        for row in Standing.objects.filter(ledger__queue_key__in=queue_keys).select_related("ledger", "rep")
    }
    unavailable = _unavailable(queue_keys, plan)
    return {
        queue: Pool(
            queue=queue,
            members=tuple(
                _pool_member(spec, standings.get((queue, spec.rep)), unavailable.get((queue, spec.rep), ""))
                for spec in sorted(plan.queues[queue].members, key=lambda spec: spec.rep)
            ),
        )
        for queue in queue_keys
    }


def _pool_member(spec: MemberSpec, standing: Standing | None, unavailable: str) -> PoolMember:
    member = PoolMember(rep=spec.rep, weight=spec.weight, priority=spec.priority, unavailable=unavailable)
    if standing is None:
        return member
    return PoolMember(
        rep=spec.rep,
        weight=spec.weight,
        priority=spec.priority,
        shortfall=standing.shortfall,
        remainder=standing.remainder,
        base=standing.base,
        count=standing.count,
        last_assigned_at=standing.last_assigned_at,
        unavailable=unavailable,
    )


def _unavailable(queue_keys: Sequence[str], plan: Plan) -> dict[tuple[str, str], str]:
    """(queue, rep) -> why not now. Pausing and deactivating take effect at once, whatever the plan says."""
    named = {spec.rep for queue in queue_keys for spec in plan.queues[queue].members}
    working = set(Rep.objects.filter(key__in=named, active=True).values_list("key", flat=True))
    reasons = {
        (queue, spec.rep): "inactive"
        for queue in queue_keys
        for spec in plan.queues[queue].members
        if spec.rep not in working
    }
    paused = Member.objects.filter(queue__key__in=queue_keys, paused=True).values_list("queue__key", "rep__key")
    return {**dict.fromkeys(paused, "paused"), **reasons}


def decisions_of(lead: Lead) -> "list[Decision]":
    """Newest first, for the lead's page."""
    return list(Decision.objects.filter(lead=lead).select_related("rep", "plan").order_by("-id"))


def latest_decision(submission_id: UUID) -> Decision | None:
    return Decision.objects.filter(submission_id=submission_id).select_related("rep").order_by("-id").first()


@dataclass(frozen=True)
class Share:
    """One member's count in a queue beside its exact share by weight."""

    rep: str
    name: str
    weight: int
    count: int
    expected: float

    @property
    def difference(self) -> float:
        return self.count - self.expected


def shares_of(queue_key: str, plan: Plan) -> list[Share]:
    counts = dict(
        Standing.objects.filter(ledger=Ledger.objects.filter(queue_key=queue_key).first()).values_list(
            "rep__key", "count"
        )
    )
    members = plan.queues[queue_key].members
    total_weight = sum(member.weight for member in members)
    total = sum(counts.get(member.rep, 0) for member in members)
    return [
        Share(
            rep=member.rep,
            name=plan.reps[member.rep].name,
            weight=member.weight,
            count=counts.get(member.rep, 0),
            expected=total * member.weight / total_weight if total_weight else 0.0,
        )
        for member in members
    ]
