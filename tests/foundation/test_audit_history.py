"""Edits write their audit entries by themselves: what changed, who, which way; no secret, no noise."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from experiments.models import Experiment
from experiments.services.lifecycle import start_experiment, stop_experiment
from forms_engine.models import Submission
from forms_engine.services.judge_quarantine import confirm_spam
from forms_engine.services.publish_version import publish_version
from forms_engine.services.server_tokens import issue_token, revoke_token
from foundation.audit_history import one_entry_for_all
from foundation.models import AuditEntry
from foundation.roles import Role, sync_roles
from integrations.models import WebhookEndpoint
from routing.models import NamedAccountList, Rep, Rule, Territory
from routing.services.set_absence import add_absence
from tests.config.test_admin_pages import send
from tests.experiments.factories import ExperimentFactory
from tests.forms_engine.documents import document
from tests.forms_engine.factories import FormFactory, FormVersionFactory
from tests.integrations.factories import EndpointFactory
from tests.kept_rows import begin_with_the_example_company
from tests.routing.factories import NOW, RepFactory, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(db) -> Rule:
    """With an audit that is empty when the test begins."""
    made = RuleFactory(name="Large", queue=queue_with("north"), condition={"country": "DE"})
    AuditEntry.objects.all().delete()
    return made


def told() -> list[tuple[str, str, dict]]:
    """Oldest first."""
    entries = AuditEntry.objects.order_by("id")
    return [(entry.action, entry.kind, entry.changes) for entry in entries]


def test_a_change_is_told_with_the_fields_that_changed(rule):
    rule.name = "Very large"
    rule.save()
    assert told() == [("changed", "routing.rule", {"name": ["Large", "Very large"]})]


def test_saving_without_a_change_tells_nothing(rule):
    rule.save()
    assert told() == []


def test_a_relation_is_told_by_name(rule):
    rule.queue = queue_with("south")
    rule.save()
    assert AuditEntry.objects.get(kind="routing.rule").changes == {"queue": ["North", "South"]}


def test_a_new_row_tells_what_it_holds(rule):
    TerritoryFactory(key="dach", countries=["DE", "AT"])
    action, kind, changes = told()[0]
    assert (action, kind, changes["countries"], changes["name"]) == (
        "created",
        "routing.territory",
        [None, ["DE", "AT"]],
        [None, "dach"],
    )


def test_a_deleted_row_tells_what_it_held_and_keeps_its_name(rule):
    rule.delete()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.label, entry.changes["queue"]) == ("deleted", "Large", ["North", None])


def test_work_in_bulk_writes_one_entry_of_its_own(rule):
    with one_entry_for_all():
        TerritoryFactory()
        rule.delete()
    assert told() == []


def test_after_work_that_failed_edits_are_told_again(rule):
    with pytest.raises(ZeroDivisionError), one_entry_for_all():
        1 / 0  # noqa: B018
    rule.delete()
    assert len(told()) == 1


def test_a_long_document_is_told_by_its_length(rule):
    form = FormFactory(name="x" * 100)
    form.allowed_origins = [f"https://site{number}.example" for number in range(200)]
    form.save()
    _, after = AuditEntry.objects.first().changes["allowed_origins"]
    assert len(after) < 1100
    assert after.endswith("characters)")


def test_members_of_a_many_to_many_field_are_told(rule):
    territory, accounts = TerritoryFactory(), NamedAccountList.objects.create(key="top", name="Top accounts")
    AuditEntry.objects.all().delete()
    territory.account_lists.add(accounts)
    territory.account_lists.clear()
    assert [changes for _, _, changes in told()] == [
        {"account_lists": [[], ["Top accounts"]]},
        {"account_lists": [["Top accounts"], []]},
    ]


# Secrets and noise


def test_a_password_is_never_told_only_that_it_changed(rule):
    user = User.objects.create_user("ada", password="correct horse")
    user.set_password("battery staple")
    user.save()
    entry = AuditEntry.objects.filter(action="changed").get()
    assert entry.changes == {"password": ["not shown", "not shown"]}
    assert "pbkdf2" not in str(list(AuditEntry.objects.values()))


def test_a_signing_secret_is_never_told(rule):
    endpoint = EndpointFactory(secret="whsec_first")
    endpoint.secret = "whsec_second"
    endpoint.save()
    assert "whsec" not in str(list(AuditEntry.objects.values()))


def test_a_token_is_told_without_its_digest(rule):
    row, token = issue_token(name="CRM", form=None, now=NOW)
    everything = str(list(AuditEntry.objects.values()))
    assert row.digest not in everything
    assert token not in everything


def test_signing_in_is_no_change(rule, client):
    user = User.objects.create_user("ada", is_staff=True)
    AuditEntry.objects.all().delete()
    client.force_login(user)
    assert told() == []


def test_migrating_changes_no_role(rule):
    sync_roles()
    assert told() == []


# Who, and which way


def signed_in(*roles: Role) -> tuple[Client, User]:
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    AuditEntry.objects.all().delete()
    client = Client()
    client.force_login(user)
    return client, user


def test_an_edit_in_the_admin_names_who_made_it(rule):
    client, user = signed_in(Role.SALES_OPS)
    fields = {"name": "Very large", "key": rule.key, "condition": "{}", "queue": rule.queue_id, "position": 0}
    client.post(reverse("admin:routing_rule_change", args=[rule.pk]), fields)
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.who, entry.way, entry.action) == (user, "ada", "admin", "changed")
    assert entry.changes["name"] == ["Large", "Very large"]


def test_an_edit_without_a_request_is_the_product_s(rule):
    rule.delete()
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.who, entry.way) == (None, "", "system")


def test_an_entry_outlives_who_made_it(rule):
    client, user = signed_in(Role.SALES_OPS)
    client.post(reverse("admin:routing_rule_delete", args=[rule.pk]), {"post": "yes"})
    user.delete()
    entry = AuditEntry.objects.get(kind="routing.rule")
    assert (entry.user, entry.who) == (None, "ada")


def test_who_deletes_their_own_account_still_can(rule, admin_client, admin_user):
    admin_client.post(reverse("admin:auth_user_delete", args=[admin_user.pk]), {"post": "yes"})
    assert AuditEntry.objects.filter(action="deleted", kind="auth.user", label="admin").exists()


def test_a_role_given_to_somebody_is_told(rule):
    cyd = User.objects.create_user("cyd")
    AuditEntry.objects.all().delete()
    cyd.groups.add(Group.objects.get(name=Role.REP))
    assert told() == [("changed", "auth.user", {"groups": [[], ["Rep"]]})]


# Deeds


def test_publishing_a_form_is_told(rule):
    version = publish_version(form=FormFactory(), document=document(), now=NOW)
    entry = AuditEntry.objects.get(action="published")
    assert (entry.kind, entry.object_id) == ("forms_engine.formversion", str(version.pk))


def test_starting_and_stopping_an_experiment_is_told(db):
    begin_with_the_example_company()
    experiment, user = Experiment.objects.get(), User.objects.create_user("ada")
    AuditEntry.objects.all().delete()
    stop_experiment(experiment=experiment, now=NOW, user=user)
    start_experiment(experiment=experiment, now=NOW, user=user)
    assert list(AuditEntry.objects.order_by("id").values_list("action", "who")) == [
        ("stopped", "ada"),
        ("started", "ada"),
    ]


def test_judging_what_is_in_quarantine_is_told_without_what_it_says(rule):
    version = FormVersionFactory()
    held = Submission.objects.create(
        form=version.form,
        version=version,
        answers={"email": "jo@buyer.example"},
        origin="visitor",
        deliver=True,
        created_at=NOW,
        quarantined_at=NOW,
    )
    assert confirm_spam(submission_id=held.pk, now=NOW, user=None)
    entry = AuditEntry.objects.get(action="confirmed as spam")
    assert (entry.kind, entry.object_id) == ("forms_engine.submission", str(held.pk))
    assert "buyer" not in str(entry.changes) + entry.label + entry.note
    assert Submission.objects.get().confirmed_spam_at == NOW


def test_a_token_that_is_revoked_twice_is_told_once(rule):
    row, _ = issue_token(name="CRM", form=None, now=NOW)
    assert [revoke_token(token=row, now=NOW) for _ in range(2)] == [True, False]
    assert AuditEntry.objects.filter(action="revoked").count() == 1


def test_loading_the_example_company_tells_its_deeds_and_not_each_row(db):
    begin_with_the_example_company()
    assert Territory.objects.count() > 5
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"loaded", "published", "started"}


@pytest.mark.parametrize("model", [WebhookEndpoint, Experiment])
def test_models_without_a_history_are_told_too(model):
    made = {WebhookEndpoint: EndpointFactory, Experiment: ExperimentFactory}[model]()
    made.name = "Another name"
    made.save()
    entry = AuditEntry.objects.filter(kind=model._meta.label_lower, action="changed").get()
    assert entry.changes["name"][1] == "Another name"
    assert entry.at <= timezone.now()


def test_an_absence_that_is_set_is_one_entry(rule):
    rep = RepFactory()
    AuditEntry.objects.all().delete()
    times = {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=2)}
    add_absence(rep=rep, **times, reason="", user=None, now=NOW)
    assert len(told()) == 1


def test_accepting_and_reassigning_in_the_admin_name_the_lead_by_its_number(db):
    begin_with_the_example_company()
    lead = send(1)
    client, _ = signed_in(Role.SALES_OPS)
    held = lead.assignments.get()
    client.post(f"/admin/routing/assignment/{held.pk}/accept/")
    other = Rep.objects.exclude(pk=held.rep_id).first()
    page = client.get(f"/admin/routing/assignment/{held.pk}/reassign/").url
    client.post(page, {"rep": other.pk, "reason": "They asked for a swap"})
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "label", "who"))
    assert entries == [(action, f"Lead {lead.pk}", "ada") for action in ("accepted for the rep", "reassigned")]
