"""The pages on which plans go live, are tried, proposed and put back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from foundation.jobs import run_job
from foundation.models import AuditEntry, Job
from foundation.roles import Role
from routing.errors import PutBackRefused
from routing.models import Decision, GoldenLead, NamedAccount, NamedAccountList, Plan, Proposal, Queue, Rollout, Rule
from routing.pages.compared import compared_context
from routing.pages.publish_forms import PublishForm
from routing.rollout import Scope
from routing.selectors import active_plan
from routing.services.propose_plan import approve_proposal, propose_plan
from routing.services.publish_plan import activate_plan, publish_plan
from routing.services.rollouts import start_rollout, stop_rollout
from tests.routing.clocked import send
from tests.routing.factories import RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=3)


def page(name: str, *arguments: object) -> str:
    return reverse(f"routing_pages:{name}", args=arguments)


def with_role(role: Role) -> Client:
    user = User.objects.create_user(f"a {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def company() -> None:
    """The old team gets everything; the draft gives it to the new one."""
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(key="all", condition={}, queue=queue_with("old", "ada"))
    TerritoryFactory(key="dach", name="DACH", condition={"country": "DE"})
    publish_plan(note="Old team", now=LONG_AGO)
    Rule.objects.update(queue=queue_with("new", "eve"))


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def publish(client: Client, **fields: object):
    form = client.get(page("publish")).context["form"]
    given = {"draft_hash": form["draft_hash"].value(), "note": "New team", "scope": "everyone", **fields}
    return client.post(page("publish"), given)


def proposed(**more: object) -> Proposal:
    user = User.objects.filter(username="ann").first() or User.objects.create_user("ann")
    return propose_plan(note="New team", scope=more.pop("scope", Scope()), user=user, now=timezone.now(), **more)


def tried(scope: Scope | None = None) -> Rollout:
    scope = scope or Scope(territory="dach")
    return start_rollout(scope=scope, note="New team", user=None, now=timezone.now())


def two_plans() -> Plan:
    """The first of two; the second is live."""
    publish_plan(note="New team", now=timezone.now())
    return Plan.objects.get(number=1)


def message(answer) -> str:
    return " ".join(str(each) for each in answer.wsgi_request._messages)


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


# Rollouts


def test_publishing_for_a_territory_begins_a_rollout(admin_client, admin_user):
    answer = publish(admin_client, scope="territory", territory="dach")
    rollout = Rollout.objects.get()
    assert answer.url == page("rollout", rollout.pk)
    assert (rollout.territory_key, rollout.started_by, active_plan().number) == ("dach", admin_user, 1)
    assert "territory DACH and below" in shown(admin_client, answer.url)


def test_publishing_for_a_share_takes_half_percents(admin_client):
    publish(admin_client, scope="share", share="2.5")
    assert Rollout.objects.get().share_bp == 250


def test_the_rollouts_page_counts_what_each_plan_decided(admin_client):
    rollout = tried()
    send(timezone.now(), values={"country": "DE"})
    send(timezone.now(), values={"country": "FR"})
    counts = admin_client.get(page("rollout", rollout.pk)).context["counts"]
    assert (counts.tried.leads, counts.base.leads) == (1, 1)
    assert {row.name: (row.tried, row.base) for row in counts.owners} == {"Eve": (1, 0), "Ada": (0, 1)}


def test_its_numbers_link_to_exactly_their_rows(admin_client):
    send(timezone.now() - timedelta(hours=1))
    rollout = tried()
    lead = send(timezone.now(), values={"country": "DE"}).lead
    send(timezone.now(), lead=lead)
    send(timezone.now(), values={"country": "FR"})
    context = admin_client.get(page("rollout", rollout.pk)).context
    for side in ("tried", "base"):
        listed = admin_client.get(context[f"{side}_rows"])
        assert listed.context["cl"].result_count == getattr(context["counts"], side).leads == 1


def test_it_compares_with_what_the_plan_before_would_have_decided(admin_client):
    rollout = tried()
    send(timezone.now(), values={"country": "DE"})
    send(timezone.now(), values={"country": "FR"})
    admin_client.post(page("compare_rollout", rollout.pk))
    run_job(job_id=Job.objects.get().pk)
    result = Job.objects.get().result
    assert (result["leads"], result["changed"]) == (1, 1)
    assert [(each["from"], each["to"]) for each in result["movements"]] == [("Ada", "Eve")]
    assert "1 of 1 leads would have come out otherwise" in shown(admin_client, page("rollout", rollout.pk))


def test_a_share_is_grown_finished_and_leaves_its_trace(admin_client, admin_user):
    rollout = tried(Scope(share_bp=1_000))
    admin_client.post(page("grow_rollout", rollout.pk), {"share": "25"})
    admin_client.post(page("finish_rollout", rollout.pk))
    rollout.refresh_from_db()
    assert (rollout.share_bp, rollout.state, active_plan().number) == (2_500, "finished", 2)
    told = list(AuditEntry.objects.filter(user=admin_user).order_by("id").values_list("action", flat=True))
    assert told == ["rollout grown", "rollout finished", "published"]


def test_a_rollout_is_stopped(admin_client):
    rollout = tried()
    admin_client.post(page("stop_rollout", rollout.pk))
    assert active_plan().rollout is None
    assert "Stopped" in shown(admin_client, page("rollout", rollout.pk))


@pytest.mark.parametrize("share", ["", "x", "5", "100", "-1"])
def test_a_share_that_makes_no_sense_is_refused(admin_client, share):
    rollout = tried(Scope(share_bp=1_000))
    answer = admin_client.post(page("grow_rollout", rollout.pk), {"share": share})
    assert answer.status_code == (409 if share == "5" else 422)
    assert Rollout.objects.get().share_bp == 1_000
    assert answer.context["form"]["share"].value() == share


def test_growing_what_has_ended_or_is_for_a_territory_says_so(admin_client):
    rollout = tried(Scope(territory="dach"))
    answer = admin_client.post(page("grow_rollout", rollout.pk), {"share": "20"})
    assert (answer.url, "for a territory" in message(answer)) == (page("rollout", rollout.pk), True)
    stop_rollout(rollout=rollout, user=None, now=timezone.now())
    assert admin_client.post(page("grow_rollout", rollout.pk), {"share": "20"}).url == page("rollout", rollout.pk)


def test_while_one_runs_the_publish_page_says_so(admin_client):
    tried()
    assert "is being tried on territory DACH and below" in shown(admin_client, page("publish"))
    Queue.objects.update(name="Renamed")
    assert publish(admin_client).status_code == 409


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "dach"}, 1),
        ({"q": "nothing like it"}, 0),
        ({"q": "9" * 40}, 0),
        ({"q": "2"}, 1),
        ({"state": "running"}, 1),
        ({"state": "stopped"}, 0),
        ({"state": "odd", "q": "\0", "page": "x"}, 1),
    ],
)
def test_rollouts_are_found_by_their_words_and_state(admin_client, query, found):
    tried()
    assert len(admin_client.get(page("rollouts"), query).context["rollouts"]) == found


def test_the_list_of_rollouts_names_them_all(admin_client):
    assert "None yet" in shown(admin_client, page("rollouts"))
    stop_rollout(rollout=tried(), user=None, now=timezone.now())
    tried(Scope(share_bp=1_000))
    text = shown(admin_client, page("rollouts"))
    assert "Plan 2" in text
    assert "10 %" in text


# A second pair of eyes


@pytest.fixture
def needs_approval(settings) -> None:
    settings.PLAN_NEEDS_APPROVAL = True


def test_with_a_second_person_publishing_only_proposes(admin_client, needs_approval):
    answer = publish(admin_client, scope="share", share="10")
    proposal = Proposal.objects.get()
    assert answer.url == page("proposal", proposal.pk)
    assert (proposal.share_bp, active_plan().number, Plan.objects.count()) == (1_000, 1, 1)
    assert "somebody else" in shown(admin_client, answer.url)


def test_somebody_else_approves(admin_client, needs_approval):
    proposal = proposed()
    assert "Approve" in shown(admin_client, page("proposal", proposal.pk))
    admin_client.post(page("approve_proposal", proposal.pk))
    assert active_plan().number == 2
    assert "Approved" in shown(admin_client, page("proposal", proposal.pk))


def test_the_publish_page_and_the_plans_say_who_approved(admin_client):
    approve_proposal(proposal=proposed(), user=User.objects.create_user("bob"), now=timezone.now())
    assert "published by ann, approved by bob" in shown(admin_client, page("publish"))
    plan = Plan.objects.get(number=2)
    for address in (reverse("admin:routing_plan_changelist"), reverse("admin:routing_plan_change", args=[plan.pk])):
        text = shown(admin_client, address)
        assert ("Approved by" in text, "bob" in text) == (True, True)


def test_the_plan_page_lists_what_waits(admin_client):
    assert page("proposal", proposed().pk) in shown(admin_client, page("plan"))


def test_who_proposed_it_cannot_approve_it(admin_client, admin_user, needs_approval):
    publish(admin_client)
    proposal = Proposal.objects.get()
    assert 'id="approve-title"' not in shown(admin_client, page("proposal", proposal.pk))
    admin_client.post(page("approve_proposal", proposal.pk))
    assert active_plan().number == 1
    admin_client.post(page("withdraw_proposal", proposal.pk))
    assert Proposal.objects.get().state == "withdrawn"


def test_declining_asks_for_a_reason(admin_client):
    proposal = proposed()
    assert admin_client.post(page("decline_proposal", proposal.pk), {"reason": ""}).status_code == 422
    admin_client.post(page("decline_proposal", proposal.pk), {"reason": "Wait for May"})
    assert "“Wait for May”" in shown(admin_client, page("proposal", proposal.pk))


def test_the_publish_page_lists_what_waits(admin_client):
    proposal = proposed()
    assert f'href="{page("proposal", proposal.pk)}"' in shown(admin_client, page("publish"))


def test_a_proposal_shows_its_own_differences_and_summary(admin_client):
    proposal = proposed()
    Rule.objects.all().delete()
    context = admin_client.get(page("proposal", proposal.pk)).context
    assert [kind for kind, _ in context["change"].differences] == ["Rules", "Queues", "Reps"]
    assert context["summary_of"] == proposal.hash


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


# Who may, and what is asked of the database

GETS = [("publish",), ("rollouts",), ("rollout", 1), ("rollout_comparison", 1), ("proposal", 1), ("rollback", 1)]
POSTS = [
    *(("publish",), ("publish_summary",), ("rollback", 1), ("restore", 1)),
    *((f"{act}_rollout", 1) for act in ("compare", "grow", "finish", "stop")),
    *((f"{act}_proposal", 1) for act in ("approve", "decline", "withdraw")),
]


def everything() -> None:
    approve_proposal(proposal=proposed(), user=User.objects.create_user("bob"), now=timezone.now())
    Queue.objects.update(name="Renamed")
    tried()


LOOKS = {"rollouts", "rollout", "rollout_comparison", "proposal"}
ASKS = {"publish_summary", "compare_rollout"}


@pytest.mark.parametrize(
    ("role", "gets", "posts"),
    [
        (Role.SALES_OPS, {name for name, *_ in GETS}, {name for name, *_ in POSTS}),
        (Role.ADMINISTRATOR, {name for name, *_ in GETS}, {name for name, *_ in POSTS}),
        (Role.MARKETER, LOOKS, ASKS),
        (Role.ANALYST, LOOKS, ASKS),
        (Role.REP, set(), set()),
    ],
)
def test_a_role_may_exactly_what_it_should(role, gets, posts):
    everything()
    client = with_role(role)
    ids = {"rollout": Rollout.objects.get().pk, "proposal": Proposal.objects.get().pk}

    def allowed(ask, name: str, *arguments: object) -> bool:
        pk = next((pk for what, pk in ids.items() if what in name), None) if arguments else None
        return ask(page(name, *([pk or 1] if arguments else []))).status_code != 403

    assert {name for name, *more in GETS if allowed(client.get, name, *more)} == gets
    assert {name for name, *more in POSTS if allowed(client.post, name, *more)} == posts


def test_nobody_signed_in_is_sent_to_sign_in(client):
    assert "/login/" in client.get(page("publish")).url


@pytest.mark.parametrize("word", ["abc", "999999", "%00", "-1"])
def test_an_action_on_what_is_no_plan_goes_nowhere(admin_client, word):
    assert admin_client.get(f"/admin/routing/plan/{word}/activate/").status_code in (403, 404)


@pytest.mark.parametrize("number", ["999", "9" * 30])
def test_what_is_not_there_is_not_found(admin_client, number):
    for name in ("rollout", "proposal", "rollback"):
        assert (
            admin_client.get(f"/admin/workbench/{name}s/{number}/".replace("rollbacks", "rollback")).status_code == 404
        )


def test_what_changes_something_needs_a_post_with_a_token(admin_user):
    rollout, client = tried(), Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.get(page("finish_rollout", rollout.pk)).status_code == 405
    assert client.post(page("finish_rollout", rollout.pk)).status_code == 403
    assert active_plan().number == 1


@pytest.mark.parametrize("name", ["publish", "rollout", "proposal", "rollback"])
def test_pages_cost_a_fixed_and_small_number_of_queries(admin_client, name):
    everything()
    arguments = {"rollout": [Rollout.objects.get().pk], "proposal": [Proposal.objects.get().pk], "rollback": [1]}
    address = page(name, *arguments.get(name, []))

    def cost() -> int:
        admin_client.get(address)
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address)
        return len(captured)

    Queue.objects.update(name="Renamed again")
    before = cost()
    for number in range(5):
        send(timezone.now())
        RuleFactory(queue=queue_with(f"more-{number}", f"rep-{number}"), territory=TerritoryFactory())
        GoldenLead.objects.create(name=f"golden {number}", inputs={"country": "DE"})
    assert cost() == before <= 20
