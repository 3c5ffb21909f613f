"""A condition's tree as a few conjunctions, any of which must hold: its disjunctive normal form, kept small.

`not` is pushed inwards, alternatives on one attribute become one shape, and what would grow beyond MAX_ALTERNATIVES
is left out: the conjunction then says too little, and is marked `partial`.
"""

from collections.abc import Callable, Iterable

from conditions.nodes import All, AnyOf, Clause, Node, Not
from conditions.shapes import Shape, intersection, inverted, shape_of, union

MAX_ALTERNATIVES = 16

Path = tuple[str, ...]
ShapeOf = Callable[[Clause], Shape]
# (shapes, partial): all shapes must hold, each for the value at its path. If partial, more must hold than is said.
Conjunction = tuple[dict[Path, Shape], bool]

_UNSAID: Conjunction = ({}, True)


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
    return found


def _joined(one: Conjunction, two: Conjunction) -> Conjunction:
    (left, left_partial), (right, right_partial) = one, two
    shapes = left | right
    if len(shapes) < len(left) + len(right):
        shapes |= {path: intersection(left[path], right[path]) for path in left.keys() & right.keys()}
    return (shapes, left_partial or right_partial)


def _any_of(parts: Iterable[list[Conjunction]]) -> list[Conjunction]:
    found: list[Conjunction] = []
    single: dict[Path, Shape] = {}
    for shapes, partial in (one for part in parts for one in part):
        if len(shapes) == 1 and not partial:
            ((path, shape),) = shapes.items()
            single[path] = union(single[path], shape) if path in single else shape
        else:
            found.append((shapes, partial))
    found += [({path: shape}, False) for path, shape in single.items()]
    return found if len(found) <= MAX_ALTERNATIVES else [_UNSAID]
