"""The pages on which plans go live and are put back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from foundation.jobs import run_job
from foundation.models import AuditEntry, Job
from routing.errors import PutBackRefused
from routing.models import Decision, GoldenLead, NamedAccount, NamedAccountList, Plan, Queue, Rule
from routing.pages.compared import compared_context
from routing.pages.publish_forms import PublishForm
from routing.selectors import active_plan
from routing.services.publish_plan import activate_plan, publish_plan
from routing.services.rollouts import stop_rollout
from tests.routing.clocked import send
from tests.routing.factories import RuleFactory
from tests.routing.going_live import (
    LONG_AGO,
    old_team_live_and_new_team_drafted,
    page,
    proposed,
    publish,
    shown,
    tried,
    two_plans,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    old_team_live_and_new_team_drafted()


# Publishing


def test_the_page_tells_what_is_live_and_what_will_change(admin_client):
    text = shown(admin_client, page("publish"))
    assert "Plan 1" in text
    assert "“Old team”" in text
    change = admin_client.get(page("publish")).context["change"]
    assert change.differences == [("Rules", "1 changed"), ("Queues", "1 added"), ("Reps", "1 added")]
    assert "all: changed" in text


def test_of_a_list_of_named_accounts_the_page_says_how_many_changed(admin_client):
    accounts = NamedAccountList.objects.create(key="strategic", name="Strategic", queue=Queue.objects.get(key="old"))
    publish_plan(now=timezone.now())
    NamedAccount.objects.bulk_create(NamedAccount(list=accounts, domain=f"{at}.example") for at in range(1_200))
    change = admin_client.get(page("publish")).context["change"]
    assert change.differences == [("Named accounts", "1 changed; accounts: 1,200 added")]


def test_publishing_makes_the_draft_live_and_is_told_to_the_audit(admin_client, admin_user):
    answer = publish(admin_client)
    assert (answer.status_code, answer.url) == (302, page("publish"))
    assert (active_plan().number, Plan.objects.get(number=2).note) == (2, "New team")
    entry = AuditEntry.objects.get(user=admin_user)
    assert (entry.action, entry.label, entry.changes) == ("published", "Plan 2", {"active plan": [1, 2]})


def test_a_draft_that_has_changed_since_the_page_was_shown_is_not_published(admin_client):
    form = admin_client.get(page("publish")).context["form"]
    Rule.objects.update(name="Changed since")
    answer = admin_client.post(
        page("publish"), {"draft_hash": form["draft_hash"].value(), "note": "New team", "scope": "everyone"}
    )
    assert answer.status_code == 409
    assert "has changed since" in answer.content.decode()
    assert active_plan().number == 1


def test_what_was_refused_can_be_sent_again_with_what_was_typed(admin_client):
    refused = publish(admin_client, draft_hash="0" * 64)
    form = refused.context["form"]
    assert form["note"].value() == "New team"
    assert publish(admin_client, draft_hash=form["draft_hash"].value()).status_code == 302


@pytest.mark.parametrize(
    "fields",
    [
        {"note": ""},
        {"note": "x" * 300},
        {"scope": "nobody"},
        {"scope": "territory", "territory": ""},
        {"scope": "territory", "territory": "mars"},
        {"scope": "share", "share": ""},
        {"scope": "share", "share": "0"},
        {"scope": "share", "share": "100"},
        {"scope": "share", "share": "NaN"},
        {"scope": "share", "share": "9" * 400},
        {"draft_hash": ""},
        {"note": "\x00"},
    ],
)
def test_what_makes_no_sense_is_refused_by_the_form(fields):
    given = {"draft_hash": "0" * 64, "note": "New team", "scope": "everyone", **fields}
    assert not PublishForm(given, plans=[active_plan().plan]).is_valid()


def test_a_form_that_makes_no_sense_is_shown_again(admin_client):
    answer = publish(admin_client, scope="territory", territory="")
    assert answer.status_code == 422
    assert "Choose the territory" in answer.content.decode()
    assert Plan.objects.count() == 1


def test_failing_golden_leads_are_named_and_block(admin_client):
    GoldenLead.objects.create(name="Acme", inputs={"country": "DE"}, expected_queue="old")
    text = shown(admin_client, page("publish"))
    assert "Acme" in text
    assert "queue old" in text
    assert "queue new" in text
    assert publish(admin_client).status_code == 409
    assert active_plan().number == 1


def test_a_draft_that_does_not_hold_together_is_told_with_its_place(admin_client):
    Rule.objects.update(condition={"contry": "DE"})
    assert "rules[0].condition.contry" in shown(admin_client, page("publish"))
    assert publish(admin_client).status_code == 422
    assert active_plan().number == 1


def test_where_nothing_has_changed_the_page_says_what_to_do(admin_client):
    publish(admin_client)
    assert "Nothing to publish" in shown(admin_client, page("publish"))


def test_the_first_plan_is_published_for_everyone(admin_client):
    Plan.objects.all().delete()
    assert "No plan is live yet" in shown(admin_client, page("publish"))
    assert publish(admin_client).status_code == 302
    assert active_plan().plan.rules


def test_the_page_offers_to_roll_back(admin_client):
    two_plans()
    assert f'href="{page("rollback", 1)}"' in shown(admin_client, page("publish"))


def test_the_lists_buttons_lead_to_the_page(admin_client):
    for button in ("/admin/routing/rule/publish/", "/admin/routing/plan/publish-working-copy/"):
        assert admin_client.get(button).url == page("publish")


def test_the_page_says_in_a_line_what_the_checks_found(admin_client):
    RuleFactory(key="late", name="Late", condition={"country": "DE"}, queue=Queue.objects.get(key="old"), position=9)
    assert "Not checked yet for gaps" in shown(admin_client, page("publish"))
    admin_client.post(page("plan_checks"))
    assert "The checks are still running." in shown(admin_client, page("publish"))
    job = Job.objects.get()
    run_job(job_id=job.pk)
    text = shown(admin_client, page("publish"))
    assert "The checks have 1 new finding." in text
    assert reverse("foundation_pages:job", args=[job.pk]) in text
    assert "The checks have 1 new finding." in shown(admin_client, page("proposal", proposed().pk))


# The summary of 90 days


def summary_of(client: Client) -> dict:
    client.post(page("publish_summary"), {"hash": client.get(page("publish")).context["summary_of"]})
    job = Job.objects.get()
    run_job(job_id=job.pk)
    job.refresh_from_db()
    return job.result


def test_the_summary_says_who_would_have_got_what(admin_client):
    for hours in range(3):
        send(LONG_AGO + timedelta(hours=hours))
    result = summary_of(admin_client)
    assert (result["leads"], result["changed"]) == (3, 3)
    assert {row["name"]: (row["before"], row["after"]) for row in result["owners"]} == {"Ada": (3, 0), "Eve": (0, 3)}
    text = shown(admin_client, page("publish"))
    assert "3 of 3 leads would have come out otherwise" in text


def test_examples_are_named_for_who_may_see_leads(admin_client):
    person = str(send(LONG_AGO).lead.person)
    assert person not in str(summary_of(admin_client))
    assert f">{person}</a>" in shown(admin_client, page("publish"))
    request = RequestFactory().get("/")
    request.user = User.objects.create_user("nobody")
    (movement,) = compared_context(Job.objects.get(), request)["movements"]
    assert [name for _, name in movement["examples"]] == [f"decision {Decision.objects.get().pk}"]


def test_it_is_computed_once_for_the_same_two_plans(admin_client):
    summary_of(admin_client)
    admin_client.post(page("publish_summary"), {"hash": Job.objects.get().params["hash"]})
    assert Job.objects.count() == 1


def test_asked_for_by_the_page_it_answers_with_the_panel_alone(admin_client):
    chosen = admin_client.get(page("publish")).context["summary_of"]
    answer = admin_client.post(page("publish_summary"), {"hash": chosen}, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="summary">')


def test_without_scripts_the_button_leads_back_to_its_page_and_nowhere_else(admin_client):
    chosen = admin_client.get(page("publish")).context["summary_of"]
    for back, expected in ((page("rollback", 1), page("rollback", 1)), ("https://elsewhere.example/", page("publish"))):
        assert admin_client.post(page("publish_summary"), {"hash": chosen, "back": back}).url == expected


@pytest.mark.parametrize("text", ["", "x", "A" * 64, "0" * 65, "\x00" * 64])
def test_what_is_no_hash_is_refused(admin_client, text):
    assert admin_client.post(page("publish_summary"), {"hash": text}).status_code == 400
    assert not Job.objects.exists()


def test_a_draft_that_has_changed_meanwhile_is_told_as_the_jobs_failure(admin_client):
    admin_client.post(page("publish_summary"), {"hash": "0" * 64})
    job = Job.objects.get()
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, "has changed" in job.error) == ("failed", True)


# Rolling back


def test_an_earlier_plan_is_shown_with_what_it_would_change(admin_client):
    two_plans()
    context = admin_client.get(page("rollback", 1)).context
    assert context["change"].differences == [
        ("Rules", "1 changed"),
        ("Queues", "1 removed"),
        ("Reps", "1 removed"),
    ]


def test_putting_it_back_makes_it_live_and_offers_the_working_copy(admin_client, admin_user):
    two_plans()
    answer = admin_client.post(page("rollback", 1), {"note": "Wrong team"}, follow=True)
    assert active_plan().number == 1
    assert "Make the working copy equal to Plan 1" in answer.content.decode()
    entry = AuditEntry.objects.get(user=admin_user)
    assert (entry.action, entry.note, entry.changes) == ("put back", "Wrong team", {"active plan": [2, 1]})


def test_the_working_copy_is_made_equal_and_nothing_is_left_to_do(admin_client):
    two_plans()
    admin_client.post(page("rollback", 1), {})
    answer = admin_client.post(page("restore", 1), follow=True)
    assert "The working copy says the same" in answer.content.decode()
    assert Rule.objects.get().queue.key == "old"
    assert AuditEntry.objects.filter(action="working copy restored").exists()


def test_why_it_came_back_is_read_wherever_the_plan_is(admin_client):
    first = two_plans()
    admin_client.post(page("rollback", 1), {"note": "Wrong team"})
    first.refresh_from_db()
    addresses = [
        page("rollback", 1),
        page("publish"),
        page("plan"),
        reverse("admin:routing_plan_change", args=[first.pk]),
    ]
    for address in addresses:
        assert "Put back by admin: “Wrong team”" in shown(admin_client, address)
    assert f"ive since {date_format(localtime(first.live_since), 'DATETIME_FORMAT')}" in shown(
        admin_client, page("plan")
    )


def test_a_plan_that_was_published_anew_since_is_not_told_to_have_come_back(admin_client):
    first = two_plans()
    admin_client.post(page("rollback", 1), {"note": "Wrong team"})
    Plan.objects.filter(pk=first.pk).update(live_since=timezone.now())
    assert "Put back by" not in shown(admin_client, page("publish"))


def test_while_a_plan_is_tried_none_is_put_back(admin_client):
    two_plans()
    Queue.objects.update(name="Renamed")
    tried()
    answer = admin_client.post(page("rollback", 1), {})
    assert answer.status_code == 422
    assert "is being tried" in answer.content.decode()
    assert active_plan().number == 2


def test_a_plan_that_was_only_tried_is_not_gone_back_to(admin_client):
    rollout = tried()
    stop_rollout(rollout=rollout, user=None, now=timezone.now())
    with pytest.raises(PutBackRefused, match="only tried"):
        activate_plan(plan=rollout.plan, now=timezone.now())
    for name in ("rollback", "restore"):
        assert admin_client.post(page(name, rollout.plan.number), {}).status_code == 404
    assert admin_client.get(f"/admin/routing/plan/{rollout.plan.pk}/activate/").status_code == 403
    assert active_plan().number == 1


def test_the_plans_list_leads_to_it(admin_client):
    first = two_plans()
    assert admin_client.get(f"/admin/routing/plan/{first.pk}/activate/").url == page("rollback", 1)
    assert admin_client.get("/admin/routing/plan/roll-back/").url == page("rollback", 1)
