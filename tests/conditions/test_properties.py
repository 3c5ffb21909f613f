"""What holds for every document and every visitor."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions import ConditionInvalid, parse

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text("ab1.", max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner)
)
attributes = st.dictionaries(st.sampled_from(["a", "b", "ab"]), values, max_size=3)
operators = st.sampled_from(
    [
        *("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$ini", "$nini", "$all", "$exists", "$type"),
        *("$size", "$elemMatch", "$regex", "$notRegex", "$veq", "$vlt", "$inGroup", "$not", "$nonsense"),
    ]
)
clauses = st.dictionaries(
    st.sampled_from(["a", "b", "a.b"]), values | st.dictionaries(operators, values, max_size=2), max_size=2
)
documents = st.recursive(
    clauses,
    lambda inner: (
        st.dictionaries(st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, max_size=3), max_size=2)
        | inner.map(lambda document: {"$not": document})
    ),
    max_leaves=6,
)


def parsed(document):
    try:
        return parse(document)
    except ConditionInvalid:
        return None


@settings(deadline=None)
@given(documents, attributes)
def test_evaluation_never_raises_and_gives_a_boolean(document, visitor):
    condition = parsed(document)
    assert condition is None or condition.matches(visitor) in (True, False)


@settings(deadline=None)
@given(documents, attributes)
def test_not_is_the_opposite(document, visitor):
    condition = parsed(document)
    if condition is not None:
        assert parse({"$not": document}).matches(visitor) is not condition.matches(visitor)


@settings(deadline=None)
@given(documents, documents, attributes)
def test_and_or_and_nor_are_what_they_say(left, right, visitor):
    one, two = parsed(left), parsed(right)
    if one is None or two is None:
        return
    held = [one.matches(visitor), two.matches(visitor)]
    assert parse({"$and": [left, right]}).matches(visitor) is all(held)
    assert parse({"$or": [left, right]}).matches(visitor) is any(held)
    assert parse({"$nor": [left, right]}).matches(visitor) is not any(held)


@settings(deadline=None)
@given(documents, attributes)
def test_a_condition_survives_pickling_and_always_describes_itself(document, visitor):
    condition = parsed(document)
    if condition is not None:
        assert pickle.loads(pickle.dumps(condition)).matches(visitor) == condition.matches(visitor)
        assert condition.describe()


@settings(deadline=None)
@given(documents, attributes)
def test_all_clauses_of_an_explanation_hold_exactly_where_the_condition_does(document, visitor):
    condition = parsed(document)
    if condition is not None:
        assert all(result.held for result in condition.explain(visitor)) is condition.matches(visitor)


@settings(deadline=None, max_examples=5)
@given(st.sampled_from(["^(a+)+$", "^(a|a)*$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"]))
def test_patterns_that_explode_elsewhere_are_linear_here(pattern):
    """Nine thousand characters; a backtracking engine would never come back."""
    assert not parse({"t": {"$regex": pattern}}).matches({"t": "a" * 9_000 + "!"})


@pytest.mark.parametrize("value", [10**400, {1}, b"a"], ids=["beyond floats", "a set", "bytes"])
def test_values_that_json_lacks_never_raise(value):
    assert not parse({"a": {"$lt": 5, "$in": [1, "a"]}}).matches({"a": value})
