"""A file of rules against the working copy: shown, applied whole, and the same when applied again."""

import pytest
from django.core.management import CommandError, call_command

from foundation.audit import Way
from foundation.models import AuditEntry
from routing.assignment_rules.errors import AssignmentRulesInvalid, WorkingCopyChanged
from routing.assignment_rules.service import Wishes, apply_import, plan_import
from routing.models import Queue, Rep, Rule
from tests.routing.assignment_rules.rules import entry, xml_of
from tests.routing.factories import NOW, QueueFactory, RepFactory, RuleFactory

pytestmark = pytest.mark.django_db
GERMANY = entry("Country equals Germany", to="DACH_Queue")
FRANCE = entry("Country equals France", to="ann@seller.example", kind="User")
FORMULA = entry(to="DACH_Queue", more="<formula>TRUE</formula>")


@pytest.fixture(autouse=True)
def _targets():
    QueueFactory(key="dach-queue", name="DACH")
    RepFactory(key="ann", email="ann@seller.example", name="Ann Example")


def apply(content: bytes, digest=None, remove=False, **wishes):
    how = {"file_name": "l.xml", "user": None, "way": Way.IMPORT, "now": NOW, "remove": remove}
    return apply_import(content=content, wishes=Wishes(**wishes), digest=digest, **how)


def plan(*entries: str, **wishes):
    return plan_import(content=xml_of(*entries), wishes=Wishes(**wishes))


def test_looking_writes_nothing():
    shown = plan(GERMANY, FRANCE, FORMULA)
    assert shown.counts == {"new": 2, "changed": 0, "unchanged": 0, "left_out": 1}
    assert not Rule.objects.exists()


def test_rules_come_after_those_that_are_there_in_the_order_of_the_file():
    RuleFactory(key="mine", position=7)
    apply(xml_of(GERMANY, FORMULA, FRANCE))
    rows = list(Rule.objects.values_list("key", "position", "queue__key", "owner__key"))
    assert rows == [
        ("mine", 7, rows[0][2], None),
        ("sf-standard-1", 8, "dach-queue", None),
        ("sf-standard-3", 9, None, "ann"),
    ]


def test_applying_again_changes_nothing():
    apply(xml_of(GERMANY, FRANCE))
    before = list(Rule.objects.values())
    shown = apply(xml_of(GERMANY, FRANCE))
    assert (shown.counts["unchanged"], shown.changes_anything) == (2, False)
    assert list(Rule.objects.values()) == before


def test_an_entry_that_differs_now_replaces_its_rule():
    apply(xml_of(GERMANY))
    changed = entry("Country equals Austria", to="ann", kind="User")
    (planned,) = plan(changed).planned
    assert planned.changes["condition"] == ["country is DE", "Country is Austria"]
    assert planned.changes["target"] == ["DACH", "Ann Example"]
    apply(xml_of(changed))
    rule = Rule.objects.get()
    assert (rule.condition, rule.queue, rule.owner.key) == ({"country": "AT"}, None, "ann")


def test_rules_that_the_file_no_longer_has_are_named_and_stay():
    apply(xml_of(GERMANY, FRANCE))
    assert plan(GERMANY).stale == ("sf-standard-2",)
    apply(xml_of(GERMANY))
    assert Rule.objects.count() == 2


def test_a_rule_whose_entry_is_left_out_now_keeps_its_place_and_is_no_stale_one():
    italy = entry("Country equals Italy", to="DACH_Queue")
    apply(xml_of(GERMANY, FRANCE))
    shown = apply(xml_of(GERMANY, FORMULA, italy))
    assert (shown.stale, shown.held) == ((), ("sf-standard-2",))
    assert "stays as it is, in its place" in shown.planned[1].notes[0]
    rows = list(Rule.objects.order_by("position").values_list("key", "condition"))
    assert rows == [
        ("sf-standard-1", {"country": "DE"}),
        ("sf-standard-2", {"country": "FR"}),
        ("sf-standard-3", {"country": "IT"}),
    ]


def test_rules_of_earlier_imports_are_removed_when_asked():
    apply(xml_of(GERMANY, FRANCE, FRANCE))
    RuleFactory(key="sf-standard-mine")
    apply(xml_of(GERMANY, FORMULA), remove=True)
    assert set(Rule.objects.values_list("key", flat=True)) == {"sf-standard-1", "sf-standard-mine"}
    assert AuditEntry.objects.filter(action="imported").latest("pk").changes["removed"] == [0, 2]


def test_nothing_is_applied_once_the_working_copy_differs_from_what_was_shown():
    digest = plan(GERMANY).digest
    Queue.objects.update(name="Renamed")
    with pytest.raises(WorkingCopyChanged):
        apply(xml_of(GERMANY), digest)
    assert not Rule.objects.exists()


def test_an_entry_without_assignee_is_left_out_or_given_to_the_chosen_queue():
    nobody = entry("Country equals Italy")
    assert "keep their owner" in plan(nobody).planned[0].problems[0]
    assert plan(nobody, unassigned_to="dach-queue").planned[0].target.key == "dach-queue"


def test_missing_assignees_are_made_only_when_asked():
    entries = [entry(to="New_Team"), entry(to="bo@seller.example", kind="User"), entry(to="Nobody", kind="User")]
    shown = plan(*entries)
    assert shown.missing == ("New_Team", "bo@seller.example", "Nobody")
    assert shown.counts["left_out"] == 3
    apply(xml_of(*entries), create_missing=True)
    assert Queue.objects.get(key="new-team").name == "New Team"
    assert Rep.objects.get(key="bo").email == "bo@seller.example"
    assert Rule.objects.count() == 2


def test_an_assignee_whose_name_fits_several_is_not_guessed():
    RepFactory(key="ann-2", name="Ann Example")
    (planned,) = plan(entry(to="Ann Example", kind="User")).planned
    assert planned.problems == ("“Ann Example” may be any of ann, ann-2: choose one.",)


def test_names_of_other_scripts_are_not_taken_for_each_other():
    QueueFactory(key="sales", name="営業部")
    (planned,) = plan(entry(to="大阪支店")).planned
    assert planned.problems[0].startswith("There is no queue “大阪支店”")
    assert plan(entry(to="営業部")).planned[0].target.key == "sales"


@pytest.mark.parametrize(
    ("first", "second"), [("標準", "特別"), ("標準 A", "特別 A"), ("A B", "A-B"), ("a" * 50 + "b", "a" * 50 + "c")]
)
def test_each_rule_has_keys_of_its_own_whatever_it_is_called(first, second):
    for name in (first, second):
        apply(xml_of(GERMANY, name=name))
    keys = list(Rule.objects.values_list("key", flat=True))
    assert len(keys) == 2
    assert all(len(key) <= 60 for key in keys)


def test_a_person_chooses_the_assignee():
    assert plan(entry(to="Gone"), assignees={"Gone": "rep:ann"}).planned[0].target.label == "Ann Example"


def test_what_is_not_taken_over_is_noted():
    (planned,) = plan(entry(to="DACH_Queue", more="<template>New_Lead</template>")).planned
    assert planned.notes == ("Without counterpart, and not taken over: template.",)


def test_an_entry_that_is_switched_off_is_left_out():
    (planned,) = plan(entry(to="DACH_Queue", more="<disabled>true</disabled>")).planned
    assert planned.problems == ("It is switched off in the file.",)


def test_one_audit_entry_tells_the_counts_and_the_file():
    apply(xml_of(GERMANY, FORMULA))
    audit = AuditEntry.objects.get(kind="routing.rule", action="imported")
    assert (audit.changes["new"], audit.changes["left_out"], audit.note) == ([0, 1], [0, 1], "From the file l.xml")


def test_a_field_can_only_be_an_input():
    with pytest.raises(AssignmentRulesInvalid, match="no such input"):
        plan(GERMANY, fields={"Lead.Foo__c": "nonsense"})


@pytest.fixture
def rule_file(tmp_path):
    path = tmp_path / "Lead.assignmentRules-meta.xml"
    path.write_bytes(xml_of(GERMANY, entry("Segment__c equals SMB", to="ann", kind="User"), FORMULA))
    return path


def test_the_command_shows_the_difference_and_writes_nothing(rule_file, capsys):
    call_command("import-assignment-rules", rule_file)
    out = capsys.readouterr().out
    assert "+ 1. Lead.Country equals “Germany”\n    Country is Germany -> queue DACH" in out
    assert "Lead.Segment__c -> no input" in out
    assert "! 3. Formula: TRUE" in out
    assert "1 new, 0 changed, 0 unchanged, 2 left out." in out
    assert not Rule.objects.exists()


def test_the_command_applies_with_fields_from_options_and_from_a_file(rule_file, tmp_path, capsys):
    (tmp_path / "map.txt").write_text("# ours\nLead.Segment__c=use_case\n")
    call_command("import-assignment-rules", rule_file, "--map-file", tmp_path / "map.txt", "--apply")
    assert Rule.objects.get(key="sf-standard-2").condition == {"use_case": {"$ini": ["SMB"]}}
    assert "Applied to the working copy." in capsys.readouterr().out


def test_the_command_removes_rules_of_earlier_imports_when_asked(rule_file, capsys):
    for key in ("sf-standard-3", "sf-standard-9"):
        RuleFactory(key=key)
    call_command("import-assignment-rules", rule_file, "--apply", "--remove")
    out = capsys.readouterr().out
    assert "? sf-standard-9 came from this rule and is no longer in the file; it goes." in out
    assert "? sf-standard-3 came from this rule, and its entry is left out now; it goes." in out
    assert list(Rule.objects.values_list("key", flat=True)) == ["sf-standard-1"]


@pytest.mark.parametrize("arguments", [["--map", "nonsense"], ["--rule", "Nope"], ["--map-file", "/no/such"]])
def test_the_command_refuses_what_makes_no_sense(rule_file, arguments):
    with pytest.raises(CommandError):
        call_command("import-assignment-rules", rule_file, *arguments)


@pytest.mark.parametrize("value", ["x" * 140_000, '"' + "x" * 140_000, '"', ",,,", "a\x7fb"])
def test_the_command_tells_of_a_value_that_nobody_means(tmp_path, capsys, value):
    (tmp_path / "rules.xml").write_bytes(xml_of(entry(f"Industry equals {value}", to="Inbound")))
    call_command("import-assignment-rules", tmp_path / "rules.xml", "--apply")
    assert "1 left out." in capsys.readouterr().out
