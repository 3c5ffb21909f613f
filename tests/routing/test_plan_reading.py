"""A plan's document in words."""

import pytest

from routing.plan_reading import Reading
from routing.territories import Criteria, parse_postal_area, territory_condition
from tests.routing.documents import plan_document


def told(document, kind: str, key: str) -> dict[str, str]:
    return {part.label: part.text for part in Reading(document).by_key[kind, key].parts}


def territory(criteria: Criteria = Criteria(), **more) -> dict:  # noqa: B008  frozen
    return {"key": "t", "name": "T", "condition": territory_condition(criteria), **more}


def reading_of(criteria: Criteria, **more) -> dict[str, str]:
    return told(plan_document(territories=[territory(criteria, **more)], rules=[]), "territory", "t")


def test_countries_are_told_by_name_and_many_are_counted():
    assert reading_of(Criteria(countries=("DE", "FR")))["Where"] == "France and Germany"
    many = Criteria(countries=("DE", "AT", "CH", "LI", "FR", "IT"))
    assert reading_of(many)["Where"] == "Austria, France, Germany and 3 more"


def test_regions_and_postal_areas_stand_beside_countries():
    areas = (parse_postal_area("DE 80..86"), parse_postal_area("FR 75"))
    text = reading_of(Criteria(countries=("AT",), regions=("US-CA",), postal_areas=areas))["Where"]
    assert text == "Austria, California, France 75 and Germany 80 to 86"


@pytest.mark.parametrize(
    ("bounds", "text"), [((200, None), "from 200"), ((None, 49), "up to 49"), ((1000, 4999), "1,000 to 4,999")]
)
def test_a_range_of_employees_is_told_with_both_ends_included(bounds, text):
    assert reading_of(Criteria(employees=bounds))["Employees"] == text


def test_named_accounts_are_told_by_their_list():
    text = reading_of(Criteria(account_domains=["acme.com", "zeta.com"]))["Companies"]
    assert text == "on the list Strategic (2 accounts)"
    assert reading_of(Criteria(account_domains=["acme.com"]))["Companies"] == "1 named company"


def test_what_no_criterion_makes_is_told_as_a_condition():
    condition = {"$or": [{"country": "DE"}, {"employees": {"$gt": 5}}]}
    assert reading_of(Criteria(condition=condition)) == {
        "And": "Country is Germany or Employees is above 5",
        "Goes to": "whom the rules say",
    }


def test_a_territory_without_a_target_of_its_own_says_whose_it_has():
    above = territory(queue="big")
    below = {"key": "b", "name": "B", "parent": "t", "condition": {}}
    assert told(plan_document(territories=[above, below], rules=[]), "territory", "b")["Goes to"] == "as T: queue Big"


def test_territories_are_a_tree_in_their_order():
    keys = [("b", "a"), ("a", None), ("d", None), ("c", "a"), ("e", "b")]
    entries = [{"key": key, "name": key, "parent": parent, "condition": {}} for key, parent in keys]
    tree = Reading(plan_document(territories=entries, rules=[])).entries["territory"]
    assert [(entry.key, entry.depth) for entry in tree] == [("a", 0), ("b", 1), ("e", 2), ("c", 1), ("d", 0)]


def test_territories_that_lie_within_each_other_are_all_shown():
    entries = [{"key": key, "name": key, "parent": parent, "condition": {}} for key, parent in (("a", "b"), ("b", "a"))]
    document = plan_document(territories=entries, rules=[])
    assert [entry.key for entry in Reading(document).entries["territory"]] == ["a", "b"]
    assert told(document, "territory", "a")["Goes to"] == "whom the rules say"


def test_a_rule_is_a_sentence_with_its_target():
    assert told(plan_document(), "rule", "big") == {
        "In": "EMEA",
        "When": "Employees is at least 100",
        "Goes to": "queue Big",
    }


def test_a_condition_that_is_none_is_shown_as_it_is():
    rule = {"key": "odd", "name": "Odd", "territory": "gone", "condition": {"unknown": 1}, "owner": "nobody-known"}
    assert told(plan_document(rules=[rule]), "rule", "odd") == {
        "In": "gone",
        "When": '{"unknown":1}',
        "Goes to": "nobody-known",
    }


def test_members_are_told_with_weight_share_and_limits():
    members = [
        {"rep": "ada", "weight": 2, "caps": {"day": 5, "week": None}, "condition": {"country": "DE"}},
        {"rep": "ben", "weight": 1},
        {"rep": "cyd", "weight": 0},
    ]
    queue = {"name": "Desk", "fallback": None, "members": members}
    parts = told(plan_document(queues={**plan_document()["queues"], "desk": queue}), "queue", "desk")
    assert parts["Member Ada"] == "weight 2 (66.7%), at most 5 a day, only where Country is Germany"
    assert parts["Member Ben"] == "weight 1 (33.3%)"
    assert parts["Member Cyd"] == "weight 0 (no leads)"


def test_a_queue_says_who_is_tried_after_it():
    assert told(plan_document(), "queue", "big")["Then"] == "Small, then Desk"
    assert told(plan_document(), "queue", "desk")["Default"] == "gets every lead that nothing else matches"


def test_hours_acceptance_and_credit_are_told_in_words():
    week = {"fri": ["09:00-12:00"], **{day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed")}}
    rep = {"name": "Ada", "email": "ada@seller.example", "time_zone": "Europe/Berlin", "working_hours": week}
    queue = {
        "name": "Big",
        "members": [],
        "acceptance": {"within_min": 60, "remind_min": 15, "stagger_min": 0},
        "credit": {"gives_back": ["duplicate"], "disqualify_reasons": ["student"], "disqualify_cap_month": 2},
    }
    document = plan_document(reps={**plan_document()["reps"], "ada": rep}, queues={"desk": queue})
    at_work = "mon–wed 09:00-12:00 and 13:00-17:00, fri 09:00-12:00, Europe/Berlin"
    assert told(document, "rep", "ada")["At work"] == at_work
    assert told(document, "queue", "desk")["Acceptance"] == "within 60 minutes, reminder 15 minutes before"
    credit = "given back when duplicate, and when disqualified as student, 2 times a month"
    assert told(document, "queue", "desk")["Credit"] == credit


def test_what_the_reading_does_not_know_is_told_as_it_is():
    document = plan_document()
    document["rules"][0]["colour"] = {"of": "the day"}
    assert told(document, "rule", "big")["colour"] == '{"of":"the day"}'


def test_an_entry_is_found_by_what_it_says():
    assert "germany" in Reading(plan_document()).by_key["territory", "dach"].text
