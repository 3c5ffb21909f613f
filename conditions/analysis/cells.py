"""The values of each attribute, collapsed to the cells that rules tell apart.

A cell holds values that every entry treats alike and every dependency too, so that any of them may stand for all.
Sets of entries are whole integers here, one bit each: an analysis has thousands of entries, not hundreds of thousands.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import xor
from typing import Any

from conditions.analysis.lists import Kind
from conditions.analysis.texts import another_text
from conditions.shapes import FALSE, MISSING, TRUE, Cut, Shape, TextCut, place_of
from conditions.values import from_code_units
from conditions.vocabulary import Attribute

# The end of an interval: of numbers, or of texts as they are written.
Place = Cut | tuple[str, int]


@dataclass(frozen=True)
class Dependency:
    """A value of `attribute` says something about `on`, as a region says its country.

    `possible(value)` gives the values of `on` beside which the value occurs; None where any may. `unlisted` gives the
    same for texts that no rule and no vocabulary names. `on` may always be missing, if it isn't required.
    """

    attribute: str
    on: str
    possible: Callable[[str], Collection[str] | None]
    unlisted: Collection[str] | None = None


@dataclass(frozen=True)
class Atom:
    """Values of one cell that are written alike. `kind`: text, unlisted, number, boolean, list or missing.

    `value` is what stands for them in a witness. Numbers, and texts that nobody names, are those of an interval:
    `place` is its position among all of the attribute's, `low` and `high` are its bounds as cuts, None where there is
    none. A text that is named has the place of the interval it lies in. `tests` say of a list what only such lists do.
    """

    kind: str
    value: Any = None
    place: int = 0
    low: Place | None = None
    high: Place | None = None
    tests: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Cell:
    """`accepts`: the entries that may hold for these values; `doubts`: those of them that may not."""

    accepts: int
    doubts: int
    atoms: tuple[Atom, ...]
    # Per dependency of this attribute, what its values leave possible; None is everything.
    possible: tuple[frozenset[str] | None, ...] = ()
    # Cells of one family are alike to all attributes that depend on this one.
    family: int = 0

    @property
    def value(self) -> Any:
        """One of them; dependencies treat the others alike."""
        return self.atoms[0].value


@dataclass
class _Sets:
    """What the entries say about an attribute, by value."""

    everyone: int
    unlisted: int = 0
    lowest: int = 0
    other: int = 0
    constants: dict[int, int] = field(default_factory=lambda: {MISSING: 0, TRUE: 0, FALSE: 0})
    doubtful: dict[str, int] = field(default_factory=lambda: {"text": 0, "number": 0, "list": 0})
    by_text: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_text_cut: defaultdict[TextCut, int] = field(default_factory=lambda: defaultdict(int))
    by_cut: defaultdict[Cut, int] = field(default_factory=lambda: defaultdict(int))
    constrained: int = 0

    def add(self, entry: int, shape: Shape) -> None:
        bit = 1 << entry
        texts, numbers, constants, other = shape
        self.constrained |= bit
        for kind, part in (("text", texts), ("number", numbers), ("list", other)):
            if part is None:
                self.doubtful[kind] |= bit
        if texts is not None:
            self.unlisted |= bit * texts[0]
            self._add_texts(texts[1], bit)
        if numbers is not None:
            self.lowest |= bit * numbers[0]
            for cut in numbers[1]:
                self.by_cut[cut] ^= bit
        self.other |= bit * bool(other)
        for constant in self.constants:
            self.constants[constant] |= bit * bool(constants & constant)

    def _add_texts(self, said: frozenset[str] | tuple[TextCut, ...], bit: int) -> None:
        if isinstance(said, frozenset):
            for text in said:
                self.by_text[text] ^= bit
        else:
            for cut in said:
                self.by_text_cut[cut] ^= bit

    @property
    def free(self) -> int:
        return self.everyone & ~self.constrained


@dataclass(frozen=True)
class Axis:
    """One attribute with its cells. `constrained`: the entries that say anything about it."""

    attribute: Attribute
    cells: tuple[Cell, ...]
    constrained: int


def axis(
    attribute: Attribute,
    constraints: Iterable[tuple[int, Shape]],
    entries: int,
    dependencies: Collection[Dependency] = (),
    dependents: Iterable[frozenset[str] | None] = (),
    extra_texts: Iterable[str] = (),
    kinds: Iterable[Kind] = (),
) -> Axis:
    """`dependents`: the sets of values of this attribute that others' values leave possible. `kinds`: of lists with
    closed choices, where they aren't too many."""
    sets = _Sets(everyone=(1 << entries) - 1)
    for entry, shape in constraints:
        sets.add(entry, shape)
    leaves = list(dict.fromkeys(dependents))
    grouped: dict[tuple[Any, ...], list[Atom]] = {}
    families: dict[tuple[bool, ...], int] = {}
    for atom, accepts, doubts in _atoms(attribute, sets, extra_texts, kinds):
        possible = tuple(_possible(atom, dependency) for dependency in dependencies)
        alike = tuple(occurs_beside(atom.value, leaf) for leaf in leaves)
        family = families.setdefault(alike, len(families))
        grouped.setdefault((accepts, doubts, possible, family), []).append(atom)
    cells = tuple(
        Cell(accepts, doubts, tuple(atoms), possible, family)
        for (accepts, doubts, possible, family), atoms in grouped.items()
    )
    return Axis(attribute, cells, sets.constrained)


def _possible(atom: Atom, dependency: Dependency) -> frozenset[str] | None:
    if atom.kind == "text":
        possible = dependency.possible(atom.value)
    elif atom.kind == "unlisted":
        possible = dependency.unlisted
    else:
        possible = None
    return None if possible is None else frozenset(possible)


def occurs_beside(value: Any, possible: frozenset[str] | None) -> bool:
    return possible is None or value is None or value in possible


def _atoms(
    attribute: Attribute, sets: _Sets, extra_texts: Iterable[str], kinds: Iterable[Kind]
) -> Iterator[tuple[Atom, int, int]]:
    """Each with the entries that may hold, and those of them in doubt."""
    match attribute.type:
        case "string":
            yield from _texts(attribute, sets, extra_texts)
        case "number":
            yield from _numbers(attribute, sets)
        case "boolean":
            for value, bit in ((True, TRUE), (False, FALSE)):
                yield Atom("boolean", value), sets.free | sets.constants[bit], 0
        case "list":
            yield from _lists(attribute, sets, kinds)
    if not attribute.required:
        yield Atom("missing"), sets.free | sets.constants[MISSING], 0


def _texts(attribute: Attribute, sets: _Sets, extra_texts: Iterable[str]) -> Iterator[tuple[Atom, int, int]]:
    """Those that are named, and the others in the intervals between all cuts, where there are any."""
    doubtful = sets.doubtful["text"]
    cuts = sorted(sets.by_text_cut)
    # By interval, what holds for texts that nobody names.
    lowest = sets.free | sets.unlisted | doubtful
    unlisted = list(accumulate((sets.by_text_cut[cut] for cut in cuts), xor, initial=lowest))
    listed = {*sets.by_text, *extra_texts}
    for text in sorted(listed) if attribute.choices is None else attribute.choices:
        place = place_of(text, cuts)
        yield Atom("text", text, place), unlisted[place] ^ sets.by_text.get(text, 0), doubtful
    if attribute.choices is not None:
        return
    for place, (low, high) in enumerate(pairwise([None, *cuts, None])):
        another = another_text(attribute.name, low, high, listed)
        if another is not None:
            yield Atom("unlisted", another, place, _written(low), _written(high)), unlisted[place], doubtful


def _lists(attribute: Attribute, sets: _Sets, kinds: Iterable[Kind]) -> Iterator[tuple[Atom, int, int]]:
    doubtful, told_apart = sets.doubtful["text"], list(kinds)
    for kind in told_apart:
        accepts = (sets.free | sets.unlisted | doubtful) ^ sets.by_text.get(kind.key, 0)
        yield Atom("list", kind.example, tests=kind.tests), accepts, doubtful
    if not told_apart:
        doubtful = sets.doubtful["list"]
        example = [next(iter(attribute.choices or ["another value"]))]
        yield Atom("list", example), sets.free | sets.other | doubtful, doubtful


def _written(cut: TextCut | None) -> Place | None:
    return None if cut is None else (from_code_units(cut[0]), cut[1])


def _numbers(attribute: Attribute, sets: _Sets) -> Iterator[tuple[Atom, int, int]]:
    """Points and the open intervals between them; those in which no possible number lies are left out."""
    doubtful = sets.doubtful["number"]
    accepts = sets.free | sets.lowest | doubtful
    points = sorted({number for number, _ in sets.by_cut})
    cuts: list[Cut | None] = [None, *((point, side) for point in points for side in (0, 1)), None]
    for place, (low, high) in enumerate(pairwise(cuts)):
        if low is not None:
            accepts ^= sets.by_cut.get(low, 0)
        value = _number_between(attribute, low, high)
        if value is not None:
            yield Atom("number", value, place, low, high), accepts, doubtful


def _number_between(attribute: Attribute, low: Cut | None, high: Cut | None) -> float | None:
    """A number that occurs between the cuts, a whole one if there is any; None if there is none."""

    def occurs(value: float) -> bool:
        return (
            (low is None or low < (value, 0.5))
            and (high is None or (value, 0.5) < high)
            and (attribute.minimum is None or value >= attribute.minimum)
            and (attribute.maximum is None or value <= attribute.maximum)
            and abs(value) < math.inf
            and (not attribute.whole or value == math.floor(value))
        )

    begin = [cut[0] for cut in (low,) if cut is not None] + [attribute.minimum] * (attribute.minimum is not None)
    end = [cut[0] for cut in (high,) if cut is not None] + [attribute.maximum] * (attribute.maximum is not None)
    bottom, top = max(begin, default=None), min(end, default=None)  # type: ignore[type-var]
    return next(filter(occurs, _candidates(bottom, top)), None)


def _candidates(bottom: float | None, top: float | None) -> Iterator[float]:
    """Whole numbers first, from the lowest up: if a number lies between, one of these does."""
    # Beyond that a float has no fraction, and an integer may be too large to become one.
    finite = [bound for bound in (bottom, top) if bound is not None and abs(bound) < 1e300]
    for bound in finite:
        yield from (math.floor(bound) + step for step in (-1, 0, 1))
    yield 0
    yield from finite
    if len(finite) == 2:
        yield sum(finite) / 2
