"""Who may what: docs/workbench.md, "Rights", asked of every page, action and address of the API, by GET and by POST.

Addresses are found by walking the resolver, so a new page without a line in `PAGES` fails here. Lists and forms of
Django's admin need no line of their own: `SEES` and `EDITS` say it by room.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from warnings import catch_warnings, simplefilter

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.paginator import UnorderedObjectListWarning
from django.db import transaction
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from experiments.models import Experiment
from forms_engine.models import FormVersion, Submission
from foundation.jobs import start_job
from foundation.roles import Role
from routing.models import Absence, Assignment, MoveBatch, Plan, Queue, Rep
from routing.services.publish_plan import publish_plan
from routing.transfer.kinds import KINDS
from tests.config.test_admin_pages import RECORDED, fill
from tests.kept_rows import begin_with, begin_with_the_example_company

pytestmark = [pytest.mark.again, pytest.mark.django_db]

ADMIN, OPS, MARKETER, REP, ANALYST = Role.ADMINISTRATOR, Role.SALES_OPS, Role.MARKETER, Role.REP, Role.ANALYST
ALL = frozenset(Role)
# Signed in as staff, whatever the role, and also without one.
STAFF = "staff"
# Anybody at all: no role is asked. Visitors and servers show other credentials, or need none.
OPEN = "open"

# Rows of the table in docs/workbench.md
PUBLISHES = APPROVES = REASSIGNS = MERGES = CLOSES = IMPORTS = frozenset({OPS, ADMIN})
SEES_PLAN = frozenset({OPS, MARKETER, ANALYST, ADMIN})
WORKS = frozenset({REP, ADMIN})
EDITS_ROUTING = frozenset({OPS, ADMIN})
EXPERIMENTS = frozenset({MARKETER, ADMIN})
# The history of a row leads them to the audit.
SEES_AUDIT = SEES_ALERTS = frozenset({OPS, ANALYST, ADMIN})
SEES_EXPERIMENTS = frozenset({OPS, MARKETER, ANALYST, ADMIN})
JUDGES = frozenset({OPS, ADMIN})
CONFIGURES = frozenset({ADMIN})

# Whose rights open the lists of a room, and whose its forms.
SEES = {
    "auth": {ADMIN},
    "axes": {ADMIN},
    "foundation": {ADMIN},
    "leads": {ADMIN, OPS, ANALYST},
    "routing": {ADMIN, OPS, MARKETER, ANALYST},
    "pipeline": {ADMIN, OPS, ANALYST},
    "enrichment": {ADMIN, OPS},
    "integrations": {ADMIN, OPS},
    "experiments": {ADMIN, OPS, MARKETER, ANALYST},
    "forms_engine": {ADMIN, OPS, MARKETER, ANALYST},
}
EDITS = {
    **SEES,
    "leads": {ADMIN},
    "routing": {ADMIN, OPS},
    "pipeline": {ADMIN},
    "experiments": {ADMIN, MARKETER},
    "forms_engine": {ADMIN, MARKETER},
}
# Lists with readers of their own.
SEES_MORE = {"foundation.auditentry": {OPS, ANALYST}}
NOT_FOR_MARKETERS = ("routing.decision", "routing.assignment", "routing.alertrule", "routing.alertnotice")
SEES_LESS = {label: {MARKETER} for label in NOT_FOR_MARKETERS}

# One line for each page that isn't Django's list or form of a model.
PAGES: dict[str, frozenset[Role] | str] = {
    "admin:index": STAFF,
    "admin:search": STAFF,
    "admin:login": OPEN,
    "admin:logout": OPEN,
    "admin:password_change": STAFF,
    "admin:password_change_done": STAFF,
    "admin:autocomplete": SEES_PLAN,
    "admin:jsi18n": STAFF,
    "admin:view_on_site": STAFF,
    "foundation_pages:job": REASSIGNS,
    "foundation_pages:job_fragment": REASSIGNS,
    "foundation_pages:cancel_job": REASSIGNS,
    "admin/": STAFF,
    "routing_pages:plan": SEES_PLAN,
    "routing_pages:plan_move": EDITS_ROUTING,
    "routing_pages:plan_checks": SEES_PLAN,
    "routing_pages:try": SEES_PLAN,
    "routing_pages:queues": SEES_PLAN,
    "routing_pages:queue": SEES_PLAN,
    "routing_pages:pause": EDITS_ROUTING,
    "routing_pages:publish": PUBLISHES,
    "routing_pages:publish_summary": SEES_PLAN,
    "routing_pages:proposal": SEES_PLAN,
    "routing_pages:approve_proposal": APPROVES,
    "routing_pages:decline_proposal": APPROVES,
    "routing_pages:withdraw_proposal": PUBLISHES,
    "routing_pages:rollouts": SEES_PLAN,
    "routing_pages:rollout": SEES_PLAN,
    "routing_pages:rollout_comparison": SEES_PLAN,
    "routing_pages:compare_rollout": SEES_PLAN,
    "routing_pages:grow_rollout": PUBLISHES,
    "routing_pages:finish_rollout": PUBLISHES,
    "routing_pages:stop_rollout": PUBLISHES,
    "routing_pages:rollback": PUBLISHES,
    "routing_pages:restore": PUBLISHES,
    "routing_pages:conditions": SEES_PLAN,
    "routing_pages:split_territory": EDITS_ROUTING,
    "admin:routing_territory_split": EDITS_ROUTING,
    "routing_pages:import": SEES_PLAN,
    "routing_pages:import_template": SEES_PLAN,
    "routing_pages:import_file": SEES_PLAN,
    "routing_pages:check_import": SEES_PLAN,
    "routing_pages:apply_import": SEES_PLAN,
    "routing_pages:bad_rows": SEES_PLAN,
    "routing_pages:export": SEES_PLAN,
    "routing_pages:import_assignment_rules": EDITS_ROUTING,
    "routing_pages:assignment_rules": EDITS_ROUTING,
    "routing_pages:choose_assignment_rules": EDITS_ROUTING,
    "routing_pages:apply_assignment_rules": EDITS_ROUTING,
    "config_pages:configuration": CONFIGURES,
    "config_pages:apply_configuration": CONFIGURES,
    "config_pages:download_configuration": CONFIGURES,
    "config_pages:switch": EDITS_ROUTING,
    "config_pages:apply_switch": EDITS_ROUTING,
    "pipeline_pages:shadow": EDITS_ROUTING,
    "pipeline_pages:shadow_differences": EDITS_ROUTING,
    **{f"admin:routing_{model}_import_spreadsheet": SEES_PLAN for model in ("territory", "rule", "namedaccount")},
    "experiments_pages:segments": SEES_EXPERIMENTS,
    "admin:routing_alertrule_what_now": SEES_ALERTS,
    "admin:routing_plan_roll_back": PUBLISHES,
    "pipeline_pages:reassign": REASSIGNS,
    "pipeline_pages:close": CLOSES,
    "pipeline_pages:reopen": CLOSES,
    "pipeline_pages:merge": MERGES,
    "pipeline_pages:moves": REASSIGNS,
    "pipeline_pages:move": REASSIGNS,
    "pipeline_pages:undo_move": REASSIGNS,
    "pipeline_pages:go_on_moving": REASSIGNS,
    "pipeline_pages:left_csv": REASSIGNS,
    "pipeline_pages:my_leads": WORKS,
    "pipeline_pages:my_lead": WORKS,
    "pipeline_pages:accept": WORKS,
    "pipeline_pages:decline": WORKS,
    "pipeline_pages:my_absences": WORKS,
    "pipeline_pages:my_absence": WORKS,
    "pipeline_pages:delete_absence": WORKS,
    "admin:routing_plan_publish": PUBLISHES,
    "admin:routing_plan_activate": PUBLISHES,
    "admin:routing_decision_reassign": REASSIGNS,
    "admin:routing_assignment_reassign": REASSIGNS,
    "admin:routing_assignment_accept_this": REASSIGNS,
    "admin:experiments_experiment_start": EXPERIMENTS,
    "admin:experiments_experiment_stop": EXPERIMENTS,
    "admin:forms_engine_form_start_draft": EXPERIMENTS,
    "admin:forms_engine_formversion_publish_this": EXPERIMENTS,
    "admin:forms_engine_submission_release_this": JUDGES,
    "admin:forms_engine_submission_confirm_this": JUDGES,
    "admin:forms_engine_servertoken_revoke_this": EXPERIMENTS,
    "admin:auth_user_password_change": CONFIGURES,
    **{
        f"admin:routing_{model}_publish_working_copy": PUBLISHES
        for model in ("rep", "queue", "territory", "rule", "namedaccountlist", "namedaccount", "contractinput")
    },
    **dict.fromkeys(
        (
            "api-schema", "api-docs", "forms_engine:index", "forms_engine:form", "forms_engine:done",
            "forms_engine:frame", "forms_engine:frame-done", "forms_engine:theme", "forms_engine:begin",
            "forms_engine:submissions", "forms_engine:prefill", "forms_engine:step",
            "forms_engine:submission-status", "forms_engine:regions", "forms_engine:form-schema",
        ),
        OPEN,
    ),
}  # fmt: skip
# Of pages that fewer may send something to than may see them.
POSTS = {"routing_pages:try": EDITS_ROUTING}
# They only lead elsewhere, or say that there is nothing.
LEADS_ELSEWHERE = {"admin:<path:object_id>/", "admin:(?P<url>.*)$", "forms_engine:^api/.*$"}
WITHOUT_A_NAME = {"admin/"}
# To who may not see it, it isn't there.
HIDDEN = {"foundation_pages:job", "foundation_pages:job_fragment", "foundation_pages:cancel_job"}
# Asked about something that is another's, or that there is none of yet: who gets as far as that may see the page.
NOTHING_THERE = {
    "pipeline_pages:my_lead", "pipeline_pages:accept", "pipeline_pages:decline", "pipeline_pages:my_absence",
    "pipeline_pages:delete_absence", "admin:view_on_site", "routing_pages:proposal",
    "routing_pages:approve_proposal", "routing_pages:decline_proposal", "routing_pages:withdraw_proposal",
    "routing_pages:rollout", "routing_pages:rollout_comparison", "routing_pages:compare_rollout",
    "routing_pages:grow_rollout", "routing_pages:finish_rollout", "routing_pages:stop_rollout",
    "routing_pages:import_file", "routing_pages:check_import", "routing_pages:apply_import",
    "routing_pages:bad_rows", "routing_pages:assignment_rules", "routing_pages:choose_assignment_rules",
    "routing_pages:apply_assignment_rules", "pipeline_pages:shadow_differences", "routing_pages:split_territory",
}  # fmt: skip
# Asked with these, the page is about something.
QUERIES = {
    "routing_pages:plan_move": {"kind": "rule"},
    "admin:autocomplete": {"app_label": "routing", "model_name": "member", "field_name": "rep", "term": "a"},
}
# What is done with rows that are ticked in a list; deleting goes by the right to delete.
ACTIONS = {
    "foundation.auditentry": {"export_as_csv": SEES_AUDIT},
    "leads.lead": {"move_many": REASSIGNS},
    "routing.alertrule": {"enable": EDITS_ROUTING, "disable": EDITS_ROUTING},
    "pipeline.run": {"advance_now": PUBLISHES},
    "routing.assignment": {"accept": REASSIGNS, "move_many": REASSIGNS},
    "routing.decision": {"move_many": REASSIGNS},
    **{
        f"routing.{model}": {"export_as_csv": SEES_PLAN, "export_as_xlsx": SEES_PLAN}
        for model in ("territory", "rule", "namedaccount")
    },
    "forms_engine.formversion": {"publish": EXPERIMENTS},
    "forms_engine.submission": {"release": JUDGES, "confirm": JUDGES},
    "integrations.delivery": {"retry": JUDGES},
    "integrations.webhookendpoint": {"send_test": JUDGES},
}
LABELS = {model._meta.label_lower.replace(".", "_"): model._meta.label_lower for model in admin.site._registry}
PERMISSIONS = {"changelist": "view", "history": "view", "change": "change", "add": "add", "delete": "delete"}


# Made by a command, then edited and deleted as others are; and made in the admin, but ended by an action only.
ADDED_BY_A_COMMAND = {"enrichment.dataset"}
NEVER_CHANGED = {"forms_engine.servertoken"}
# Of which row a page is asked for, where it is only there for some.
ROWS: dict[str, Callable[[], Any]] = {
    "admin:routing_plan_activate": lambda: Plan.objects.filter(is_active=False),
    "admin:experiments_experiment_start": lambda: Experiment.objects.filter(status=Experiment.Status.DRAFT),
    "admin:experiments_experiment_stop": lambda: Experiment.objects.filter(status=Experiment.Status.RUNNING),
    "admin:forms_engine_formversion_publish_this": lambda: FormVersion.objects.filter(status="draft"),
    "admin:forms_engine_formversion_change": lambda: FormVersion.objects.filter(status="draft"),
    "admin:forms_engine_formversion_delete": lambda: FormVersion.objects.filter(status="draft"),
    "admin:forms_engine_submission_release_this": lambda: Submission.objects.in_quarantine(),
    "admin:forms_engine_submission_confirm_this": lambda: Submission.objects.in_quarantine(),
}


# The addresses


@dataclass(frozen=True)
class Route:
    """`label` and `kind` where it is Django's own list or form of a model."""

    name: str
    label: str = ""
    kind: str = ""


def walk(resolver: URLResolver, names: tuple[str, ...] = ()) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from walk(entry, (*names, *([entry.namespace] if entry.namespace else [])))
        elif isinstance(entry, URLPattern):
            yield ":".join((*names, entry.name or str(entry.pattern)))


def routes() -> list[Route]:
    found = dict.fromkeys(walk(get_resolver()))
    return [as_route(name) for name in found if name not in LEADS_ELSEWHERE and name != "admin:app_list"]


def asked() -> list[Route]:
    """Without pages of rows of which there are none."""
    empty = {label for label in LABELS.values() if not apps.get_model(label).objects.exists()}
    return [route for route in routes() if route.label not in empty or route.kind in ("changelist", "add")]


def as_route(name: str) -> Route:
    model, _, kind = name.removeprefix("admin:").rpartition("_")
    if name.startswith("admin:") and model in LABELS and kind in PERMISSIONS:
        return Route(name, LABELS[model], kind)
    return Route(name)


def test_every_page_has_a_line():
    assert [route.name for route in routes() if not route.label and route.name not in PAGES] == []


def test_no_line_is_left_of_a_page_that_is_gone():
    assert PAGES.keys() - {route.name for route in routes()} == set()


# Who may


def expected(route: Route, method: str) -> frozenset[Role] | str:
    if not route.label:
        return POSTS.get(route.name, PAGES[route.name]) if method == "POST" else PAGES[route.name]
    room = route.label.partition(".")[0]
    seen_by = (frozenset(SEES[room]) | frozenset(SEES_MORE.get(route.label, ()))) - SEES_LESS.get(route.label, set())
    if route.kind == "history":
        return seen_by | SEES_AUDIT
    if route.kind == "changelist" or (route.kind == "change" and method == "GET"):
        return seen_by
    if route.label in RECORDED and (route.kind == "add" or route.label not in ADDED_BY_A_COMMAND):
        return frozenset()
    if route.label in NEVER_CHANGED and route.kind != "add":
        return frozenset()
    return frozenset(EDITS[room])


# The cast: one of each role, and those who may nothing.
CAST = [*(role.value for role in Role), "no role", "not staff", "inactive", "nobody"]


def person(name: str) -> Any:
    if name == "nobody":
        return AnonymousUser()
    user = User.objects.create_user(name, is_staff=name != "not staff", is_active=name != "inactive")
    if name in set(Role):
        user.groups.add(Group.objects.get(name=name))
    elif name != "no role":
        user.groups.set(Group.objects.filter(name__in=list(Role)))
    if name in WORKS:
        Rep.objects.filter(pk=Assignment.objects.live().latest("pk").rep_id).update(user=user)
    return user


def may(name: str, who: frozenset[Role] | str) -> bool:
    if who == OPEN:
        return True
    if name in ("nobody", "not staff", "inactive"):
        return False
    return who == STAFF or name in who


# Asking


class Quiet(BaseStorage):
    """Keeps no messages."""

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return []


def ask(user: Any, method: str, address: str, given: Mapping[str, str]) -> int:
    """The status of the answer, which is not rendered, and nothing of it is kept: only the view's own checks count.
    303 stands for being sent to sign in."""
    make = RequestFactory().post if method == "POST" else RequestFactory().get
    request = make(address, given)
    request.user, request.session = user, SessionStore()
    request._messages, request._dont_enforce_csrf_checks = Quiet(request), True
    request.resolver_match = found = resolve(address)
    with transaction.atomic():
        status = status_of(found, request)
        transaction.set_rollback(True)
    return status


def status_of(found: Any, request: Any) -> int:
    try:
        with catch_warnings():
            simplefilter("ignore", UnorderedObjectListWarning)
            answer = found.func(request, *found.args, **found.kwargs)
    except PermissionDenied:
        return 403
    except Http404:
        return 404
    except (SuspiciousOperation, BadRequest):
        return 400
    is_sent_away = answer.status_code == 302 and "/login/" in answer["Location"]
    return 303 if is_sent_away else int(answer.status_code)


def begin() -> None:
    """A row of everything."""
    begin_with_the_example_company()
    begin_with("one row in each list", partial(fill, 0, 1))
    now = timezone.now()
    held = Assignment.objects.live().latest("pk")
    Absence.objects.create(rep=held.rep, starts_at=now, ends_at=now + timedelta(days=1))
    MoveBatch.objects.create(lead_ids=[held.lead_id], target="back", reason="x", created_at=now, begun_at=now)
    hold_one_back(now)
    Queue.objects.filter(key="strategic").update(name="Another name")
    publish_plan(now=now)


def hold_one_back(now: datetime) -> None:
    held_back = Submission.objects.first()
    held_back.pk, held_back.idempotency_key, held_back._state.adding = uuid4(), None, True
    held_back.quarantined_at, held_back.marks = now, ["trap"]
    held_back.save(force_insert=True)


def address_of(route: Route) -> str:
    if route.name in WITHOUT_A_NAME:
        return f"/{route.name}"
    if route.label:
        row = row_of(route, route.label)
        arguments = [row.pk if row else 1] if route.kind in ("change", "history", "delete") else []
        return reverse(route.name, args=arguments)
    return reverse(route.name, kwargs={name: value_for(route, name) for name in names_in(route)})


def names_in(route: Route) -> list[str]:
    possibilities = get_resolver_of(route).getlist(route.name.rpartition(":")[2])
    (_, names), *_ = [entry for possibility in possibilities for entry in possibility[0]]
    return list(names)


def get_resolver_of(route: Route) -> Any:
    resolver = get_resolver()
    space = route.name.rpartition(":")[0]
    return resolver.namespace_dict[space][1].reverse_dict if space else resolver.reverse_dict


def value_for(route: Route, name: str) -> object:
    held = Assignment.objects.live().latest("pk")
    values: dict[str, Any] = {
        "lead_id": held.lead_id,
        "absence_id": Absence.objects.latest("pk").pk,
        "batch_id": MoveBatch.objects.latest("pk").pk,
        "content_type_id": 1,
        "key": "strategic",
        "number": Plan.objects.filter(is_active=False).latest("pk").number,
        "pk": 1,
        "import_id": uuid4(),
        "kind_key": next(iter(KINDS)),
        "format_": "csv",
    }
    if name == "job_id":
        return start_job("pipeline.move_leads", now=timezone.now(), user=None).pk
    if name in values:
        return values[name]
    labels = (label for model, label in LABELS.items() if route.name.startswith(f"admin:{model}_"))
    row = row_of(route, next(labels, "pipeline.run"))
    return row.pk if row else 1


def row_of(route: Route, label: str) -> Any:
    rows = ROWS[route.name]() if route.name in ROWS else apps.get_model(label).objects
    return rows.first()


def gets_in(route: Route, status: int) -> bool | None:
    """None, which is neither right for those who may nor for the others: the page is not there, or broken."""
    if status in {303, 403} or (status == 404 and route.name in HIDDEN):
        return False
    return True if status in {200, 302, 400, 422} or (status == 404 and route.name in NOTHING_THERE) else None


@pytest.mark.parametrize("name", CAST)
def test_pages_open_to_whom_they_should(name):
    begin()
    user = person(name)
    wrong = []
    for route in asked():
        for method in ("GET", "POST"):
            who = expected(route, method)
            if who == OPEN:
                continue
            status = ask(user, method, address_of(route), QUERIES.get(route.name, {}))
            if status != 405 and may(name, who) != gets_in(route, status):
                wrong.append(f"{method} {route.name}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", CAST)
def test_actions_on_ticked_rows_are_offered_to_whom_they_should(name):
    begin_with_the_example_company()
    request = RequestFactory().get("/")
    request.user = AnonymousUser() if name == "nobody" else person_without_rep(name)
    offered = {}
    for model, site in admin.site._registry.items():
        found = set(site.get_actions(request)) - {"delete_selected"}
        # The library's own action there deletes what has expired, and nothing else.
        if found and model._meta.app_label != "axes" and site.has_view_permission(request):
            offered[model._meta.label_lower] = found
    wanted = {
        label: found
        for label, actions in ACTIONS.items()
        if (found := {action for action, who in actions.items() if may(name, who)})
    }
    assert offered == wanted


def person_without_rep(name: str) -> Any:
    user = User.objects.create_user(name, is_staff=name != "not staff", is_active=name != "inactive")
    if name in set(Role):
        user.groups.add(Group.objects.get(name=name))
    return user
