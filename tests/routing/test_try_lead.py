"""Try a lead: who would get it and why, under which plan; nothing is written but golden leads."""

import json
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.roles import Role
from routing.contract import inputs_by_hand
from routing.models import (
    Absence,
    Assignment,
    ContractInput,
    Decision,
    GoldenLead,
    LedgerEntry,
    Member,
    NamedAccount,
    NamedAccountList,
    Queue,
    Rep,
    Rule,
    Standing,
    Territory,
)
from routing.rollout import Scope
from routing.selectors import active_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from routing.services.route_lead import route_lead
from tests.routing.cast import signed_in
from tests.routing.factories import (
    CompanyFactory,
    LeadFactory,
    PersonFactory,
    RuleFactory,
    TerritoryFactory,
    queue_with,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    """Large German leads go to the sellers, other German ones to the inside team, the rest to the desk."""
    queue_with("desk", "cyd", is_default=True)
    queue_with("sellers", "ada", "ben", name="Sellers")
    queue_with("inside", "dan", name="Inside team")
    dach = TerritoryFactory(key="dach", name="DACH", condition={"country": {"$in": ["DE", "AT"]}})
    large = {"employees": {"$exists": True, "$gte": 200}}
    RuleFactory(key="large", name="Large", condition=large, territory=dach, queue=queue("sellers"), position=1)
    RuleFactory(key="rest", name="Rest", territory=dach, queue=queue("inside"), position=2)
    publish_plan(now=timezone.now())


def queue(key: str) -> Queue:
    return Queue.objects.get(key=key)


def tried(client: Client, status: int = 200, **query: object) -> str:
    answer = client.get(reverse("routing_pages:try"), query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def with_inputs(**values: object) -> str:
    return json.dumps(values)


def decided(lead=None, **values: object) -> Decision:
    active = active_plan()
    inputs = inputs_by_hand(values, active.plan.contract)
    return route_lead(
        lead=lead or LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active, now=timezone.now()
    )


def test_the_page_says_what_to_do_before_anything_is_tried(admin_client):
    assert "Nothing is tried yet" in tried(admin_client)


def test_owner_queue_and_reason_are_told(admin_client):
    page = tried(admin_client, inputs=with_inputs(country="DE", employees=50))
    assert ">Dan</h2>" in page
    assert "Sent there by the rule “Rest”" in page


def test_typed_fields_do_the_same_as_a_document(admin_client):
    assert ">Dan</h2>" in tried(admin_client, **{"in-country": "DE", "in-employees": "50"})


def test_every_step_is_told_with_the_value_seen(admin_client):
    page = tried(admin_client, inputs=with_inputs(country="DE", employees=50))
    assert "Rule “Large” does not apply: Employees is known and is at least 200 — here 50." in page
    assert "Territory: DACH: Country is Austria or Germany — here Germany." in page


def test_the_standings_say_who_cannot_take_the_lead_and_who_is_next(admin_client):
    Absence.objects.create(
        rep=Rep.objects.get(key="ada"), starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1)
    )
    page = tried(admin_client, inputs=with_inputs(country="DE", employees=500))
    assert ">Ben</h2>" in page
    assert '<td data-label="Can take it?">away</td>' in page


def test_the_moment_decides_who_is_away(admin_client):
    tomorrow = timezone.now() + timedelta(days=1)
    for rep in ("ada", "ben"):
        Absence.objects.create(rep=Rep.objects.get(key=rep), starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1))
    later = (tomorrow + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    page = tried(admin_client, at=later, inputs=with_inputs(country="DE", employees=500))
    assert "nobody could take the lead" in page
    assert ">Cyd</h2>" in page


def test_a_changed_input_is_offered_with_its_result_and_a_link(admin_client):
    page = tried(admin_client, inputs=with_inputs(country="DE", employees=500))
    assert "If <strong>Employees</strong> were 199 or fewer, then “Inside team”, by the rule “Rest”." in page
    assert "inputs=%7B%22country%22%3A%22DE%22%2C%22employees%22%3A199%7D" in page


def test_a_missing_required_input_says_that_the_fallback_takes_it(admin_client):
    page = tried(admin_client, **{"in-country": "", "in-employees": "5"})
    assert "Required but unknown: Country." in page
    assert ">Cyd</h2>" in page


def test_the_draft_can_be_tried_before_it_is_published(admin_client):
    Rule.objects.filter(key="rest").update(queue=queue("sellers"))
    page = tried(admin_client, plan="draft", inputs=with_inputs(country="DE", employees=50))
    assert "through" not in page.split("</h2>")[0]
    assert 'queues/sellers/?plan=draft">Sellers' in page


def test_an_earlier_plan_can_be_tried_by_its_number(admin_client):
    Rule.objects.filter(key="rest").update(queue=queue("sellers"))
    publish_plan(now=timezone.now())
    assert ">Dan</h2>" in tried(admin_client, plan="1", inputs=with_inputs(country="DE", employees=50))


def roll_out(**scope: object) -> None:
    """A plan that sends all German leads to the sellers is tried on some leads."""
    Rule.objects.filter(key="rest").update(queue=queue("sellers"))
    start_rollout(scope=Scope(**scope), user=None, now=timezone.now())


def test_the_plan_that_is_tried_on_some_leads_can_be_chosen(admin_client):
    roll_out(territory="dach")
    page = tried(admin_client, plan="rollout", inputs=with_inputs(country="DE", employees=50))
    assert 'queues/sellers/?plan=rollout">Sellers' in page


@pytest.mark.parametrize(
    ("country", "text"), [("DE", "this is one of them: it decides"), ("FR", "but not on this one")]
)
def test_whether_such_a_plan_decides_this_lead_is_told(admin_client, country, text):
    roll_out(territory="dach")
    assert text in tried(admin_client, inputs=with_inputs(country=country, employees=50))


def test_of_a_share_of_leads_nobody_knows_beforehand_but_of_a_past_lead(admin_client):
    decision = decided(country="DE", employees=12)
    roll_out(share_bp=9_999)
    assert "a new lead may be one of them" in tried(admin_client, inputs=with_inputs(country="DE"))
    assert "this is one of them: it decides" in tried(admin_client, decision=decision.pk)


def test_without_such_a_plan_it_cannot_be_chosen(admin_client):
    assert "No plan is tried on some leads at present." in tried(admin_client, plan="rollout")


def test_two_plans_are_compared_in_one_sentence(admin_client):
    Rule.objects.filter(key="rest").update(queue=queue("sellers"))
    page = tried(admin_client, plan="draft", compare="active", inputs=with_inputs(country="DE", employees=50))
    assert "through “Sellers”, by the rule “Rest”; plan 1 (active) gives it to Dan through “Inside team”" in page


def test_plans_that_agree_are_said_to_agree(admin_client):
    page = tried(admin_client, plan="draft", compare="active", inputs=with_inputs(country="DE", employees=50))
    assert "Both give this lead to Dan through “Inside team”, by the rule “Rest”." in page


def test_where_only_the_turn_differs_it_says_so(admin_client):
    inputs = with_inputs(country="DE", employees=500)
    other = "ben" if ">Ada</h2>" in tried(admin_client, inputs=inputs) else "ada"
    Member.objects.filter(rep__key=other).update(priority=9)
    page = tried(admin_client, plan="draft", compare="active", inputs=inputs)
    assert f"Both send this lead to “Sellers”; only the turn differs: {other.title()} under the draft, " in page


def test_the_same_owner_by_another_rule_is_told_with_both_rules(admin_client):
    RuleFactory(key="fifty", name="Fifty", condition={"employees": 50}, queue=queue("inside"), position=0)
    page = tried(admin_client, plan="draft", compare="active", inputs=with_inputs(country="DE", employees=50))
    assert "the draft by the rule “Fifty”, plan 1 (active) by the rule “Rest”." in page


def test_a_draft_that_does_not_hold_together_says_where(admin_client):
    Queue.objects.filter(key="desk").update(is_default=False)
    assert "default_queue: there must be one default queue" in tried(admin_client, plan="draft")


def test_without_any_plan_the_page_says_so(admin_client):
    from routing.models import Plan

    Plan.objects.update(is_active=False)
    assert "No routing plan has been published yet." in tried(admin_client)


def test_a_past_decision_fills_in_its_inputs_with_their_sources(admin_client):
    page = tried(admin_client, decision=decided(country="DE", employees=321).pk)
    assert 'value="321"' in page
    assert "which gave the lead to" in page


def test_a_past_lead_is_found_by_name_and_by_domain(admin_client):
    company = CompanyFactory(domain="acme.example", name="Acme")
    lead = LeadFactory(person=PersonFactory(full_name="Nora Sand"), company=company)
    for text in ("nora", "acme.ex", lead.person.email, lead.person.email[:4].upper(), lead.person.email.split(".")[0]):
        assert f'href="?lead={lead.pk}&plan=active">Nora Sand</a>' in tried(admin_client, q=text)


def test_a_lead_is_tried_with_the_inputs_of_its_last_decision(admin_client):
    decision = decided(country="AT", employees=12)
    assert "country Austria (given by hand)" in tried(admin_client, lead=decision.lead_id)


def test_trying_writes_nothing(admin_client):
    def rows():
        return [model.objects.count() for model in (Decision, Assignment, LedgerEntry)], list(
            Standing.objects.order_by("pk").values()
        )

    before = rows()
    tried(admin_client, compare="draft", inputs=with_inputs(country="DE", employees=500))
    assert rows() == before


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"in-employees": "many"}, "Enter a number."),
        ({"in-country": "XX"}, "Select a valid choice."),
        ({"in-region": "Nowhere"}, "Nowhere is not known here. Write its code or its name."),
        ({"inputs": "{"}, "The inputs in this address can’t be read."),
        ({"inputs": "[1]"}, "The inputs in this address can’t be read."),
        ({"inputs": '{"use_case": "a\\u0000b"}'}, "The inputs in this address can’t be read."),
        ({"inputs": '{"employees": "x"}'}, "Enter a number."),
        ({"inputs": '{"country": ["DE"], "employees": true}'}, "This can’t be tried yet"),
        ({"inputs": '{"shoe_size": 3}'}, "This plan has no input shoe_size."),
        ({"inputs": '{"employees": 1e999}'}, "The inputs in this address can’t be read."),
        ({"plan": "99"}, "There is no plan '99'."),
        ({"plan": "9" * 19}, "There is no plan"),
        ({"plan": "x' OR 1=1"}, "There is no plan"),
        ({"compare": "nothing"}, "There is no plan 'nothing'."),
        ({"at": "soon"}, "This is not a moment"),
        ({"at": "0001-01-01T00:00"}, "This is not a moment"),
        ({"at": "2026-02-31T00:00"}, "This is not a moment"),
        ({"decision": "999"}, "There is no decision 999."),
        ({"decision": "abc"}, "There is no decision abc."),
        ({"decision": "9" * 19}, "There is no decision"),
        ({"lead": "9" * 19}, "There is no decided lead"),
        ({"q": "no such lead"}, "No lead is found"),
        ({"q": "not@an@address"}, "No lead is found"),
        ({"q": "nul\x00byte"}, "No lead is found"),
    ],
)
def test_what_cannot_be_tried_is_said_in_words(admin_client, query, text):
    assert text in tried(admin_client, **query)


def test_a_moment_that_cannot_be_read_is_not_taken_for_now(admin_client):
    assert "Step by step" not in tried(admin_client, at="soon", inputs=with_inputs(country="DE"))


def test_another_plan_that_cannot_be_read_leaves_the_answer_of_the_first(admin_client):
    page = tried(admin_client, compare="nothing", inputs=with_inputs(country="DE"))
    assert "Not everything here could be used" in page
    assert ">Dan</h2>" in page


def test_a_territory_that_decides_by_itself_is_named_even_from_below(admin_client):
    dach = Territory.objects.get(key="dach")
    Territory.objects.filter(key="dach").update(queue=queue("inside"))
    TerritoryFactory(key="bavaria", name="Bavaria", parent=dach, condition={"region": "DE-BY"})
    page = tried(admin_client, plan="draft", inputs=with_inputs(country="DE", region="DE-BY"))
    assert "Sent there by the territory “DACH”." in page
    assert "<dd>DACH › Bavaria</dd>" in page


def test_a_region_may_be_typed_by_its_name(admin_client):
    assert "region California (given by hand)" in tried(admin_client, **{"in-country": "US", "in-region": "california"})


def test_a_name_of_several_regions_lists_their_codes(admin_client):
    assert "write one of BE-VLI, NL-LI." in tried(admin_client, **{"in-region": "Limburg"})


def test_input_that_looks_like_markup_stays_text(admin_client):
    answer = admin_client.get(reverse("routing_pages:try"), {"in-company_domain": "<script>x", "q": "<script>y"})
    assert "<script>x" not in answer.content.decode()
    assert "<script>y" not in answer.content.decode()


def test_yes_and_no_and_lists_have_fields_of_their_own(admin_client):
    ContractInput.objects.create(key="partner", label="Partner", type="boolean")
    ContractInput.objects.create(key="needs", label="Needs", type="list", choices={"crm": "CRM", "ads": "Ads"})
    ContractInput.objects.create(key="tags", label="Tags", type="list")
    publish_plan(now=timezone.now())
    page = tried(
        admin_client, **{"in-country": "DE", "in-partner": "no", "in-needs": ["crm", "ads"], "in-tags": "a, b\na"}
    )
    assert "partner no (given by hand); needs CRM, Ads (given by hand); tags a, b (given by hand)" in page


# Golden leads


def save(client: Client, status: int = 302, query: dict | None = None, **fields: str):
    address = reverse("routing_pages:try") + "?inputs=" + json.dumps(query or {"country": "DE", "employees": 500})
    answer = client.post(address, {f"golden-{name}": value for name, value in fields.items()})
    assert answer.status_code == status
    return unescape(answer.content.decode())


def test_the_golden_lead_is_prefilled_with_what_came_out(admin_client):
    page = tried(admin_client, inputs=with_inputs(country="DE", employees=500))
    assert '<option value="sellers" selected>Sellers</option>' in page
    assert '<option value="dach" selected>DACH</option>' in page


def test_where_it_is_saved_the_page_begins_at_its_top_which_says_so(admin_client):
    address = reverse("routing_pages:try") + "?inputs=" + json.dumps({"country": "DE", "employees": 500})
    answer = admin_client.post(address, {"golden-name": "Big in Germany", "golden-queue": "sellers"})
    assert answer["Location"].endswith("#top")


def test_what_was_tried_is_saved_as_a_golden_lead(admin_client, admin_user):
    save(admin_client, name="Big in Germany", queue="sellers", territory="dach")
    golden = GoldenLead.objects.get()
    assert (golden.inputs, golden.expected_queue) == ({"country": "DE", "employees": 500}, "sellers")
    assert golden.history.get().history_user == admin_user


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "First", "queue": "desk"}, "There is a golden lead “First” already."),
        ({"name": "Second", "queue": "sellers"}, "The golden lead “First” has the same inputs."),
        ({"name": "Second"}, "Say which queue, territory or owner is expected."),
        ({"name": "Second", "queue": "nowhere"}, "Select a valid choice."),
        ({"name": "", "queue": "sellers"}, "This field is required."),
        ({"name": "x" * 121, "queue": "sellers"}, "at most 120 characters"),
    ],
)
def test_a_golden_lead_that_cannot_be_saved_says_why(admin_client, fields, text):
    GoldenLead.objects.create(name="First", inputs={"country": "DE", "employees": 500}, expected_queue="sellers")
    assert text in save(admin_client, 422, **fields)
    assert GoldenLead.objects.count() == 1


def test_inputs_that_cannot_be_tried_are_not_saved(admin_client):
    save(admin_client, 400, query={"shoe_size": 1}, name="Odd", queue="sellers")
    assert not GoldenLead.objects.exists()


# Rights


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.ADMINISTRATOR, 200),
        (Role.SALES_OPS, 200),
        (Role.MARKETER, 200),
        (Role.ANALYST, 200),
        (Role.REP, 403),
        (None, 403),
    ],
)
def test_who_may_try(role, status):
    tried(signed_in(role), status)


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    assert client.get(reverse("routing_pages:try")).status_code == 302


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST])
def test_only_who_may_add_golden_leads_saves_one(role):
    client = signed_in(role)
    assert "Save as golden lead" not in tried(client, inputs=with_inputs(country="DE"))
    save(client, 403, name="Mine", queue="sellers")
    assert not GoldenLead.objects.exists()


def test_who_may_not_see_leads_can_neither_search_nor_open_one():
    client = signed_in(Role.MARKETER)
    assert "Pick a past lead" not in tried(client)
    tried(client, 403, q="nora")


def test_the_queries_do_not_grow_with_rules_and_accounts(admin_client):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            tried(admin_client, inputs=with_inputs(country="DE", employees=500))
        return len(captured)

    queries()
    before = queries()
    listed = NamedAccountList.objects.create(key="named", name="Named", queue=queue("sellers"))
    NamedAccount.objects.bulk_create(NamedAccount(list=listed, domain=f"a{n}.example") for n in range(50))
    RuleFactory.create_batch(20, condition={"employees": 7}, position=3)
    publish_plan(now=timezone.now())
    queries()
    assert queries() == before <= 20
