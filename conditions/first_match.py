"""Which of many conditions holds first? At a cost that hardly grows with their number.

Each condition becomes a few conjunctions (`conditions.conjunctions`), the *entries*, in order. Each attribute has a
column that gives, for a value, the bitset of entries it leaves possible (`conditions.columns`). A search takes one
bitset per column, intersects them block by block and reads off the lowest bits. An entry of which the columns don't
tell everything is asked by evaluating its condition, so that the answer always equals that of a plain loop.
"""

from array import array
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from operator import and_

from conditions.columns import Column, Constraints, Layout
from conditions.condition import Condition
from conditions.conjunctions import Path, conjunctions
from conditions.values import get_path


class FirstMatch:
    """An index over conditions in order of precedence. Immutable; building takes time, so keep it."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(conditions)
        self._rules = array("L")
        partial_entries: list[int] = []
        constraints: defaultdict[Path, Constraints] = defaultdict(Constraints)
        for rule, condition in enumerate(self._conditions):
            for shapes, partial in conjunctions(condition.root):
                entry = len(self._rules)
                self._rules.append(rule)
                if partial:
                    partial_entries.append(entry)
                for path, shape in shapes.items():
                    constraints[path].add(entry, shape)
        layout = Layout(len(self._rules))
        self._partial: Container[int] = frozenset(partial_entries)
        self._starts = layout.starts
        self._all = layout.blocks(layout.full())
        columns = (Column(path, said, layout) for path, said in constraints.items())
        # The attribute's plain name, its path, its texts and the way to all other values: bound once, read often.
        self._columns = tuple((column.name, column.path, column.texts, column.cell) for column in columns)

    def find(self, attributes: Mapping[str, object]) -> int | None:
        """The index of the first condition that holds, or None."""
        blocks, doubts = self._possible(attributes)
        for start, bits in zip(self._starts, blocks, strict=False):
            while bits:
                lowest = bits & -bits
                entry = start + lowest.bit_length() - 1
                if not doubts or self._holds(entry, doubts, attributes):
                    return self._rules[entry]
                bits ^= lowest
        return None

    def find_all(self, attributes: Mapping[str, object]) -> list[int]:
        """The indexes of all conditions that hold, ascending."""
        blocks, doubts = self._possible(attributes)
        found: dict[int, None] = {}
        for start, bits in zip(self._starts, blocks, strict=False):
            while bits:
                lowest = bits & -bits
                entry = start + lowest.bit_length() - 1
                if not doubts or self._holds(entry, doubts, attributes):
                    found[self._rules[entry]] = None
                bits ^= lowest
        return list(found)

    def _possible(self, attributes: Mapping[str, object]) -> tuple[Iterable[int], list[Container[int]]]:
        """The entries that may hold, block by block, and those that must be asked."""
        blocks: Iterable[int] | None = None
        doubts: list[Container[int]] = [self._partial] if self._partial else []
        plain = type(attributes) is dict
        for name, path, texts, cell in self._columns:
            value = attributes.get(name) if plain and name is not None else get_path(attributes, path)
            known = texts.get(value) if type(value) is str else None
            possible, doubt = known or cell(value)
            blocks = possible if blocks is None else map(and_, blocks, possible)
            if doubt:
                doubts.append(doubt)
        return (self._all if blocks is None else blocks), doubts

    def _holds(self, entry: int, doubts: list[Container[int]], attributes: Mapping[str, object]) -> bool:
        for doubt in doubts:
            if entry in doubt:
                return self._conditions[self._rules[entry]].matches(attributes)
        return True
