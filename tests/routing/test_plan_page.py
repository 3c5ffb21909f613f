"""The plan page: what is shown to whom, filters, pages, and moving by plain forms."""

import json

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.jobs import run_job
from foundation.models import Job
from foundation.roles import Role
from routing.models import GoldenLead, Member, NamedAccount, NamedAccountList, Queue, Rep, Rule, Territory
from routing.models.draft import draft_revision
from routing.rollout import Scope
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from tests.routing.clocked import send
from tests.routing.factories import NOW, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db
PLAN, MOVE, CHECKS = (reverse(f"routing_pages:{name}") for name in ("plan", "plan_move", "plan_checks"))


@pytest.fixture
def published() -> None:
    """EMEA with DACH in it, two rules and two queues, live."""
    desk, big = queue_with("desk", "cyd", is_default=True), queue_with("big", "ada", "ben")
    emea = TerritoryFactory(key="emea", name="EMEA", countries=["DE", "AT", "FR", "IT", "ES"])
    TerritoryFactory(key="dach", name="DACH", parent=emea, countries=["DE", "AT"])
    large = {"employees": {"$exists": True, "$gte": 200}}
    RuleFactory(key="large", name="Large", queue=big, territory=emea, condition=large, position=1)
    RuleFactory(key="rest", name="Rest", queue=desk, position=2)
    publish_plan(now=NOW)


def client_of(role: Role) -> Client:
    user = User.objects.create_user(f"some {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ops(db) -> Client:
    return client_of(Role.SALES_OPS)


def text(client: Client, address: str = PLAN, **query: str) -> str:
    return client.get(address, query).content.decode()


def move(client: Client, **values: object):
    return client.post(MOVE, {"kind": "rule", "key": "rest", "revision": draft_revision(), **values})


# Reading


def test_territories_rules_and_queues_are_told_in_words(ops, published):
    shown = text(ops)
    assert "Austria, France, Germany and 2 more" in shown
    assert "is at least 200" in shown
    assert "weight 1 (50%)" in shown


def test_an_unchanged_draft_says_so_and_offers_to_edit(ops, published):
    shown = text(ops)
    assert "The draft is the same as plan 1" in shown
    assert "Edit rules" in shown


def test_a_change_is_counted_and_told_in_words(ops, published):
    Rule.objects.filter(key="large").update(condition={"employees": {"$exists": True, "$gte": 500}})
    shown = text(ops)
    assert "1 difference: 1 changed" in shown
    assert "at least 200 to" in shown


def test_a_new_member_marks_the_shares_of_the_others_too(ops, published):
    Member.objects.create(queue=Queue.objects.get(key="big"), rep=Rep.objects.get(key="cyd"), weight=2)
    changed = '<div class="plan-changed"><dt>Member {}</dt><dd>weight 1 ({})</dd></div>'
    shown = text(ops)
    assert changed.format("Ada", "25%") in shown
    assert changed.format("Ada", "50%") in shown


def test_without_a_plan_the_page_says_what_to_do_first(ops):
    queue_with("desk", "cyd", is_default=True)
    assert "No plan is live yet" in text(ops)


def test_an_empty_working_copy_is_a_page_too(ops):
    assert "there must be one default queue" in text(ops)


def test_a_draft_that_does_not_hold_together_says_why(ops, published):
    Queue.objects.update(is_default=False)
    shown = text(ops)
    assert "can&#x27;t be published" in shown.replace("'", "&#x27;")
    assert "there must be one default queue" in shown


def test_a_postal_area_that_is_none_does_not_take_the_page_down(ops, published):
    Territory.objects.filter(key="dach").update(postal_areas=["nowhere"])
    assert "territories.dach.postal_areas" in text(ops)


def test_only_what_differs_is_shown_on_request(ops, published):
    Rule.objects.filter(key="large").update(name="Huge")
    shown = text(ops, view="differences")
    assert 'id="rule-large"' in shown
    assert 'id="rule-rest"' not in shown


def test_a_search_finds_entries_by_what_they_say(ops, published):
    shown = text(ops, q="germany")
    assert 'id="territory-dach"' in shown
    assert 'id="rule-rest"' not in shown
    assert "Nothing says “nowhere”" in text(ops, q="nowhere")


def test_one_kind_can_be_looked_at_alone(ops, published):
    shown = text(ops, kind="queue")
    assert 'id="queue-big"' in shown
    assert 'id="rule-rest"' not in shown


def test_while_a_plan_is_tried_the_page_leads_to_its_comparison_and_offers_nothing_that_is_refused(ops, published):
    Rule.objects.filter(key="large").update(name="Huge")
    publish_plan(now=NOW)
    Rule.objects.filter(key="large").update(name="Larger")
    assert "Publish …" in text(ops)
    rollout = start_rollout(scope=Scope(territory="dach"), user=None, now=timezone.now())
    Rule.objects.filter(key="large").update(name="Largest")
    shown = text(ops)
    assert "Plan 3 is being tried on territory DACH and below" in shown
    assert reverse("routing_pages:rollout", args=[rollout.pk]) in shown
    assert reverse("routing_pages:rollout_comparison", args=[rollout.pk]) in shown
    assert ("Publish …" in shown, "Roll back to plan" in shown) == (False, False)


@pytest.mark.parametrize(
    "query", [{"page": "99999999999"}, {"page": "-1"}, {"view": "<b>"}, {"q": "x" * 9000}, {"kind": "'"}]
)
def test_strange_wishes_are_met_with_a_page(ops, published, query):
    assert ops.get(PLAN, query).status_code == 200


def test_entries_link_to_their_forms_and_rules_to_the_next_one(ops, published):
    shown = text(ops)
    rule = Rule.objects.get(key="large")
    assert reverse("admin:routing_rule_change", args=[rule.pk]) in shown
    assert f"{reverse('admin:routing_rule_add')}?place=large&amp;position=1" in shown


def test_one_can_go_back_to_the_plan_before_as_soon_as_there_is_one(ops, published):
    assert "Roll back" not in text(ops)
    Rule.objects.filter(key="large").update(name="Huge")
    publish_plan(now=NOW)
    assert "Roll back to plan 1" in text(ops)


# Rights


@pytest.mark.parametrize(("role", "status"), [(Role.MARKETER, 200), (Role.ANALYST, 200), (Role.REP, 403)])
def test_who_may_see_plans_sees_the_page(published, role, status):
    assert client_of(role).get(PLAN).status_code == status


def test_who_is_not_signed_in_is_asked_to(client, published):
    assert client.get(PLAN).status_code == 302


def test_who_may_only_look_sees_no_buttons_and_moves_nothing(published):
    analyst = client_of(Role.ANALYST)
    assert "data-move" not in text(analyst)
    assert move(analyst, place=1).status_code == 403
    assert Rule.objects.first().key == "large"


# Moving


def test_a_plain_form_moves_a_rule_and_the_page_offers_to_undo_it(ops, published):
    answer = move(ops, steps=-1, query="view=both&kind=rule&evil=1")
    shown = ops.get(answer.url)
    assert Rule.objects.first().key == "rest"
    assert "evil" not in answer.url
    assert "Rule Rest is now 1st of 2." in shown.content.decode()
    assert shown.context["moved"]["before"] == 2


def test_after_undo_the_page_offers_to_redo(ops, published):
    offered = [ops.get(move(ops, steps=-1).url)]
    offered.append(ops.get(move(ops, place=2, undo=1).url))
    offered.append(ops.get(move(ops, place=1).url))
    words = ["Undo" if ">Undo</button>" in each.content.decode() else "Redo" for each in offered]
    assert words == ["Undo", "Redo", "Undo"]


def test_undo_is_not_offered_once_the_draft_has_changed_again(ops, published):
    address = move(ops, steps=-1).url
    Rule.objects.filter(key="large").update(name="Huge")
    assert ops.get(address).context["moved"] is None


def test_a_move_on_an_old_page_is_refused_with_words(ops, published):
    answer = ops.post(MOVE, {"kind": "rule", "key": "rest", "revision": "old", "steps": "-1"}, follow=True)
    assert "was changed meanwhile" in answer.content.decode()
    assert Rule.objects.first().key == "large"


def test_a_script_gets_json_and_409_when_the_draft_has_changed(ops, published):
    headers = {"Accept": "application/json"}
    answer = ops.post(MOVE, {"kind": "rule", "key": "rest", "revision": "old", "place": "1"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "draft_changed")
    body = {"kind": "rule", "key": "rest", "revision": draft_revision(), "before": "large"}
    answer = ops.post(MOVE, body, headers=headers)
    assert answer.json()["message"] == "Rule Rest is now 1st of 2."


@pytest.mark.parametrize("values", [{"kind": "lead"}, {"place": "x"}, {"steps": ""}, {"place": "9" * 40}, {}])
def test_what_is_no_move_is_refused(ops, published, values):
    assert move(ops, **values).status_code == 400


def test_moving_a_rule_that_is_gone_says_so(ops, published):
    answer = ops.post(MOVE, {"kind": "rule", "key": "gone", "revision": draft_revision(), "steps": "1"}, follow=True)
    assert "There is no rule “gone”" in answer.content.decode()


def test_moving_needs_a_post(ops, published):
    assert ops.get(MOVE).status_code == 405


# Checks


def run_checks(client: Client) -> str:
    client.post(CHECKS)
    job = Job.objects.get(kind="routing.checks", state="queued")
    run_job(job_id=job.pk)
    return text(client)


def test_opening_the_page_starts_nothing_but_lets_a_changed_draft_be_checked(ops, published):
    Rule.objects.filter(key="large").update(name="Huge")
    assert 'hx-trigger="load, submit"' in text(ops)
    assert not Job.objects.exists()


def test_a_shadowed_rule_is_told_before_publishing_with_a_lead_to_try(ops, published):
    RuleFactory(key="late", name="Late", queue=Queue.objects.get(key="big"), position=9)
    shown = run_checks(ops)
    assert "Rule “Late” never decides" in shown
    assert '<span class="plan-new">new</span>' in shown
    finding = next(each for each in Job.objects.get().result["findings"] if each["kind"] == "shadowed")
    assert finding["subjects"] == ["rule:late", "rule:rest"]
    assert finding["witness"]["country"]


def test_a_finding_that_the_active_plan_has_too_is_folded_away_where_none_is_new(ops, published):
    RuleFactory(key="late", name="Late", queue=Queue.objects.get(key="big"), position=9)
    publish_plan(now=NOW)
    Rule.objects.filter(key="large").update(name="Huge")
    shown = run_checks(ops)
    assert "1 finding, none of them new with this draft." in shown
    assert "<summary>1 that the active plan has too</summary>" in shown


def test_findings_of_an_unchanged_plan_are_shown_unfolded(ops, published):
    RuleFactory(key="late", name="Late", queue=Queue.objects.get(key="big"), position=9)
    publish_plan(now=NOW)
    assert "that the active plan has too" not in run_checks(ops)


def test_the_last_days_again_say_who_would_have_got_the_leads_instead(ops, published):
    send(timezone.now(), values={"country": "US"})
    Rule.objects.filter(key="rest").update(queue=Queue.objects.get(key="big"))
    shown = run_checks(ops)
    summary = Job.objects.get().result["summary"]
    assert (summary["leads"], summary["changed"], summary["movements"][0]["from"]) == (1, 1, "Cyd")
    assert "1 of 1 leads would have come out otherwise" in shown


def test_the_last_days_again_are_those_of_the_publish_page(ops, published):
    """What an earlier plan decided is no difference of the draft's."""
    send(timezone.now(), values={"country": "US"})
    Rule.objects.filter(key="rest").update(queue=Queue.objects.get(key="big"))
    publish_plan(now=timezone.now())
    Rule.objects.filter(key="rest").update(name="Renamed")
    assert "Of 1 leads none would have come out otherwise" in run_checks(ops)


def test_checks_of_one_draft_are_computed_once(ops, published):
    Rule.objects.filter(key="large").update(name="Huge")
    for _ in range(2):
        ops.post(CHECKS)
    assert Job.objects.count() == 1
    Rule.objects.filter(key="large").update(name="Larger")
    ops.post(CHECKS)
    assert Job.objects.count() == 2


def test_checks_of_a_draft_that_has_changed_meanwhile_fail_and_can_be_asked_again(ops, published):
    Rule.objects.filter(key="large").update(name="Huge")
    ops.post(CHECKS)
    stale = Job.objects.get()
    Rule.objects.filter(key="large").update(name="Larger")
    run_job(job_id=stale.pk)
    stale.refresh_from_db()
    assert (stale.state, "has changed meanwhile" in stale.error) == ("failed", True)
    assert "Check the draft" in text(ops)


def test_htmx_gets_the_fragment(ops, published):
    answer = ops.post(CHECKS, headers={"HX-Request": "true"})
    assert "Waiting for a worker" in answer.content.decode()


def test_golden_leads_that_would_come_out_otherwise_block_publishing(ops, published):
    GoldenLead.objects.create(name="A German", inputs={"country": "DE"}, expected_queue="big")
    assert "Blocks publishing: 1 golden lead would come out otherwise" in text(ops)
    GoldenLead.objects.update(expected_queue="desk")
    assert "All golden leads come out as expected" in text(ops)


# Size


def fill(first: int, last: int) -> None:
    queue, territory = Queue.objects.get(key="big"), Territory.objects.get(key="emea")
    Rule.objects.bulk_create(
        Rule(key=f"r{n}", name=f"R {n}", queue=queue, territory=territory, condition={"country": "DE"}, position=n)
        for n in range(first, last)
    )
    accounts, _ = NamedAccountList.objects.get_or_create(key="named", name="Named", queue=queue)
    NamedAccount.objects.bulk_create(
        NamedAccount(list=accounts, domain=f"buyer{n}.example") for n in range(first, last)
    )


def queries(client: Client, **query: str) -> int:
    text(client, **query)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PLAN, query).status_code == 200
    return len(captured)


def test_the_page_costs_as_many_queries_however_long_the_plan_is(ops, published):
    fill(0, 3)
    few = queries(ops, view="both")
    fill(3, 400)
    assert max(few, queries(ops, view="both"), queries(ops, kind="rule"), queries(ops, q="buyer")) <= 18


def test_a_long_plan_shows_its_differences_first_and_the_rest_in_pages(ops, published):
    fill(0, 300)
    publish_plan(now=NOW)
    Rule.objects.filter(key="r7").update(name="Seven")
    assert ops.get(PLAN).context["asked"].view == "differences"
    page = ops.get(PLAN, {"view": "both"}).context["page"]
    assert (len(page), page.paginator.num_pages) == (100, 4)


def test_witnesses_are_kept_as_json(ops, published):
    run_checks(ops)
    assert json.dumps(Job.objects.get().result)
