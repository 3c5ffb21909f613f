"""What the working copy's pages refuse at once, long before a plan is published."""

import pytest
from django.core.exceptions import ValidationError

from routing.models import GoldenLead, Queue, Territory
from tests.routing.factories import QueueFactory, TerritoryFactory

pytestmark = pytest.mark.django_db


def refused(row) -> set[str]:
    """The fields that are refused."""
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return set(refusal.value.message_dict)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("countries", {"countries": ["DE", "XX"]}),
        ("regions", {"regions": ["US-XX"]}),
        ("postal_areas", {"postal_areas": ["DE 80-86"]}),
        ("employees_max", {"employees_min": 100, "employees_max": 99}),
        ("revenue_max", {"revenue_min": 2, "revenue_max": 1}),
        ("time_zone", {"time_zone": "Europe/Atlantis"}),
    ],
)
def test_a_territory_that_nobody_could_be_in_is_refused(field, fields):
    assert refused(Territory(key="t", name="T", **fields)) == {field}


def test_a_territory_may_have_one_end_of_a_range_only():
    Territory(key="t", name="T", employees_min=100, countries=["DE"], regions=["US-CA"]).full_clean()


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("accept_within_min", {"accept_within_min": 0}),
        ("remind_min", {"accept_within_min": 30, "remind_min": 30}),
        ("counts", {"counts": ["everything"]}),
        ("gives_back", {"gives_back": ["rep_no_show"]}),
    ],
)
def test_a_queue_that_makes_no_sense_is_refused(field, fields):
    assert refused(Queue(key="q", name="Q", **fields)) == {field}


def test_a_queue_is_never_its_own_fallback():
    queue = QueueFactory()
    queue.fallback = queue
    assert refused(queue) == {"fallback"}


@pytest.mark.parametrize("field", ["expected_queue", "expected_territory", "expected_owner"])
def test_a_golden_lead_expects_only_what_there_is(field):
    TerritoryFactory(key="here")
    assert refused(GoldenLead(name="G", inputs={"country": "DE"}, **{field: "nowhere"})) == {field}
