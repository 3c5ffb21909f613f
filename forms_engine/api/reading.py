"""Is a body of the documented keys and types? What the values mean is for others to judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from forms_engine.errors import RequestInvalid

Types = Mapping[str, type]
_SAID = {dict: "This must be an object.", str: "This must be a text.", int: "This must be a whole number."}


def refuse_unknown_keys(body: Mapping[str, Any], types: Types) -> None:
    """Raises RequestInvalid."""
    if not body.keys() <= types.keys():
        known = ", ".join(sorted(types))
        raise RequestInvalid(
            "The request is not of the documented shape.", fields={"body": [f"Known keys are {known}."]}
        )


def refuse_wrong_types(body: Mapping[str, Any], types: Types, *, required: Sequence[str]) -> None:
    """Null counts as left out, but for what is required. Raises RequestInvalid."""
    problems = {
        key: [_SAID[kind]]
        for key, kind in types.items()
        if kind in _SAID and (key in required or body.get(key) is not None) and not _is(body.get(key), kind)
    }
    if problems:
        raise RequestInvalid("The request is not of the documented shape.", fields=problems)


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))
