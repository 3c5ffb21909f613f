"""Reads of routing: the active plan, pools, owners, fallbacks."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Subquery
from django.db.models.fields.json import KT

from leads.models import Lead
from routing.alerts import Tally
from routing.availability import cap_reached
from routing.contract import Inputs
from routing.errors import NoActivePlan
from routing.hours import periods_at
from routing.models import Assignment, Decision, Ledger, Standing, Territory
from routing.models import Plan as PlanRow
from routing.plan import MemberSpec, Plan, QueueSpec
from routing.plan_document import parse_plan
from routing.pools import footing_at, members_of
from routing.rollout import Scope, takes
from routing.statements import active_plan_row


@dataclass(frozen=True)
class ActivePlan:
    """The plan that decides. While another one is tried on some leads, `rollout` says which, and on whom."""

    id: int
    number: int
    plan: Plan
    rollout: "RunningRollout | None" = None

    def deciding(self, lead: int, inputs: Inputs, now: datetime) -> "ActivePlan":
        """The plan that decides this lead: this one, or the one that is tried."""
        if self.rollout is not None and self.rollout.takes(lead, inputs, self.plan, now):
            return self.rollout.tried
        return self

    def governing(self, decision: Decision) -> "ActivePlan":
        """The plan by which a decided lead is accepted, moved and counted: the tried one's own stay with it."""
        if self.rollout is not None and self.rollout.tried.id == decision.plan_id:
            return self.rollout.tried
        return self


@dataclass(frozen=True)
class RunningRollout:
    id: int
    key: str
    scope: Scope
    tried: ActivePlan

    def takes(self, lead: int, inputs: Inputs, base: Plan, now: datetime) -> bool:
        return takes(self.key, self.scope, lead=lead, inputs=inputs, plan=self.tried.plan, base=base, now=now)


def active_plan() -> ActivePlan:
    """The active plan, parsed, with the rollout beside it; parsing is kept per process. One query.

    Raises NoActivePlan before the first publish.
    """
    row = active_plan_row()
    if row is None:
        raise NoActivePlan("No routing plan has been published yet.")
    pk, number, rollout, key, territory, share_bp, tried, tried_number = row
    running = None
    if rollout is not None:
        tried_plan = ActivePlan(id=tried, number=tried_number, plan=parsed_plan(tried))
        running = RunningRollout(rollout, key, Scope(territory, share_bp), tried_plan)
    return ActivePlan(id=pk, number=number, plan=parsed_plan(pk), rollout=running)


@lru_cache(maxsize=8)
def parsed_plan(plan_id: int) -> Plan:
    """A published plan never changes, so its parsed form may be kept by id."""
    return parse_plan(PlanRow.objects.get(pk=plan_id).document)


# Kept by what it was parsed from, so that it never gets old; few, since a plan may be large.
_parsed: dict[str, Plan] = {}
_MOST_PARSED = 4


def parsed_document(document: Mapping[str, Any], digest: str) -> Plan:
    """A draft or a proposal, parsed once a process for as long as few others are looked at. `digest` is its hash.

    Raises PlanInvalid.
    """
    found = _parsed.get(digest)
    if found is None:
        found = parse_plan(document)
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        _parsed[digest] = found
    return found


def previous_plan() -> PlanRow | None:
    """The one that was live before the active one, without its document."""
    earlier = PlanRow.objects.filter(is_active=False, live_until__isnull=False).defer("document")
    return earlier.order_by("-live_until", "-number").first()


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


def decision_tallies(since: datetime, now: datetime) -> list[Tally]:
    """Of the leads routed after `since`, without imports and tests, for alerts."""
    decided = Decision.objects.routed_between(since, now).filter(counts_for_alerts=True)
    return _tallied(decided.order_by().values_list("reason", "queue_key", "territory_key").annotate(leads=Count("id")))


def waiting_tallies() -> list[Tally]:
    """Open leads that nobody could take and that nobody holds, without imports and tests, for alerts."""
    held = Assignment.objects.live().filter(lead=OuterRef("lead"), role=Assignment.Role.OWNER)
    waiting = Decision.objects.filter(
        outcome=Decision.Outcome.PARKED,
        counts_for_alerts=True,
        lead__status=Lead.Status.OPEN,
        lead__person__erased_at__isnull=True,
    ).exclude(Exists(held))
    counted = waiting.order_by().values_list("reason", "queue_key", "territory_key")
    return _tallied(counted.annotate(leads=Count("lead", distinct=True)))


def breach_tallies(since: datetime, now: datetime) -> list[Tally]:
    """Leads that were not accepted in time, by when they should have been, for alerts."""
    late = Assignment.objects.breached(since, now).filter(decision__counts_for_alerts=True)
    counted = late.order_by().values_list("decision__reason", "queue_key", "decision__territory_key")
    return _tallied(counted.annotate(leads=Count("id")))


def _tallied(rows: Iterable[tuple[str, str, str, int]]) -> list[Tally]:
    return [Tally(reason, queue, territory, leads) for reason, queue, territory, leads in rows]


def queues_without_anybody(plan: Plan, now: datetime) -> list[str]:
    """Queues of the plan in which nobody could take a lead, whatever the lead and the hour. Two queries."""
    ledgers = dict(Ledger.objects.filter(key__in=plan.ledger_keys).values_list("key", "id"))
    footing = footing_at(now, members_of(plan, plan.queues), ledgers)
    periods = {zone: periods_at(now, zone) for zone in {rep.time_zone for rep in plan.reps.values()}}

    def can_take(queue: QueueSpec, member: MemberSpec) -> bool:
        standing = footing.standings.get((queue.ledger, member.rep))
        taken = (standing.taken if standing else None) or {}
        zone = plan.reps[member.rep].time_zone
        is_away = footing.roster.reason(queue.key, member.rep)
        return member.weight > 0 and not is_away and not cap_reached(member, taken, periods[zone])

    return sorted(
        queue.key for queue in plan.queues.values() if not any(can_take(queue, member) for member in queue.members)
    )


def last_leads_of_territories() -> dict[str, tuple[datetime | None, datetime | None]]:
    """(last lead, when it came into being) by key of the working copy's territories. Two queries, each by an index, and
    one more where territories that came by a file, which have no history, never had a lead."""
    latest = Decision.objects.filter(
        kind=Decision.Kind.ROUTING, counts_for_alerts=True, territory_key=OuterRef("key")
    ).order_by("-decided_at")
    last = dict(Territory.objects.order_by().values_list("key", Subquery(latest.values("decided_at")[:1])))
    began = dict(Territory.history.filter(history_type="+").order_by().values_list("key").annotate(Min("history_date")))
    unknown = {key for key, at in last.items() if at is None and key not in began}
    began |= _in_plans_since(unknown) if unknown else {}
    return {key: (at, began.get(key)) for key, at in last.items()}


# So many of the newest plans are asked since when they have a territory.
MOST_PLANS = 50


def _in_plans_since(territories: Set[str]) -> dict[str, datetime]:
    """When the first plan with each of these was published; of what is older than the plans asked, at least so long."""
    since: dict[str, datetime] = {}
    plans = PlanRow.objects.filter(live_since__isnull=False).order_by("-number")
    for published_at, entries in plans.values_list("published_at", "document__territories")[:MOST_PLANS]:
        since |= dict.fromkeys(territories & {entry["key"] for entry in entries}, published_at)
    return since
