import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.assignment_rules.boolean_filter import (
    Every,
    FilterInvalid,
    Logic,
    Negation,
    Ref,
    Some,
    every_of,
    in_words,
    numbers_in,
    parse_filter,
)

COUNT = 5


def holds(logic: Logic, values: list[bool]) -> bool:
    match logic:
        case Ref(number):
            return values[number - 1]
        case Negation(part):
            return not holds(part, values)
        case Every(parts):
            return all(holds(part, values) for part in parts)
        case Some(parts):
            return any(holds(part, values) for part in parts)


def words():
    joined = st.sampled_from(["AND", "OR", "and", "or", "And", "oR"])
    return st.recursive(
        st.integers(1, COUNT).map(str),
        lambda inner: st.one_of(
            st.tuples(inner, joined, inner).map(" ".join),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"( {text} )"),
            inner.map(lambda text: f"NOT ({text})"),
            inner.map(lambda text: f"not({text})"),
        ),
        max_leaves=12,
    )


@settings(deadline=None)
@given(words(), st.lists(st.booleans(), min_size=COUNT, max_size=COUNT))
def test_filter_logic_means_what_python_makes_of_the_same_words(text, values):
    names = text.lower()
    for number in range(1, COUNT + 1):
        names = names.replace(str(number), f" v{number} ")
    expected = eval(names, {f"v{i}": value for i, value in enumerate(values, 1)})
    assert holds(parse_filter(text, COUNT), values) is expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "ends too early"),
        ("1 AND", "ends too early"),
        ("(1 OR 2", "isn't closed"),
        ("1 2", "can't follow"),
        ("1 XOR 2", "isn't filter logic"),
        ("1 && 2", "isn't filter logic"),
        ("1 AND 9", "no criterion 9"),
        ("0 OR 1", "no criterion 0"),
        ("OR 1", "can't stand there"),
        ("(" * 40 + "1" + ")" * 40, "nested deeper"),
        ("1 OR " * 2_000 + "1", "longer than"),
    ],
)
def test_what_is_no_filter_logic_is_refused_with_the_place(text, complaint):
    with pytest.raises(FilterInvalid, match=complaint):
        parse_filter(text, COUNT)


def test_without_logic_all_criteria_must_hold():
    assert list(numbers_in(every_of(3))) == [1, 2, 3]
    assert every_of(1) == Ref(1)


def test_logic_is_said_with_brackets_only_where_they_matter():
    said = in_words(parse_filter("(1 and 2) OR not 3", 3), lambda number: f"c{number}")
    assert said == "(c1 and c2) or not (c3)"
