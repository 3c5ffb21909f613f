"""The page of a Salesforce rule file: entry by entry what it becomes, then applied whole."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.roles import Role
from routing.assignment_rules.service import plan_import
from routing.models import ImportFile, Queue, Rule
from routing.pages import assignment_rules
from tests.routing.assignment_rules.rules import entry, xml_of, xml_of_rules
from tests.routing.factories import QueueFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("routing_pages:import_assignment_rules")
FILE = xml_of(
    entry("Country equals Germany", to="DACH"),
    entry("Segment__c equals SMB", to="SMB_Team"),
    entry("Industry equals Widgets", "State equals CA", to="DACH"),
    entry("Country equals Italy"),
)


@pytest.fixture
def sign_in(client, django_user_model):
    def as_role(role: Role):
        user = django_user_model.objects.create_user(role.name, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return as_role


@pytest.fixture
def ops(sign_in):
    QueueFactory(key="dach", name="DACH")
    return sign_in(Role.SALES_OPS)


def upload(client, content: bytes = FILE):
    return client.post(PAGE, {"file": SimpleUploadedFile("Lead.assignmentRules-meta.xml", content)})


def page(client, address: str) -> str:
    return client.get(address).content.decode()


def choose(client, address: str, **choices):
    fields = {"field-name": ["Lead.Segment__c", "Lead.Industry"], "field-is": ["use_case", "industry"]}
    return client.post(f"{address}choose/", {"rule": "Standard", **fields, **choices}, follow=True)


def test_each_entry_says_what_it_becomes_or_why_it_is_left_out(ops):
    shown = page(ops, upload(ops)["Location"])
    assert "4 entries: 1 new, 0 changed, 0 unchanged, 3 left out." in shown
    assert "Lead.Segment__c is no input of the contract" in shown
    assert "keep their owner" in shown
    assert not Rule.objects.exists()


def test_what_a_person_decides_makes_more_of_it(ops):
    address = upload(ops)["Location"]
    choices = {"values": "Lead.Industry: Widgets = retail", "country": "US", "unassigned_to": "dach"}
    shown = choose(ops, address, create_missing="on", **choices).content.decode()
    assert "4 entries: 4 new" in shown
    assert "The queue SMB Team is made too." in shown


def test_applying_puts_the_rules_into_the_working_copy(ops):
    address = upload(ops)["Location"]
    choose(ops, address, create_missing="on")
    digest = ops.get(address).context["shown"].digest
    told = ops.post(f"{address}apply/", {"digest": digest}, follow=True).content.decode()
    assert "2 rules are new and 0 changed" in told
    assert Rule.objects.get(key="sf-standard-2").queue == Queue.objects.get(key="smb-team")


def test_rules_of_earlier_imports_are_removed_where_a_person_says_so(ops):
    Rule.objects.bulk_create(Rule(key=f"sf-standard-{i}", name="Old", queue=Queue.objects.get()) for i in (2, 7))
    address = upload(ops)["Location"]
    shown = page(ops, address)
    assert "no longer in the file; it stays until you remove it: sf-standard-7." in shown
    assert "left out now; it stays as it was until you remove it: sf-standard-2." in shown
    digest = ops.get(address).context["shown"].digest
    told = ops.post(f"{address}apply/", {"digest": digest, "remove": "on"}, follow=True).content.decode()
    assert "2 rules of earlier imports were removed." in told
    assert Rule.objects.get().key == "sf-standard-1"


def test_who_may_not_delete_rules_removes_none(ops):
    Permission.objects.get(codename="delete_rule", content_type__app_label="routing").group_set.clear()
    Rule.objects.create(key="sf-standard-7", name="Old", queue=Queue.objects.get())
    address = upload(ops)["Location"]
    assert "of earlier imports</label>" not in page(ops, address)
    assert ops.post(f"{address}apply/", {"digest": "x", "remove": "on"}).status_code == 403


def test_what_no_longer_fits_what_was_shown_is_not_applied(ops):
    address = upload(ops)["Location"]
    told = ops.post(f"{address}apply/", {"digest": "old"}, follow=True).content.decode()
    assert "Not applied. The working copy has changed" in told
    assert not Rule.objects.exists()


def test_entries_are_filtered_by_what_becomes_of_them(ops):
    address = upload(ops)["Location"]
    assert "Country equals “Germany”" not in page(ops, f"{address}?show=left_out&page=99")


def test_of_several_rules_one_is_chosen(ops):
    address = upload(ops, xml_of_rules(("Old", False), ("New", False)))["Location"]
    assert "Salesforce rule “Old”" in page(ops, address)
    assert "Salesforce rule “New”" in choose(ops, address, rule="New").content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<a", "XML that can be read"),
        (b"<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>", "declares entities"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_rule_file_is_refused_in_the_form(ops, content, words):
    answer = upload(ops, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"values": "nonsense"}, "of the form Lead.Industry"),
        ({"country": "ZZ"}, "ZZ is no country code"),
        ({"field-is": ["nonsense", ""]}, "there is no such input"),
        ({"rule": "Nope"}, "There is no rule “Nope”"),
        ({"assignee-name": ["DACH"], "assignee-is": ["a\x00b"]}, "a null character"),
    ],
)
def test_choices_that_make_no_sense_are_told_and_not_kept(ops, choices, words):
    address = upload(ops)["Location"]
    assert words in choose(ops, address, **choices).content.decode()
    assert ImportFile.objects.get().choices == {"rule": "Standard"}


def test_no_file_is_told(ops):
    assert "Choose a file." in ops.post(PAGE).content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.REP])
def test_only_who_may_edit_rules_may(ops, sign_in, role):
    address = upload(ops)["Location"]
    client = sign_in(role)
    assert {client.get(PAGE).status_code, client.get(address).status_code} == {403}
    assert {client.post(f"{address}{action}/").status_code for action in ("choose", "apply")} == {403}


def test_files_that_are_not_there_are_not_found(ops):
    base = f"{PAGE}{uuid4()}/"
    assert ops.get(base).status_code == 404
    assert {ops.post(f"{base}{action}/").status_code for action in ("choose", "apply")} == {404}


def test_a_long_file_takes_few_queries_and_is_shown_in_pages(ops, django_assert_max_num_queries):
    long = xml_of(*(entry(f"NumberOfEmployees greaterThan {i}", to="DACH") for i in range(300)))
    address = upload(ops, long)["Location"]
    with django_assert_max_num_queries(16):
        shown = page(ops, address)
    assert "greater than “99”" in shown
    assert "greater than “100”" not in shown


def test_a_file_is_translated_once_for_choices_and_working_copy(ops, monkeypatch):
    asked = []

    def plan(**how):
        asked.append(how["wishes"].country)
        return plan_import(**how)

    monkeypatch.setattr(assignment_rules, "plan_import", plan)
    address = upload(ops)["Location"]
    for number in (1, 2):
        page(ops, f"{address}?page={number}")
    assert asked == [""]
    choose(ops, address, country="US")
    assert asked == ["", "US"]
    QueueFactory(key="smb-team")
    assert "4 entries: 2 new" in page(ops, address)
    assert asked == ["", "US", "US"]
