"""A condition's tree as a few conjunctions, any of which must hold: its disjunctive normal form, kept small.

`not` is pushed inwards, alternatives that differ on one attribute alone become one, and what would grow beyond
MAX_ALTERNATIVES is left out: the conjunction then says too little, and is marked `partial`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from conditions.nodes import All, AnyOf, Clause, Node, Not
from conditions.shapes import Shape, intersection, inverted, shape_of, union

MAX_ALTERNATIVES = 16

Path = tuple[str, ...]
ShapeOf = Callable[[Clause], Shape]
# (shapes, partial): all shapes must hold, each for the value at its path. If partial, more must hold than is said.
Conjunction = tuple[dict[Path, Shape], bool]

_UNSAID: Conjunction = ({}, True)
_ALWAYS: Conjunction = ({}, False)


def clause_shape(clause: Clause) -> Shape:
    return shape_of(clause.test)


def conjunctions(node: Node, shape: ShapeOf = clause_shape, negated: bool = False) -> list[Conjunction]:
    """At most MAX_ALTERNATIVES; none means that the condition never holds."""
    if isinstance(node, Clause):
        return [({node.path: inverted(shape(node)) if negated else shape(node)}, False)]
    if isinstance(node, Not):
        return conjunctions(node.node, shape, not negated)
    if not isinstance(node, All | AnyOf):
        return [_UNSAID]
    clauses = [part for part in node.nodes if isinstance(part, Clause)]
    if isinstance(node, All) and not negated and len(clauses) == len(node.nodes):
        return [(_said_together((clause.path, shape(clause)) for clause in clauses), False)]
    parts = (conjunctions(part, shape, negated) for part in node.nodes)
    # An empty `or` holds, as an empty `and` does.
    is_conjunction = isinstance(node, All) or not node.nodes
    return _all_of(parts) if is_conjunction is not negated else _any_of(parts)


def _all_of(parts: Iterable[list[Conjunction]]) -> list[Conjunction]:
    found: list[Conjunction] = [({}, False)]
    for part in parts:
        if len(found) * len(part) > MAX_ALTERNATIVES:
            part = [_UNSAID]
        found = [_joined(one, two) for one in found for two in part]
        if len(found) > 1:
            found = _without_implied(found)
    return found


def _joined(one: Conjunction, two: Conjunction) -> Conjunction:
    (left, left_partial), (right, right_partial) = one, two
    return (_said_together(right.items(), left.copy()), left_partial or right_partial)


def _said_together(said: Iterable[tuple[Path, Shape]], shapes: dict[Path, Shape] | None = None) -> dict[Path, Shape]:
    """`shapes`, changed, with what else is said."""
    shapes = {} if shapes is None else shapes
    for path, shape in said:
        shapes[path] = intersection(shapes[path], shape) if path in shapes else shape
    return shapes


def _without_implied(found: list[Conjunction]) -> list[Conjunction]:
    """Without those that only add to what another one says."""
    kept: list[Conjunction] = []
    # What is added to says less, and so comes first.
    for one in sorted(found, key=lambda conjunction: len(conjunction[0])):
        if not any(shapes.items() <= one[0].items() and not partial for shapes, partial in kept):
            kept.append(one)
    return kept


def _any_of(parts: Iterable[list[Conjunction]]) -> list[Conjunction]:
    found = [one for part in parts for one in part]
    if _ALWAYS in found:
        return [_ALWAYS]
    merged = _merged([shapes for shapes, partial in found if not partial])
    found = [one for one in found if one[1]] + [(shapes, False) for shapes in merged]
    return found if len(found) <= MAX_ALTERNATIVES else [_UNSAID]


def _merged(alternatives: list[dict[Path, Shape]]) -> list[dict[Path, Shape]]:
    """Those that differ on one attribute alone become one with the union there, as the prefixes of a country do."""
    shapes_at: defaultdict[Path, list[Shape]] = defaultdict(list)
    for shapes in alternatives:
        for path, shape in shapes.items():
            shapes_at[path].append(shape)
    several = [path for path, found in shapes_at.items() if len(found) > 1]
    # The attribute of which most is said comes first: what is said beside it differs least.
    for path in sorted(several, key=lambda path: -len(set(shapes_at[path]))):
        alternatives = _merged_at(path, alternatives)
    return alternatives


def _merged_at(path: Path, alternatives: list[dict[Path, Shape]]) -> list[dict[Path, Shape]]:
    alike: dict[tuple[bool, frozenset[tuple[Path, Shape]]], dict[Path, Shape]] = {}
    for shapes in alternatives:
        beside = (path in shapes, frozenset((other, shape) for other, shape in shapes.items() if other != path))
        if beside in alike and path in shapes:
            shapes = shapes | {path: union(alike[beside][path], shapes[path])}
        alike[beside] = shapes
    return list(alike.values())
