"""What a vocabulary refuses: names it doesn't have, operators that make no sense for a type, values of another
type or outside the choices, and an order comparison on a value that may be missing (which would count as 0)."""

from typing import Any

from conditions.errors import ConditionInvalid
from conditions.values import json_type
from conditions.vocabulary import Attribute, Vocabulary

_SETS = frozenset({"$in", "$nin"})
_FOLDED_SETS = frozenset({"$ini", "$nini"})
_ORDER = frozenset({"$lt", "$lte", "$gt", "$gte"})
_PATTERNS = frozenset({"$regex", "$regexi", "$notRegex", "$notRegexi"})
_VERSIONS = frozenset({"$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"})
_GROUPS = frozenset({"$inGroup", "$notInGroup"})
_ALWAYS = frozenset({"$exists", "$not"})

OPERATORS_BY_TYPE: dict[str, frozenset[str]] = {
    "string": _ALWAYS | {"$eq", "$ne"} | _SETS | _FOLDED_SETS | _ORDER | _PATTERNS | _VERSIONS | _GROUPS,
    "number": _ALWAYS | {"$eq", "$ne"} | _SETS | _ORDER | _GROUPS,
    "boolean": _ALWAYS | {"$eq", "$ne"},
    "list": _ALWAYS | _SETS | _FOLDED_SETS | {"$all", "$alli", "$size", "$elemMatch"},
}


def check_name(name: str, path: str, vocabulary: Vocabulary | None) -> None:
    if vocabulary is None:
        return
    if name.startswith("$"):
        raise ConditionInvalid(path, f"there is no operator {name} here; use $and, $or, $nor or $not")
    if name not in vocabulary:
        raise ConditionInvalid(path, f"there is no attribute named {name!r}")


def check_clause(
    name: str, operator: str, operand: Any, path: str, vocabulary: Vocabulary | None, guarded: frozenset[str]
) -> None:
    """Raises ConditionInvalid. Does nothing without a vocabulary, or for a name it doesn't have (list items)."""
    attribute = vocabulary.get(name) if vocabulary is not None else None
    if attribute is None:
        return
    allowed = OPERATORS_BY_TYPE[attribute.type]
    if operator not in allowed:
        raise ConditionInvalid(path, f"{operator} can't be asked of {name}, a {attribute.type}")
    if operator in _ORDER and not attribute.required and name not in guarded:
        raise ConditionInvalid(
            path, f'{name} may be missing, and a missing value would compare as 0; add "{name}": {{"$exists": true}}'
        )
    _check_operand(attribute, operator, operand, path)


def _check_operand(attribute: Attribute, operator: str, operand: Any, path: str) -> None:
    if operator == "$exists":
        _require(isinstance(operand, bool), path, "must be true or false")
    elif operator in _SETS | _FOLDED_SETS | {"$all", "$alli"}:
        _require(isinstance(operand, list), path, "must be a list")
        for i, item in enumerate(operand):
            _check_literal(attribute, operator, item, f"{path}[{i}]")
    elif operator in _PATTERNS | _VERSIONS | _GROUPS:
        _require(isinstance(operand, str), path, "must be a text")
    elif operator in _ORDER | {"$eq", "$ne"}:
        _check_literal(attribute, operator, operand, path)


def _check_literal(attribute: Attribute, operator: str, value: Any, path: str) -> None:
    if value is None:
        raise ConditionInvalid(path, 'null is not a value; ask for a missing one with {"$exists": false}')
    wanted = "string" if attribute.type == "list" else attribute.type
    _require(json_type(value) == wanted, path, f"{attribute.name} is a {wanted}, this is a {json_type(value)}")
    if attribute.choices is None or operator in _ORDER:
        return
    known = attribute.choices
    if operator in _FOLDED_SETS | {"$alli"}:
        _require(value.lower() in {choice.lower() for choice in known}, path, f"{value!r} is not a choice")
    else:
        _require(value in known, path, f"{value!r} is not a choice of {attribute.name}")


def _require(held: bool, path: str, message: str) -> None:
    if not held:
        raise ConditionInvalid(path, message)
