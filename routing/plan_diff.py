"""What differs between two plan documents, entry by entry, and where the two stand beside each other. Pure.

Entries are compared by key. Documents are equal exactly where no entry differs. Of entries in another order the fewest
are told as moved that explain it: all others keep their order among themselves.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from routing.plan_reading import KINDS, MEMBER, SECTIONS, TERRITORY, Document, Entry, Part, Reading
from routing.plan_words import counted, shortened

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
SORTS = (ADDED, REMOVED, CHANGED, MOVED)


@dataclass(frozen=True)
class Move:
    """Places among those it stands with, from 1. For a territory these are its siblings: `among` names their parent."""

    before: int
    after: int
    among: str = ""

    def __str__(self) -> str:
        if self.before == self.after:
            return "moved in the order"
        return f"moved from {ordinal(self.before)} to {ordinal(self.after)}{f' in {self.among}' if self.among else ''}"


@dataclass(frozen=True)
class Change:
    """How one entry differs: `before` None where it was added, `after` None where it was removed."""

    before: Entry | None
    after: Entry | None
    move: Move | None = None

    @property
    def entry(self) -> Entry:
        found = self.after or self.before
        assert found is not None  # noqa: S101  one of them is there
        return found

    @cached_property
    def sorts(self) -> tuple[str, ...]:
        if self.before is None:
            return (ADDED,)
        if self.after is None:
            return (REMOVED,)
        return (*([CHANGED] if self.before.raw != self.after.raw else []), *([MOVED] if self.move else []))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """`added`, `changed: Employees from 200 to 500`, `moved from 3rd to 1st`, …"""
        if self.before is None or self.after is None:
            return self.sorts
        changed = [f"changed: {words}" for words in self._changed(self.before, self.after)]
        return (*changed, *([str(self.move)] if self.move else []))

    def _changed(self, before: Entry, after: Entry) -> Iterator[str]:
        if before.raw == after.raw:
            return
        told = [
            *([f"name from {before.name} to {after.name}"] if before.name != after.name else []),
            *_parts_in_words(before.parts, after.parts),
        ]
        yield from told or ["written otherwise, with the same meaning"]


@dataclass(frozen=True)
class Row:
    """The two sides of one entry; `change` None where they are the same."""

    before: Entry | None
    after: Entry | None
    change: Change | None

    @property
    def entry(self) -> Entry:
        found = self.after or self.before
        assert found is not None  # noqa: S101  one of them is there
        return found


@dataclass(frozen=True)
class Comparison:
    before: Reading
    after: Reading
    changes: Mapping[tuple[str, str], Change] = field(repr=False)

    def __len__(self) -> int:
        """How many entries differ."""
        return len(self.changes)

    @cached_property
    def counts(self) -> dict[str, int]:
        """By sort, in the order of `SORTS`, those that occur; an entry that was changed and moved counts in both."""
        found = Counter(sort for change in self.changes.values() for sort in change.sorts)
        return {sort: found[sort] for sort in SORTS if found[sort]}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All entries in the order of the later document; what was removed stands behind what it stood behind."""
        return tuple(row for kind in KINDS for row in self._rows(kind))

    def _rows(self, kind: str) -> Iterator[Row]:
        before, after = self.before.entries[kind], self.after.entries[kind]
        there = {entry.key for entry in after}
        removed: dict[str, list[Entry]] = {}
        anchor = ""
        for entry in before:
            if entry.key in there:
                anchor = entry.key
            else:
                removed.setdefault(anchor, []).append(entry)
        yield from (self._row(gone, None) for gone in removed.get("", ()))
        for entry in after:
            yield self._row(self.before.by_key.get((kind, entry.key)), entry)
            yield from (self._row(gone, None) for gone in removed.get(entry.key, ()))

    def _row(self, before: Entry | None, after: Entry | None) -> Row:
        row = Row(before, after, None)
        return Row(before, after, self.changes.get((row.entry.kind, row.entry.key)))


def compare(before: Document | Reading, after: Document | Reading) -> Comparison:
    """What was done to `before` to make it `after`: for people, the active plan and the draft."""
    one = before if isinstance(before, Reading) else Reading(before)
    other = after if isinstance(after, Reading) else Reading(after)
    changes = {(change.entry.kind, change.entry.key): change for kind in KINDS for change in _changes(one, other, kind)}
    return Comparison(one, other, changes)


def _changes(before: Reading, after: Reading, kind: str) -> Iterator[Change]:
    moves = _moves(before, after, kind) if SECTIONS[kind][1] else {}
    for entry in before.entries[kind]:
        other = after.by_key.get((kind, entry.key))
        if other is None or entry.raw != other.raw or entry.key in moves:
            yield Change(entry, other, moves.get(entry.key))
    for entry in after.entries[kind]:
        if (kind, entry.key) not in before.by_key:
            yield Change(None, entry)


def _moves(before: Reading, after: Reading, kind: str) -> dict[str, Move]:
    """Those that stay where they are, are a longest run in which both documents have the same order."""
    places = {entry.key: entry.place for entry in before.entries[kind]}
    common = [entry.key for entry in sorted(after.entries[kind], key=lambda each: each.place) if entry.key in places]
    stay = longest_ascent([places[key] for key in common])
    moved = [key for place, key in enumerate(common) if place not in stay]
    if not moved:
        return {}
    olds, news = _positions(before, kind), _positions(after, kind)
    return {key: Move(olds[key], news[key], _among(after, kind, key)) for key in moved}


def _positions(reading: Reading, kind: str) -> dict[str, int]:
    """From 1; of territories among their siblings."""
    seen: Counter[str | None] = Counter()
    found = {}
    for entry in sorted(reading.entries[kind], key=lambda each: each.place):
        group = entry.scope if kind == TERRITORY else None
        seen[group] += 1
        found[entry.key] = seen[group]
    return found


def _among(reading: Reading, kind: str, key: str) -> str:
    scope = reading.by_key[kind, key].scope if kind == TERRITORY else None
    parent = reading.by_key.get((TERRITORY, scope or ""))
    return parent.name if parent else ""


def longest_ascent(numbers: Sequence[int]) -> frozenset[int]:
    """The places of a longest strictly ascending subsequence, by patience sorting."""
    tops: list[int] = []  # per length the least number that a run of it ends with, and where that stands
    places: list[int] = []
    previous: list[int | None] = []
    for place, number in enumerate(numbers):
        length = bisect_left(tops, number)
        previous.append(places[length - 1] if length else None)
        if length == len(tops):
            tops.append(number)
            places.append(place)
        else:
            tops[length], places[length] = number, place
    found = set()
    following = places[-1] if places else None
    while following is not None:
        found.add(following)
        following = previous[following]
    return frozenset(found)


def _parts_in_words(before: Iterable[Part], after: Iterable[Part]) -> Iterator[str]:
    olds, news = {part.label: part for part in before}, {part.label: part for part in after}
    shares = []
    for label in [*olds, *(label for label in news if label not in olds)]:
        old, new = olds.get(label), news.get(label)
        if old is None and new is not None:
            yield f"{label} now {new.text}"
        elif new is None and old is not None:
            yield f"{label} no longer {old.text}"
        elif old is not None and new is not None and old.raw != new.raw:
            yield _part_in_words(label, old, new)
        elif old is not None and new is not None and old.share != new.share:
            shares.append(f"{label.removeprefix(MEMBER)} from {old.share} to {new.share}")
    if shares:
        yield f"the shares of others with it: {shortened(shares)}"


def _part_in_words(label: str, old: Part, new: Part) -> str:
    if old.items and new.items:
        return f"{label}: {'; '.join(_items_in_words(dict(old.items), dict(new.items)))}"
    if old.text == new.text:
        return f"{label}: other ones, {new.text}"
    return f"{label} from {old.text} to {new.text}"


def _items_in_words(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    changed = [key for key in new if key in old and old[key] != new[key]]
    for word, keys, names in (
        (ADDED, [key for key in new if key not in old], new),
        (REMOVED, [key for key in old if key not in new], old),
        (CHANGED, changed, new),
    ):
        if keys:
            yield f"{shortened([names[key] for key in keys])} {word}"
    if list(old) == list(new) and not changed:
        yield "the same ones, written otherwise"


def account_counts(changes: Iterable[Change]) -> "Counter[str]":
    """By sort, how many named accounts differ in these lists, which were changed."""
    counts: Counter[str] = Counter()
    for change in changes:
        old, new = (side.document["accounts"] if side else {} for side in (change.before, change.after))
        counts[ADDED] += len(new.keys() - old.keys())
        counts[REMOVED] += len(old.keys() - new.keys())
        counts[CHANGED] += sum(new[domain] != old[domain] for domain in new.keys() & old.keys())
    return counts


def ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def summary(comparison: Comparison) -> str:
    """`7 differences: 2 added, 4 changed, 1 moved`, or `No differences`."""
    if not comparison.changes:
        return "No differences"
    counts = ", ".join(f"{number:,} {sort}" for sort, number in comparison.counts.items())
    return f"{counted(len(comparison), 'difference')}: {counts}"
