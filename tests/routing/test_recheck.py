"""`recheck`: stored decisions run again to the same result, or say where they differ."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.contract import inputs_by_hand
from routing.models import Decision, Member, NamedAccount, NamedAccountList, Rep, Rule
from routing.recheck import decisions_since, differing, rerun
from routing.selectors import active_plan, parsed_plan
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(key="german", condition={"country": "DE"}, queue=queue_with("sellers", "ada", "ben"))
    publish_plan(now=NOW)


def route(**values: object) -> Decision:
    active = active_plan()
    inputs = inputs_by_hand(values or {"country": "DE"}, active.plan.contract)
    decision = route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active, now=NOW)
    return Decision.objects.get(pk=decision.pk)


def told(decision: Decision) -> list[str]:
    decision.save()
    return [str(difference) for difference in rerun(Decision.objects.get(pk=decision.pk)).differences]


def test_a_decision_stays_what_it_was_after_the_plan_has_changed():
    decision = route()
    Rule.objects.all().delete()
    publish_plan(now=NOW)
    assert rerun(decision).agrees


def test_a_decision_stays_what_it_was_whoever_is_away_by_now():
    decision = route()
    Member.objects.update(paused=True)
    assert rerun(decision).agrees


def test_an_owner_who_was_inactive_is_passed_over_again():
    listed = NamedAccountList.objects.create(key="named", name="Named", queue=Rule.objects.get().queue)
    NamedAccount.objects.create(list=listed, domain="acme.example", owner=Rep.objects.get(key="ada"))
    publish_plan(now=NOW)
    Rep.objects.filter(key="ada").update(active=False)
    decision = route(country="DE", company_domain="acme.example")
    assert (decision.reason, rerun(decision).agrees) == ("owner_unavailable", True)


def test_another_owner_than_the_engine_finds_is_told():
    decision = route()
    other = Rep.objects.get(key="cyd")
    was, decision.rep = decision.rep, other
    assert told(decision) == [f"owner was cyd, is now {was.key}"]


@pytest.mark.parametrize(
    ("field", "stored", "text"),
    [
        ("rule_key", "gone", "rule was gone, is now german"),
        ("reason", "no_match", "reason was no_match, is now rule"),
        ("territory_key", "emea", "territory was emea, is now none"),
        ("tie_break", "weight", "tie-break was weight, is now draw"),
        ("account_list_key", "named", "account list was named, is now none"),
    ],
)
def test_whatever_else_differs_is_told_by_name(field, stored, text):
    decision = route()
    setattr(decision, field, stored)
    assert told(decision) == [text]


def test_a_plan_that_was_changed_in_the_database_is_told():
    decision = route()
    plan = decision.plan
    plan.document["reps"]["ada"]["name"] = "Somebody else"
    plan.save()
    parsed_plan.cache_clear()
    assert told(decision)[0].startswith(f"plan was {decision.plan_hash}")


def test_inputs_that_were_changed_in_the_database_are_told():
    decision = route()
    decision.inputs["values"]["country"] = "FR"
    assert "queue was sellers, is now desk" in told(decision)


def test_only_decisions_of_the_window_are_run_again():
    route()
    assert list(decisions_since(NOW + timedelta(seconds=1))) == []
    assert decisions_since(NOW).count() == 1


def test_the_number_of_queries_does_not_grow_with_the_decisions():
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert list(differing(decisions_since(NOW).iterator(chunk_size=5))) == []
        return len(captured)

    route()
    few = queries()
    for _ in range(15):
        route()
    assert queries() == few
