"""`explain`: a stored decision in sentences that a person understands."""

from datetime import timedelta
from uuid import uuid4

import pytest

from routing.contract import inputs_by_hand
from routing.explain import assignment_lines, headline, provenance, sentences
from routing.models import (
    Absence,
    Assignment,
    Decision,
    Member,
    NamedAccount,
    NamedAccountList,
    Queue,
    Rep,
    Rule,
    Territory,
)
from routing.selectors import active_plan, parsed_plan
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from routing.services.route_lead import route_lead
from tests.routing.factories import NOW, LeadFactory, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    """Large German leads go to the sellers; the desk gets the rest."""
    queue_with("desk", "cyd", is_default=True)
    queue_with("sellers", "ada", "ben")
    dach = TerritoryFactory(key="dach", name="DACH", condition={"country": {"$in": ["DE", "AT"]}})
    large = {"employees": {"$exists": True, "$gte": 500}}
    RuleFactory(key="large", name="Large", condition=large, territory=dach, queue=Queue.objects.get(key="sellers"))


def decide(**values: object) -> Decision:
    publish_plan(now=NOW)
    active = active_plan()
    inputs = inputs_by_hand(values or {"country": "DE", "employees": 12000}, active.plan.contract)
    return route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active, now=NOW)


def told(decision: Decision) -> str:
    stored = Decision.objects.get(pk=decision.pk)
    return " ".join(sentences(stored, parsed_plan(stored.plan_id)))


def named(**account: object) -> None:
    listed = NamedAccountList.objects.create(key="named", name="Strategic", queue=Queue.objects.get(key="sellers"))
    NamedAccount.objects.create(list=listed, **account)


def test_inputs_are_told_with_labels_thousands_and_where_they_came_from():
    sentence = told(decide(employees=12000, country="DE"))
    assert "Known: country Germany (given by hand); employees 12,000 (given by hand); " in sentence


def test_a_default_says_that_it_was_assumed():
    assert "(assumed by default)" in told(decide())


def test_the_territory_and_why_the_lead_is_in_it():
    assert "Territory: DACH: Country is Austria or Germany — here Germany." in told(decide())


def test_a_skipped_rule_says_which_clause_failed_and_what_was_seen():
    sentence = "Rule “Large” does not apply: Employees is known and is at least 500 — here 300."
    assert sentence in told(decide(country="DE", employees=300))


def test_a_rule_of_another_territory_says_which_by_name():
    assert "Rule “Large” does not apply: it is only for DACH." in told(decide(country="FR", employees=12000))


def test_a_rule_without_a_condition_takes_every_lead():
    Rule.objects.update(condition={})
    assert "Rule “Large” applies: it takes every lead." in told(decide())


def test_a_long_list_is_cut():
    everywhere = ["DE", "AT", "FR", "IT", "ES", "PT", "PL", "CZ", "SK", "HU", "RO", "BG", "GR", "HR", "SI", "NO", "SE"]
    Territory.objects.update(condition={"country": {"$in": everywhere}})
    assert ", … — here Germany" in told(decide())


def test_the_turn_is_told_with_everybodys_weight_count_and_claim():
    Member.objects.filter(rep__key="ada").update(weight=3)
    assert "it was Ada's turn: Ada weight 3 of 4, had 0, owed 0.75; Ben weight 1 of 4, had 0, owed 0.25." in told(
        decide()
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"paused": True}, "In “Sellers”, Ada was paused here."),
        ({"weight": 0}, "In “Sellers”, Ada has weight 0."),
        ({"cap_day": 0}, "In “Sellers”, Ada had as many leads as a day allows."),
        ({"condition": {"country": "AT"}}, "In “Sellers”, Ada does not take such leads."),
    ],
)
def test_who_was_passed_over_and_why(fields, text):
    Member.objects.filter(rep__key="ada").update(**fields)
    assert text in told(decide())
    assert "only Ben could take the lead" in told(decide())


def test_an_absence_is_told():
    ada = Rep.objects.get(key="ada")
    Absence.objects.create(rep=ada, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    assert "In “Sellers”, Ada was absent." in told(decide())


def test_who_was_off_hours_gave_way_to_who_was_at_work():
    Rep.objects.filter(key="ada").update(working_hours={"sun": ["09:00-10:00"]})
    assert "Ada was outside working hours, and others were at work." in told(decide())


def test_hours_make_no_difference_where_nobody_is_at_work():
    Rep.objects.update(working_hours={"sun": ["09:00-10:00"]})
    assert "Nobody there was at work, so working hours made no difference." in told(decide())


def test_a_draw_is_told_as_one():
    assert "Equal claims were decided by a draw from the recorded seed." in told(decide())


def test_priority_is_told_where_it_broke_the_tie():
    Member.objects.filter(rep__key="ben").update(priority=2)
    assert "Equal claims were decided by the higher priority." in told(decide())


def test_a_fallback_says_that_nobody_could_and_that_the_next_queue_was_asked():
    Member.objects.filter(queue__key="sellers").update(paused=True)
    assert "In “Sellers”, nobody could take the lead, so the next queue was asked." in told(decide())


def test_an_owner_who_was_inactive_is_told():
    named(domain="acme.example", owner=Rep.objects.get(key="ada"))
    Rep.objects.filter(key="ada").update(active=False)
    assert "Ada was inactive, so the lead went on." in told(decide(country="DE", company_domain="acme.example"))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"company_domain": "acme.example"}, "Named account: acme.example, on the list “Strategic”."),
        (
            {"company_domain": "shop.acme.example"},
            "Named account: shop.acme.example, by its parent domain acme.example, on the list “Strategic”.",
        ),
        (
            {"company_name": "Acme Works GmbH"},
            "Named account: acme.example, by the company's name, on the list “Strategic”.",
        ),
    ],
)
def test_a_named_account_says_by_what_it_was_found(values, text):
    named(domain="acme.example", company_name="Acme Works Inc.")
    assert text in told(decide(country="DE", **values))


def test_who_is_owed_more_and_still_waits_is_explained():
    """Tijdeman's rule looks at who can wait, not only at who is owed most."""
    decision = decide()
    rep, other = decision.rep.key, {"ada": "ben", "ben": "ada"}[decision.rep.key]
    for member in decision.pools[0]["members"]:
        member["shortfall"] = 10**11 if member["rep"] == other else 0
    decision.save()
    assert f"{other.title()} is owed more, but the claim of {rep.title()} grows faster" in told(decision)


def test_plan_hash_and_duration_are_told():
    decision = decide()
    line = provenance(decision, decision.plan.number)
    assert line.startswith(f"Decided under plan 1 (hash {decision.plan_hash[:12]}…)")
    assert line.endswith(" ms.")


def test_the_headline_of_a_parked_lead_says_so():
    Member.objects.update(paused=True)
    assert headline(decide()) == "Nobody yet: Nobody could take the lead, so it is parked."


def test_who_held_the_lead_is_told_in_order_with_the_reason_of_a_move():
    decision = decide()
    other = Rep.objects.exclude(pk=decision.rep_id).get(key__in=["ada", "ben"])
    later = NOW + timedelta(hours=2)
    reassign_lead(lead=decision.lead, rep=other, reason="On holiday", user=None, now=later)
    lines = assignment_lines(Assignment.objects.all(), active_plan().plan)
    assert lines[0].startswith("2026-03-02 09:00 UTC until 2026-03-02 11:00 UTC")
    assert lines[1] == f"2026-03-02 11:00 UTC: {other.name}, through “Sellers”; “On holiday”."
