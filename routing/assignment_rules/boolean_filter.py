"""Filter logic such as `(1 AND 2) OR NOT 3`, over criteria numbered from 1. Pure.

Salesforce wants brackets wherever AND and OR meet. A file written by hand may lack them; then AND goes before OR, as in
Python and SQL.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z]+)|([()]))")
MAX_LENGTH = 4_000
MAX_DEPTH = 15


class FilterInvalid(ValueError):
    """Not filter logic; the text says where."""


@dataclass(frozen=True)
class Ref:
    number: int


@dataclass(frozen=True)
class Negation:
    part: "Logic"


@dataclass(frozen=True)
class Every:
    parts: tuple["Logic", ...]


@dataclass(frozen=True)
class Some:
    parts: tuple["Logic", ...]


Logic = Ref | Negation | Every | Some


def every_of(count: int) -> Logic:
    """What holds without filter logic: all criteria, or nothing at all where there are none."""
    return Ref(1) if count == 1 else Every(tuple(Ref(number) for number in range(1, count + 1)))


def parse_filter(text: str, count: int) -> Logic:
    """Raises FilterInvalid, also where a number is none of the `count` criteria."""
    if len(text) > MAX_LENGTH:
        raise FilterInvalid(f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(list(_tokens(text)))
    logic = reader.alternatives(0)
    if reader.next is not None:
        raise FilterInvalid(f"“{reader.next}” can't follow there")
    beyond = [number for number in numbers_in(logic) if not 1 <= number <= count]
    if beyond:
        raise FilterInvalid(f"there is no criterion {beyond[0]}; there are {count}")
    return logic


def numbers_in(logic: Logic) -> Iterator[int]:
    match logic:
        case Ref(number):
            yield number
        case Negation(part):
            yield from numbers_in(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from numbers_in(part)


def in_words(logic: Logic, say: Callable[[int], str]) -> str:
    """The logic with each number said by `say`: `Country is Germany and (… or …)`."""
    match logic:
        case Ref(number):
            return say(number)
        case Negation(part):
            return f"not ({in_words(part, say)})"
        case Every(parts):
            return " and ".join(_bracketed(part, say) for part in parts)
        case Some(parts):
            return " or ".join(_bracketed(part, say) for part in parts)


def _bracketed(logic: Logic, say: Callable[[int], str]) -> str:
    text = in_words(logic, say)
    return f"({text})" if isinstance(logic, Every | Some) and len(logic.parts) > 1 else text


def _tokens(text: str) -> Iterator[str]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or (found[2] and found[2].upper() not in ("AND", "OR", "NOT")):
            raise FilterInvalid(f"“{text[at : at + 20].strip()}” isn't filter logic")
        yield (found[1] or found[2] or found[3]).upper()
        at = found.end()


class _Reader:
    """Recursive descent: alternatives of conjunctions of terms."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        if self.next != token:
            return False
        self._at += 1
        return True

    def alternatives(self, depth: int) -> Logic:
        parts = [self._conjunction(depth)]
        while self._take("OR"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _conjunction(self, depth: int) -> Logic:
        parts = [self._term(depth)]
        while self._take("AND"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _term(self, depth: int) -> Logic:
        if depth > MAX_DEPTH:
            raise FilterInvalid(f"it is nested deeper than {MAX_DEPTH} brackets")
        if self._take("NOT"):
            return Negation(self._term(depth + 1))
        if self._take("("):
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise FilterInvalid("a bracket isn't closed")
            return inner
        return self._criterion()

    def _criterion(self) -> Ref:
        token = self.next
        if token is None:
            raise FilterInvalid("it ends too early")
        if not token.isdecimal():
            raise FilterInvalid(f"“{token}” can't stand there")
        self._at += 1
        return Ref(int(token[:9]))


def held_beside(
    logic: Logic, values: Callable[[int], Collection[str]], otherwise: frozenset[str]
) -> dict[int, frozenset[str]]:
    """Number of a criterion -> the values one of which holds wherever it is asked; empty where that can't be said.

    `values` gives those that a criterion asks for, none where it asks for something else; `otherwise` is taken where
    nothing is asked for. What stands beside a criterion with AND holds, also within NOT: where it doesn't, the
    criterion decides nothing. A criterion that is asked at several places has those of all.
    """
    found: dict[int, frozenset[str]] = {}
    for number, asked in _places(logic, values, frozenset()):
        beside = asked or otherwise
        before = found.get(number, beside)
        found[number] = before | beside if before and beside else frozenset()
    return found


def _places(
    logic: Logic, values: Callable[[int], Collection[str]], beside: frozenset[str]
) -> Iterator[tuple[int, frozenset[str]]]:
    match logic:
        case Ref(number):
            yield number, beside
        case Negation(part):
            yield from _places(part, values, beside)
        case Some(parts):
            for part in parts:
                yield from _places(part, values, beside)
        case Every(parts):
            asked = [_asked(part, values) for part in parts]
            times = Counter(value for each in asked for value in each)
            for part, own in zip(parts, asked, strict=True):
                others = {value for value, count in times.items() if count > (value in own)}
                yield from _places(part, values, beside | others)


def _asked(logic: Logic, values: Callable[[int], Collection[str]]) -> frozenset[str]:
    """One of these holds where the logic does; empty where that can't be said."""
    match logic:
        case Ref(number):
            return frozenset(values(number))
        case Negation():
            return frozenset()
        case Some(parts):
            each = [_asked(part, values) for part in parts]
            return frozenset().union(*each) if all(each) else frozenset()
        case Every(parts):
            return frozenset().union(*(_asked(part, values) for part in parts))
