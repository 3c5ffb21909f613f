"""What the tests of acceptance, credit and moves share: a plan with clocks, leads routed by it, sums that must hold."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import Sum

from routing.contract import inputs_by_hand
from routing.models import Absence, Assignment, LedgerEntry, Member, Rep, Standing
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

WEEK = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def sellers(*reps: str, now: datetime = NOW, **fields: Any) -> None:
    """Everything goes to the sellers, who have an hour to accept; mia is their manager. Publishes."""
    queue_with("desk", "dan", is_default=True)
    queue_with("management", "mia")
    clock = {"accept_within_min": 60, "remind_min": 15, "stagger_min": 10}
    queue = queue_with("sellers", *reps, **{**clock, "manager": Rep.objects.get(key="mia"), **fields})
    RuleFactory(key="all", condition={}, queue=queue)
    publish_plan(now=now)


def change_member(rep: str, queue: str = "sellers", **fields: Any) -> None:
    Member.objects.filter(rep__key=rep, queue__key=queue).update(**fields)
    publish_plan(now=NOW)


def change_rep(*reps: str, **fields: Any) -> None:
    Rep.objects.filter(key__in=reps).update(**fields)
    publish_plan(now=NOW)


def rep(key: str) -> Rep:
    return Rep.objects.get(key=key)


def send(now: datetime = NOW, lead: Any = None, **options: Any) -> Assignment:
    """A new lead's live assignment."""
    active = active_plan()
    lead = lead or LeadFactory()
    values = options.pop("values", {"country": "DE"})
    inputs = inputs_by_hand(values, active.plan.contract)
    route_lead(lead=lead, submission_id=uuid4(), inputs=inputs, active=active, now=now, **options)
    return holder(lead)


def holder(lead: Any) -> Assignment:
    return Assignment.objects.live().select_related("rep", "decision").get(lead=lead)


def away(key: str, since: datetime, until: datetime) -> None:
    Absence.objects.create(rep=rep(key), starts_at=since, ends_at=until)


def counts(ledger: str = "sellers") -> dict[str, int]:
    return dict(Standing.objects.filter(ledger__key=ledger).order_by("rep__key").values_list("rep__key", "count"))


def owed(ledger: str = "sellers") -> int:
    """The sum of all claims, in units."""
    return Standing.objects.filter(ledger__key=ledger).aggregate(total=Sum("shortfall"))["total"]


def standings_that_are_not_their_entries_sum() -> list[str]:
    entries = {
        (ledger, rep_id): total
        for ledger, rep_id, total in LedgerEntry.objects.order_by()
        .values_list("ledger", "rep")
        .annotate(total=Sum("credit"))
    }
    standings = {(row.ledger_id, row.rep_id): row.count for row in Standing.objects.all()}
    return [str(key) for key in entries.keys() | standings.keys() if entries.get(key, 0) != standings.get(key, 0)]
