"""The browser evaluates conditions as the server does: the same golden cases, and agreement on whatever else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions import parse
from conditions.portable_patterns import is_portable
from tests.conditions.test_golden_cases import OWN
from tests.conftest import shared_file
from tests.frontend import strict_language

agreeing = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def without_groups(document, groups):
    """Pages know no saved groups; being in one is being one of its members."""
    if isinstance(document, list):
        return [without_groups(part, groups) for part in document]
    if not isinstance(document, dict):
        return document
    lists = {"$inGroup": "$in", "$notInGroup": "$nin"}
    return {
        lists.get(key, key): groups.get(value, []) if key in lists else without_groups(value, groups)
        for key, value in document.items()
    }


@pytest.mark.parametrize("case", OWN, ids=[case[0] for case in OWN])
def test_our_own_cases(browser, case):
    _, document, attributes, expected, *groups = case
    assert browser.call("matches", without_groups(document, *(groups or [{}])), attributes) is expected


def test_the_published_cases(browser):
    cases = json.loads(shared_file("conformance", "growthbook_cases.json").read_text())["evalCondition"]
    wrong = [
        name
        for name, document, attributes, expected, *groups in cases
        if browser.call("matches", without_groups(document, *(groups or [{}])), attributes) is not expected
    ]
    assert len(cases) == 248
    assert wrong == []


def test_an_unknown_group_is_empty_on_a_page_too(browser):
    documents = [{"a": {"$inGroup": "x"}}, {"a": {"$notInGroup": "x"}}]
    answers = [browser.call("matches", document, {"a": "b"}) for document in documents]
    assert answers == [parse(document).matches({"a": "b"}) for document in documents] == [False, True]


@pytest.mark.parametrize("name", ["constructor", "toString", "length", "a.length", "__proto__"])
def test_what_every_object_has_is_no_attribute(browser, name):
    assert browser.call("matches", {name: {"$exists": True}}, {"a": "text"}) is False


def agree(browser, document, visitors):
    condition = parse(document)
    return [browser.call("matches", document, visitor) for visitor in visitors] == list(
        map(condition.matches, visitors)
    )


@pytest.mark.parametrize("operator", strict_language.OPERATORS)
@settings(agreeing, max_examples=60)
@given(st.data())
def test_browser_and_server_agree_on_every_operator(browser, operator, data):
    document = data.draw(strict_language.clauses_with(operator))
    attribute = strict_language.VOCABULARY.get(next(iter(document)))
    values = data.draw(st.lists(strict_language.values(attribute), min_size=1, max_size=6))
    assert agree(browser, document, [{}, *({attribute.name: value} for value in values)])


@settings(agreeing, max_examples=200)
@given(strict_language.documents, st.lists(strict_language.visitors, min_size=1, max_size=4))
def test_browser_and_server_agree_on_every_condition_of_the_strict_language(browser, document, visitors):
    assert agree(browser, document, visitors)


@settings(agreeing, max_examples=400)
@given(strict_language.patterns.filter(is_portable), strict_language.texts, st.sampled_from(["$regex", "$regexi"]))
def test_browser_and_server_agree_on_every_portable_pattern(browser, pattern, text, operator):
    assert agree(browser, {"text": {operator: pattern}}, [{"text": text}])
