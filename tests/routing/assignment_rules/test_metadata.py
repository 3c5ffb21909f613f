"""The file is read whole or refused with a reason."""

import pytest

from routing.assignment_rules.errors import AssignmentRulesInvalid
from routing.assignment_rules.fields import FieldMap
from routing.assignment_rules.metadata import MAX_BYTES, chosen_rule, read_rules
from tests.conftest import shared_file
from tests.routing.assignment_rules.rules import CONTRACT, entry, xml_of, xml_of_rules


def only_entry(text: str):
    return read_rules(xml_of(text))[0].entries[0]


def test_entries_keep_their_order_and_count_from_one():
    (rule,) = read_rules(xml_of(entry(to="A"), entry(to="B"), name="Big"))
    assert (rule.name, rule.active) == ("Big", True)
    assert [(each.number, each.assigned_to) for each in rule.entries] == [(1, "A"), (2, "B")]


def test_criteria_keep_field_operation_and_value():
    (item,) = only_entry(entry('Country equals "A, B",C')).criteria
    assert (item.field, item.operation, item.value) == ("Lead.Country", "equals", '"A, B",C')


def test_what_has_no_counterpart_is_kept_by_name_unless_it_is_switched_off():
    more = "<template>unfiled$public/New</template><overrideExistingTeams>false</overrideExistingTeams><team>A</team>"
    assert only_entry(entry(more=more)).other == ("team", "template")


FIELD = "<field>Lead.Country</field><operation>equals</operation><value>Germany</value>"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("<assignedTo>B</assignedTo>", "It says “assignedTo” 2 times."),
        ("<booleanFilter>1</booleanFilter><booleanFilter>NOT 1</booleanFilter>", "It says “booleanFilter” 2 times."),
        ("<booleanFilter><b>1</b></booleanFilter>", "“booleanFilter” holds more than a text."),
        (f"<criteriaItem>{FIELD}</criteriaItem>", "“criteriaItem”, which isn't known and may be a criterion."),
        ("<formulla>true</formulla>", "“formulla”, which isn't known and may be a criterion."),
        (f"<criteriaItems>{FIELD}<value>France</value></criteriaItems>", "Criterion 1: It says “value” 2 times."),
        (f"<criteriaItems>{FIELD}<not>true</not></criteriaItems>", "Criterion 1: It holds an element “not”"),
    ],
)
def test_what_may_ask_more_of_leads_and_cannot_be_read_is_told(more, why):
    read = only_entry(entry(to="A", more=more))
    assert [each for each in read.unread if why in each] == list(read.unread) != []


@pytest.mark.parametrize(
    "more",
    [
        "<template>unfiled$public/New</template>",
        f"<criteriaItems>{FIELD}</criteriaItems><newElement>true</newElement>",
        f"<criteriaItems>{FIELD}<!-- a comment --><unused>false</unused></criteriaItems>",
    ],
)
def test_what_asks_nothing_of_leads_leaves_the_entry_as_it_is(more):
    assert only_entry(entry(to="A", more=more)).unread == ()


@pytest.mark.parametrize("more", ["<disabled>true</disabled>", "<active>false</active>"])
def test_an_entry_that_is_switched_off_says_so(more):
    assert only_entry(entry(more=more)).switched_off


def test_files_without_a_namespace_and_in_utf_16_are_read():
    text = xml_of(entry(to="Köln")).decode().replace(' xmlns="http://soap.sforce.com/2006/04/metadata"', "")
    content = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert read_rules(content)[0].entries[0].assigned_to == "Köln"


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><AssignmentRules>&c;</AssignmentRules>'


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "isn't XML"),
        (b"<a", "isn't XML"),
        (b"\x00\xff", "isn't XML"),
        (b'<?xml version="1.0" encoding="made-up"?><a/>', "isn't XML"),
        (b"<Workflow/>", "no assignment rules"),
        (b"<AssignmentRules/>", "no assignment rule"),
        (BOMB, "declares entities"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/hostname'><AssignmentRules/>", "declares entities"),
        (b" " * (MAX_BYTES + 1), "larger than 5 MB"),
        (xml_of("<ruleEntry/>" * 3_001), "more than 3,000 entries"),
        (xml_of("<ruleEntri><assignedTo>A</assignedTo></ruleEntri>"), "an element “ruleEntri”, which isn't known"),
        (xml_of("<active>false</active>"), "Rule 1: It says “active” 2 times"),
        (xml_of_rules(("A", False), ("A", True)), "Several rules of the file are called “A”"),
    ],
)
def test_what_is_no_file_of_rules_is_refused(content, complaint):
    with pytest.raises(AssignmentRulesInvalid, match=complaint):
        read_rules(content)


def test_the_active_rule_is_taken_of_several():
    rules = read_rules(xml_of_rules(("Old", False), ("New", True)))
    assert chosen_rule(rules).name == "New"
    assert chosen_rule(rules, "Old").name == "Old"


@pytest.mark.parametrize(("rules", "name"), [([("A", False), ("B", False)], ""), ([("A", True)], "Z")])
def test_without_one_to_choose_the_names_are_told(rules, name):
    with pytest.raises(AssignmentRulesInvalid, match="“A”"):
        chosen_rule(read_rules(xml_of_rules(*rules)), name)


def test_the_standard_fields_that_are_mapped_are_fields_of_salesforce():
    import json

    known = json.loads(shared_file("contracts", "salesforce", "standard_objects.json").read_text())["objects"]["Lead"]
    standard = {field.lower() for field in known}
    fields = [
        "Country",
        "State",
        "PostalCode",
        "NumberOfEmployees",
        "AnnualRevenue",
        "Industry",
        "Company",
        "LeadSource",
    ]
    assert {field.lower() for field in fields} <= standard
    assert all(FieldMap(CONTRACT).find(f"Lead.{field}") for field in fields if field != "Company")
