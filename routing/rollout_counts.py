"""What became of leads since a rollout began, by each of its two plans. Three queries, whatever there is to count."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from routing.models import Assignment, Decision, Plan, Rollout
from routing.replay import FALLBACKS


@dataclass
class PlanCounts:
    """`clocked`: leads whose clock was stopped or has run out; `in_time`: those of them that were accepted in time."""

    plan: Plan
    leads: int = 0
    fallbacks: int = 0
    parked: int = 0
    clocked: int = 0
    in_time: int = 0
    owners: "Counter[str]" = field(default_factory=Counter)

    @property
    def in_time_percent(self) -> int | None:
        return round(100 * self.in_time / self.clocked) if self.clocked else None

    @property
    def fallback_percent(self) -> float:
        return round(100 * self.fallbacks / self.leads, 1) if self.leads else 0.0


@dataclass(frozen=True)
class OwnerRow:
    name: str
    tried: int
    base: int


@dataclass(frozen=True)
class RolloutCounts:
    tried: PlanCounts
    base: PlanCounts

    @property
    def both(self) -> tuple[PlanCounts, PlanCounts]:
        return self.tried, self.base

    @property
    def owners(self) -> list[OwnerRow]:
        """Who got most by the tried plan, first."""
        names = self.tried.owners.keys() | self.base.owners.keys()
        rows = [OwnerRow(name, self.tried.owners[name], self.base.owners[name]) for name in names]
        return sorted(rows, key=lambda row: (-row.tried, -row.base, row.name))


def counts_of(rollout: Rollout, now: datetime) -> RolloutCounts:
    """Leads that kept their owner are in neither: no plan decided on them."""
    plans = {plan.pk: PlanCounts(plan) for plan in (rollout.plan, rollout.base)}
    decided = _decided(rollout)
    rows = decided.order_by().values_list("plan_id", "rep__name", "reason", "outcome").annotate(leads=Count("id"))
    for plan_id, rep, reason, outcome, leads in rows:
        counts = plans[plan_id]
        counts.leads += leads
        counts.fallbacks += leads if reason in FALLBACKS else 0
        counts.parked += leads if outcome == Decision.Outcome.PARKED else 0
        counts.owners[rep or "Nobody"] += leads
    for plan_id, clocked, in_time in _accepted(rollout, now):
        plans[plan_id].clocked, plans[plan_id].in_time = clocked, in_time
    return RolloutCounts(plans[rollout.plan_id], plans[rollout.base_id])


def _decided(rollout: Rollout) -> "QuerySet[Decision]":
    until = {"decided_at__lte": rollout.ended_at} if rollout.ended_at else {}
    return Decision.objects.filter(
        plan_id__in=(rollout.plan_id, rollout.base_id),
        decided_at__gte=rollout.started_at,
        kind=Decision.Kind.ROUTING,
        role=Assignment.Role.OWNER,
        **until,
    ).exclude(outcome=Decision.Outcome.EXISTING_OWNER)


def _accepted(rollout: Rollout, now: datetime) -> "QuerySet[Assignment, tuple[int, int, int]]":
    stopped = Q(clock_stopped_at__isnull=False)
    first = Assignment.objects.filter(decision__in=_decided(rollout), due_at__isnull=False)
    groups = first.order_by().values_list("decision__plan_id")
    return groups.annotate(
        clocked=Count("id", filter=stopped | Q(due_at__lte=now)),
        in_time=Count("id", filter=Q(clock_stopped_at__lte=F("due_at"))),
    )
