"""The three questions, asked of a list of rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from conditions.analysis.cells import Dependency
from conditions.analysis.findings import Analysis, Gap, Overlap, Question, Shadowed, Undecided
from conditions.analysis.regions import region
from conditions.analysis.rules import Rules, Witness, as_witness, axes, members
from conditions.analysis.search import Budget, BudgetExceeded, Leaf, Reach, Space, Uncovered
from conditions.condition import Condition
from conditions.parsing import parse
from conditions.vocabulary import Vocabulary

_OUT_OF_BUDGET = "the budget of steps was used up"
# Regions in doubt that are tried for a witness before a rule's reach is called undecided.
_TRIES = 50


def analyse(
    rules: Iterable[tuple[Condition, object]],
    vocabulary: Vocabulary,
    *,
    dependencies: Sequence[Dependency] = (),
    node_budget: int = 4_000_000,
    limit: int = 100,
) -> Analysis:
    """`rules`: conditions with their outcomes, in order of precedence, all parsed under the vocabulary.

    Each of the three questions has `node_budget` steps of search, and reports at most `limit` findings. The same
    arguments give the same analysis. Raises ConditionInvalid for a condition that names what the vocabulary lacks, and
    ConditionError for dependencies in a circle.
    """
    asked = _Asked(Rules(rules, vocabulary), dependencies, node_budget, limit)
    gaps, overlaps, shadowed = asked.gaps(), asked.overlaps(), asked.shadowed()
    return Analysis(
        gaps=tuple(gaps),
        overlaps=tuple(overlaps),
        shadowed=tuple(shadowed),
        undecided=tuple(asked.undecided),
        more=tuple(asked.more),
    )


class _Asked:
    def __init__(self, rules: Rules, dependencies: Sequence[Dependency], node_budget: int, limit: int) -> None:
        self._rules = rules
        self._axes = axes(rules, dependencies)
        self._dependencies = dependencies
        self._node_budget = node_budget
        self._limit = limit
        self.undecided: list[Undecided] = []
        self.more: list[Question] = []

    def _space(self) -> Space:
        return Space(self._axes, self._dependencies, len(self._rules.owner), Budget(self._node_budget))

    def _witness(self, space: Space, leaf: Leaf, entries: int = 0) -> Witness | None:
        atoms = space.witness(leaf.path, leaf.state, entries)
        return None if atoms is None else as_witness((axis.attribute for axis in self._axes), atoms)

    def gaps(self) -> list[Gap]:
        rules, space = self._rules, self._space()
        gaps: dict[str, Gap] = {}
        in_doubt: dict[tuple[int, ...], None] = {}
        try:
            for leaf in self._uncovered(space):
                witness = self._witness(space, leaf)
                if witness is None:
                    continue
                if len(gaps) + len(in_doubt) == self._limit:
                    self.more.append("gap")
                    break
                maybe = rules.owners(leaf.state.alive)
                if rules.matching(maybe, witness):
                    in_doubt[maybe] = None
                else:
                    gap = self._gap(leaf, witness, maybe)
                    gaps.setdefault(gap.text, gap)
        except BudgetExceeded:
            self.undecided.append(Undecided("gap", (), _OUT_OF_BUDGET))
        for maybe in in_doubt:
            self.undecided.append(Undecided("gap", maybe, self._reasons(maybe)))
        return list(gaps.values())

    def _uncovered(self, space: Space) -> Iterator[Leaf]:
        """Raises BudgetExceeded at the end where these aren't all: then it has gone deep too, for what can be had."""
        start = ((1 << len(self._rules.owner)) - 1, self._rules.partial)
        uncovered = Uncovered(space, space.start(*start))
        space.budget = Budget(self._node_budget)
        yield from uncovered.leaves()
        if not uncovered.complete:
            yield from Reach(space, None).leaves(*start)
            raise BudgetExceeded

    def _gap(self, leaf: Leaf, witness: Witness, unless: tuple[int, ...]) -> Gap:
        groups = [
            (axis, [axis.cells[i] for i in group])
            for axis, group in zip(self._axes, leaf.path, strict=False)
            if group is not None
        ]
        document = region(groups)
        return Gap(document, parse(document, self._rules.vocabulary).describe(), witness, unless)

    def _reasons(self, rules: Iterable[int]) -> str:
        return "; ".join(f"rule {rule}: {self._rules.reason(rule)}" for rule in rules)

    @cached_property
    def _near(self) -> list[int]:
        """Per entry, those that share a cell with it on every axis: all that can hold beside it, and perhaps more."""
        everyone = (1 << len(self._rules.owner)) - 1
        near = [everyone] * len(self._rules.owner)
        for axis in self._axes:
            shared = [0] * len(near)
            for cell in axis.cells:
                for entry in members(cell.accepts & axis.constrained):
                    shared[entry] |= cell.accepts
            for entry in members(axis.constrained):
                near[entry] &= shared[entry]
        return near

    def overlaps(self) -> list[Overlap]:
        overlaps: list[Overlap] = []
        in_doubt: defaultdict[int, list[int]] = defaultdict(list)
        space = self._space()
        try:
            for first, second, pairs in self._neighbours():
                witnesses = [witness for pair in pairs for witness in self._meetings(space, pair)]
                rules = (first, second)
                witness = next((w for w in witnesses if self._rules.matching(rules, w) == rules), None)
                if witness is not None and len(overlaps) == self._limit:
                    self.more.append("overlap")
                    break
                if witness is not None:
                    overlaps.append(Overlap(first, second, witness))
                elif witnesses:
                    in_doubt[self._doubtful(first, second)].append(first + second - self._doubtful(first, second))
        except BudgetExceeded:
            self.undecided.append(Undecided("overlap", (), _OUT_OF_BUDGET))
        for rule, others in sorted(in_doubt.items()):
            self.undecided.append(Undecided("overlap", (rule,), self._rules.reason(rule), tuple(others)))
        return overlaps

    def _neighbours(self) -> Iterator[tuple[int, int, list[int]]]:
        """Rules with differing outcomes whose entries are near, with those pairs of entries as sets."""
        rules = self._rules
        for first, entries in enumerate(rules.entries):
            pairs: defaultdict[int, list[int]] = defaultdict(list)
            for entry in entries if first not in rules.catch_alls else ():
                for other in members(self._near[entry] >> entries.stop << entries.stop):
                    pairs[rules.owner[other]].append(1 << entry | 1 << other)
            for second in sorted(pairs):
                if second not in rules.catch_alls and rules.outcomes[first] != rules.outcomes[second]:
                    yield first, second, pairs[second]

    def _meetings(self, space: Space, entries: int) -> Iterator[Witness]:
        """Inputs that all of the entries may accept."""
        witness = self._witness(space, Leaf((), space.start(0, 0)), entries)
        if witness is not None:
            yield witness

    def _doubtful(self, first: int, second: int) -> int:
        """The one of two rules that can't be decided; the first where neither can."""
        return first if first in self._rules_in_doubt else second

    @cached_property
    def _rules_in_doubt(self) -> frozenset[int]:
        doubts = self._rules.partial
        for axis in self._axes:
            for cell in axis.cells:
                doubts |= cell.doubts
        return frozenset(self._rules.owners(doubts))

    def shadowed(self) -> list[Shadowed]:
        shadowed: list[Shadowed] = []
        space = self._space()
        for rule in range(len(self._rules.conditions)):
            try:
                by = self._taken_by(space, rule)
                if by is None:
                    continue
                found = Shadowed(rule, self._rules.owners(by), self._example(space, rule))
            except BudgetExceeded:
                left = tuple(range(rule, len(self._rules.conditions)))
                self.undecided.append(Undecided("shadowed", left, _OUT_OF_BUDGET))
                break
            if len(shadowed) == self._limit:
                self.more.append("shadowed")
                break
            shadowed.append(found)
        return shadowed

    def _taken_by(self, space: Space, rule: int) -> int | None:
        """The earlier entries that take all of the rule's inputs; None if some input reaches it or it's undecided."""
        by, tried = 0, 0
        for entry in self._rules.entries[rule]:
            reach = Reach(space, entry)
            earlier = self._near[entry] & self._rules.before(rule)
            rivals = (*self._rules.owners(earlier), rule)
            for leaf in reach.leaves(earlier, self._rules.partial):
                witness = self._witness(space, leaf, 1 << entry)
                if witness is None:
                    continue
                if self._rules.matching(rivals, witness) == (rule,):
                    return None
                tried += 1
                if tried == _TRIES:
                    break
            by |= self._fewest(space, entry, reach.by) if not tried else 0
        if not tried:
            return by
        doubtful = sorted(self._rules_in_doubt & {rule, *self._rules.owners(self._near_before(rule))})
        self.undecided.append(Undecided("shadowed", (rule,), self._reasons(doubtful)))
        return None

    def _near_before(self, rule: int) -> int:
        near = 0
        for entry in self._rules.entries[rule]:
            near |= self._near[entry]
        return near & self._rules.before(rule)

    def _fewest(self, space: Space, entry: int, by: int) -> int:
        """Without those that the others can do without."""
        for other in members(by) if by.bit_count() > 1 else ():
            fewer = by & ~(1 << other)
            leaves = Reach(space, entry).leaves(fewer, 0)
            if all(self._witness(space, leaf, 1 << entry) is None for leaf in leaves):
                by = fewer
        return by

    def _example(self, space: Space, rule: int) -> Witness | None:
        for entry in self._rules.entries[rule]:
            for witness in self._meetings(space, 1 << entry):
                if self._rules.conditions[rule].matches(witness):
                    return witness
        return None
