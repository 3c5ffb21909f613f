"""The audit in the admin: found by who, what and text; read; exported; closed to who may not see it."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import audit_admin
from foundation.admin_filters import distinct_values
from foundation.audit import Way, record
from foundation.models import AuditEntry
from foundation.roles import Role
from tests.routing.factories import NOW, RuleFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:foundation_auditentry_changelist")


@pytest.fixture
def entries(db) -> None:
    AuditEntry.objects.all().delete()
    ada = User.objects.create_user("ada")
    AuditEntry.objects.all().delete()
    record("published", now=NOW, user=ada, kind="routing.plan", label="Plan 7", note="Bavaria is split in two")
    record("changed", now=NOW, user=ada, kind="routing.rule", label="Large", changes={"name": ["Groß", "Very large"]})
    record("imported", now=NOW, way=Way.IMPORT, kind="routing.namedaccount", label="5,000 accounts")


def found(client: Client, **query: str) -> list[str]:
    return [entry.label for entry in client.get(LIST, query).context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({"q": "ada"}, ["Large", "Plan 7"]),
        ({"q": "bavaria"}, ["Plan 7"]),
        ({"q": "very large"}, ["Large"]),
        ({"q": "Groß"}, ["Large"]),
        ({"q": "'split in two'"}, ["Plan 7"]),
        ({"q": "nobody"}, []),
        ({"action": "imported"}, ["5,000 accounts"]),
        ({"kind": "routing.rule"}, ["Large"]),
        ({"way__exact": "import"}, ["5,000 accounts"]),
        ({"at_from": "2026-03-02", "at_to": "2026-03-02"}, ["5,000 accounts", "Large", "Plan 7"]),
        ({"at_from": "2026-03-03"}, []),
    ],
    ids=str,
)
def test_entries_are_found(admin_client, entries, query, labels):
    assert found(admin_client, **query) == labels


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%27",
        "q=%22%22",
        "at_from=x",
        "at_from=9999-12-31&at_to=9999-12-31",
        "action=%27--",
        "object_id=" + "9" * 500,
    ],
)
def test_what_makes_no_sense_finds_nothing_and_does_not_fail(admin_client, entries, query):
    assert admin_client.get(f"{LIST}?{query}").status_code in (200, 302, 400)


def test_text_is_looked_for_in_the_latest_entries_only_and_the_page_says_so(admin_client, entries, monkeypatch):
    monkeypatch.setattr(audit_admin, "SEARCHED", 2)
    assert found(admin_client, q="ada") == ["Large"]
    assert "Looked through the latest 2" in admin_client.get(LIST, {"q": "ada"}).content.decode()


def test_each_action_and_kind_is_offered_once(entries):
    record("published", now=NOW, label="Plan 8")
    assert distinct_values(AuditEntry, "action") == ["changed", "imported", "published"]
    assert distinct_values(AuditEntry, "kind") == ["routing.namedaccount", "routing.plan", "routing.rule"]


def test_an_entry_shows_before_and_after_by_the_names_of_fields(admin_client, entries):
    entry = AuditEntry.objects.get(label="Large")
    content = admin_client.get(reverse("admin:foundation_auditentry_change", args=[entry.pk])).content.decode()
    assert '<td data-label="Before">Groß</td><td data-label="After">Very large</td>' in content


def test_a_name_that_is_no_field_keeps_its_capitals(admin_client, entries):
    entry = record("split", now=NOW, kind="routing.territory", label="DACH", changes={"Upper Bavaria": [None, "DE 80"]})
    content = admin_client.get(reverse("admin:foundation_auditentry_change", args=[entry.pk])).content.decode()
    assert "Upper Bavaria" in content


@pytest.mark.parametrize(
    "changes", [{"name": "text"}, {"name": [1]}, {"": [None, {"a": [1]}]}, {"gone": [True, False]}]
)
def test_changes_of_any_shape_can_be_read(admin_client, entries, changes):
    entry = record("changed", now=NOW, kind="nothing.here", label="Odd", changes=changes)
    assert admin_client.get(reverse("admin:foundation_auditentry_change", args=[entry.pk])).status_code == 200


def test_the_history_of_an_object_is_its_audit(admin_client, entries):
    first, second = RuleFactory(name="One"), RuleFactory(name="Two")
    first.name = "Uno"
    first.save()
    page = admin_client.get(reverse("admin:routing_rule_history", args=[first.pk]), follow=True)
    assert [entry.label for entry in page.context["cl"].result_list] == ["Uno", "One"]
    assert second.name == "Two"


def exported(client: Client) -> list[list[str]]:
    chosen = {"action": "export_as_csv", "_selected_action": AuditEntry.objects.first().pk, "select_across": "1"}
    answer = client.post(LIST, chosen)
    assert answer["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_all_that_was_found_is_exported(admin_client, entries):
    header, *rows = exported(admin_client)
    assert header[:4] == ["at", "who", "way", "action"]
    assert [row[6] for row in rows] == ["5,000 accounts", "Large", "Plan 7"]


def test_a_formula_is_exported_as_text(admin_client, entries):
    record("changed", now=NOW, label="=HYPERLINK(0)", note="@SUM(1)")
    _, row, *_ = exported(admin_client)
    assert (row[6], row[7]) == ("'=HYPERLINK(0)", "'@SUM(1)")


def test_more_than_a_file_holds_is_refused_with_words(admin_client, entries, monkeypatch):
    monkeypatch.setattr(audit_admin, "EXPORTED", 2)
    chosen = {"action": "export_as_csv", "_selected_action": AuditEntry.objects.first().pk, "select_across": "1"}
    assert "These are 3 entries" in admin_client.post(LIST, chosen, follow=True).content.decode()


MAY = {Role.ADMINISTRATOR, Role.SALES_OPS, Role.ANALYST}


@pytest.mark.parametrize("role", Role)
def test_the_audit_is_open_to_who_may_search_it(entries, role):
    user = User.objects.create_user("someone", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    assert client.get(LIST).status_code == (200 if role in MAY else 403)
    entry = AuditEntry.objects.first()
    assert client.post(reverse("admin:foundation_auditentry_delete", args=[entry.pk])).status_code == 403
    assert client.post(reverse("admin:foundation_auditentry_change", args=[entry.pk])).status_code == 403


def test_many_entries_cost_as_many_queries_as_few(admin_client, entries):
    with CaptureQueriesContext(connection) as few:
        admin_client.get(LIST, {"q": "a"})
    for number in range(120):
        record("changed", now=NOW, kind="routing.rule", label=f"Rule {number}")
    with CaptureQueriesContext(connection) as many:
        admin_client.get(LIST, {"q": "a"})
    assert len(many) == len(few) <= 20


def test_thousands_of_words_are_not_looked_for(admin_client, entries):
    answer = admin_client.get(LIST, {"q": "plan " * 1_500})
    assert [entry.label for entry in answer.context["cl"].result_list] == ["Plan 7"]
    assert "Only the first 10 words were looked for." in answer.content.decode()
