"""Criteria mean what they mean in Salesforce, blank fields included; what has no counterpart is told, not dropped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions import parse
from routing.assignment_rules.fields import FieldMap
from routing.assignment_rules.metadata import Entry
from routing.assignment_rules.translation import Choosing, translate
from routing.contract import Contract
from tests.routing.assignment_rules.rules import CONTRACT, criterion, translated


def holds(document, **inputs) -> bool:
    return parse(document, CONTRACT.vocabulary).matches({"country": "DE", **inputs})


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("Country equals Germany", {"country": "DE"}),
        ("Country equals Germany, austria,USA", {"country": {"$in": ["DE", "AT", "US"]}}),
        ("CountryCode notEqual de", {"country": {"$nin": ["DE"]}}),
        ("State equals", {"region": {"$exists": False}}),
        ("State notEqual", {"region": {"$exists": True}}),
        ("NumberOfEmployees greaterThan 200", {"employees": {"$exists": True, "$gt": 200}}),
        ("NumberOfEmployees GREATEROREQUAL 200", {"employees": {"$exists": True, "$gte": 200}}),
        ('AnnualRevenue lessThan "$1,000,000"', {"revenue": {"$exists": True, "$lt": 1_000_000}}),
        ("AnnualRevenue lessOrEqual USD 5000", {"revenue": {"$exists": True, "$lte": 5000}}),
        ("NumberOfEmployees equals 1,2", {"employees": {"$in": [1, 2]}}),
        ("Industry equals Food & Drink", {"industry": "food_beverage"}),
        ("LeadSource equals Web", {"lead_source": {"$ini": ["Web"]}}),
        ('LeadSource equals "Web, Phone"', {"lead_source": {"$ini": ["Web, Phone"]}}),
        ("LeadSource contains event", {"lead_source": {"$regexi": "event"}}),
        ("LeadSource notContain c++", {"lead_source": {"$notRegexi": "c\\+\\+"}}),
        ("Use_Case__c startsWith Data", {"use_case": {"$regexi": "^Data"}}),
        ("PostalCode startsWith 80", {"postal_code": {"$exists": True, "$gte": "80", "$lt": "81"}}),
        ("PostalCode equals sw1a  1aa", {"postal_code": "SW1A 1AA"}),
        ("PostalCode greaterOrEqual 80000", {"postal_code": {"$exists": True, "$gte": "80000"}}),
        ("Partner__c equals True", {"partner": True}),
        ("Partner__c equals False", {"partner": {"$ne": True}}),
        ("Products__c includes A;B", {"products": {"$alli": ["A", "B"]}}),
        ("Products__c excludes A", {"$not": {"products": {"$alli": ["A"]}}}),
    ],
)
def test_a_criterion_becomes_a_clause(text, document):
    assert translated(text).document == document
    parse(document, CONTRACT.vocabulary)


@pytest.mark.parametrize(
    ("text", "unknown", "blank"),
    [
        ("LeadSource equals Web", False, False),
        ("LeadSource notEqual Web", True, True),
        ("LeadSource equals", True, True),
        ("LeadSource notEqual", False, False),
        ('LeadSource equals "",Web', True, True),
        ('LeadSource notEqual "",Web', False, False),
        ("LeadSource contains Web", False, False),
        ("LeadSource notContain Web", True, True),
        ("LeadSource startsWith Web", False, False),
        ("NumberOfEmployees lessThan 5", False, False),
        ("NumberOfEmployees greaterOrEqual -5", False, False),
        ("Partner__c equals False", True, True),
        ("Products__c excludes A", True, True),
        ("Products__c equals", True, True),
    ],
)
def test_a_blank_field_answers_as_in_salesforce_and_not_turns_it_round(text, unknown, blank):
    assert holds(translated(text).document) is unknown
    assert holds(translated(text, logic="NOT 1").document) is not blank


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Rating equals Hot", "is no input of the contract"),
        ("Country equals Atlantis", "“Atlantis” is no choice of Country"),
        ("Country greaterThan A", "can't be asked"),
        ("Country contains Zzz", "no choice of Country fits"),
        ("Country like Ger", "the operator “like” isn't known"),
        ("Address__c within 10", "distances"),
        ("NumberOfEmployees greaterThan 1,000", "needs quotes"),
        ("NumberOfEmployees greaterThan many", "isn't a number"),
        ("NumberOfEmployees greaterThan", "compares with nothing"),
        ("NumberOfEmployees contains 5", "can't be asked of a number"),
        ("AnnualRevenue greaterThan EUR 5", "isn't a number"),
        ("LeadSource greaterThan M", "aren't compared by order"),
        ("LeadSource includes Web", "asks a list"),
        ("Partner__c equals Maybe", "neither True nor False"),
        (f"LeadSource equals {'a' * 140_000}", "a value is too long"),
        (f"Industry equals {'a' * 140_000}", "a value is too long"),
    ],
)
def test_what_has_no_counterpart_is_told_with_its_criterion(text, complaint):
    told = translated("Country equals Germany", text)
    assert told.document is None
    assert told.problems[0].startswith("Criterion 2, Lead.")
    assert complaint in told.problems[0]


def test_every_problem_of_an_entry_is_told():
    assert len(translated("Rating equals Hot", "Country equals Atlantis").problems) == 2


def test_comparing_with_another_field_is_told():
    entry = Entry(1, "Q", "Queue", (criterion("Country equals", value_field="Lead.Other__c"),))
    assert "compares with another field, Lead.Other__c" in translate(entry, FieldMap(CONTRACT), Choosing()).problems[0]


def test_a_formula_is_told_with_its_text():
    told = translate(Entry(1, "Q", "Queue", formula='ISPICKVAL(Rating, "Hot")'), FieldMap(CONTRACT), Choosing())
    assert told.document is None
    assert told.said == 'Formula: ISPICKVAL(Rating, "Hot")'


def test_an_entry_without_criteria_takes_every_lead():
    assert translated().document == {}
    assert translated().said == "Always"


def test_an_entry_that_could_not_be_read_whole_takes_no_lead():
    found = translate(Entry(1, unread=("It says “assignedTo” 2 times.",)), FieldMap(CONTRACT), Choosing())
    assert (found.document, found.said, found.problems) == (None, "Not understood", ("It says “assignedTo” 2 times.",))


def test_states_are_looked_for_in_the_countries_the_entry_asks_for():
    told = translated("Country equals United States", "State equals CA,Texas")
    assert told.document == {"country": "US", "region": {"$in": ["US-CA", "US-TX"]}}


OF_TWO_COUNTRIES = ("Country equals Australia", "State equals WA", "Country equals United States")


@pytest.mark.parametrize(
    ("logic", "regions"),
    [
        ("1 AND 2", {"AU-WA"}),
        ("NOT (1 AND 2)", {"AU-WA"}),
        ("1 AND NOT 2", {"AU-WA"}),
        ("(1 OR 3) AND 2", {"AU-WA", "US-WA"}),
        ("1 AND (2 OR 3)", {"AU-WA"}),
        ("(1 AND 2) OR (3 AND 2)", {"AU-WA", "US-WA"}),
    ],
)
def test_a_state_is_looked_for_where_a_country_is_asked_for_beside_it(logic, regions):
    told = str(translated(*OF_TWO_COUNTRIES, logic=logic).document)
    assert {region for region in ("AU-WA", "US-WA") if region in told} == regions


@pytest.mark.parametrize("logic", ["1 OR 2", "NOT 1 AND 2", "(1 OR NOT 3) AND 2", "(1 AND 2) OR 2", "(1 AND 3) OR 2"])
def test_a_country_that_need_not_hold_says_nothing_of_the_state(logic):
    assert "is a region of several countries (" in translated(*OF_TWO_COUNTRIES, logic=logic).problems[0]
    assert "US-WA" in str(translated(*OF_TWO_COUNTRIES, logic=logic, country="US").document)


def test_a_state_of_several_countries_is_not_guessed():
    assert "“CA” is a region of several countries (" in translated("State equals CA").problems[0]


def test_states_without_a_country_are_of_the_one_that_was_chosen():
    assert translated("State equals CA", country="US").document == {"region": "US-CA"}


def test_a_part_of_a_country_name_stands_for_the_countries_with_it_and_says_so():
    told = translated("Country contains emirates")
    assert told.document == {"country": "AE"}
    assert told.notes == ("Contains “emirates” stands for United Arab Emirates.",)


def test_a_value_read_as_another_choice_is_told():
    assert translated("Industry equals Banking").notes == ("“Banking” is read as Financial services.",)


def test_a_person_says_which_choice_a_value_is():
    told = translated("Industry equals Widgets", values={("industry", "widgets"): "retail"})
    assert told.document == {"industry": "retail"}


def industry(value: str, values=None, **choices: str):
    contract = Contract.from_document([{"key": "industry", "type": "string", "choices": choices}])
    entry = Entry(1, "Q", "Queue", (criterion(f"Industry equals {value}"),))
    return translate(entry, FieldMap(contract), Choosing(values=values or {}))


@pytest.mark.parametrize("labels", [{"a": "金融", "b": "製造業"}, {"a": "A+", "b": "B"}])
def test_a_value_that_is_no_choice_is_taken_for_none(labels):
    assert "is no choice of" in industry("小売業", **labels).problems[0]


def test_choices_of_the_same_words_are_told_apart_by_their_signs():
    assert industry("A-", plus="A+", minus="A-").document == {"industry": "minus"}
    assert "“A!” may be any of plus, minus" in industry("A!", plus="A+", minus="A-").problems[0]


def test_what_a_person_says_of_one_value_holds_for_no_other():
    said = {("industry", "製造業"): "mfg"}
    assert industry("製造業", said, mfg="Manufacturing").document == {"industry": "mfg"}
    assert industry("小売業", said, mfg="Manufacturing").document is None


def test_a_person_says_which_input_a_field_is():
    assert translated("Segment__c equals SMB", chosen={"Lead.Segment__c": "use_case"}).document == {
        "use_case": {"$ini": ["SMB"]}
    }


def test_a_standard_field_may_be_an_input_of_another_spelling():
    contract = Contract.from_document([{"key": "leadsource", "type": "string"}])
    assert FieldMap(contract).find("Lead.LeadSource").spec.key == "leadsource"
    assert FieldMap(contract).find("Lead.Country") is None


def test_filter_logic_becomes_nested_conditions():
    told = translated(
        "Country equals Germany", "NumberOfEmployees greaterThan 9", "Country equals Austria", logic="(1 and 2) or 3"
    )
    assert told.document == {"$or": [{"country": "DE", "employees": {"$exists": True, "$gt": 9}}, {"country": "AT"}]}
    assert told.said.startswith("(Lead.Country equals “Germany” and ")


def test_criteria_that_the_logic_leaves_out_are_told():
    assert "criteria 2;" in translated("Country equals Germany", "Rating equals Hot", logic="1").notes[0]


def test_broken_logic_is_told():
    assert "can't be read: a bracket isn't closed" in translated("Country equals Germany", logic="(1").problems[0]


VALUES = [None, "Web", "Phone", "Trade show"]
OPERATIONS = {
    "equals Web": lambda value: value is not None and value.lower() == "web",
    "notEqual web,Phone": lambda value: value is None or value.lower() not in ("web", "phone"),
    "equals": lambda value: value is None,
    "notEqual": lambda value: value is not None,
    "contains o": lambda value: value is not None and "o" in value.lower(),
    "startsWith t,p": lambda value: value is not None and value.lower().startswith(("t", "p")),
}


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=3, max_size=3),
    st.sampled_from(["1 AND 2 AND 3", "(1 OR 2) AND NOT 3", "NOT (1 AND (2 OR NOT 3))", "1 OR (NOT 2 AND 3)"]),
    st.sampled_from(VALUES),
)
def test_the_condition_holds_for_the_leads_that_salesforce_would_take(operations, logic, value):
    told = translated(*(f"LeadSource {operation}" for operation in operations), logic=logic)
    answers = {f"v{i}": OPERATIONS[operation](value) for i, operation in enumerate(operations, 1)}
    expected = eval(logic.lower().replace("1", "v1").replace("2", "v2").replace("3", "v3"), answers)
    assert holds(told.document, **({"lead_source": value} if value else {})) is expected
