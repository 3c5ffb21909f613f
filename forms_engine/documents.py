"""Strict reading of a JSON document: every key must be known and every refusal names the path to what it refuses."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from forms_engine.errors import DefinitionInvalid


class Node:
    """One JSON object within a document. Its methods read one key each and check type and bounds."""

    def __init__(self, value: object, path: str, *, keys: AbstractSet[str]) -> None:
        self.path = path
        if not isinstance(value, dict):
            raise DefinitionInvalid(path, "must be an object")
        self.values: Mapping[str, Any] = value
        unknown = sorted(str(key) for key in value if key not in keys)
        if unknown:
            raise DefinitionInvalid(self.at(unknown[0]), f"is not a known key; known are {', '.join(sorted(keys))}")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, reason: str) -> DefinitionInvalid:
        return DefinitionInvalid(self.at(key), reason)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, *, max_length: int, required: bool = False, default: str = "") -> str:
        if key not in self.values:
            if required:
                raise self.refuse(key, "is required")
            return default
        value = self.values[key]
        if not isinstance(value, str):
            raise self.refuse(key, "must be a text")
        _refuse_unprintable(value, self.at(key))
        if required and not value.strip():
            raise self.refuse(key, "must not be blank")
        if len(value) > max_length:
            raise self.refuse(key, f"must not be longer than {max_length} characters")
        return value.strip()

    def node(self, key: str, *, keys: AbstractSet[str]) -> "Node":
        """The object under a key; an empty one where there is none."""
        return Node(self.values.get(key, {}), self.at(key), keys=keys)

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.refuse(key, "must be true or false")
        return value

    def whole_number(self, key: str, *, low: int, high: int) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(key, f"must be a whole number from {low} to {high}")
        return value

    def number(self, key: str) -> int | float | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
            raise self.refuse(key, "must be a number")
        return value

    def items(self, key: str, *, at_least: int, at_most: int) -> Sequence[tuple[str, object]]:
        """(path, value) of each entry of a list."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.refuse(key, "must be a list")
        if not at_least <= len(value) <= at_most:
            raise self.refuse(key, f"must have from {at_least} to {at_most} entries")
        return [(f"{self.at(key)}[{i}]", entry) for i, entry in enumerate(value)]

    def one_of(self, key: str, known: AbstractSet[str]) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in known:
            raise self.refuse(key, f"must be one of {', '.join(sorted(known))}")
        return str(value)


def refuse_repeated(path: str, values: Sequence[str | int], what: str) -> None:
    seen: set[str | int] = set()
    for value in values:
        if value in seen:
            raise DefinitionInvalid(path, f"{value} is the {what} of two entries")
        seen.add(value)


def _refuse_unprintable(text: str, path: str) -> None:
    if any(ord(char) < 32 and char not in "\n\t" for char in text) or "\x7f" in text:
        raise DefinitionInvalid(path, "must not hold control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DefinitionInvalid(path, "must be valid Unicode") from None
