"""Who would have got what: two plans over the same past, whatever plans were live in it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from routing.contract import inputs_by_hand
from routing.models import Decision, Queue, Rule
from routing.pages.compared import pictured
from routing.plan import Plan
from routing.publish_summary import Summary, as_document, summarise
from routing.rollout import Scope
from routing.selectors import active_plan, draft_plan, parsed_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout, stop_rollout
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    """Everything goes to ada's queue; ben's and cyd's wait for leads."""
    queue_with("desk", "dan", is_default=True)
    for key, rep in (("second", "ben"), ("third", "cyd")):
        queue_with(key, rep)
    RuleFactory(key="all", condition={}, queue=queue_with("first", "ada"))
    publish_plan(now=NOW)


def lead(minute: int) -> Decision:
    active = active_plan()
    inputs = inputs_by_hand({"country": "DE"}, active.plan.contract)
    now = NOW + timedelta(minutes=minute)
    return route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active, now=now)


def to(queue: str) -> None:
    Rule.objects.update(queue=Queue.objects.get(key=queue))


def summary(plan: Plan | None = None) -> Summary:
    return summarise(plan or draft_plan(), active_plan().plan, NOW, lambda done, total: None)


def owners(found: Summary) -> dict[str, tuple[int, int]]:
    side = found.difference.owners
    return {key: (side.before[key], side.after[key]) for key in side.keys}


def test_an_unchanged_draft_changes_nothing():
    lead(1)
    assert (summary().difference.decisions, summary().difference.changed) == (1, 0)


def test_what_the_active_plan_decided_is_its_side():
    lead(1)
    lead(2)
    to("second")
    assert owners(summary()) == {"ada": (2, 0), "ben": (0, 2)}


def test_what_an_earlier_plan_decided_is_decided_again_by_the_active_one():
    """So that the difference is what publishing the draft makes, not what publishing the active plan made."""
    lead(1)
    to("second")
    publish_plan(now=NOW)
    lead(2)
    to("third")
    assert owners(summary()) == {"ben": (2, 0), "cyd": (0, 2)}


def test_putting_an_earlier_plan_back_is_compared_over_all_days():
    first = active_plan().id
    lead(1)
    to("second")
    publish_plan(now=NOW)
    lead(2)
    assert owners(summary(parsed_plan(first))) == {"ben": (2, 0), "ada": (0, 2)}


def test_leads_of_a_rollout_are_decided_again_by_the_active_plan():
    to("second")
    rollout = start_rollout(scope=Scope(share_bp=9_999), user=None, now=NOW)
    lead(1)
    stop_rollout(rollout=rollout, user=None, now=NOW)
    to("third")
    assert owners(summary()) == {"ada": (1, 0), "cyd": (0, 1)}


def test_before_the_first_publish_what_was_stored_stands_for_the_active_plan():
    lead(1)
    to("second")
    found = summarise(draft_plan(), None, NOW, lambda done, total: None)
    assert owners(found) == {"ada": (1, 0), "ben": (0, 1)}


def test_movements_have_examples_and_everybody_a_name():
    decisions = [lead(minute) for minute in range(1, 6)]
    to("second")
    document = as_document(summary(), [draft_plan(), active_plan().plan])
    (movement,) = document["movements"]
    assert (movement["from"], movement["to"], movement["leads"]) == ("Ada", "Ben", 5)
    assert movement["examples"] == [decision.pk for decision in decisions[:3]]
    assert [row["name"] for row in document["queues"]] == ["Second", "First"]


def test_fallbacks_and_parked_leads_are_counted_on_both_sides():
    lead(1)
    Rule.objects.all().delete()
    document = as_document(summary(), [draft_plan()])
    assert (document["fallbacks"], document["parked"]) == ([0, 1], [0, 0])


def test_progress_is_told_lead_by_lead():
    told = []
    lead(1)
    lead(2)
    summarise(draft_plan(), active_plan().plan, NOW, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_bars_are_as_long_as_their_number_is_of_the_greatest():
    rows = pictured([{"before": 10, "after": 40}, {"before": 0, "after": 20}])
    assert [(row["before_percent"], row["after_percent"], row["difference"]) for row in rows] == [
        (25, 100, 30),
        (0, 50, 20),
    ]


def test_where_there_is_nothing_there_are_no_bars():
    assert pictured([]) == []
    assert pictured([{"before": 0, "after": 0}])[0]["after_percent"] == 0
