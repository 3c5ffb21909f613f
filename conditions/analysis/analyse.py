"""The three questions, asked of a list of rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property

from conditions.analysis.cells import Dependency
from conditions.analysis.findings import Analysis, Gap, Meeting, Meetings, Overlap, Question, Shadowed, Undecided
from conditions.analysis.regions import region
from conditions.analysis.rules import Rules, Witness, as_witness, axes, members
from conditions.analysis.search import STEPS_PER_CELL, Beside, Budget, BudgetExceeded, Leaf, Reach, Space, Uncovered
from conditions.condition import Condition
from conditions.parsing import parse
from conditions.vocabulary import Vocabulary

# Per question: one to four seconds of processor time.
STEPS = 8_000_000
# What saying a gap costs, per attribute that it names.
_STEPS_PER_PART = 300
_OUT_OF_BUDGET = "the budget of steps was used up"
# Regions in doubt that are tried for a witness before a rule's reach is called undecided.
_TRIES = 50


def analyse(
    rules: Iterable[tuple[Condition, object]],
    vocabulary: Vocabulary,
    *,
    dependencies: Sequence[Dependency] = (),
    node_budget: int = STEPS,
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


def meetings(
    rules: Iterable[Condition],
    vocabulary: Vocabulary,
    *,
    dependencies: Sequence[Dependency] = (),
    node_budget: int = STEPS,
) -> Meetings:
    """Which rules can hold together, whatever decides. Raises as `analyse` does."""
    asked = _Asked(Rules(((rule, None) for rule in rules), vocabulary), dependencies, node_budget, 0)
    return asked.meetings()


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

    def _matching(self, space: Space, rules: Iterable[int], witness: Witness) -> tuple[int, ...]:
        asked = tuple(rules)
        space.budget.spend(sum(self._rules.steps[rule] for rule in asked))
        return self._rules.matching(asked, witness)

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
                if self._matching(space, maybe, witness):
                    in_doubt[maybe] = None
                else:
                    space.budget.spend(_STEPS_PER_PART * sum(group is not None for group in leaf.path))
                    gap = self._gap(leaf, witness, maybe)
                    gaps.setdefault(gap.text, gap)
        except BudgetExceeded:
            self.undecided.append(Undecided("gap", (), _OUT_OF_BUDGET))
        for maybe in in_doubt:
            self.undecided.append(self._in_doubt("gap", maybe, maybe))
        return list(gaps.values())

    def _uncovered(self, space: Space) -> Iterator[Leaf]:
        """Raises BudgetExceeded at the end where these aren't all: then it has gone deep too, for what can be had."""
        start = ((1 << len(self._rules.owner)) - 1, self._rules.partial)
        # Half for finding them, half for telling them.
        space.budget = Budget(self._node_budget // 2)
        uncovered = Uncovered(space, space.start(*start))
        space.budget = Budget(self._node_budget // 2)
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

    def _in_doubt(
        self, question: Question, rules: tuple[int, ...], doubtful: Iterable[int], others: Iterable[int] = ()
    ) -> Undecided:
        doubts = tuple((rule, self._rules.reason(rule)) for rule in doubtful)
        reason = "; ".join(dict.fromkeys(why for _, why in doubts))
        return Undecided(question, rules, reason, tuple(others), doubts)

    @cached_property
    def _near(self) -> list[int]:
        """Per entry, those that share a cell with it on every axis: all that can hold beside it, and perhaps more. Axes
        that the budget doesn't reach rule nobody out."""
        everyone = (1 << len(self._rules.owner)) - 1
        near = [everyone] * len(self._rules.owner)
        budget = Budget(self._node_budget)
        with suppress(BudgetExceeded):
            for axis in self._axes:
                shared = [0] * len(near)
                for cell in axis.cells:
                    sharing = cell.accepts & axis.constrained
                    budget.spend(STEPS_PER_CELL + sharing.bit_count())
                    for entry in members(sharing):
                        shared[entry] |= cell.accepts
                for entry in members(axis.constrained):
                    near[entry] &= shared[entry]
        return near

    def overlaps(self) -> list[Overlap]:
        overlaps: list[Overlap] = []
        in_doubt: defaultdict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
        space = self._space()
        for first in range(len(self._rules.conditions)):
            try:
                found, doubts = self._beside(space, first)
            except BudgetExceeded:
                left = tuple(range(first, len(self._rules.conditions)))
                self.undecided.append(Undecided("overlap", left, _OUT_OF_BUDGET))
                break
            overlaps += [Overlap(first, second, found[second]) for second in sorted(found)]
            if len(overlaps) > self._limit:
                self.more.append("overlap")
                break
            for second, doubtful in sorted(doubts.items()):
                rule, other = (second, first) if doubtful == (second,) else (first, second)
                in_doubt[rule, doubtful].append(other)
        for (rule, doubtful), others in sorted(in_doubt.items()):
            self.undecided.append(self._in_doubt("overlap", (rule,), doubtful, others))
        return overlaps[: self._limit]

    def _beside(self, space: Space, first: int) -> tuple[dict[int, Witness], dict[int, tuple[int, ...]]]:
        """Later rules with other outcomes that hold for an input that the rule decides, with that input; and those of
        which that can't be said, with the rules in doubt."""
        rules = self._rules
        found: dict[int, Witness] = {}
        doubts: dict[int, tuple[int, ...]] = {}
        tries: defaultdict[int, int] = defaultdict(int)
        settled = rules.of_outcome[first] | rules.before(first + 1)
        for entry in rules.entries[first] if first not in rules.catch_alls else ():
            search = Beside(space, entry, self._near[entry] & ~settled)
            for leaf in search.leaves(self._near[entry] & rules.before(first), rules.partial):
                for other in members(leaf.state.beside & search.wanted):
                    second = rules.owner[other]
                    if second in found or not search.wanted >> other & 1:
                        continue
                    witness = self._witness(space, leaf, 1 << entry | 1 << other)
                    if witness is None:
                        continue
                    earlier = rules.owners(leaf.state.alive)
                    if self._matching(space, (*earlier, first, second), witness) == (first, second):
                        found[second] = witness
                        settled |= rules.all_of(second)
                    else:
                        doubts[second] = self._doubtful(first, second) or earlier
                        tries[other] += 1
                        search.wanted &= ~((tries[other] == _TRIES) << other)
                search.wanted &= ~settled
        return found, {second: doubtful for second, doubtful in doubts.items() if second not in found}

    def _doubtful(self, first: int, second: int) -> tuple[int, ...]:
        """The one of two rules that can't be decided; the first where neither can."""
        return tuple(rule for rule in (first, second) if rule in self._rules_in_doubt)[:1]

    def meetings(self) -> Meetings:
        """Every pair of rules, whatever decides."""
        meetings: list[Meeting] = []
        undecided: list[tuple[int, int]] = []
        never: list[int] = []
        space = self._space()
        for first, entries in enumerate(self._rules.entries):
            pairs = self._pairs(first)
            try:
                if all(self._meeting(space, 1 << entry) is None for entry in entries):
                    never.append(first)
                    continue
                for second in sorted(pairs):
                    witnesses = [w for pair in pairs[second] if (w := self._meeting(space, pair)) is not None]
                    both = (first, second)
                    witness = next((w for w in witnesses if self._matching(space, both, w) == both), None)
                    if witness is not None:
                        meetings.append(Meeting(first, second, witness))
                    elif witnesses:
                        undecided.append(both)
            except BudgetExceeded:
                known = {(meeting.first, meeting.second) for meeting in meetings}
                undecided += [(first, second) for second in sorted(pairs) if (first, second) not in known]
        return Meetings(tuple(meetings), tuple(undecided), tuple(never))

    def _pairs(self, first: int) -> dict[int, list[int]]:
        """Later rules whose entries are near, with those pairs of entries as sets."""
        pairs: defaultdict[int, list[int]] = defaultdict(list)
        for entry in self._rules.entries[first]:
            for other in members(self._near[entry] & ~self._rules.before(first + 1)):
                pairs[self._rules.owner[other]].append(1 << entry | 1 << other)
        return pairs

    def _meeting(self, space: Space, entries: int) -> Witness | None:
        """An input that all of the entries may accept."""
        return self._witness(space, Leaf((), space.start(0, 0)), entries)

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
            for leaf in reach.leaves(earlier, self._rules.partial):
                witness = self._witness(space, leaf, 1 << entry)
                if witness is None:
                    continue
                rivals = (*self._rules.owners(leaf.state.alive), rule)
                if self._matching(space, rivals, witness) == (rule,):
                    return None
                tried += 1
                if tried == _TRIES:
                    break
            by |= self._fewest(space, entry, reach.by) if not tried else 0
        if not tried:
            return by
        doubtful = sorted(self._rules_in_doubt & {rule, *self._rules.owners(self._near_before(rule))})
        self.undecided.append(self._in_doubt("shadowed", (rule,), doubtful))
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
            witness = self._meeting(space, 1 << entry)
            if witness is not None and self._rules.conditions[rule].matches(witness):
                return witness
        return None
