"""`FirstMatch` answers as a plain loop over the conditions would, whatever the conditions and the attributes."""

from collections import UserDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions import FirstMatch, columns, parse
from conditions.conjunctions import conjunctions
from tests.conditions.test_properties import attributes, documents, parsed


def naive(conditions, visitor):
    return [i for i, condition in enumerate(conditions) if condition.matches(visitor)]


def assert_same(conditions, *visitors):
    index = FirstMatch(conditions)
    for visitor in visitors:
        expected = naive(conditions, visitor)
        assert index.find_all(visitor) == expected
        assert index.find(visitor) == (expected[0] if expected else None)


def index_of(*documents):
    return FirstMatch([parse(document) for document in documents])


# Values that a careless index would mix up.
literals = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 2, -0.0, 10**30, float("inf"), "", "0", "1", "a", "A", "true"]
)
ranges = st.dictionaries(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), literals, min_size=1, max_size=2)
sets = st.dictionaries(st.sampled_from(["$in", "$nin", "$ini", "$nini"]), st.lists(literals, max_size=3), min_size=1)
patterns = st.sampled_from([{"$regex": "^a"}, {"$notRegexi": "A"}, {"$vgte": "1.0"}, {"$inGroup": "g"}, {"$size": 1}])
tests = literals | ranges | sets | patterns | st.builds(lambda test: {"$not": test}, ranges | sets)
tests |= st.builds(lambda known, test: {"$exists": known, **test}, st.booleans(), ranges | sets)
clauses = st.dictionaries(st.sampled_from(["a", "b", "c.d"]), tests, max_size=3)
rules = st.recursive(
    clauses,
    lambda inner: (
        st.builds(
            lambda key, parts: {key: parts}, st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, max_size=4)
        )
        | inner.map(lambda document: {"$not": document})
    ),
    max_leaves=12,
)
edges = st.integers(0, 60)
odd = literals | st.sampled_from([float("nan"), [], ["a"], [1, None], {}, {"d": 1}, b"a", 5, 1.5, "b"])
visitors = st.fixed_dictionaries({}, optional={"a": odd, "b": odd, "c": odd | st.fixed_dictionaries({"d": odd})})
GROUPS = {"g": ["a", 1, None]}


@settings(max_examples=400, deadline=None)
@given(st.lists(rules, max_size=6), st.lists(visitors, min_size=1, max_size=4))
def test_the_answer_is_that_of_a_loop(documents, visitors):
    assert_same([parse(document, saved_groups=GROUPS) for document in documents], *visitors)


@settings(deadline=None)
@given(st.lists(documents, max_size=5), attributes)
def test_the_answer_is_that_of_a_loop_for_documents_without_sense(documents, visitor):
    assert_same([condition for condition in map(parsed, documents) if condition is not None], visitor)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40), st.lists(st.floats(-1, 61), max_size=5)
)
def test_the_answer_is_that_of_a_loop_where_numbers_share_cells(bounds, values):
    """With four cells for all edges, most entries within a cell have to be asked."""
    conditions = [parse({"n": {"$gte": low, "$lt": high}}) for low, high in bounds]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MAX_ORDERED_CELLS", 4)
        assert_same(conditions, *({"n": value} for value in [*values, *range(0, 61, 7), None, "30", []]))


# Texts that one may order wrongly: by code points, by case, the empty one, those next to each other, numerals.
plain = ["0", "10", "2", "80", "800", "81", "A", "Z", "a", "ab", "b", "é"]
plain += ["", "\x00", " ", "80\x00", "\ud7ff", "\ue000", "\uffff"]
# The second is how no decoder spells the first.
beyond = ["\U0001f600", "\ud83d\ude00", "\ud83d", "\U0001f600a", "\U00010000"]
ordered = st.sampled_from([*plain, *beyond])
single = st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])
text_tests = st.dictionaries(single, ordered, min_size=1, max_size=3)
text_tests |= st.dictionaries(st.sampled_from(["$in", "$nin"]), st.lists(ordered, max_size=3), min_size=1)
text_tests |= st.builds(lambda one, two: {**one, **two}, text_tests, text_tests | st.just({"$exists": True}))
text_rules = st.recursive(
    st.dictionaries(st.sampled_from(["a", "b"]), text_tests | st.builds(lambda test: {"$not": test}, text_tests)),
    lambda inner: (
        st.builds(
            lambda key, parts: {key: parts}, st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, max_size=3)
        )
        | inner.map(lambda document: {"$not": document})
    ),
    max_leaves=8,
)
text_visitors = st.fixed_dictionaries({}, optional={"a": ordered | odd | st.text(max_size=2), "b": ordered})


@pytest.mark.parametrize("cells", [4, columns.MAX_ORDERED_CELLS])
@pytest.mark.parametrize("rare", [1, pytest.param(columns.RARE, marks=pytest.mark.again)])
@settings(max_examples=200, deadline=None)
@given(documents=st.lists(text_rules, max_size=6), visitors=st.lists(text_visitors, min_size=1, max_size=6))
def test_the_answer_is_that_of_a_loop_where_texts_are_ordered(rare, cells, documents, visitors):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MAX_ORDERED_CELLS", cells)
        patch.setattr(columns, "RARE", rare)
        assert_same([parse(document) for document in documents], *visitors)


@pytest.mark.parametrize("test", [{"$ne": "\ud83d\ude00"}, {"$eq": "\ud83d\ude00", "$ne": "\U0001f600"}])
def test_a_text_that_no_decoder_spells_so_is_no_other_texts_equal(test):
    assert_same([parse({"a": {"$gte": "0", **test}})], {"a": "\U0001f600"}, {"a": "\ud83d\ude00"})


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 16, 32, 64 … entries, and lists for texts that fewer than one entry in eight names."""
    monkeypatch.setattr(columns, "FIRST_BLOCK", 16)
    monkeypatch.setattr(columns, "RARE", 8)


def test_the_answer_is_that_of_a_loop_across_blocks(small_blocks):
    conditions = [parse({"a": {"$in": ["often", f"once {i}"]}, "n": i % 97}) for i in range(300)]
    visitors = [{"a": "often", "n": 96}, {"a": "once 299", "n": 299 % 97}, {"a": "never", "n": 1}, {"a": "once 16"}]
    assert_same(conditions, *visitors, *({"a": f"once {i}", "n": i % 97} for i in range(300)))


def test_the_answer_is_that_of_a_loop_across_blocks_where_texts_are_ordered(small_blocks):
    conditions = [parse({"a": {"$gte": f"{i:03}", "$lt": f"{i + 5:03}"} if i % 3 else f"{i:03}"}) for i in range(300)]
    assert_same(conditions, *({"a": f"{i:03}{more}"} for i in range(0, 310, 7) for more in ("", "5")), {"a": ""}, {})


@pytest.mark.parametrize("prefix", ["80", "GB SW1", "Z", "é", "\U0001f600"])
def test_a_prefix_holds_for_all_texts_that_begin_with_it_and_no_others(prefix):
    index = index_of({"a": {"$gte": prefix, "$lt": prefix[:-1] + chr(ord(prefix[-1]) + 1)}})
    within = [prefix, prefix + "\x00", prefix + "zz", prefix + "\uffff", prefix + "\U0010ffff"]
    beyond = ["", prefix[:-1], prefix[:-1] + chr(ord(prefix[-1]) + 1), prefix[:-1] + chr(ord(prefix[-1]) - 1) + "z"]
    assert [index.find({"a": text}) for text in [*within, *beyond]] == [0] * 5 + [None] * 4


@pytest.mark.parametrize("every", [10, 90])
def test_a_text_that_few_name_is_found_through_its_list(small_blocks, every):
    conditions = [parse({"a": "some" if i % every == 0 else f"once {i}"}) for i in range(300)]
    assert_same(conditions, {"a": "some"}, {"a": "once 1"}, {"a": "never"})


def test_the_first_of_several_is_found():
    assert index_of({"country": "FR"}, {"employees": {"$gte": 5}}, {"country": "DE"}).find(
        {"country": "DE", "employees": 9}
    ) == 1  # fmt: skip


def test_nothing_is_found_where_nothing_holds():
    assert index_of({"country": "FR"}).find({"country": "DE"}) is None


def test_nothing_is_found_among_no_conditions():
    assert FirstMatch([]).find({"country": "DE"}) is None


def test_a_condition_with_several_ways_to_hold_is_found_once():
    assert index_of({"$or": [{"a": 1}, {"b": 1}]}).find_all({"a": 1, "b": 1}) == [0]


def test_alternatives_beyond_the_limit_are_asked_one_by_one():
    wide = {"$and": [{"$or": [{f"a{i}": 1}, {f"b{i}": 1}]} for i in range(8)]}
    visitor = {f"a{i}": 1 for i in range(8)}
    assert_same([parse(wide), parse({"$not": wide})], visitor, {**visitor, "a7": 2}, {})


def prefixes(*numbers):
    return {"$or": [{"country": "DE", "code": {"$gte": str(n), "$lt": str(n + 1)}} for n in numbers]}


def test_alternatives_that_differ_on_one_attribute_count_as_one():
    ways = conjunctions(parse(prefixes(*range(10, 60))).root)
    assert [(shapes.keys(), partial) for shapes, partial in ways] == [({("country",), ("code",)}, False)]


def test_to_be_outside_of_many_alternatives_is_said_in_few_ways():
    assert len(conjunctions(parse({"$not": prefixes(*range(10, 60))}).root)) == 2


def test_the_answer_is_that_of_a_loop_where_alternatives_became_one():
    conditions = [parse(prefixes(10, 11, 20)), parse({"$not": prefixes(20, 30)}), parse(prefixes(30))]
    visitors = [{"country": country, "code": f"{n}5"} for country in ("DE", "AT") for n in range(9, 33)]
    assert_same(conditions, *visitors, {}, {"country": "DE"}, {"code": "10"})


@pytest.mark.parametrize("value", [float("nan"), 10**400, b"DE", {"DE"}, {"DE": 1}, ["DE"]], ids=type)
def test_odd_values_are_answered_as_a_loop_does(value):
    conditions = [parse({"a": {"$in": ["DE", 5]}}), parse({"a": {"$gt": 3}}), parse({"a": {"$ne": "DE"}})]
    assert_same(conditions, {"a": value})


def test_attributes_may_be_any_mapping():
    assert index_of({"a": 1}).find(UserDict(a=1)) == 0
