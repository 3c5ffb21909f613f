"""The names a condition may use, with their types: what makes parsing strict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["string", "number", "boolean", "list"]


@dataclass(frozen=True)
class Attribute:
    """`choices` (value -> label) closes the vocabulary. `required` False means the value may be absent.

    `whole`, `minimum` and `maximum` say which numbers occur. Only the analysis asks, so as not to report a gap at 49.5
    employees; parsing refuses nothing because of them.
    """

    name: str
    type: AttributeType
    choices: Mapping[str, str] | None = None
    required: bool = False
    label: str = ""
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None

    def label_of(self, value: object) -> str:
        """How a value is said to people: `Germany`, `2,000`."""
        if self.choices is not None and isinstance(value, str):
            return self.choices.get(value, value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return f"{value:,}" if is_number else str(value)


class Vocabulary:
    """Attributes by name. `portable_patterns`: a browser evaluates the conditions too, so that patterns must be such as
    mean the same there (conditions.portable_patterns)."""

    def __init__(self, attributes: Iterable[Attribute] = (), *, portable_patterns: bool = False) -> None:
        self._by_name = {attribute.name: attribute for attribute in attributes}
        self.portable_patterns = portable_patterns

    def get(self, name: str) -> Attribute | None:
        return self._by_name.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)
