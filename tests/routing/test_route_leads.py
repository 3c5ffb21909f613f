"""`route_leads`: many at once, and nobody can tell that they didn't come one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.contract import inputs_by_hand
from routing.models import Assignment, Decision, Plan, Standing
from routing.recheck import rerun
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import Arrival, route_leads
from tests.routing.clocked import WEEK, change_rep, counts, sellers, standings_that_are_not_their_entries_sum
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db
SUNDAY = datetime(2026, 3, 8, 12, tzinfo=UTC)
COUNTRIES = ("DE", "FR", "US")


def plan_with_everything() -> None:
    """A capped pool with a fallback, a shared count, and a queue that also counts what comes again."""
    queue_with("desk", "cyd", is_default=True)
    overflow = queue_with("overflow", "eve", "fay")
    german = queue_with("german", "ada", "ben", fallback=overflow)
    german.members.filter(rep__key="ada").update(cap_day=2, weight=3)
    RuleFactory(key="german", condition={"country": "DE"}, queue=german, position=1)
    again = queue_with("again", "ada", "gil", counts=["duplicate", "test"])
    RuleFactory(key="american", condition={"country": "US"}, queue=again, position=2)
    publish_plan(now=NOW)


def arrival(lead, number: int, country: str, **options) -> Arrival:
    inputs = inputs_by_hand({"country": country}, active_plan().plan.contract)
    return Arrival(lead, UUID(int=number + 1), inputs, **options)


def route_all(arrivals: Sequence[Arrival], now: datetime = NOW) -> list[Decision]:
    return route_leads(arrivals=arrivals, active=active_plan(), now=now)


def stored(decisions: Sequence[Decision]) -> list[dict[str, object]]:
    """What must be the same however they came: all but ids and how long it took."""
    differ = {"id", "duration_us", "trace"}  # a trace names the decision before, by its id
    rows = Decision.objects.in_bulk([decision.pk for decision in decisions])
    return [
        {
            field.attname: getattr(rows[decision.pk], field.attname)
            for field in Decision._meta.concrete_fields
            if field.attname not in differ
        }
        for decision in decisions
    ]


def standings() -> list[tuple[object, ...]]:
    fields = ("ledger", "rep", "shortfall", "remainder", "base", "count", "taken", "last_assigned_at")
    return list(Standing.objects.order_by("ledger", "rep").values_list(*fields))


class _Undone(Exception):
    pass


def outcome_of(work) -> tuple[object, ...]:
    """What work stores, which is then undone."""
    try:
        with transaction.atomic():
            decisions = work()
            seen = (stored(decisions), standings(), standings_that_are_not_their_entries_sum())
            raise _Undone
    except _Undone:
        return seen


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(COUNTRIES), st.booleans()), min_size=1, max_size=14))
# Each example undoes what it stored.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_is_decided_as_if_each_came_alone(db, comings):
    if not Plan.objects.exists():
        plan_with_everything()
    leads = [LeadFactory() for _ in range(6)]
    arrivals = [
        arrival(leads[lead], number, country, is_test=is_test)
        for number, (lead, country, is_test) in enumerate(comings)
    ]
    together = outcome_of(lambda: route_all(arrivals))
    alone = outcome_of(lambda: [route_all([each])[0] for each in arrivals])
    assert together == alone
    assert together[2] == []


def test_decisions_come_back_in_the_order_of_the_arrivals():
    plan_with_everything()
    arrivals = [arrival(LeadFactory(), number, country) for number, country in enumerate(COUNTRIES * 2)]
    assert [decision.submission_id for decision in route_all(arrivals)] == [each.submission_id for each in arrivals]


def test_routing_a_batch_again_brings_the_stored_decisions_back():
    plan_with_everything()
    arrivals = [arrival(LeadFactory(), number, "DE") for number in range(3)]
    first = route_all(arrivals)
    new = arrival(LeadFactory(), 9, "DE")
    assert [decision.pk for decision in route_all([*arrivals, new])][:3] == [decision.pk for decision in first]
    assert Assignment.objects.count() == 4


def test_a_person_who_sent_twice_in_one_batch_has_one_owner():
    plan_with_everything()
    lead = LeadFactory()
    first, second = route_all([arrival(lead, 1, "US"), arrival(lead, 2, "DE")])
    assert (second.outcome, second.rep, second.queue_key) == ("existing_owner", first.rep, first.queue_key)
    assert Assignment.objects.get().decision == first


def test_every_decision_of_a_batch_runs_again_to_the_same_result():
    plan_with_everything()
    decisions = route_all([arrival(LeadFactory(), number, country) for number, country in enumerate(COUNTRIES * 4)])
    assert all(rerun(Decision.objects.get(pk=decision.pk)).agrees for decision in decisions)


def test_a_cap_holds_within_a_batch():
    plan_with_everything()
    route_all([arrival(LeadFactory(), number, "DE") for number in range(12)])
    assert counts("german") == {"ada": 2, "ben": 10}


def test_leads_that_come_together_while_nobody_works_are_due_one_after_the_other():
    sellers("ada")
    change_rep("ada", working_hours=WEEK)
    route_all([arrival(LeadFactory(), number, "DE") for number in range(3)], now=SUNDAY)
    due = list(Assignment.objects.order_by("due_at").values_list("due_at", flat=True))
    assert [f"{at:%a %H:%M}" for at in due] == ["Mon 10:00", "Mon 10:10", "Mon 10:20"]


def test_they_stand_behind_those_that_waited_before():
    sellers("ada")
    change_rep("ada", working_hours=WEEK)
    route_all([arrival(LeadFactory(), 1, "DE")], now=SUNDAY)
    route_all([arrival(LeadFactory(), 2, "DE")], now=SUNDAY)
    due = list(Assignment.objects.order_by("due_at").values_list("due_at", flat=True))
    assert [f"{at:%H:%M}" for at in due] == ["10:00", "10:10"]


@pytest.mark.parametrize("size", [2, 40])
def test_a_batch_costs_as_many_queries_as_one_lead(size, django_assert_num_queries):
    plan_with_everything()
    arrivals = [arrival(LeadFactory(), number, "DE") for number in range(size)]
    active = active_plan()
    with django_assert_num_queries(8):
        route_leads(arrivals=arrivals, active=active, now=NOW)
