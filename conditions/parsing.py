"""From a document to a condition, in one pass.

Without a vocabulary this is lenient, as GrowthBook's SDKs are: an unknown operator or a broken pattern makes its
clause false. With one, `conditions.strictness` is asked about every clause and refuses with the path.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import re2

from conditions.condition import Condition
from conditions.errors import ConditionInvalid
from conditions.leaves import (
    AnyItem,
    Both,
    Equals,
    Exists,
    Fails,
    HasAll,
    HasType,
    InGroup,
    Never,
    OneOf,
    Order,
    Pattern,
    Size,
    ValueTest,
    Version,
)
from conditions.nodes import All, AnyOf, Clause, Node, Not
from conditions.portable_patterns import is_portable
from conditions.strictness import check_clause, check_name
from conditions.values import fold
from conditions.vocabulary import Vocabulary

MAX_DEPTH = 20
MAX_CLAUSES = 2_000
MAX_PATTERN = 500

SavedGroups = Mapping[str, Sequence[object]]


def parse(document: Any, vocabulary: Vocabulary | None = None, saved_groups: SavedGroups | None = None) -> Condition:
    """Raises ConditionInvalid, naming the path. See docs/conditions.md for what is refused when."""
    _measure(document)
    context = _Context(
        vocabulary=vocabulary,
        saved_groups=saved_groups or {},
        portable_patterns=vocabulary is not None and vocabulary.portable_patterns,
    )
    return Condition(document=document, root=_node(document, "", context), vocabulary=vocabulary)


@dataclass(frozen=True)
class _Context:
    """`guarded`: attributes that an enclosing conjunction requires to exist. `negated` can't undo that."""

    vocabulary: Vocabulary | None
    saved_groups: SavedGroups
    portable_patterns: bool = False
    guarded: frozenset[str] = frozenset()

    @property
    def lenient_inside(self) -> "_Context":
        """Within list items the vocabulary has no names."""
        return replace(self, vocabulary=None)


def _measure(document: Any) -> None:
    """Refuse what is too deep or too large before anything recurses into it."""
    pending: list[tuple[Any, int]] = [(document, 0)]
    seen = 0
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ConditionInvalid("", f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, Mapping):
            seen += len(value)
            pending.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            pending.extend((inner, depth + 1) for inner in value if isinstance(inner, Mapping | list))
        if seen > MAX_CLAUSES:
            raise ConditionInvalid("", f"has more than {MAX_CLAUSES} clauses")


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _node(document: Any, path: str, context: _Context) -> Node:
    if not isinstance(document, Mapping):
        raise ConditionInvalid(path, "must be an object")
    context = replace(context, guarded=context.guarded | frozenset(_guards(document)))
    nodes = tuple(_part(key, value, _join(path, str(key)), context) for key, value in document.items())
    return nodes[0] if len(nodes) == 1 else All(nodes)


def _guards(document: Mapping[str, Any]) -> Iterator[str]:
    """Attributes that this conjunction requires to exist, whatever else it says."""
    for key, value in document.items():
        if key == "$and" and isinstance(value, list):
            for part in value:
                if isinstance(part, Mapping):
                    yield from _guards(part)
        elif isinstance(value, Mapping) and value.get("$exists") is True:
            yield str(key)


def _part(key: Any, value: Any, path: str, context: _Context) -> Node:
    if not isinstance(key, str):
        raise ConditionInvalid(path, "names must be texts")
    match key:
        case "$and":
            return All(_nodes(value, path, context))
        case "$or":
            return AnyOf(_nodes(value, path, context))
        case "$nor":
            return Not(AnyOf(_nodes(value, path, context)))
        case "$not":
            return Not(_node(value, path, context))
    check_name(key, path, context.vocabulary)
    return Clause(name=key, path=tuple(key.split(".")), test=_value_test(value, path, key, context))


def _nodes(value: Any, path: str, context: _Context) -> tuple[Node, ...]:
    if not isinstance(value, list):
        raise ConditionInvalid(path, "must be a list of conditions")
    return tuple(_node(part, f"{path}[{i}]", context) for i, part in enumerate(value))


def _is_operators(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(str(key).startswith("$") for key in value)


def _value_test(value: Any, path: str, name: str, context: _Context) -> ValueTest:
    if not _is_operators(value):
        check_clause(name, "$eq", value, path, context.vocabulary, context.guarded)
        return Equals(value)
    tests = tuple(
        _operator(key, value[key], _join(path, key), name, context) for key in sorted(value, key=_reading_order)
    )
    return tests[0] if len(tests) == 1 else Both(tests)


def _reading_order(operator: str) -> int:
    """Whether a value is there is said before what it is. All must hold, so the order changes nothing else; databases
    don't keep the one in which a document was written."""
    return 0 if operator == "$exists" else 1


def _operator(operator: str, operand: Any, path: str, name: str, context: _Context) -> ValueTest:
    check_clause(name, operator, operand, path, context.vocabulary, context.guarded)
    if operator in ("$eq", "$ne"):
        return Equals(operand, negated=operator == "$ne")
    if operator in ("$lt", "$lte", "$gt", "$gte"):
        return Order(operator, operand)
    if operator in ("$in", "$nin", "$ini", "$nini"):
        return _one_of(operator, operand)
    if operator in ("$all", "$alli"):
        return _has_all(operator, operand, path, context)
    if operator in ("$regex", "$regexi", "$notRegex", "$notRegexi"):
        return _pattern(operator, operand, path, context)
    if operator in ("$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"):
        return Version(operator, operand)
    if operator in ("$inGroup", "$notInGroup"):
        members = OneOf(tuple(context.saved_groups.get(str(operand), ())))
        return InGroup(str(operand), members, negated=operator == "$notInGroup")
    return _structural(operator, operand, path, name, context)


def _structural(operator: str, operand: Any, path: str, name: str, context: _Context) -> ValueTest:
    match operator:
        case "$exists":
            return Exists(bool(operand))
        case "$type":
            return HasType(operand)
        case "$not":
            return Fails(_value_test(operand, path, name, context))
        case "$size":
            return Size(_value_test(operand, path, name, context.lenient_inside))
        case "$elemMatch":
            if _is_operators(operand):
                return AnyItem(test=_value_test(operand, path, name, context.lenient_inside))
            if isinstance(operand, Mapping):
                return AnyItem(condition=_node(operand, path, context.lenient_inside))
    return Never(operator)


def _one_of(operator: str, operand: Any) -> ValueTest:
    if not isinstance(operand, list):
        return Never(operator)
    return OneOf(tuple(operand), negated=operator in ("$nin", "$nini"), ignore_case=operator.endswith("ini"))


def _has_all(operator: str, operand: Any, path: str, context: _Context) -> ValueTest:
    if not isinstance(operand, list):
        return Never(operator)
    ignore_case = operator == "$alli"
    tests = tuple(
        _value_test(fold(item) if ignore_case else item, f"{path}[{i}]", "", context.lenient_inside)
        for i, item in enumerate(operand)
    )
    return HasAll(tests, ignore_case=ignore_case)


def _pattern(operator: str, operand: Any, path: str, context: _Context) -> ValueTest:
    source = operand if isinstance(operand, str) and _compiles(operand) else None
    if source is None and context.vocabulary is not None:
        raise ConditionInvalid(path, "is not a pattern RE2 can run (no look-around, no back-references)")
    if context.portable_patterns and (source is None or not is_portable(source)):
        raise ConditionInvalid(path, "is not a pattern that browsers run as the server does (see docs/conditions.md)")
    return Pattern(source, negated=operator.startswith("$not"), ignore_case=operator.endswith("i"))


def _compiles(pattern: str) -> bool:
    if len(pattern) > MAX_PATTERN:
        return False
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    # Half a surrogate pair has no UTF-8.
    except (re2.error, UnicodeEncodeError):
        return False
    return True
