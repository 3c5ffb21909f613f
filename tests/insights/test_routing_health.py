"""How routing goes: counted by interval and ending, clocks, fairness, waits."""

from datetime import timedelta
from uuid import uuid4

import pytest

from insights.routing_health import Endings, at_rank, clocks, endings_between, fairness, new_leads, waits_since
from leads.models import Lead
from leads.services.erase_person import erase_person
from pipeline.models import Run, Stage
from routing.contract import inputs_by_hand
from routing.models import Assignment, Decision, Member
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def plan(db):
    """Germany goes to ada and bob within an hour; the desk, where cyd is, gets the rest."""
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(condition={"country": "DE"}, queue=queue_with("sellers", "ada", "bob", accept_within_min=60))
    return publish_plan(now=NOW)


def route(*countries: str, lead: Lead | None = None) -> None:
    active = active_plan()
    for country in countries:
        route_lead(
            lead=lead or LeadFactory(),
            submission_id=uuid4(),
            inputs=inputs_by_hand({"country": country}, active.plan.contract),
            active=active,
            starts_clock=True,
            now=NOW,
        )


def test_each_decision_ends_in_one_of_three_ways(plan):
    route("DE", "FR")
    Member.objects.update(paused=True)
    route("DE")
    assert endings_between([NOW, NOW + HOUR]) == [Endings(assigned=1, fallback=1, parked=1)]
    assert {ending: Decision.objects.ended(ending).count() for ending in Decision.Ending} == {
        Decision.Ending.ASSIGNED: 1,
        Decision.Ending.FALLBACK: 1,
        Decision.Ending.PARKED: 1,
    }


def test_a_lead_that_keeps_its_owner_is_assigned(plan):
    lead = LeadFactory()
    route("FR", "FR", lead=lead)
    assert endings_between([NOW, NOW + HOUR]) == [Endings(assigned=1, fallback=1)]


def test_an_interval_has_its_first_moment_and_not_its_last(plan):
    route("DE")
    edges = [NOW - HOUR, NOW, NOW + HOUR, NOW + 2 * HOUR]
    assert [each.leads for each in endings_between(edges)] == [0, 1, 0]


def test_a_lead_moved_by_hand_is_not_decided_twice(plan):
    route("DE")
    Decision.objects.update(kind=Decision.Kind.REASSIGNMENT)
    assert endings_between([NOW, NOW + HOUR]) == [Endings()]


def test_new_leads_are_counted_span_by_span(plan):
    for hours in (0, 0, 24):
        LeadFactory(created_at=NOW - hours * HOUR)
    yesterday = NOW - 24 * HOUR
    assert new_leads([(NOW, NOW + HOUR), (yesterday, yesterday + HOUR), (NOW - HOUR, NOW)]) == [2, 1, 0]


@pytest.mark.parametrize(
    ("minutes_left", "reminded", "found"),
    [(14, False, (1, 0)), (16, False, (0, 0)), (50, True, (1, 0)), (0, False, (0, 1)), (-1, True, (0, 1))],
)
def test_a_clock_is_at_risk_before_it_is_overdue(plan, minutes_left, reminded, found):
    route("DE")
    remind_at = NOW - MINUTE if reminded else None
    Assignment.objects.update(due_at=NOW + minutes_left * MINUTE, remind_at=remind_at)
    assert clocks(NOW) == found


def test_a_clock_that_was_stopped_or_whose_lead_moved_on_is_no_risk(plan):
    route("DE", "DE")
    stopped, ended = Assignment.objects.all()
    Assignment.objects.update(due_at=NOW)
    Assignment.objects.filter(pk=stopped.pk).update(clock_stopped_at=NOW)
    Assignment.objects.filter(pk=ended.pk).update(ended_at=NOW)
    assert clocks(NOW) == (0, 0)


@pytest.mark.parametrize(
    "leave",
    [
        lambda held: erase_person(email=held.lead.person.email, now=NOW),
        lambda held: Lead.objects.update(status="closed"),
        lambda held: Assignment.objects.update(protected=True),
        lambda held: Assignment.objects.update(role="sdr"),
    ],
    ids=["erased", "closed", "protected", "not the owner"],
)
@pytest.mark.parametrize("minutes_left", [-1, 5])
def test_a_clock_that_will_pass_nothing_on_is_no_risk(plan, leave, minutes_left):
    route("DE")
    leave(Assignment.objects.get())
    Assignment.objects.update(due_at=NOW + minutes_left * MINUTE)
    assert clocks(NOW) == (0, 0)


def test_fairness_names_who_is_furthest_from_what_is_due(plan):
    route("DE")
    (sellers,) = fairness()
    assert (sellers.queue, sellers.members, abs(sellers.owed)) == ("sellers", 2, 0.5)


def test_without_a_plan_there_is_no_fairness(db):
    assert fairness() == []


@pytest.mark.parametrize(("percent", "place"), [(50, 9), (95, 18), (100, 19), (1, 0)])
def test_a_rank_is_the_smallest_value_that_so_many_do_not_exceed(percent, place):
    waits = [number * MINUTE for number in range(20)]
    assert at_rank(waits, percent) == waits[place]


def test_nothing_has_no_rank():
    assert at_rank([], 50) is None


def test_a_run_that_nobody_waits_for_is_no_wait(db):
    for origin in ("visitor", "import"):
        run = Run.objects.create(submission_id=uuid4(), origin=origin, deliver=False, wake_at=NOW, created_at=NOW)
        run.results.create(stage=Stage.ROUTE, duration_ms=1, completed_at=NOW + MINUTE)
    waits = waits_since(NOW)
    assert (waits.runs, waits.median, waits.slowest_5_percent) == (1, MINUTE, MINUTE)
