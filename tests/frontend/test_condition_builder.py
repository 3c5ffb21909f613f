"""From a document to rows and back: nothing is lost, and what is built means what it shows."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions import ConditionInvalid, parse
from foundation.condition_builder import told
from tests.frontend.strict_language import VOCABULARY, documents, visitors

STRICT = told(VOCABULARY)
OPEN = told(VOCABULARY, is_open=True)
often = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rewritten(browser, document, vocabulary=STRICT):
    return browser.call("writeTree", browser.call("readTree", document, vocabulary), vocabulary)


def row(attribute, operator, value=None, guarded=False):
    return {"kind": "row", "attribute": attribute, "operator": operator, "value": value, "guarded": guarded}


def group(mode, *parts):
    return {"kind": "group", "mode": mode, "parts": list(parts)}


# Rows as people build them, each with the document it stands for.
ROWS = [
    (row("country", "is", "DE"), {"country": "DE"}),
    (row("country", "is_not", "DE"), {"country": {"$ne": "DE"}}),
    (row("country", "in", ["DE", "AT"]), {"country": {"$in": ["DE", "AT"]}}),
    (row("country", "not_in", ["DE", "AT"]), {"country": {"$nin": ["DE", "AT"]}}),
    (row("text", "known"), {"text": {"$exists": True}}),
    (row("text", "unknown"), {"text": {"$exists": False}}),
    (row("text", "starts", "80", True), {"text": {"$exists": True, "$gte": "80", "$lt": "81"}}),
    (row("sure", "starts", "80"), {"sure": {"$gte": "80", "$lt": "81"}}),
    (row("text", "starts", "😀", True), {"text": {"$exists": True, "$regex": "^😀"}}),
    (row("text", "contains", "a.b"), {"text": {"$regexi": r"a\.b"}}),
    (row("text", "contains_not", "(x)"), {"text": {"$notRegexi": r"\(x\)"}}),
    (row("text", "ends", ".com"), {"text": {"$regexi": r"\.com$"}}),
    (row("text", "pattern", "^a+"), {"text": {"$regex": "^a+"}}),
    (row("text", "pattern_not", "^a+"), {"text": {"$notRegex": "^a+"}}),
    (row("text", "in_any_case", ["a"]), {"text": {"$ini": ["a"]}}),
    (row("number", "at_least", 200, True), {"number": {"$exists": True, "$gte": 200}}),
    (row("count", "at_least", 200), {"count": {"$gte": 200}}),
    (row("number", "between", [200, 999], True), {"number": {"$exists": True, "$gte": 200, "$lte": 999}}),
    (row("flag", "is", True), {"flag": True}),
    (row("tags", "has_any", ["a", "b"]), {"tags": {"$in": ["a", "b"]}}),
    (row("tags", "has_all", ["a", "b"]), {"tags": {"$all": ["a", "b"]}}),
    (row("tags", "has_none", ["a"]), {"tags": {"$nin": ["a"]}}),
    (row("tags", "count", 2), {"tags": {"$size": 2}}),
]


@pytest.mark.parametrize(
    ("built", "document"), ROWS, ids=[f"{built['attribute']} {built['operator']}" for built, _ in ROWS]
)
def test_a_row_is_written_as_its_document_and_read_back(browser, built, document):
    assert browser.call("writeTree", group("all", built), STRICT) == document
    assert browser.call("readTree", document, STRICT) == group("all", built)


@pytest.mark.parametrize("document", [document for _, document in ROWS])
def test_what_a_row_writes_is_accepted(document):
    assert parse(document, VOCABULARY).describe()


parts = st.recursive(
    st.sampled_from([built for built, _ in ROWS]),
    lambda inner: st.builds(group, st.sampled_from(["all", "any", "none"]), inner, inner),
    max_leaves=8,
)
trees = st.builds(lambda mode, parts: group(mode, *parts), st.sampled_from(["all", "any", "none"]), st.lists(parts))


@often
@given(trees)
def test_a_tree_that_was_written_is_read_as_the_same_tree(browser, tree):
    assert browser.call("readTree", browser.call("writeTree", tree, STRICT), STRICT) == tree


@often
@given(documents)
def test_what_was_read_is_written_as_the_same_tree(browser, document):
    tree = browser.call("readTree", document, STRICT)
    assert browser.call("readTree", browser.call("writeTree", tree, STRICT), STRICT) == tree


@often
@given(documents, st.lists(visitors, max_size=4))
def test_reading_and_writing_keeps_the_meaning(browser, document, visitors):
    try:
        condition = parse(document, VOCABULARY)
    except ConditionInvalid:
        return
    again = parse(rewritten(browser, document), VOCABULARY)
    for visitor in visitors:
        known = {"sure": "x", "count": 1, **{key: value for key, value in visitor.items() if value is not None}}
        assert again.matches(known) == condition.matches(known)


@often
@given(documents, visitors)
def test_without_a_vocabulary_it_keeps_the_meaning_too(browser, document, visitor):
    again = rewritten(browser, document, OPEN)
    assert parse(again).matches(visitor) == parse(document).matches(visitor)


@pytest.mark.parametrize(
    "document",
    [
        {"text": {"$veq": "1.2.3"}},
        {"text": {"$inGroup": "friends"}},
        {"tags": {"$elemMatch": {"$regex": "a"}}},
        {"unheard_of": 1},
        {"country": None},
        {"number": {"$gte": "5"}},
        {"$and": {"country": "DE"}},
        {"text": {"$in": []}},
    ],
)
def test_what_has_no_row_is_kept_as_it_is(browser, document):
    tree = browser.call("readTree", {"$and": [{"country": "DE"}, document]}, STRICT)
    assert tree["parts"][1] == {"kind": "raw", "document": document}
    assert browser.call("writeTree", tree, STRICT) == {"$and": [{"country": "DE"}, document]}


def test_a_guard_in_the_same_conjunction_is_read_as_nothing_special(browser):
    tree = browser.call("readTree", {"number": {"$exists": True, "$gte": 5}, "country": "DE"}, STRICT)
    assert [part["operator"] for part in tree["parts"]] == ["at_least", "is"]


@pytest.mark.parametrize(
    ("path", "place"),
    [("$or[0].country", "0"), ("$or[1].$and[1].number.$gte", "1.1"), ("$or[1]", ""), ("$or", ""), ("", None)],
)
def test_a_refusal_is_told_at_the_innermost_row(browser, path, place):
    tree = group(
        "any", row("country", "is", "DE"), group("all", row("text", "known"), row("number", "at_least", 5, True))
    )
    assert browser.call("placeOf", tree, STRICT, path) == place
