"""The rules under analysis: their entries, the axes of their attributes, and how to ask them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from conditions.analysis.cells import Atom, Axis, Dependency, axis
from conditions.analysis.lists import Kind, is_decided, kinds
from conditions.condition import Condition
from conditions.conjunctions import MAX_ALTERNATIVES, conjunctions
from conditions.errors import ConditionError, ConditionInvalid
from conditions.leaves import Both, Fails, ValueTest
from conditions.nodes import All, AnyOf, Clause, Node, Not
from conditions.shapes import NO_NUMBERS, Shape, shape_of
from conditions.values import from_code_units
from conditions.vocabulary import Attribute, Vocabulary

Witness = dict[str, Any]


class Rules:
    """Raises ConditionInvalid where a condition names what the vocabulary lacks.

    `owner[entry]` is the entry's rule; a rule's entries follow one another. `partial`: entries that say too little.
    """

    def __init__(self, rules: Iterable[tuple[Condition, object]], vocabulary: Vocabulary) -> None:
        pairs = list(rules)
        self.conditions = [condition for condition, _ in pairs]
        self.outcomes = [outcome for _, outcome in pairs]
        self.vocabulary = vocabulary
        self.owner: list[int] = []
        self.entries: list[range] = []
        self.partial = 0
        self.catch_alls: set[int] = set()
        self.constraints: defaultdict[str, list[tuple[int, Shape]]] = defaultdict(list)
        # The texts that rules name, even where what they say of them comes to nothing.
        self.named: defaultdict[str, set[str]] = defaultdict(set)
        # Per rule, what asking it costs.
        self.steps = [4 + 2 * sum(1 for _ in _clauses(condition.root)) for condition in self.conditions]
        # Per attribute of lists with closed choices, what there is to tell apart.
        self.kinds = self._kinds()
        for rule, condition in enumerate(self.conditions):
            self._add(rule, condition)

    def _kinds(self) -> dict[str, list[Kind]]:
        tests: defaultdict[str, list[ValueTest]] = defaultdict(list)
        for condition in self.conditions:
            for clause in _clauses(condition.root):
                tests[clause.name].append(clause.test)
        attributes = [attribute for attribute in self.vocabulary if attribute.type == "list" and attribute.choices]
        return {
            each.name: kinds(each.choices, tests[each.name])
            for each in attributes
            if each.name in tests and each.choices
        }

    def _add(self, rule: int, condition: Condition) -> None:
        first = len(self.owner)
        for shapes, partial in conjunctions(condition.root, self._shape):
            entry = len(self.owner)
            self.owner.append(rule)
            self.partial |= partial << entry
            if not shapes and not partial:
                self.catch_alls.add(rule)
            for path, shape in shapes.items():
                self.constraints[".".join(path)].append((entry, shape))
        self.entries.append(range(first, len(self.owner)))

    def _shape(self, clause: Clause) -> Shape:
        """With closed choices every test on a text is decided, by trying, and most on a list; there is no order among
        them. Kinds of lists are written as texts, by their keys."""
        attribute = self.vocabulary.get(clause.name)
        if attribute is None:
            raise ConditionInvalid(clause.name, "isn't in the vocabulary that the analysis was given")
        shape = shape_of(clause.test)
        if told_apart := self.kinds.get(clause.name):
            holding = frozenset(kind.key for kind in told_apart if clause.test.holds(kind.example))
            return ((False, holding) if is_decided(clause.test) else None, NO_NUMBERS, shape[2], False)
        self.named[clause.name].update(_texts_named(clause.test))
        if attribute.choices is not None and (shape[0] is None or isinstance(shape[0][1], tuple)):
            return ((False, frozenset(filter(clause.test.holds, attribute.choices))), *shape[1:])
        return shape

    def before(self, rule: int) -> int:
        """The entries of earlier rules."""
        return (1 << (self.entries[rule].start if rule < len(self.entries) else len(self.owner))) - 1

    def all_of(self, rule: int) -> int:
        """The rule's entries."""
        return self.before(rule + 1) & ~self.before(rule)

    @cached_property
    def of_outcome(self) -> list[int]:
        """Per rule, the entries of those with the same outcome, and of those that always hold."""
        fallbacks = sum(self.all_of(rule) for rule in self.catch_alls)
        alike: list[tuple[object, list[int]]] = []
        for rule, outcome in enumerate(self.outcomes):
            same = next((rules for other, rules in alike if other == outcome), None)
            if same is None:
                alike.append((outcome, [rule]))
            else:
                same.append(rule)
        found = [0] * len(self.outcomes)
        for _, rules in alike:
            entries = sum(map(self.all_of, rules)) | fallbacks
            for rule in rules:
                found[rule] = entries
        return found

    def owners(self, entries: int) -> tuple[int, ...]:
        return tuple(sorted({self.owner[entry] for entry in members(entries)}))

    def matching(self, rules: Iterable[int], witness: Witness) -> tuple[int, ...]:
        return tuple(rule for rule in rules if self.conditions[rule].matches(witness))

    def reason(self, rule: int) -> str:
        """Why the rule may be in doubt."""
        clauses = [clause for clause in _clauses(self.conditions[rule].root) if self._in_doubt(clause)]
        if clauses:
            said = ", ".join(dict.fromkeys(f"“{clause.sentence(self.vocabulary)}”" for clause in clauses))
            return f"{said} can't be decided for all values"
        return f"it has more than {MAX_ALTERNATIVES} alternatives"

    def _in_doubt(self, clause: Clause) -> bool:
        texts, numbers, _, other = self._shape(clause)
        attribute = self.vocabulary.get(clause.name)
        part = {"string": texts, "number": numbers, "list": texts if self.kinds.get(clause.name) else other}
        return attribute is not None and attribute.type in part and part[attribute.type] is None


def _texts_named(test: ValueTest) -> Iterator[str]:
    if isinstance(test, Both):
        for inner in test.tests:
            yield from _texts_named(inner)
    elif isinstance(test, Fails):
        yield from _texts_named(test.test)
    else:
        texts = shape_of(test)[0]
        for said in texts[1] if texts is not None else ():
            yield said if isinstance(said, str) else from_code_units(said[0])


def _clauses(node: Node) -> Iterator[Clause]:
    if isinstance(node, Clause):
        yield node
    elif isinstance(node, Not):
        yield from _clauses(node.node)
    elif isinstance(node, All | AnyOf):
        for part in node.nodes:
            yield from _clauses(part)


def members(entries: int) -> Iterator[int]:
    while entries:
        lowest = entries & -entries
        yield lowest.bit_length() - 1
        entries ^= lowest


def axes(rules: Rules, dependencies: Sequence[Dependency]) -> list[Axis]:
    """What the rules read, and what that depends on; each after what it depends on, the most asked for first.

    Raises ConditionError where dependencies run in a circle.
    """
    names = _with_what_they_depend_on(set(rules.constraints), rules.vocabulary, dependencies)
    order: list[str] = []
    while pending := names - set(order):
        ready = [name for name in pending if not any(d.attribute == name and d.on in pending for d in dependencies)]
        if not ready:
            raise ConditionError(f"dependencies run in a circle among {', '.join(sorted(pending))}")
        # By name where as many entries ask for both, so that the outcome is always the same.
        order.append(min(ready, key=lambda name: (-len(rules.constraints.get(name, ())), name)))
    made: dict[str, Axis] = {}
    for name in reversed(order):
        made[name] = _axis(name, rules, [d for d in dependencies if d.attribute in names and d.on in names], made)
    return [made[name] for name in order]


def _with_what_they_depend_on(names: set[str], vocabulary: Vocabulary, dependencies: Sequence[Dependency]) -> set[str]:
    while more := {d.on for d in dependencies if d.attribute in names and d.on in vocabulary} - names:
        names = names | more
    return names


def _axis(name: str, rules: Rules, dependencies: Sequence[Dependency], made: dict[str, Axis]) -> Axis:
    """Dependents are made before what they depend on, which has to tell apart whatever they do."""
    attribute = rules.vocabulary.get(name)
    assert attribute is not None  # noqa: S101  `Rules` has looked
    dependents = [
        cell.possible[i]
        for d in dependencies
        if d.on == name
        for i in [[o.on for o in dependencies if o.attribute == d.attribute].index(name)]
        for cell in made[d.attribute].cells
    ]
    return axis(
        attribute,
        rules.constraints.get(name, ()),
        len(rules.owner),
        [d for d in dependencies if d.attribute == name],
        dependents,
        rules.named[name].union(*(possible for possible in dependents if possible is not None)),
        rules.kinds.get(name, ()),
    )


def as_witness(attributes: Iterable[Attribute], atoms: Iterable[Atom]) -> Witness:
    witness: Witness = {}
    for attribute, atom in zip(attributes, atoms, strict=True):
        if atom.kind == "missing":
            continue
        inner = witness
        *outer, last = attribute.name.split(".")
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = atom.value
    return witness
