"""How much differs between two plans, kind by kind: for those who are about to put one in the other's place. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routing.plan import AccountList, Plan, Rule, Territory


@dataclass(frozen=True)
class Differences:
    """Of one kind of entry. Of entries in another order the fewest are counted as moved that explain it."""

    kind: str
    added: int
    removed: int
    changed: int
    moved: int = 0

    @property
    def total(self) -> int:
        return self.added + self.removed + self.changed + self.moved

    @property
    def in_words(self) -> str:
        counts = {"added": self.added, "removed": self.removed, "changed": self.changed, "moved": self.moved}
        return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)


def count_differences(before: Plan, after: Plan) -> list[Differences]:
    """Kinds in which nothing differs are left out."""
    return [found for found in _each_kind(before, after) if found.total]


def _each_kind(before: Plan, after: Plan) -> Iterator[Differences]:
    yield _ordered("Territories", _by_key(before.territories), _by_key(after.territories))
    yield _ordered("Rules", _by_key(before.rules), _by_key(after.rules))
    yield _unordered("Queues", before.queues, after.queues)
    yield _unordered("Reps", before.reps, after.reps)
    yield _unordered("Named-account lists", _by_key(before.account_lists), _by_key(after.account_lists))
    yield _unordered("Inputs", before.contract.by_key, after.contract.by_key)


def _by_key(entries: Iterable[Territory | Rule | AccountList]) -> dict[str, object]:
    return {entry.key: entry for entry in entries}


def _unordered(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> Differences:
    return Differences(
        kind,
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=sum(after[key] != before[key] for key in after.keys() & before.keys()),
    )


def _ordered(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> Differences:
    found = _unordered(kind, before, after)
    places = {key: place for place, key in enumerate(before)}
    common = [places[key] for key in after if key in places]
    moved = len(common) - _longest_ascent(common)
    return Differences(kind, found.added, found.removed, found.changed, moved)


def _longest_ascent(numbers: Sequence[int]) -> int:
    """How long the longest strictly ascending subsequence is, by patience sorting."""
    tops: list[int] = []
    for number in numbers:
        place = bisect_left(tops, number)
        tops[place : place + 1] = [number]
    return len(tops)
