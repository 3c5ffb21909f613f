"""A territory's criteria in the list of territories."""

import pytest

from conditions import Attribute, Vocabulary
from routing.criteria_words import condition_in_words, criteria_in_words
from routing.territories import Criteria, parse_postal_area

WORDS = Vocabulary(
    [
        Attribute("industry", "string", choices={"retail": "Retail", "media": "Media"}, label="Industry"),
        Attribute("language", "string", label="Language"),
    ]
)
NAMES = {"countries": {"DE": "Germany", "AT": "Austria"}, "regions": {"US-CA": "California"}}


def said(*account_lists: str, **criteria: object) -> str:
    return criteria_in_words(Criteria(**criteria), account_lists, WORDS, NAMES)


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ({}, "everywhere"),
        ({"countries": ["DE", "AT"], "regions": ["US-CA"]}, "Austria, Germany or California"),
        ({"postal_areas": [parse_postal_area("DE 80"), parse_postal_area("DE 81..86")]}, "DE 80 or DE 81..86"),
        ({"countries": ["XX"]}, "XX"),
        ({"employees": (200, 999)}, "200 to 999 employees"),
        ({"employees": (1000, None)}, "at least 1,000 employees"),
        ({"revenue": (None, 5_000_000)}, "at most 5,000,000 USD revenue"),
        ({"industries": ["retail", "media"]}, "Retail or Media"),
        ({"countries": ["DE"], "condition": {"language": "de"}}, "Germany; Language is de"),
    ],
)
def test_criteria_are_said_in_words(criteria, words):
    assert said(**criteria) == words


def test_account_lists_are_said_by_name():
    assert said("Key accounts", "Partners") == "on the list “Key accounts” or “Partners”"


def test_many_places_are_counted():
    assert said(countries=[f"C{n}" for n in range(9)]) == "C0, C1, C2, C3, C4, C5 or 3 more"


def test_a_condition_that_the_contract_no_longer_knows_is_shown_as_it_is():
    assert condition_in_words({"gone": 1}, WORDS) == "{'gone': 1}"
