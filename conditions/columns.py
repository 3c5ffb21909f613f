"""One attribute's part of the index: for every value, which entries may hold.

An entry is a conjunction of some rule; a set of entries is a bitset, cut into blocks so that a search can stop early.
Values that nobody tells apart share one cell. A value's set is kept as bits where many entries name the value, and as
a list of entries where few do, so that memory grows with what the rules say and not with values times rules.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from conditions.conjunctions import Path
from conditions.shapes import FALSE, MISSING, TRUE, Cut, NumberSet, Shape, TextCut, TextSet
from conditions.values import code_units, is_whole

# The first block holds so many entries, each further one twice as many as the one before: a match near the top is
# found in little time, and one at the very end after few steps.
FIRST_BLOCK = 4_096
# More cells than this per attribute are merged; entries that differ within a merged cell are then asked one by one.
MAX_ORDERED_CELLS = 4_096
# A value that fewer than one entry in so many names is kept as a list: at most about 70 bytes for each naming.
RARE = 512
# So few entries are set one by one.
FEW = 32
ONE = ord("1")

# Place on the line -> entries that begin or end there: numbers by `Cut`, texts by `TextCut`.
ByCut = Mapping[Any, list[int]]
Blocks = tuple[int, ...]
# (blocks, doubt): the entries that may hold for the cell's values, and those of them that must be asked.
Cell = tuple[Blocks, Container[int]]


class Layout:
    """Where the blocks of a bitset of `size` entries begin and end."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.starts = [0]
        while (following := self.starts[-1] + (FIRST_BLOCK << len(self.starts) - 1)) < size:
            self.starts.append(following)

    def full(self) -> int:
        return (1 << self.size) - 1

    def bits(self, entries: Sequence[int]) -> int:
        """The set of these entries, each named once."""
        if len(entries) < FEW:
            return reduce(or_, (1 << entry for entry in entries), 0)
        # Setting digits and reading them as one number is several times faster than setting bits one by one.
        digits = bytearray(b"0") * self.size
        for entry in entries:
            digits[~entry] = ONE
        return int(digits, 2)

    def blocks(self, bits: int) -> Blocks:
        return tuple(bits >> start & (1 << (FIRST_BLOCK << number)) - 1 for number, start in enumerate(self.starts))

    def toggled(self, blocks: Blocks, entries: Sequence[int]) -> Blocks:
        """Blocks in which nothing changes are shared."""
        if len(entries) >= FEW:
            changes = self.blocks(self.bits(entries))
            return tuple(block ^ change if change else block for block, change in zip(blocks, changes, strict=True))
        changed = list(blocks)
        for entry in entries:
            number = (entry // FIRST_BLOCK + 1).bit_length() - 1
            changed[number] ^= 1 << entry - self.starts[number]
        return tuple(changed)


def toggle(bits: bytearray, entries: Iterable[int]) -> None:
    for entry in entries:
        bits[entry >> 3] ^= 1 << (entry & 7)


class Members:
    """Entries as bits, asked one at a time."""

    __slots__ = ("_bits",)

    def __init__(self, bits: int, size: int) -> None:
        self._bits = _little(bits, size)

    def __contains__(self, entry: object) -> bool:
        return isinstance(entry, int) and bool(self._bits[entry >> 3] >> (entry & 7) & 1)


def _little(bits: int, size: int) -> bytes:
    return bits.to_bytes(size // 8 + 1, "little")


class Constraints:
    """What entries say about one attribute, gathered entry by entry, ascending."""

    def __init__(self) -> None:
        self.entries: list[int] = []
        self.unlisted_texts: list[int] = []
        self.doubtful_texts: list[int] = []
        self.by_text: defaultdict[str, list[int]] = defaultdict(list)
        self.by_text_cut: defaultdict[TextCut, list[int]] = defaultdict(list)
        self.lowest_numbers: list[int] = []
        self.doubtful_numbers: list[int] = []
        self.by_cut: defaultdict[Cut, list[int]] = defaultdict(list)
        self.constants: dict[int, list[int]] = {MISSING: [], TRUE: [], FALSE: []}
        # Whether any entry asks for an order of texts, even where what it says comes to nothing.
        self.texts_in_order = False
        self.other: list[int] = []
        self.doubtful_other: list[int] = []

    def add(self, entry: int, shape: Shape) -> None:
        texts, numbers, constants, other = shape
        self.entries.append(entry)
        self._add_texts(entry, texts)
        self._add_numbers(entry, numbers)
        if constants:
            for bit, entries in self.constants.items():
                if constants & bit:
                    entries.append(entry)
        if other is not False:
            (self.other if other else self.doubtful_other).append(entry)

    def _add_texts(self, entry: int, texts: TextSet | None) -> None:
        if texts is None:
            self.doubtful_texts.append(entry)
            return
        outside, said = texts
        if outside:
            self.unlisted_texts.append(entry)
        if isinstance(said, tuple):
            self.texts_in_order = True
            for cut in said:
                self.by_text_cut[cut].append(entry)
        else:
            for text in said:
                self.by_text[text].append(entry)

    def _add_numbers(self, entry: int, numbers: NumberSet | None) -> None:
        if numbers is None:
            self.doubtful_numbers.append(entry)
            return
        lowest, cuts = numbers
        if lowest:
            self.lowest_numbers.append(entry)
        for cut in cuts:
            self.by_cut[cut].append(entry)


class Column:
    """Finds the cell of a value: `cell` knows them all, and `texts` has the commoner texts at less cost."""

    __slots__ = (
        "_constants", "_everything", "_layout", "_numbers", "_other", "_points", "_rare", "_text_cells", "_text_points",
        "_unlisted", "name", "path", "texts",
    )  # fmt: skip

    def __init__(self, path: Path, constraints: Constraints, layout: Layout) -> None:
        self.path = path
        self.name = path[0] if len(path) == 1 else None
        self._layout = layout
        free = layout.full()
        self._everything: Cell = (layout.blocks(free), range(layout.size))
        free ^= layout.bits(constraints.entries)
        self._index_texts(constraints, free)
        self._index_numbers(constraints, free)
        self._constants: dict[object, Cell] = {
            value: (layout.blocks(free | layout.bits(constraints.constants[bit])), ())
            for value, bit in ((None, MISSING), (True, TRUE), (False, FALSE))
        }
        possible = [*constraints.other, *constraints.doubtful_other]
        self._other: Cell = (layout.blocks(free | layout.bits(possible)), self._members(constraints.doubtful_other))

    def _members(self, entries: list[int]) -> Container[int]:
        return Members(self._layout.bits(entries), self._layout.size) if entries else ()

    def _index_texts(self, constraints: Constraints, free: int) -> None:
        """Each text's set is the one of unlisted texts with the entries toggled that name it."""
        bits = free | self._layout.bits(constraints.unlisted_texts) | self._layout.bits(constraints.doubtful_texts)
        blocks, doubt = self._layout.blocks(bits), self._members(constraints.doubtful_texts)
        self._unlisted: Cell = (blocks, doubt)
        self.texts: dict[str, Cell] = {}
        self._rare: dict[str, array[int]] = {}
        self._text_points: list[str] | None = None
        if constraints.texts_in_order:
            self._index_texts_in_order(constraints, bits)
            return
        for text, entries in constraints.by_text.items():
            if len(entries) * RARE < self._layout.size:
                self._rare[text] = array("L", entries)
            else:
                self.texts[text] = (self._layout.toggled(blocks, entries), doubt)

    def _index_texts_in_order(self, constraints: Constraints, bits: int) -> None:
        """Each text's set is the one of its place in the order with the entries toggled that name it."""
        points, self._text_cells = self._line(constraints.by_text_cut, constraints.doubtful_texts, bits)
        self._text_points = points
        for text, entries in constraints.by_text.items():
            self._rare[text] = array("L", entries)
            if len(entries) * RARE >= self._layout.size and is_whole(text):
                self.texts[text] = self._text_in_order(points, text)

    def _index_numbers(self, constraints: Constraints, free: int) -> None:
        bits = free | self._layout.bits(constraints.lowest_numbers) | self._layout.bits(constraints.doubtful_numbers)
        self._points, self._numbers = self._line(constraints.by_cut, constraints.doubtful_numbers, bits)

    def _line(self, by_cut: ByCut, doubtful: list[int], bits: int) -> tuple[list[Any], list[Cell]]:
        """Points that tell values apart, ascending, and the cells below, at and between them."""
        points = sorted({value for value, _ in by_cut})
        if 2 * len(points) < MAX_ORDERED_CELLS:
            return points, self._fine_cells(points, by_cut, doubtful, bits)
        points = points[:: -(-len(points) // (MAX_ORDERED_CELLS - 1))]
        return points, self._merged_cells(points, by_cut, doubtful, bits)

    def _fine_cells(self, points: list[Any], by_cut: ByCut, doubtful: list[int], bits: int) -> list[Cell]:
        """By turns an interval and the point above it: cell 2i lies below point i, cell 2i + 1 is point i."""
        blocks, doubt = self._layout.blocks(bits), self._members(doubtful)
        cells: list[Cell] = [(blocks, doubt)]
        for cut in ((point, side) for point in points for side in (0, 1)):
            changed = by_cut.get(cut)
            if changed:
                blocks = self._layout.toggled(blocks, changed)
                cells.append((blocks, doubt))
            else:
                cells.append(cells[-1])
        return cells

    def _merged_cells(self, points: list[Any], by_cut: ByCut, doubtful: list[int], bits: int) -> list[Cell]:
        """In the same order; a point shares the cell of the interval above it."""
        cuts = sorted(by_cut)
        cells: list[Cell] = [(self._layout.blocks(bits), array("L", doubtful))]
        passing = bytearray(_little(bits, self._layout.size))
        begin = 0
        for end in (*(bisect_left(cuts, (point, 0)) for point in points[1:]), len(cuts)):
            changes = [by_cut[cut] for cut in cuts[begin:end]]
            possible = self._layout.blocks(int.from_bytes(_pass_through(passing, changes), "little"))
            doubt = array("L", doubtful)
            doubt.extend(entry for entries in changes for entry in entries)
            cells += [(possible, doubt)] * 2
            begin = end
        return cells

    def cell(self, value: object) -> Cell:
        """A value of a type of its own, and NaN, may be anything: every entry is to be asked."""
        kind = type(value)
        if kind is int or kind is float:
            number: float = value  # type: ignore[assignment]
            points = self._points
            i = bisect_left(points, number)
            if i < len(points) and points[i] == number:
                return self._numbers[2 * i + 1]
            return self._numbers[2 * i] if number == number else self._everything
        if kind is str:
            return self._text(value)  # type: ignore[arg-type]
        if value is None or kind is bool:
            return self._constants[value]
        return self._other if kind is list or kind is dict else self._everything

    def _text(self, value: str) -> Cell:
        if self._text_points is not None:
            return self._text_in_order(self._text_points, value)
        entries = self._rare.get(value)
        if entries is None:
            return self.texts.get(value, self._unlisted)
        blocks, doubt = self._unlisted
        return (self._layout.toggled(blocks, entries), doubt)

    def _text_in_order(self, points: list[str], value: str) -> Cell:
        """A text that isn't whole is equal to other texts than it is ordered with: every entry is to be asked."""
        if not is_whole(value):
            return self._everything
        units = code_units(value)
        i = bisect_left(points, units)
        blocks, doubt = self._text_cells[2 * i + 1 if i < len(points) and points[i] == units else 2 * i]
        entries = self._rare.get(value)
        return (blocks if entries is None else self._layout.toggled(blocks, entries), doubt)


def _pass_through(bits: bytearray, changes: list[list[int]]) -> bytearray:
    """Entries in `bits` before, between or after the changes, which are made."""
    anywhere = bits.copy()
    for entries in changes:
        toggle(bits, entries)
        for entry in entries:
            anywhere[entry >> 3] |= bits[entry >> 3] & (1 << (entry & 7))
    return anywhere
