"""Reads of routing: the active plan, pools, owners, fallbacks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Count, Exists, OuterRef
from django.db.models.fields.json import KT

from leads.models import Lead
from routing.alerts import FALLBACK_REASONS, FallbackCounts
from routing.draft import draft_plan
from routing.errors import NoActivePlan
from routing.models import Assignment, Decision, Standing
from routing.models import Plan as PlanRow
from routing.plan import Plan
from routing.plan_document import parse_plan

__all__ = [
    "ActivePlan", "Share", "active_plan", "decisions_of", "draft_plan", "fallback_counts", "latest_decisions",
    "parked_leads", "parsed_plan", "places_of_leads", "shares_of",
]  # fmt: skip


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


def decisions_of(lead: Lead) -> "list[Decision]":
    """Newest first, for the lead's page."""
    return list(Decision.objects.filter(lead=lead).select_related("rep", "plan").order_by("-id"))


def latest_decisions(submission_ids: Collection[UUID]) -> "dict[UUID, Decision]":
    """The last decision of each submission that has one, with its rep."""
    decided = Decision.objects.filter(submission_id__in=submission_ids, role=Assignment.Role.OWNER)
    return {decision.submission_id: decision for decision in decided.select_related("rep").order_by("sequence")}


# So many of the newest decisions are looked at for a preview.
MOST_PLACES = 10_000


def places_of_leads(territory: str, since: datetime) -> list[tuple[str | None, str | None]]:
    """(country, postal code) of the leads that were routed in this territory since then; None: unknown."""
    routed = Decision.objects.filter(territory_key=territory, kind=Decision.Kind.ROUTING, decided_at__gte=since)
    newest = routed.order_by("-id")[:MOST_PLACES]
    # As texts: read as JSON, SQLite would give digits as a number.
    return list(newest.values_list(KT("inputs__values__country"), KT("inputs__values__postal_code")))


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
    """In the order of the plan; queues that share a count show the shared one."""
    standings = Standing.objects.filter(ledger__key=plan.queues[queue_key].ledger)
    counts = dict(standings.values_list("rep__key", "count"))
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


def fallback_counts(since: datetime, now: datetime) -> FallbackCounts:
    """Of the leads routed after `since`, without imports and tests. Reasons and queues with most leads come first."""
    rows = (
        Decision.objects.routed_between(since, now)
        .filter(counts_for_alerts=True)
        .order_by()
        .values_list("reason", "queue_key")
        .annotate(leads=Count("id"))
    )
    decisions, by_reason, by_queue = 0, dict[str, int](), dict[str, int]()
    for reason, queue, leads in rows:
        decisions += leads
        if reason in FALLBACK_REASONS:
            by_reason[reason] = by_reason.get(reason, 0) + leads
            by_queue[queue] = by_queue.get(queue, 0) + leads
    return FallbackCounts(decisions, _most_first(by_reason), _most_first(by_queue))


def parked_leads() -> dict[str, int]:
    """Open leads, by queue, that nobody could take and that nobody holds. Without imports and tests."""
    held = Assignment.objects.live().filter(lead=OuterRef("lead"), role=Assignment.Role.OWNER)
    rows = (
        Decision.objects.filter(
            outcome=Decision.Outcome.PARKED,
            counts_for_alerts=True,
            lead__status=Lead.Status.OPEN,
            lead__person__erased_at__isnull=True,
        )
        .exclude(Exists(held))
        .order_by()
        .values_list("queue_key")
        .annotate(leads=Count("lead", distinct=True))
    )
    return _most_first(dict(rows))


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
