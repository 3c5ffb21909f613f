"""Which values does a condition name? What lies between two that are named in order, no condition tells apart."""

from collections.abc import Iterator

from conditions.leaves import AnyItem, Both, Equals, Fails, HasAll, OneOf, Order, ValueTest
from conditions.nodes import All, AnyOf, Clause, Node, Not


def literals(node: Node) -> Iterator[tuple[str, object]]:
    """Attribute and value, in the order written; a value may come more than once. Patterns and versions name none."""
    if isinstance(node, Clause):
        yield from ((node.name, value) for value in _named(node.test))
    elif isinstance(node, Not):
        yield from literals(node.node)
    elif isinstance(node, All | AnyOf):
        for each in node.nodes:
            yield from literals(each)


def _named(test: ValueTest | None) -> Iterator[object]:
    if isinstance(test, Equals | Order):
        yield test.expected
    elif isinstance(test, OneOf):
        yield from test.values
    elif isinstance(test, HasAll | Both):
        for each in test.tests:
            yield from _named(each)
    elif isinstance(test, Fails | AnyItem):
        yield from _named(test.test)
