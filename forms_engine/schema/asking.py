"""Conditions of a form: strict, about what comes before, and the same in every browser as here."""

from collections.abc import Iterator
from typing import Any

from conditions import Condition, ConditionInvalid, parse
from forms_engine.documents import Node
from forms_engine.errors import DefinitionInvalid
from forms_engine.schema.patterns import why_not_portable
from forms_engine.schema.scope import Scope

_PATTERNS = frozenset({"$regex", "$regexi", "$notRegex", "$notRegexi"})
_GROUPS = frozenset({"$inGroup", "$notInGroup"})


def read_condition(node: Node, key: str, scope: Scope, *, of: str) -> Condition | None:
    """None where the node has no such key. `of` says to people what the condition is of. Raises DefinitionInvalid."""
    if key not in node:
        return None
    document, path = node.values[key], node.at(key)
    try:
        _refuse_what_comes_later(parse(document), path, scope, of)
        condition = parse(document, scope.vocabulary())
    except ConditionInvalid as invalid:
        raise DefinitionInvalid(f"{path}.{invalid.path}" if invalid.path else path, invalid.message) from invalid
    _refuse_what_browsers_read_otherwise(document, path, scope)
    scope.asked |= condition.attributes
    return condition


def read_required_condition(node: Node, key: str, scope: Scope, *, of: str) -> Condition:
    condition = read_condition(node, key, scope, of=of)
    if condition is None:
        raise node.refuse(key, "is required")
    return condition


def _refuse_what_comes_later(condition: Condition, path: str, scope: Scope, of: str) -> None:
    later = sorted((condition.attributes & scope.field_keys) - scope.placed.keys())
    if later:
        raise DefinitionInvalid(path, f"{later[0]} does not come before this {of}")


def _refuse_what_browsers_read_otherwise(document: Any, path: str, scope: Scope) -> None:
    phones = {item.key for item in scope.fields() if item.type == "tel"}
    for key, value, place in _entries(document, path):
        reason = why_not_portable(value) if key in _PATTERNS and isinstance(value, str) else ""
        if reason:
            raise DefinitionInvalid(place, reason)
        if key in _GROUPS:
            raise DefinitionInvalid(place, "a form knows no saved groups")
        if key in phones and not (isinstance(value, dict) and set(value) == {"$exists"}):
            raise DefinitionInvalid(place, "of a phone number one can only ask whether it is there, by $exists")


def _entries(document: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """(key, value, path) of every object within. Its depth was bounded when it was parsed."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key, value, f"{path}.{key}"
            yield from _entries(value, f"{path}.{key}")
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from _entries(value, f"{path}[{i}]")
