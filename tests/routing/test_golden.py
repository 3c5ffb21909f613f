"""Golden leads: what must come out as expected, or a plan can't be published."""

import pytest

from routing.draft import draft_plan
from routing.errors import GoldenLeadsFailed
from routing.golden import failures
from routing.models import GoldenLead, Plan, Queue, Rep, Rule, Territory
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from tests.routing.factories import NOW, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    """Germany is a territory whose leads go to the sellers; the desk gets the rest."""
    queue_with("desk", "cyd", is_default=True)
    queue_with("sellers", "ada", "ben")
    TerritoryFactory(key="germany", condition={"country": "DE"})
    RuleFactory(key="german", territory=Territory.objects.get(key="germany"), queue=Queue.objects.get(key="sellers"))
    publish_plan(now=NOW)


def golden(country: str = "DE", **expected: str) -> GoldenLead:
    return GoldenLead.objects.create(name=f"Lead from {country}", inputs={"country": country}, **expected)


def told() -> list[str]:
    return [str(failure) for failure in failures(draft_plan(), list(GoldenLead.objects.all()), NOW)]


def test_a_lead_that_comes_out_as_expected_is_silent(company):
    golden(expected_queue="sellers", expected_territory="germany")
    assert told() == []


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"expected_queue": "desk"}, "“Lead from DE” expects queue desk, would be queue sellers"),
        ({"expected_territory": "emea"}, "“Lead from DE” expects territory emea, would be territory germany"),
        ({"expected_owner": "ada"}, "“Lead from DE” expects owner ada, would be owner none"),
    ],
)
def test_a_failure_says_what_was_expected_and_what_would_be(company, expected, text):
    golden(**expected)
    assert told() == [text]


def test_each_expectation_that_fails_is_told(company):
    golden("FR", expected_queue="sellers", expected_territory="germany")
    assert len(told()) == 2


def test_an_owner_is_expected_where_a_rule_names_one(company):
    Rule.objects.filter(key="german").update(queue=None, owner=Rep.objects.get(key="ada"))
    golden(expected_owner="ada")
    assert told() == []


def test_who_is_away_today_fails_no_golden_lead(company):
    golden(expected_queue="sellers")
    Rep.objects.update(active=False)
    assert told() == []


def test_inputs_that_no_longer_fit_the_contract_fail(company):
    GoldenLead.objects.create(name="Old", inputs={"contry": "DE"}, expected_queue="sellers")
    assert "expects inputs that fit the contract, would be contry is not an input" in told()[0]


def test_a_failing_golden_lead_blocks_publishing(company):
    golden(expected_queue="sellers")
    Rule.objects.all().delete()
    with pytest.raises(GoldenLeadsFailed, match="sellers"):
        publish_plan(now=NOW)
    assert Plan.objects.count() == 1
    assert active_plan().plan.rules


def test_it_is_the_draft_that_is_checked_not_the_active_plan(company):
    golden("FR", expected_queue="sellers")
    RuleFactory(condition={"country": "FR"}, queue=Queue.objects.get(key="sellers"))
    publish_plan(now=NOW)
    assert active_plan().number == 2


def test_a_disabled_golden_lead_blocks_nothing(company):
    golden(expected_queue="nowhere", enabled=False)
    Rule.objects.all().delete()
    assert publish_plan(now=NOW).number == 2


def test_a_territory_is_judged_on_the_day_of_publishing(company):
    golden(expected_territory="germany")
    Territory.objects.filter(key="germany").update(valid_from=NOW.date().replace(day=20))
    with pytest.raises(GoldenLeadsFailed):
        publish_plan(now=NOW)
    assert publish_plan(now=NOW.replace(day=20)).number == 2


def test_a_golden_lead_that_fails_is_told_although_nothing_else_has_changed(company):
    golden(expected_queue="desk")
    with pytest.raises(GoldenLeadsFailed):
        publish_plan(now=NOW)
