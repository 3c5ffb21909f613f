"""Tests on one value: the leaves' operators. Frozen, picklable, never raising."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import re2

from conditions.values import fold, hashable, is_less, json_type, strictly_equal, to_text
from conditions.versions import padded

# RE2 runs in time linear in the subject; the bound keeps even that small.
MAX_SUBJECT = 10_000


class ValueTest(Protocol):
    """One question about one value. `phrase` completes "the attribute …"."""

    def holds(self, value: object) -> bool: ...

    def phrase(self, say: "Say") -> str: ...


class Say(Protocol):
    """How a literal is said to people."""

    def __call__(self, value: object, /) -> str: ...


# A sentence lists so many values and counts the others.
MOST_SAID = 20


def _listed(values: tuple[object, ...], say: Say, last: str = "or") -> str:
    said = _in_order(values, say)[:MOST_SAID]
    if len(values) > len(said):
        said.append(f"{len(values) - len(said)} more")
    if len(said) < 2:
        return "".join(said) or "nothing"
    return f"{', '.join(said[:-1])} {last} {said[-1]}"


def _in_order(values: tuple[object, ...], say: Say) -> list[str]:
    """Labels by the alphabet: people don't know the codes they were sorted by. What has no labels stays as written."""
    said = [say(value) for value in values]
    is_labelled = all(isinstance(value, str) for value in values) and said != list(values)
    return sorted(said, key=str.casefold) if is_labelled else said


@dataclass(frozen=True)
class Equals:
    expected: Any
    negated: bool = False

    def holds(self, value: object) -> bool:
        return strictly_equal(value, self.expected) is not self.negated

    def phrase(self, say: Say) -> str:
        if self.expected is None:
            return "is known" if self.negated else "is unknown"
        return f"is {'not ' if self.negated else ''}{say(self.expected)}"


_ORDER_WORDS = {"$lt": "is below", "$lte": "is at most", "$gt": "is above", "$gte": "is at least"}


@dataclass(frozen=True)
class Order:
    operator: str
    expected: Any

    def holds(self, value: object) -> bool:
        if self.operator in ("$lt", "$gte"):
            less = is_less(value, self.expected)
            return less is not None and less is (self.operator == "$lt")
        greater = is_less(self.expected, value)
        return greater is not None and greater is (self.operator == "$gt")

    def phrase(self, say: Say) -> str:
        return f"{_ORDER_WORDS[self.operator]} {say(self.expected)}"


@dataclass(frozen=True)
class OneOf:
    """`$in` and its kin. A list value counts where any of its items does."""

    values: tuple[Any, ...]
    negated: bool = False
    ignore_case: bool = False

    @cached_property
    def _keys(self) -> frozenset[tuple[str, object]]:
        folded = (fold(value) if self.ignore_case else value for value in self.values)
        return frozenset(key for key in map(hashable, folded) if key is not None)

    def holds(self, value: object) -> bool:
        items = value if isinstance(value, list) else [value]
        return any(self._contains(item) for item in items) is not self.negated

    def _contains(self, item: object) -> bool:
        key = hashable(fold(item) if self.ignore_case else item)
        return key in self._keys if key is not None else False

    def phrase(self, say: Say) -> str:
        return f"is {'none of' if self.negated else ''} {_listed(self.values, say)}".replace("  ", " ")


@dataclass(frozen=True)
class HasAll:
    """Every test holds for some item of a list."""

    tests: tuple[ValueTest, ...]
    ignore_case: bool = False

    def holds(self, value: object) -> bool:
        if not isinstance(value, list):
            return False
        items = [fold(item) for item in value] if self.ignore_case else value
        return all(any(test.holds(item) for item in items) for test in self.tests)

    def phrase(self, say: Say) -> str:
        return "has one that " + " and one that ".join(test.phrase(say) for test in self.tests)


@dataclass(frozen=True)
class Exists:
    expected: bool

    def holds(self, value: object) -> bool:
        return (value is not None) is self.expected

    def phrase(self, say: Say) -> str:
        return "is known" if self.expected else "is unknown"


@dataclass(frozen=True)
class HasType:
    expected: Any

    def holds(self, value: object) -> bool:
        return bool(json_type(value) == self.expected)

    def phrase(self, say: Say) -> str:
        return f"is of type {self.expected}"


@dataclass(frozen=True)
class Size:
    test: ValueTest

    def holds(self, value: object) -> bool:
        return isinstance(value, list) and self.test.holds(len(value))

    def phrase(self, say: Say) -> str:
        return f"has a number of items that {self.test.phrase(say)}"


class _Matches(Protocol):
    """What `AnyItem` needs of a condition on objects; `Node` in conditions.nodes is one."""

    def matches(self, attributes: object) -> bool: ...

    def sentence(self, vocabulary: Any) -> str: ...


@dataclass(frozen=True)
class AnyItem:
    """`$elemMatch`: some item passes, as a value or as an object."""

    test: ValueTest | None = None
    condition: _Matches | None = None

    def holds(self, value: object) -> bool:
        return isinstance(value, list) and any(self._passes(item) for item in value)

    def _passes(self, item: object) -> bool:
        if self.test is not None:
            return self.test.holds(item)
        return self.condition is not None and self.condition.matches(item)

    def phrase(self, say: Say) -> str:
        if self.test is not None:
            return f"has one that {self.test.phrase(say)}"
        return f"has one whose {self.condition.sentence(None)}" if self.condition else "has one"


@dataclass(frozen=True)
class Pattern:
    """A regular expression; `source` None is one that can't be compiled, and never holds, negated or not."""

    source: str | None
    negated: bool = False
    ignore_case: bool = False

    @cached_property
    def _compiled(self) -> Any:
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not self.ignore_case
        return re2.compile(self.source, options=options) if self.source is not None else None

    def holds(self, value: object) -> bool:
        if self.source is None:
            return False
        if value is None:
            return self.negated
        subject = to_text(value)[:MAX_SUBJECT].encode("utf-8", "replace").decode()
        return (self._compiled.search(subject) is not None) is not self.negated

    def phrase(self, say: Say) -> str:
        return f"{'does not match' if self.negated else 'matches'} the pattern {self.source}"


_VERSION_WORDS = {
    "$veq": "is version",
    "$vne": "is not version",
    "$vlt": "is before version",
    "$vlte": "is at most version",
    "$vgt": "is after version",
    "$vgte": "is at least version",
}


@dataclass(frozen=True)
class Version:
    operator: str
    expected: Any

    def holds(self, value: object) -> bool:
        actual, expected = padded(value), padded(self.expected)
        return {
            "$veq": actual == expected,
            "$vne": actual != expected,
            "$vlt": actual < expected,
            "$vlte": actual <= expected,
            "$vgt": actual > expected,
            "$vgte": actual >= expected,
        }[self.operator]

    def phrase(self, say: Say) -> str:
        return f"{_VERSION_WORDS[self.operator]} {self.expected}"


@dataclass(frozen=True)
class InGroup:
    """Membership in a saved group; an unknown group is empty."""

    group: str
    members: OneOf = field(repr=False)
    negated: bool = False

    def holds(self, value: object) -> bool:
        return self.members.holds(value) is not self.negated

    def phrase(self, say: Say) -> str:
        return f"is {'not ' if self.negated else ''}in the group {self.group}"


@dataclass(frozen=True)
class Never:
    """An operator nobody knows."""

    operator: str

    def holds(self, value: object) -> bool:
        return False

    def phrase(self, say: Say) -> str:
        return f"has the unknown operator {self.operator}"


@dataclass(frozen=True)
class Both:
    """All tests hold for the one value."""

    tests: tuple[ValueTest, ...]

    def holds(self, value: object) -> bool:
        return all(test.holds(value) for test in self.tests)

    def phrase(self, say: Say) -> str:
        return " and ".join(test.phrase(say) for test in self.tests)


@dataclass(frozen=True)
class Fails:
    """`$not` on a value."""

    test: ValueTest

    def holds(self, value: object) -> bool:
        return not self.test.holds(value)

    def phrase(self, say: Say) -> str:
        return f"fails “{self.test.phrase(say)}”"


__all__ = [
    "AnyItem", "Both", "Equals", "Exists", "Fails", "HasAll", "HasType", "InGroup", "Never", "OneOf", "Order",
    "Pattern", "Say", "Size", "ValueTest", "Version",
]  # fmt: skip
