"""The admin as a whole: every page answers, costs the same however full tables are, and opens to the right roles."""

import re
from functools import partial

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group, User
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from experiments.models import Experiment
from forms_engine.models import Form, FormSession, FormVersion, Submission
from forms_engine.services.server_tokens import issue_token
from forms_engine.services.submit import submit
from foundation.audit import record
from foundation.mail import queue_mail
from foundation.models import AuditEntry, Job, OutboxEvent
from foundation.roles import Role
from leads.models import Lead
from pipeline.models import Run
from pipeline.services.advance_run import advance_run
from routing.models import AlertNotice, AlertRule, ContractInput, GoldenLead, Plan
from tests.enrichment.factories import DatasetFactory, RecordFactory
from tests.experiments.factories import ExperimentFactory
from tests.forms_engine.factories import BrandFactory, FormFactory, FormVersionFactory
from tests.integrations.factories import DeliveryFactory
from tests.kept_rows import begin_with, begin_with_the_example_company
from tests.routing.factories import RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db

MODELS = {model._meta.label_lower: model for model in admin.site._registry}
# The room whose rights open a list.
ROOMS = {label: label.split(".")[0] for label in MODELS}


def address(label: str, page: str = "changelist", *arguments: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=arguments)


def send(number: int) -> Lead:
    """One lead all the way through the pipeline."""
    answers = {"email": f"jo{number}@buyer{number}.example", "full_name": f"Jo {number}", "country": "DE"}
    form = Form.objects.get(slug="demo")
    sent = submit(
        form=form,
        version=form.versions.get(number=2),
        raw_answers=answers,
        context={},
        origin="visitor",
        deliver=True,
        now=timezone.now(),
    )
    run = Run.objects.get(submission_id=sent.submission.pk)
    assert advance_run(run_id=run.pk)
    run.refresh_from_db()
    return run.lead


def keep_session(number: int) -> None:
    version = FormVersion.objects.filter(form__slug="demo").first()
    FormSession.objects.create(
        pk=f"kept-session-{number}",
        form=version.form,
        version=version,
        step_key="you",
        answers={"email": f"jo{number}@buyer{number}.example"},
        saved_at=timezone.now(),
        expires_at=timezone.now(),
    )


def fill(first: int, last: int) -> None:
    """Rows in the lists of every room."""
    for number in range(first, last):
        send(number)
        queue = queue_with(f"extra-{number}", f"rep-{number}")
        RuleFactory(queue=queue, territory=TerritoryFactory(), condition={"country": "DE"})
        FormVersionFactory(form=FormFactory(brand=BrandFactory()), number=1)
        RecordFactory(dataset=DatasetFactory())
        ExperimentFactory()
        issue_token(name=f"CRM {number}", form=None, now=timezone.now())
        keep_session(number)
        DeliveryFactory()
        GoldenLead.objects.create(name=f"golden {number}", inputs={"country": "DE"}, expected_territory="dach")
        queue_mail(to=[f"ops{number}@seller.example"], subject="Overdue", body="…", now=timezone.now())
        Job.objects.create(kind="test.work", created_at=timezone.now())
        record("published", now=timezone.now(), label=f"Plan {number}")
        alert = AlertRule.objects.create(key=f"alert-{number}", name=f"Alert {number}", kind="parked", queue=queue)
        AlertNotice.objects.create(
            rule=alert, news="begun", since=timezone.now(), told_at=timezone.now(), text="1 lead"
        )


def add_users(first: int, last: int) -> None:
    """Made anew by each test, for it may have users of its own already."""
    for number in range(first, last):
        User.objects.create(username=f"user-{number}").groups.add(Group.objects.create(name=f"group-{number}"))


@pytest.fixture
def example_company(db) -> None:
    begin_with_the_example_company()


@pytest.fixture
def filled(example_company) -> None:
    begin_with("five rows in each list", partial(fill, 0, 5))
    add_users(0, 5)


def fill_further() -> None:
    begin_with("twenty more", partial(fill, 5, 25))
    add_users(5, 25)


def refused(client: Client, *pages: str) -> list[str]:
    return [page for page in pages if client.get(page).status_code != 200]


def test_every_list_answers(admin_client, filled):
    assert refused(admin_client, *(address(label) for label in MODELS)) == []


def test_no_list_is_asked_for_thousands_of_words(admin_client, example_company):
    words = " ".join(f"w{number}" for number in range(1_500))
    assert refused(admin_client, *(f"{address(label)}?q={words}" for label in MODELS)) == []


def test_a_filter_with_a_null_character_is_refused(admin_client, example_company):
    answers = {
        admin_client.get(f"{address(label)}?{model._meta.pk.name}=a%00b").status_code for label, model in MODELS.items()
    }
    assert answers == {400}


@pytest.mark.parametrize("page", ["admin:search", "admin:autocomplete"])
def test_a_null_character_is_looked_for_nowhere(admin_client, example_company, page):
    wanted = {"app_label": "routing", "model_name": "member", "field_name": "rep", "term": "a\0b", "s": "a\0b"}
    assert admin_client.get(reverse(page), wanted).status_code == 200


def test_who_searches_for_many_words_is_told_which_count(admin_client):
    list_of_users = address("auth.user")
    assert "Only the first 10 words" not in admin_client.get(list_of_users, {"q": "w " * 10}).content.decode()
    assert "Only the first 10 words" in admin_client.get(list_of_users, {"q": "w " * 11}).content.decode()


def test_an_administrator_lets_somebody_sign_in_again(db):
    attempt = AccessAttempt.objects.create(username="ada", failures_since_start=5)
    signed_in(Role.ADMINISTRATOR).post(address("axes.accessattempt", "delete", attempt.pk), {"post": "yes"})
    assert not AccessAttempt.objects.exists()


def test_every_row_answers(admin_client, filled):
    rows = [(label, row) for label, model in MODELS.items() if (row := model.objects.first())]
    empty = {"experiments.exposure", "axes.accessattempt", "axes.accessfailurelog"}
    assert set(ROOMS) - {label for label, _ in rows} == empty
    assert refused(admin_client, *(address(label, "change", row.pk) for label, row in rows)) == []


# What only the product itself writes.
RECORDED = {
    "axes.accessattempt", "axes.accesslog", "axes.accessfailurelog", "foundation.outboxevent", "foundation.mail",
    "foundation.job", "foundation.auditentry",
    "leads.person", "leads.company", "leads.observation", "leads.lead", "pipeline.run", "routing.plan",
    "routing.decision", "routing.assignment", "routing.ledgerentry", "routing.alertnotice",
    "experiments.exposure", "enrichment.dataset", "integrations.delivery", "forms_engine.submission",
    "forms_engine.formsession",
}  # fmt: skip


def test_what_people_make_can_be_added_and_what_is_recorded_cannot(admin_client, example_company):
    answers = {label: admin_client.get(address(label, "add")).status_code for label in MODELS}
    assert answers == {label: 403 if label in RECORDED else 200 for label in MODELS}


@pytest.mark.parametrize(
    "words", ["jo", *(pytest.param(each, marks=pytest.mark.again) for each in ("nothing of this kind", "0"))]
)
def test_every_search_answers(admin_client, filled, words):
    assert refused(admin_client, *(f"{address(label)}?q={words}" for label in MODELS)) == []


def changelist(label: str, query: str, request: HttpRequest) -> ChangeList:
    """A list as its page makes it, without the page: there are hundreds of choices, and pages take their time."""
    request.GET = QueryDict(query.removeprefix("?"))
    return admin.site._registry[apps.get_model(label)].get_changelist_instance(request)


def choices_of(found: ChangeList) -> list[str]:
    choices = [choice for spec in found.filter_specs for choice in spec.choices(found)]
    return [choice["query_string"] for choice in choices if "query_string" in choice]


def test_every_choice_of_every_filter_answers(rf, admin_user, example_company):
    send(1)
    request = rf.get("/")
    request.user = admin_user
    choices = [(label, query) for label in MODELS for query in choices_of(changelist(label, "", request))]
    assert len(choices) > 50
    for label, query in choices:
        assert len(changelist(label, query, request).result_list) >= 0, (label, query)


def queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


# Each list's queries, session and user included. Lists of the working copy compare it with the active plan.
QUERIES = {
    "axes.accessattempt": 8,
    "axes.accesslog": 8,
    "axes.accessfailurelog": 8,
    "foundation.outboxevent": 5,
    "foundation.mail": 4,
    "foundation.job": 5,
    "foundation.auditentry": 6,
    "auth.user": 6,
    "auth.group": 5,
    "leads.person": 4,
    "leads.company": 4,
    "leads.observation": 4,
    "routing.rep": 7,
    "routing.queue": 8,
    "routing.territory": 9,
    "routing.rule": 10,
    "routing.namedaccountlist": 7,
    "routing.namedaccount": 8,
    "routing.contractinput": 7,
    "routing.alertrule": 5,
    "routing.alertnotice": 5,
    "routing.goldenlead": 5,
    "routing.plan": 6,
    "routing.decision": 6,
    "routing.assignment": 6,
    "routing.ledgerentry": 6,
    "experiments.experiment": 5,
    "experiments.exposure": 5,
    "enrichment.dataset": 5,
    "enrichment.datasetrecord": 5,
    "integrations.webhookendpoint": 5,
    "integrations.delivery": 5,
    "leads.lead": 9,
    "pipeline.run": 4,
    "forms_engine.brand": 5,
    "forms_engine.form": 6,
    "forms_engine.formversion": 6,
    "forms_engine.submission": 5,
    "forms_engine.formsession": 5,
    "forms_engine.servertoken": 6,
}


def counted(client: Client) -> dict[str, int]:
    # The first list of the working copy after a change compiles it, for all that follow, and the first that names
    # what is in the plan parses it.
    client.get(address("routing.rep"))
    client.get(address("leads.lead"))
    return {label: queries(client, address(label)) for label in MODELS}


def test_lists_cost_these_queries(admin_client, filled):
    assert counted(admin_client) == QUERIES


@pytest.mark.again
def test_lists_cost_no_more_with_many_rows(admin_client, filled):
    fill_further()
    assert counted(admin_client) == QUERIES


def test_no_list_costs_more_than_twenty_queries():
    assert max(QUERIES.values()) <= 20


# Some rows are there from the beginning, and somebody is always signed in.
NEVER_EMPTY = {"auth.user"}
THERE_AT_FIRST = {"auth.group", "routing.contractinput", "routing.alertrule", "axes.accesslog", "foundation.auditentry"}


def test_every_list_can_be_searched():
    assert [label for label in MODELS if not admin.site._registry[MODELS[label]].search_fields] == []


@pytest.mark.parametrize("label", sorted(set(MODELS) - NEVER_EMPTY))
def test_an_empty_list_says_what_belongs_there_and_what_to_do(admin_client, label):
    if label in THERE_AT_FIRST:
        MODELS[label].objects.all().delete()
        AuditEntry.objects.all().delete()
    words = admin.site._registry[MODELS[label]].when_empty
    assert len(words) > 20
    assert escape(words) in admin_client.get(address(label)).content.decode()


@pytest.mark.parametrize("label", sorted(MODELS))
def test_a_list_in_which_nothing_is_found_offers_all_of_it(admin_client, label):
    page = admin_client.get(f"{address(label)}?q=zzzz-nothing-here").content.decode()
    assert "Nothing here is like that" in page
    assert f"Show all {MODELS[label]._meta.verbose_name_plural}" in page


def home(client: Client) -> dict:
    """Or a rep's own leads, which is where a rep begins."""
    return client.get(reverse("admin:index"), follow=True).context


# Roles

SEES = {
    Role.ADMINISTRATOR: set(ROOMS.values()),
    Role.SALES_OPS: {"leads", "routing", "enrichment", "integrations", "pipeline", "forms_engine", "experiments"},
    Role.MARKETER: {"forms_engine", "experiments", "routing"},
    Role.ANALYST: {"leads", "routing", "experiments", "pipeline", "forms_engine"},
    Role.REP: set(),
}
# Lists that a role doesn't see though it sees the room: decisions name people, alerts are for who answers for leads.
WITHHELD = {
    Role.MARKETER: {"routing.decision", "routing.assignment", "routing.alertrule", "routing.alertnotice"},
}
# Lists of a room whose others they don't see.
SEES_ALONE = {Role.SALES_OPS: {"foundation.auditentry"}, Role.ANALYST: {"foundation.auditentry"}}
EDITS = {
    Role.ADMINISTRATOR: set(ROOMS.values()),
    Role.SALES_OPS: {"routing", "enrichment", "integrations"},
    Role.MARKETER: {"forms_engine", "experiments"},
    Role.ANALYST: set(),
    Role.REP: set(),
}


def lists_of(role: Role) -> set[str]:
    of_rooms = {label for label, room in ROOMS.items() if room in SEES[role]}
    return of_rooms - WITHHELD.get(role, set()) | SEES_ALONE.get(role, set())


def signed_in(role: Role) -> Client:
    user = User.objects.create_user(f"a {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_its_lists_and_no_others(example_company, role):
    client = signed_in(role)
    opened = {label for label in ROOMS if client.get(address(label)).status_code == 200}
    assert opened == lists_of(role)


@pytest.mark.parametrize("role", Role)
def test_a_role_that_may_not_open_a_list_is_refused(example_company, role):
    client = signed_in(role)
    assert {client.get(address(label)).status_code for label in set(ROOMS) - lists_of(role)} <= {403}


@pytest.mark.parametrize("role", Role)
def test_a_role_adds_only_where_it_edits(example_company, role):
    client = signed_in(role)
    opened = {label for label in ROOMS if client.get(address(label, "add")).status_code == 200}
    assert opened == {label for label, room in ROOMS.items() if room in EDITS[role] and label not in RECORDED}


@pytest.mark.parametrize("role", Role)
def test_the_sidebar_shows_what_the_role_may_open(example_company, role):
    client = signed_in(role)
    links = [item["link"] for group in home(client)["sidebar_navigation"] for item in group["items"]]
    assert {client.get(str(link), follow=True).status_code for link in links} == {200}
    assert bool({address(label) for label in MODELS} & set(links)) == bool(SEES[role])


@pytest.mark.parametrize("role", Role)
def test_the_home_page_opens_and_so_does_every_link_of_it(filled, role):
    client = signed_in(role)
    context = home(client)
    rows = [each for name in ("figures", "latest_leads", "fairness") for each in context.get(name) or []]
    links = [row.address for row in rows]
    assert bool(links) == bool(SEES[role])
    assert {client.get(link).status_code for link in links} <= {200}


def test_a_marketer_does_not_see_what_people_answered(filled):
    page = signed_in(Role.MARKETER).get(address("forms_engine.submission", "change", Submission.objects.first().pk))
    assert page.status_code == 200
    assert "buyer" not in page.content.decode()


# Actions


@pytest.fixture
def actions(example_company) -> dict[str, str]:
    """Every action that is a button on a page, with the room whose rights it needs."""
    draft = FormVersionFactory(form=Form.objects.get(slug="contact"), number=9)
    experiment = Experiment.objects.get()
    return {
        f"/admin/experiments/experiment/{experiment.pk}/stop/": "experiments",
        f"/admin/experiments/experiment/{ExperimentFactory().pk}/start/": "experiments",
        f"/admin/forms_engine/formversion/{draft.pk}/publish_this/": "forms_engine",
        f"/admin/forms_engine/form/{draft.form_id}/start_draft/": "forms_engine",
    }


def traces() -> tuple[object, ...]:
    """What actions change."""
    return (
        list(Plan.objects.values_list("number", "is_active")),
        list(Experiment.objects.values_list("pk", "status")),
        list(FormVersion.objects.values_list("pk", "status")),
        OutboxEvent.objects.count(),
    )


def test_following_a_link_to_an_action_only_asks(admin_client, actions):
    before = traces()
    answers = {link: admin_client.get(link) for link in actions}
    assert {link: answer.status_code for link, answer in answers.items()} == dict.fromkeys(actions, 200)
    assert traces() == before


def test_an_action_without_a_token_is_refused(admin_user, actions):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    before = traces()
    assert {client.post(link).status_code for link in actions} == {403}
    assert traces() == before


@pytest.mark.parametrize("role", Role)
def test_an_action_is_refused_to_who_may_not_edit_the_room(actions, role):
    client = signed_in(role)
    refused = {link for link in actions if client.get(link).status_code == 403}
    assert refused == {link for link, room in actions.items() if room not in EDITS[role]}


def test_confirming_carries_the_action_out(admin_client, actions):
    (stop,) = (link for link in actions if link.endswith("/stop/"))
    admin_client.post(stop)
    assert not Experiment.objects.filter(status=Experiment.Status.RUNNING).exists()


def test_a_published_version_offers_no_publishing(admin_client, example_company):
    version = FormVersion.objects.first()
    page = admin_client.get(address("forms_engine.formversion", "change", version.pk))
    assert "publish_this" not in page.content.decode()
    assert admin_client.post(f"/admin/forms_engine/formversion/{version.pk}/publish_this/").status_code == 403


@pytest.mark.parametrize("word", ["abc", "1_", "999999", "%00", "-1"])
def test_an_action_on_what_is_no_row_is_not_found(admin_client, actions, word):
    """With a word for the row's id in the address, nothing is asked of the database that it can't answer."""
    named = {re.sub(r"/\d+/", f"/{word}/", link) for link in actions if re.search(r"/\d+/", link)}
    answers = {link: admin_client.get(link).status_code for link in named}
    assert {link: code for link, code in answers.items() if code not in {403, 404}} == {}


def contract_input(**changed: str) -> dict[str, str]:
    given = {"key": "tier", "label": "Tier", "type": "string", "position": "90", "choices": "{}", "default": ""}
    return {**given, **changed}


def test_an_input_of_the_contract_can_be_added(admin_client, example_company):
    choices = '{"gold": "Gold"}'
    admin_client.post(
        address("routing.contractinput", "add"), contract_input(choices=choices, default='"gold"'), follow=True
    )
    assert ContractInput.objects.get(key="tier").choices == {"gold": "Gold"}


@pytest.mark.parametrize(
    "changed",
    [
        {"choices": "[]"},
        {"choices": '{"gold": 1}'},
        {"choices": '{"": "None"}'},
        {"default": "3"},
        {"choices": '{"gold": "Gold"}', "default": '"silver"'},
        {"vocabulary": "nowhere"},
    ],
)
def test_an_input_that_would_break_the_contract_is_refused(admin_client, example_company, changed):
    answer = admin_client.post(address("routing.contractinput", "add"), contract_input(**changed))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not ContractInput.objects.filter(key="tier").exists()


@pytest.mark.parametrize("word", ["word", "null", "1.5", "9" * 30, "\x00"])
def test_a_row_that_is_none_is_refused_with_the_page_shown_again(admin_client, example_company, word):
    given = {"key": "x", "name": "X", "owner": word, "parent": word, "queue": word, "condition": "{}"}
    answer = admin_client.post(address("routing.territory", "add"), given)
    assert answer.status_code == 200
    assert {"owner", "parent", "queue"} <= answer.context["adminform"].form.errors.keys()


@pytest.mark.parametrize("word", ["word", "9" * 30, "\x00", "8f9a6f6e-0000-4000-8000-000000000000"])
@pytest.mark.parametrize(
    ("label", "action"), [("pipeline.run", "advance_now"), ("forms_engine.form", "delete_selected")]
)
def test_ticking_what_is_no_row_is_refused(admin_client, example_company, label, action, word):
    answer = admin_client.post(address(label), {"action": action, "_selected_action": word})
    assert answer.status_code == 400


def test_who_may_only_look_wakes_no_run(filled):
    answer = signed_in(Role.ANALYST).post(
        address("pipeline.run"), {"action": "advance_now", "_selected_action": Run.objects.first().pk}, follow=True
    )
    assert "were woken" not in answer.content.decode()
