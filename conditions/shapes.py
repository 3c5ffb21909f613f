"""What a test accepts, as sets of values: the common ground of `FirstMatch` and of the analysis.

A shape answers for every kind of value apart: texts as a finite set, the complement of one or a union of intervals,
numbers as a union of points and intervals, missing, true and false one by one, and everything else (lists, objects) as
a whole. Of texts that aren't whole (`values.is_whole`) intervals don't tell. Where a
test's answer can't be said in those terms (a pattern on texts), that part of the shape is None: in doubt, ask the
test itself. Doubt is never resolved by guessing: what combines with it stays in doubt unless the other side decides.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any, TypeVar

from conditions.leaves import (
    AnyItem,
    Both,
    Equals,
    Exists,
    Fails,
    HasAll,
    HasType,
    InGroup,
    Never,
    OneOf,
    Order,
    Pattern,
    Size,
    ValueTest,
    Version,
)
from conditions.values import code_units, is_whole, to_number

# A place between numbers: just below the number (0) or just above it (1). A point is the stretch between its two cuts.
Cut = tuple[float, int]
# The same between texts, which are written as code units, so that they sort as JavaScript sorts them.
TextCut = tuple[str, int]
# Plain tuples, because an index over many rules makes millions of these.
# (lowest, cuts): whether numbers below every cut belong; each cut, ascending, turns that round.
NumberSet = tuple[bool, tuple[Cut, ...]]
TextIntervals = tuple[bool, tuple[TextCut, ...]]
# (unlisted, listed): whether texts outside `listed` belong; those in `listed` do the opposite. Or else intervals.
TextSet = tuple[bool, frozenset[str] | tuple[TextCut, ...]]
# (texts, numbers, constants, other): constants is a sum of MISSING, TRUE and FALSE, and always exact.
Shape = tuple[TextSet | None, NumberSet | None, int, bool | None]

_Cut = TypeVar("_Cut", Cut, TextCut)
_Line = tuple[bool, tuple[_Cut, ...]]

MISSING, TRUE, FALSE = 1, 2, 4
_CONSTANTS = MISSING | TRUE | FALSE

NO_TEXTS: TextSet = (False, frozenset())
ALL_TEXTS: TextSet = (True, frozenset())
NO_NUMBERS: NumberSet = (False, ())
ALL_NUMBERS: NumberSet = (True, ())
NOTHING: Shape = (NO_TEXTS, NO_NUMBERS, 0, False)
_LISTS_IN_DOUBT: Shape = (NO_TEXTS, NO_NUMBERS, 0, None)
_KNOWN: Shape = (ALL_TEXTS, ALL_NUMBERS, TRUE | FALSE, True)
_ORDERED = (int, float, bool, str, type(None))
# Whether what lies below belongs, and on which side of the bound it ends.
_HALF_LINES = {"$lt": (True, 0), "$lte": (True, 1), "$gt": (False, 1), "$gte": (False, 0)}


def shape_of(test: ValueTest) -> Shape:
    """Exact where it isn't in doubt: a value belongs to the shape if, and only if, the test holds for it."""
    shape: Shape = _SHAPES.get(type(test), _in_doubt)(test)
    return shape


def _in_doubt(test: ValueTest) -> Shape:
    return (None, None, _constants(test), None)


def _constants(test: ValueTest) -> int:
    return MISSING * test.holds(None) + TRUE * test.holds(True) + FALSE * test.holds(False)


def _one_of(test: OneOf) -> Shape:
    kinds = set(map(type, test.values))
    if kinds == {str}:
        return _listed(test, frozenset(test.values), NO_NUMBERS, 0)
    if not kinds <= {str, int, float, bool, type(None), list, dict} or any(value != value for value in test.values):
        return _in_doubt(test)
    # A scalar never equals a list or an object, so those among the values don't count here.
    texts = frozenset(value for value in test.values if type(value) is str)
    numbers = {value for value in test.values if type(value) in (int, float)}
    constants = MISSING * (None in test.values)
    constants |= sum({TRUE if value else FALSE for value in test.values if type(value) is bool})
    return _listed(test, texts, _points(numbers), constants)


def _listed(test: OneOf, texts: frozenset[str], numbers: NumberSet, constants: int) -> Shape:
    """Lists are in doubt: one counts where any of its items does."""
    shape: Shape = (None if test.ignore_case and texts else (False, texts), numbers, constants, None)
    return inverted(shape) if test.negated else shape


def _points(numbers: set[float]) -> NumberSet:
    return (False, tuple((number, side) for number in sorted(numbers) for side in (0, 1)))


def _equals(test: Equals) -> Shape:
    if isinstance(test.expected, list | dict):
        shape = _LISTS_IN_DOUBT
    else:
        texts, numbers, constants, _ = _one_of(OneOf((test.expected,)))
        shape = (texts, numbers, constants, None if texts is None else False)
    return inverted(shape) if test.negated else shape


def _order(test: Order) -> Shape:
    """Texts are compared with a text as such; with anything else as the numbers they may spell, and are in doubt."""
    return _compared(test.operator, test.expected) if type(test.expected) in _ORDERED else _in_doubt(test)


# Of many rules, most ask about the same few bounds.
@lru_cache(maxsize=4_096, typed=True)
def _compared(operator: str, expected: Any) -> Shape:
    is_below, side = _HALF_LINES[operator]
    texts: TextSet | None = (is_below, ((code_units(expected), side),)) if isinstance(expected, str) else None
    bound = to_number(expected)
    if bound != bound:
        return (texts, NO_NUMBERS, 0, None)
    cut = (bound, side)
    # Missing and false compare as 0, true as 1.
    constants = (MISSING | FALSE) * ((cut > (0, 0.5)) is is_below) + TRUE * ((cut > (1, 0.5)) is is_below)
    return (texts, (is_below, (cut,)), constants, None)


def _exists(test: Exists) -> Shape:
    return _KNOWN if test.expected else inverted(_KNOWN)


def _has_type(test: HasType) -> Shape:
    texts = ALL_TEXTS if test.expected == "string" else NO_TEXTS
    return (texts, ALL_NUMBERS if test.expected == "number" else NO_NUMBERS, _constants(test), None)


def _in_group(test: InGroup) -> Shape:
    members = _one_of(test.members)
    return inverted(members) if test.negated else members


def _about_lists(test: ValueTest) -> Shape:
    return _LISTS_IN_DOUBT


def _both(test: Both) -> Shape:
    return reduce(intersection, map(shape_of, test.tests))


_SHAPES: dict[type, Any] = {
    AnyItem: _about_lists,
    Both: _both,
    Equals: _equals,
    Exists: _exists,
    Fails: lambda test: inverted(shape_of(test.test)),
    HasAll: _about_lists,
    HasType: _has_type,
    InGroup: _in_group,
    Never: lambda test: NOTHING,
    OneOf: _one_of,
    Order: _order,
    Pattern: _in_doubt,
    Size: _about_lists,
    Version: _in_doubt,
}


def inverted(shape: Shape) -> Shape:
    texts, numbers, constants, other = shape
    return (
        None if texts is None else (not texts[0], texts[1]),
        None if numbers is None else (not numbers[0], numbers[1]),
        _CONSTANTS ^ constants,
        None if other is None else not other,
    )


def intersection(left: Shape, right: Shape) -> Shape:
    return (
        _common_texts(left[0], right[0]),
        _common_numbers(left[1], right[1]),
        left[2] & right[2],
        False if left[3] is False or right[3] is False else left[3] and right[3],
    )


def union(left: Shape, right: Shape) -> Shape:
    return inverted(intersection(inverted(left), inverted(right)))


def _common_texts(left: TextSet | None, right: TextSet | None) -> TextSet | None:
    if left == ALL_TEXTS or right == NO_TEXTS:
        return right
    if right == ALL_TEXTS or left == NO_TEXTS:
        return left
    if left is None or right is None:
        return None
    (unlisted, one), (also_unlisted, two) = left, right
    if isinstance(one, tuple):
        intervals = (unlisted, one)
        if isinstance(two, tuple):
            return _on_line(intervals, (also_unlisted, two))
        return _within(intervals, also_unlisted, two)
    if isinstance(two, tuple):
        return _within((also_unlisted, two), unlisted, one)
    if unlisted and also_unlisted:
        return (True, one | two)
    if unlisted or also_unlisted:
        allowed, refused = (two, one) if unlisted else (one, two)
        return (False, allowed - refused)
    return (False, one & two)


def _within(intervals: TextIntervals, unlisted: bool, listed: frozenset[str]) -> TextSet | None:
    """The listed texts that lie in the intervals; with `unlisted`, the others that do.

    None where one isn't whole: it is ordered with another text whose equal it isn't, and intervals only know the order.
    """
    if not all(map(is_whole, listed)):
        return None
    lowest, cuts = intervals
    inside = [text for text in listed if lowest is not bool(place_of(text, cuts) % 2)]
    if not unlisted:
        return (False, frozenset(inside))
    points = tuple((units, side) for units in sorted(map(code_units, inside)) for side in (0, 1))
    return _on_line(intervals, (True, points)) if points else intervals


def place_of(text: str, cuts: Sequence[TextCut]) -> int:
    """How many of the ascending cuts lie below the text."""
    return bisect_left(cuts, (code_units(text), 0.5))


def _common_numbers(left: NumberSet | None, right: NumberSet | None) -> NumberSet | None:
    if left == ALL_NUMBERS or right == NO_NUMBERS:
        return right
    if right == ALL_NUMBERS or left == NO_NUMBERS:
        return left
    if left is None or right is None:
        return None
    # Ranges come as pairs of half-lines, of which an index over many rules has hundreds of thousands.
    return _common_half_lines(left, right) if len(left[1]) == len(right[1]) == 1 else _on_line(left, right)


def _on_line(left: _Line[_Cut], right: _Line[_Cut]) -> _Line[_Cut]:
    within, inside = [left[0], right[0]], left[0] and right[0]
    ones, twos = set(left[1]), set(right[1])
    lowest = inside
    cuts: list[_Cut] = []
    for cut in sorted(ones | twos):
        within = [within[0] is not (cut in ones), within[1] is not (cut in twos)]
        if all(within) is not inside:
            inside = not inside
            cuts.append(cut)
    return (lowest, tuple(cuts))


def _common_half_lines(left: _Line[_Cut], right: _Line[_Cut]) -> _Line[_Cut]:
    ((goes_down, (one,)), (also_down, (two,))) = left, right
    if goes_down and also_down:
        return (True, (min(one, two),))
    if not goes_down and not also_down:
        return (False, (max(one, two),))
    low, high = (two, one) if goes_down else (one, two)
    return (False, (low, high)) if low < high else (False, ())
