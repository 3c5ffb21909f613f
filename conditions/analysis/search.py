"""Which combinations of cells does nobody cover? A search over the attributes in turn.

A state is what matters of the cells chosen so far: the entries still *alive* (no chosen cell refuses them), which of
those are in *doubt*, and the families chosen for attributes on which later ones depend. States that are equal are
looked at once, and a state is settled early where a sure entry has nothing left to say.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from conditions.analysis.cells import Atom, Axis, Cell, Dependency, occurs_beside

# What work costs in steps, of a third of a microsecond or so. A state costs more the more attributes lie behind it.
STEPS_PER_STATE = 24
STEPS_PER_LEVEL = 2
STEPS_PER_CELL = 1
STEPS_PER_VISIT = 4
# Sets of so many entries take twice as long as small ones.
WIDE = 600


class BudgetExceeded(Exception):
    """Internal: the caller reports what is left as undecided."""


class Budget:
    """Counts work and not time, so that the same arguments give the same analysis."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise BudgetExceeded


class State(NamedTuple):
    """`chosen`: for each axis before `level`, a cell of the family chosen, where later axes still depend on it.

    `beside`: entries that may hold as well, where the search is for such.
    """

    level: int
    alive: int
    doubt: int
    chosen: tuple[int | None, ...]
    beside: int = 0


class Verdict(Enum):
    OPEN = "needs more attributes"
    COVERED = "a sure entry holds whatever comes"
    GAP = "no entry is alive"
    DOUBT = "only entries in doubt are left, and none has more to say"


# The cells of one axis that lead to the same state.
Group = tuple[int, ...]


@dataclass
class Space:
    """The axes in order, each after those it depends on."""

    axes: Sequence[Axis]
    dependencies: Sequence[Dependency]
    entries: int
    budget: Budget
    # free[k]: the entries that say nothing about axes k and later.
    free: list[int] = field(init=False)

    def __post_init__(self) -> None:
        everyone = (1 << self.entries) - 1
        self.free = [everyone]
        for axis in reversed(self.axes):
            self.free.append(self.free[-1] & ~axis.constrained)
        self.free.reverse()
        levels = {axis.attribute.name: level for level, axis in enumerate(self.axes)}
        present = [d for d in self.dependencies if d.attribute in levels and d.on in levels]
        # Per axis, the levels it depends on, in the order of `Cell.possible`.
        self._depends = [[levels[d.on] for d in present if d.attribute == axis.attribute.name] for axis in self.axes]
        self._needed_until = [
            max((later for later, on in enumerate(self._depends) if level in on), default=level)
            for level in range(len(self.axes))
        ]
        self._width = 1 + self.entries // WIDE
        self._accepted: dict[tuple[int, int], list[int]] = {}
        # One cell stands for each family.
        self._stands_for = [self._first_of_family(axis) for axis in self.axes]

    def _first_of_family(self, axis: Axis) -> list[int]:
        first: dict[int, int] = {}
        return [first.setdefault(cell.family, i) for i, cell in enumerate(axis.cells)]

    def start(self, alive: int, doubt: int, beside: int = 0) -> State:
        return State(0, alive, doubt & alive, (), beside)

    def verdict(self, state: State) -> Verdict:
        free = self.free[state.level]
        if state.alive & ~state.doubt & free:
            return Verdict.COVERED
        if not state.alive:
            return Verdict.GAP
        return Verdict.DOUBT if not state.alive & ~free else Verdict.OPEN

    def occurs(self, level: int, cell: Cell, chosen: tuple[int | None, ...]) -> bool:
        """Whether the cell is possible beside what was chosen for the attributes it depends on."""
        for on, possible in zip(self._depends[level], cell.possible, strict=True):
            other = chosen[on]
            if other is not None and not occurs_beside(self.axes[on].cells[other].value, possible):
                return False
        return True

    def extended(self, chosen: tuple[int | None, ...], level: int, cell: int) -> tuple[int | None, ...]:
        """With the cell's family kept for as long as a later axis depends on it."""
        following = (*chosen, self._stands_for[level][cell])
        return tuple(
            kept if kept is not None and self._needed_until[i] > level else None for i, kept in enumerate(following)
        )

    def steps(self, state: State, allowed: int | None = None) -> dict[State, Group | None]:
        """The states one axis further, with the cells that lead there; None is any cell. `allowed` is an entry whose
        cells alone count."""
        level = state.level
        axis = self.axes[level]
        alone = not self._depends[level] and self._needed_until[level] == level
        per_state = STEPS_PER_STATE + STEPS_PER_LEVEL * level
        concerned = state.alive | state.beside | (0 if allowed is None else 1 << allowed)
        if alone and axis.cells and not concerned & axis.constrained:
            self.budget.spend(per_state)
            return {State(level + 1, state.alive, state.doubt, (*state.chosen, None), state.beside): None}
        accepted = range(len(axis.cells)) if allowed is None else self.accepted(level, allowed)
        self.budget.spend(per_state + STEPS_PER_CELL * self._width * len(accepted))
        following: defaultdict[tuple[int, int, tuple[int | None, ...], int], list[int]] = defaultdict(list)
        untouched = (*state.chosen, None)
        for i in accepted:
            cell = axis.cells[i]
            if not alone and not self.occurs(level, cell, state.chosen):
                continue
            alive = state.alive & cell.accepts
            chosen = untouched if alone else self.extended(state.chosen, level, i)
            following[(alive, (state.doubt | cell.doubts) & alive, chosen, state.beside & cell.accepts)].append(i)
        self.budget.spend(per_state * self._width * len(following))
        return {State(level + 1, *key): tuple(cells) for key, cells in following.items()}

    def accepted(self, level: int, entry: int) -> Sequence[int]:
        """The cells of an axis that the entry may accept."""
        axis = self.axes[level]
        if not axis.constrained >> entry & 1:
            return range(len(axis.cells))
        if (level, entry) not in self._accepted:
            self.budget.spend(self._width * len(axis.cells))
            cells = [i for i, cell in enumerate(axis.cells) if cell.accepts >> entry & 1]
            self._accepted[level, entry] = cells
        return self._accepted[level, entry]

    def completed(self, level: int, chosen: tuple[int | None, ...], entries: int, sure: bool) -> list[Atom] | None:
        """Values for the axes from `level` on that all of `entries` accept (without doubt, if `sure`), and that occur
        together; None if there are none. What the entries don't ask for is left missing where it may be."""
        if level == len(self.axes):
            return []
        axis = self.axes[level]
        alone = not self._depends[level] and self._needed_until[level] == level
        self.budget.spend(STEPS_PER_STATE + STEPS_PER_LEVEL * level)
        for i, atom in self._candidates(level, entries):
            self.budget.spend(STEPS_PER_CELL + self._width)
            accepts = axis.cells[i].accepts & ~axis.cells[i].doubts if sure else axis.cells[i].accepts
            if entries & ~accepts or not self.occurs(level, axis.cells[i], chosen):
                continue
            rest = self.completed(level + 1, self.extended(chosen, level, i), entries, sure)
            if rest is not None:
                return [atom, *rest]
            if alone:
                # Another cell wouldn't change what follows.
                return None
        return None

    def _candidates(self, level: int, entries: int) -> Iterator[tuple[int, Atom]]:
        axis = self.axes[level]
        concerned = entries & axis.constrained
        if not concerned and not axis.attribute.required:
            yield next((i, atom) for i, cell in enumerate(axis.cells) for atom in cell.atoms if atom.kind == "missing")
        lowest = (concerned & -concerned).bit_length() - 1
        for i in self.accepted(level, lowest) if concerned else range(len(axis.cells)):
            yield i, axis.cells[i].atoms[0]

    def witness(self, path: "Path", state: State, entries: int = 0) -> list[Atom] | None:
        """Values along the path, then such as `entries` accept, surely if possible; None where none occur."""
        rest = self.completed(state.level, state.chosen, entries, sure=True)
        rest = rest or self.completed(state.level, state.chosen, entries, sure=False)
        if rest is None:
            return None
        return [*(self._value(level, group, entries) for level, group in enumerate(path)), *rest]

    def _value(self, level: int, group: Group | None, entries: int) -> Atom:
        if group is None:
            return next(atom for _, atom in self._candidates(level, entries))
        self.budget.spend(len(group))
        cells = self.axes[level].cells
        return min((cells[i] for i in group), key=lambda cell: (cell.doubts & entries).bit_count()).atoms[0]


Path = tuple[Group | None, ...]


@dataclass(frozen=True)
class Leaf:
    """A region that no sure entry covers: the groups chosen, and the state they lead to."""

    path: Path
    state: State


class Uncovered:
    """All regions that no sure entry covers, those that are settled by the first attributes first.

    `complete` is False where the budget didn't suffice; what was found by then still holds.
    """

    def __init__(self, space: Space, start: State) -> None:
        self._space = space
        self._start = start
        self._steps: dict[State, dict[State, Group | None]] = {}
        # Bit k: a region settled at level k lies behind the state.
        self._behind: dict[State, int] = {}
        self.complete = True
        self._explore()

    def leaves(self) -> Iterator[Leaf]:
        for level in range(len(self._space.axes) + 1):
            yield from self._settled_at(level, (), self._start)

    def _settled_at(self, level: int, path: Path, state: State) -> Iterator[Leaf]:
        self._space.budget.spend(STEPS_PER_VISIT)
        if not self._behind.get(state, 0) >> level & 1:
            return
        if state.level == level:
            yield Leaf(path, state)
            return
        for following, group in self._steps[state].items():
            yield from self._settled_at(level, (*path, group), following)

    def _explore(self) -> None:
        layers: list[list[State]] = [[self._start]]
        try:
            while layers[-1]:
                layers.append([])
                for state in layers[-2]:
                    self._settle(state)
                layers[-1] = list({step: None for state in layers[-2] for step in self._steps.get(state, ())})
        except BudgetExceeded:
            self.complete = False
        for layer in reversed(layers):
            for state in layer:
                for following in self._steps.get(state, ()):
                    self._behind[state] = self._behind.get(state, 0) | self._behind.get(following, 0)

    def _settle(self, state: State) -> None:
        verdict = self._space.verdict(state)
        if verdict is Verdict.OPEN:
            self._steps[state] = self._space.steps(state)
        elif verdict is not Verdict.COVERED:
            self._behind[state] = 1 << state.level


class Reach:
    """Whether an entry (with None, any input) can hold where none of some others does. Goes deep first.

    `by`: entries that take its place, in the regions seen so far.
    """

    def __init__(self, space: Space, entry: int | None) -> None:
        self._space = space
        self._entry = entry
        self.by = 0

    def leaves(self, others: int, doubt: int) -> Iterator[Leaf]:
        """Regions of the entry, surely or in doubt, that no sure one of the others covers. Raises BudgetExceeded."""
        self.by = 0
        start = self._space.start(others, doubt)
        seen = {start}
        pending: list[tuple[Path, State]] = [((), start)]
        while pending:
            path, state = pending.pop()
            self._space.budget.spend(STEPS_PER_VISIT)
            verdict = self._space.verdict(state)
            if verdict is Verdict.COVERED:
                covering = state.alive & ~state.doubt & self._space.free[state.level]
                if not covering & self.by:
                    self.by |= covering & -covering
            elif verdict is Verdict.OPEN:
                steps = self._space.steps(state, allowed=self._entry)
                pending += [((*path, group), step) for step, group in steps.items() if step not in seen]
                seen.update(steps)
            else:
                yield Leaf(path, state)


class Beside:
    """Which entries can hold as well where an entry holds and none of some others does? Goes deep first.

    `wanted`: the entries still looked for; whoever asks takes out what has been found.
    """

    def __init__(self, space: Space, entry: int, wanted: int) -> None:
        self._space = space
        self._entry = entry
        self.wanted = wanted

    def leaves(self, others: int, doubt: int) -> Iterator[Leaf]:
        """Regions of the entry that no sure one of the others covers, with those `beside` it. Raises BudgetExceeded."""
        start = self._space.start(others, doubt, self.wanted)
        seen = {start}
        pending: list[tuple[Path, State]] = [((), start)]
        while pending:
            path, state = pending.pop()
            self._space.budget.spend(STEPS_PER_VISIT)
            if not state.beside & self.wanted:
                continue
            verdict = self._space.verdict(state)
            if verdict is Verdict.OPEN:
                steps = self._space.steps(state, allowed=self._entry)
                new = [(step, group) for step, group in steps.items() if step not in seen]
                # Those with most beside them are looked at first.
                new.sort(key=lambda each: (each[0].beside & self.wanted).bit_count())
                pending += [((*path, group), step) for step, group in new]
                seen.update(steps)
            elif verdict is not Verdict.COVERED:
                yield Leaf(path, state)
