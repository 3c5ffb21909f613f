"""Lists of closed choices, collapsed to those that rules tell apart: which choices are in it, and how many items.

A test on a list is decided where it asks for nothing else.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

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
    Size,
    ValueTest,
)

# With more kinds of lists than that, tests on them are in doubt.
MAX_KINDS = 128

_ASKS_FOR_CHOICES = (AnyItem, Exists, HasAll, HasType, InGroup, Never, OneOf)


@dataclass(frozen=True)
class Kind:
    """Lists that no decided test tells apart. `tests`: what holds for these alone, as a document's tests."""

    example: list[str]
    tests: tuple[dict[str, Any], ...]

    @property
    def key(self) -> str:
        return json.dumps(self.example)


def is_decided(test: ValueTest) -> bool:
    if isinstance(test, Both):
        return all(map(is_decided, test.tests))
    if isinstance(test, Fails):
        return is_decided(test.test)
    if isinstance(test, Size):
        return _bounds(test.test) is not None
    return isinstance(test, _ASKS_FOR_CHOICES)


def _bounds(test: ValueTest) -> list[float] | None:
    """The numbers that a test on a number compares with; None where it does something else."""
    if isinstance(test, Both):
        inner = [_bounds(part) for part in test.tests]
        return None if None in inner else [bound for bounds in inner for bound in bounds or ()]
    if isinstance(test, Fails):
        return _bounds(test.test)
    if isinstance(test, Equals | Order):
        values: tuple[Any, ...] = (test.expected,)
    elif isinstance(test, OneOf):
        values = test.values
    else:
        return None
    if any(type(value) not in (int, float) or not abs(value) < MAX_KINDS for value in values):
        return None
    return list(values)


def kinds(choices: Iterable[str], tests: Iterable[ValueTest]) -> list[Kind]:
    """None at all where there are too many."""
    simple = [part for test in tests for part in _simple(test) if is_decided(part)]
    alike: dict[tuple[bool, ...], list[str]] = {}
    probes = [probe for test in simple for probe in _probes(test)]
    for choice in choices:
        alike.setdefault(tuple(probe.holds([choice]) for probe in probes), []).append(choice)
    sizes = [bound for test in simple if isinstance(test, Size) for bound in _bounds(test.test) or ()]
    longest = max((math.ceil(size) for size in sizes), default=None)
    if 2 ** len(alike) * (2 if longest is None else longest + 2) > 2 * MAX_KINDS:
        return []
    return list(_kinds(list(alike.values()), longest))


def _simple(test: ValueTest) -> Iterator[ValueTest]:
    if isinstance(test, Both):
        for part in test.tests:
            yield from _simple(part)
    elif isinstance(test, Fails):
        yield from _simple(test.test)
    else:
        yield test


def _probes(test: ValueTest) -> Iterator[ValueTest]:
    """Tests that hold for a list where they hold for one of its items."""
    if isinstance(test, HasAll):
        yield from (HasAll((part,), test.ignore_case) for part in test.tests)
    elif isinstance(test, OneOf | InGroup):
        yield Fails(test) if test.holds([]) else test
    elif isinstance(test, AnyItem):
        yield test


def _kinds(groups: list[list[str]], longest: int | None) -> Iterator[Kind]:
    """`longest`: the greatest size that is asked for, if any; longer lists are alike."""
    yield Kind([], ({"$size": 0},))
    for count in range(1, len(groups) + 1):
        for present in combinations(groups, count):
            absent = [choice for group in groups if group not in present for choice in group]
            example = [group[0] for group in present]
            tests = [{"$in": list(group)} for group in present]
            if absent:
                tests[0]["$nin"] = absent
            if longest is None or longest < count:
                yield Kind(example, tuple(tests))
                continue
            for size in range(count, longest + 2):
                longer = example + example[-1:] * (size - count)
                says: Mapping[str, Any] = {"$size": size if size <= longest else {"$gt": longest}}
                yield Kind(longer, ({**tests[0], **says}, *tests[1:]))
