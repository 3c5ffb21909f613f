"""Who may do what. The table is the specification; the admin's pages follow it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from foundation.roles import Role, sync_roles
from tests.leads.factories import PersonFactory

pytestmark = pytest.mark.django_db

SEE, EDIT, NOTHING = {"view"}, {"view", "add", "change", "delete"}, set()
# What waits in quarantine is released or confirmed by who answers for leads, not by who builds forms.
JUDGE = {"judge"}
LEADS, ROUTING = {"merge", "close"}, {"publish", "approve", "reassign"}
# Of events and mail, which hold what people wrote, only administrators see more.
AUDIT = {"view_auditentry"}
# Alerts are for who answers for leads, and decisions name people: marketers see the rest of routing.
WITHHELD = {"decision", "assignment", "alertrule", "alertnotice", "alertstate", "historicalalertrule"}
ROUTING_MODELS = {model._meta.model_name for model in apps.get_app_config("routing").get_models()}
SEE_PLAN = {f"view_{name}" for name in ROUTING_MODELS - WITHHELD}

#          room              administrator             sales ops         marketer  rep      analyst
TABLE = {
    "auth":         (EDIT,                     NOTHING,          NOTHING,  NOTHING,  NOTHING),
    "leads":        (EDIT | LEADS,             SEE | LEADS,      NOTHING,  NOTHING,  SEE),
    "routing":      (EDIT | ROUTING | {"work"}, EDIT | ROUTING,  SEE_PLAN, {"work"}, SEE),
    "experiments":  (EDIT,                     SEE,              EDIT,     NOTHING,  SEE),
    "enrichment":   (EDIT,                     EDIT,             NOTHING,  NOTHING,  NOTHING),
    "integrations": (EDIT,                     EDIT,             NOTHING,  NOTHING,  NOTHING),
    "pipeline":     (EDIT,                     SEE,              NOTHING,  NOTHING,  SEE),
    "forms_engine": (EDIT | JUDGE,             SEE | JUDGE,      EDIT,     NOTHING,  SEE),
    "axes":         (SEE | {"delete_accessattempt"}, NOTHING,    NOTHING,  NOTHING,  NOTHING),
    "foundation":   (EDIT | {"apply"},         AUDIT,            NOTHING,  NOTHING,  AUDIT),
}  # fmt: skip
ROLES = (Role.ADMINISTRATOR, Role.SALES_OPS, Role.MARKETER, Role.REP, Role.ANALYST)


def rights(role: Role, room: str) -> set[str]:
    """Actions that hold for every model of the room, and the codenames of what is held of single models."""
    known = set(Permission.objects.filter(content_type__app_label=room).values_list("codename", flat=True))
    held = known & set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))
    part = {name.split("_")[0] for name in known - held}
    return {action if (action := name.split("_")[0]) not in part else name for name in held}


@pytest.fixture
def sign_in(client, django_user_model):
    def as_role(role: Role):
        user = django_user_model.objects.create_user(role.name, password="x", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return as_role


def test_the_table_names_every_role_and_every_room_with_rows():
    assert set(ROLES) == set(Role)
    with_rows = {model._meta.app_label for model in apps.get_models()}
    assert set(TABLE) == with_rows - {"admin", "contenttypes", "sessions"}


@pytest.mark.parametrize("room", TABLE)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_exactly_its_rights(role, room):
    assert rights(role, room) == TABLE[room][ROLES.index(role)]


def test_rights_given_by_hand_do_not_outlast_the_next_migrate():
    group = Group.objects.get(name=Role.REP)
    group.permissions.set(Permission.objects.all())
    sync_roles()
    assert [each.codename for each in group.permissions.all()] == ["work_assignment"]


def test_roles_made_by_hand_are_left_alone():
    own = Group.objects.create(name="Interns")
    own.permissions.set(Permission.objects.filter(codename="view_experiment"))
    sync_roles()
    assert own.permissions.count() == 1


@pytest.mark.parametrize("page", ["leads_person", "leads_lead", "leads_observation", "foundation_outboxevent"])
def test_a_marketer_can_not_see_people(sign_in, page):
    PersonFactory()
    assert sign_in(Role.MARKETER).get(reverse(f"admin:{page}_changelist")).status_code == 403


@pytest.mark.parametrize("page", ["integrations_delivery", "integrations_webhookendpoint", "auth_user"])
def test_a_marketer_can_see_neither_secrets_nor_users(sign_in, page):
    assert sign_in(Role.MARKETER).get(reverse(f"admin:{page}_changelist")).status_code == 403


def test_sales_ops_sees_people_and_edits_routing(sign_in):
    client = sign_in(Role.SALES_OPS)
    assert client.get(reverse("admin:leads_person_changelist")).status_code == 200
    assert client.get(reverse("admin:routing_rule_add")).status_code == 200


def test_an_analyst_edits_nothing(sign_in):
    client = sign_in(Role.ANALYST)
    assert client.get(reverse("admin:routing_rule_changelist")).status_code == 200
    assert client.get(reverse("admin:routing_rule_add")).status_code == 403


def test_a_rep_finds_nothing_in_the_admin(sign_in):
    client = sign_in(Role.REP)
    for page in ("leads_lead", "routing_assignment", "forms_engine_submission"):
        assert client.get(reverse(f"admin:{page}_changelist")).status_code == 403
