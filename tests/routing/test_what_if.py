"""What one changed input would do, from the values that the plan names."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.contract import inputs_by_hand
from routing.engine import find
from routing.plan_document import parse_plan
from routing.what_if import ANY_OTHER, MOST_NAMED, MOST_TRIED, outcome_of, what_if
from tests.routing.documents import CONTRACT, plan_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def alternatives(values, key=None, **changes):
    plan = parse_plan(plan_document(**changes))
    found = what_if(plan, inputs_by_hand(values, plan.contract), NOW).alternatives
    return [each for each in found if key in (None, each.key)]


def told(values, key, **changes):
    return [(each.text, each.outcome.key) for each in alternatives(values, key, **changes)]


def rules(*conditions, queues=("big", "small")):
    return [
        {"key": f"r{i}", "name": f"R{i}", "condition": condition, "queue": queues[i % len(queues)]}
        for i, condition in enumerate(conditions)
    ]


def test_a_threshold_splits_the_numbers_into_ranges():
    assert told({"country": "DE", "employees": 800}, "employees") == [
        ("were 99 or fewer", "small"),
        ("were unknown", "small"),
    ]


def test_a_range_between_two_thresholds_has_both_ends():
    between = rules({"employees": {"$gte": 100, "$lt": 500}})
    assert ("were from 100 to 499", "big") in told({"country": "DE", "employees": 5}, "employees", rules=between)


def test_one_number_that_is_named_alone_stays_alone():
    assert told({"country": "DE", "employees": 5}, "employees", rules=rules({"employees": 42})) == [("were 42", "big")]


def test_the_present_number_is_not_part_of_a_range_with_another_result():
    only = rules({"employees": 42})
    texts = told({"country": "DE", "employees": 42}, "employees", rules=only)
    assert texts == [("were 41 or fewer", "desk"), ("were 43 or more", "desk"), ("were unknown", "desk")]


def test_a_range_is_shown_by_its_number_nearest_to_the_present_one():
    found = alternatives({"country": "DE", "employees": 800}, "employees")[0]
    assert found.given == {"country": "DE", "employees": 99}


def test_fractions_are_tried_on_either_side():
    halves = rules({"employees": {"$gte": 0.5}})
    assert told({"country": "DE", "employees": 0}, "employees", rules=halves) == [
        ("were 0.5 or 1.5", "big"),
        ("were unknown", "big"),
    ]


def test_countries_with_one_result_are_told_together_by_name():
    assert told({"country": "DE"}, "country") == [(f"were {ANY_OTHER}", "desk"), ("were unknown", "desk")]
    assert told({"country": "JP"}, "country") == [("were Germany or France", "small")]


def test_many_values_are_counted_after_the_first():
    many = ["DE", "AT", "CH", "FR", "ES", "PT", "PL", "CZ", "IT", "SE"]
    text, _ = told({"country": "JP"}, "country", rules=rules({"country": {"$in": many}}), territories=[])[0]
    assert text.endswith(f"or {len(many) - MOST_NAMED} more")


def test_a_region_of_the_country_left_goes_with_it():
    regional = rules({"region": "US-CA"}, {"country": "US"}, {"country": "CA"}, {"country": "JP"})
    found = alternatives({"country": "US", "region": "US-CA"}, "country", rules=regional, territories=[])
    assert [(each.given, each.dropped) for each in found][:2] == [
        ({"country": "JP"}, ("region",)),
        ({"country": "AW"}, ("region",)),
    ]


def test_regions_of_other_countries_are_not_tried():
    regional = rules({"region": {"$in": ["US-CA", "CA-ON"]}})
    assert told({"country": "US"}, "region", rules=regional, territories=[]) == [("were California", "big")]


def test_a_named_account_is_tried_by_example():
    assert ("were on the list “Strategic”, such as zeta.com", "big") in told({"country": "DE"}, "company_domain")


def test_an_owner_of_the_account_is_tried_by_example():
    found = alternatives({"country": "DE"}, "account_owner")[0]
    assert (found.text, found.outcome.kind, found.outcome.key) == ("were a rep, such as Ada", "owner", "ada")


def test_items_of_lists_are_added_and_taken_away():
    contract = [*CONTRACT, {"key": "needs", "type": "list", "label": "Needs"}]
    speaking = rules({"needs": {"$in": ["crm"]}}, {"needs": {"$in": ["mail"]}})
    assert told({"country": "JP", "needs": ["mail"]}, "needs", contract=contract, rules=speaking) == [
        ("had crm too", "big"),
        ("were unknown", "desk"),
    ]


def test_yes_and_no_are_both_tried():
    contract = [*CONTRACT, {"key": "partner", "type": "boolean", "label": "Partner"}]
    found = told({"country": "JP", "partner": False}, "partner", contract=contract, rules=rules({"partner": True}))
    assert found == [("were yes", "big")]


def test_other_takers_of_the_same_queue_are_another_result():
    members = [{"rep": "ada", "weight": 1, "condition": {"country": "FR"}}, {"rep": "ben", "weight": 1}]
    queues = {**plan_document()["queues"], "small": {"name": "Small", "fallback": None, "members": members}}
    found = alternatives({"country": "DE"}, "country", queues=queues)
    assert next((each.text, each.outcome.takers) for each in found) == ("were France", ("ada", "ben"))


def test_no_more_is_tried_than_allowed_and_the_rest_is_counted():
    thresholds = rules(*({"employees": {"$gte": 10 * n, "$lt": 10 * n + 5}} for n in range(1000)))
    plan = parse_plan(plan_document(rules=thresholds))
    found = what_if(plan, inputs_by_hand({"country": "DE", "employees": 5002}, plan.contract), NOW)
    assert found.tried <= MOST_TRIED
    assert found.left_out["employees"] > 5000


def test_of_many_numbers_those_nearest_are_tried_and_the_ends_stay_exact():
    thresholds = rules(*({"employees": {"$gte": 10 * n, "$lt": 10 * n + 5}} for n in range(1000)))
    texts = [text for text, _ in told({"country": "DE", "employees": 5002}, "employees", rules=thresholds)]
    assert "were from 4,995 to 4,999" in texts
    assert not any("or more" in text or "or fewer" in text for text in texts)


conditions = st.one_of(
    st.builds(
        lambda low, size: {"employees": {"$gte": low, "$lt": low + size}}, st.integers(0, 60), st.integers(1, 30)
    ),
    st.builds(lambda value: {"employees": value}, st.integers(0, 60)),
    st.builds(lambda value: {"employees": {"$nin": value}}, st.lists(st.integers(0, 60), min_size=1, max_size=3)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=5), st.integers(0, 70))
def test_every_number_has_the_result_that_its_range_tells(found, employees):
    plan = parse_plan(plan_document(rules=rules(*found), territories=[], account_lists=[]))
    inputs = inputs_by_hand({"country": "DE", "employees": employees}, plan.contract)
    answer = what_if(plan, inputs, NOW)
    for number in range(110):
        one = inputs_by_hand({"country": "DE", "employees": number}, plan.contract)
        truth = outcome_of(plan, find(plan, one, NOW), one).key
        ranged = [
            each.outcome.key for each in answer.alternatives if each.key == "employees" and holds(each.text, number)
        ]
        assert ranged == ([] if truth == answer.present.key else [truth])


def holds(text: str, number: int) -> bool:
    words = text.removeprefix("were ").replace(",", "").split()
    match words:
        case [only] if only.isdigit():
            return number == int(only)
        case [high, "or", "fewer"]:
            return number <= int(high)
        case [low, "or", "more"]:
            return number >= int(low)
        case ["from", low, "to", high]:
            return int(low) <= number <= int(high)
    return text == "were any number"
