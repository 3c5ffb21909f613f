"""Queues, their members and how many leads each has had, from another tool's export: one line a member. Pure."""

import re
from collections.abc import Mapping, Sequence

from config.configuration.document import Configuration
from config.configuration.schema import NEEDED, SECTION, UNTOUCHED, Entry, Field
from config.errors import TableUnclear
from config.switching.reading import BadLine, Count, LineUnclear, Reading, key_from, named
from leads.places import fold
from routing.transfer.tables import Row, Table

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "queue": ("queue", "queue name", "router", "pool", "group", "team", "round robin", "distribution"),
    "member": ("member", "email", "rep", "user", "member email", "user email", "owner", "rep email"),
    "name": ("name", "member name", "full name", "rep name", "user name"),
    "weight": ("weight", "share", "ratio"),
    "count": ("count", "leads", "leads received", "received", "assigned", "total assigned", "leads assigned"),
    "paused": ("paused", "on hold", "inactive"),
    "cap_day": ("cap day", "daily cap", "a day", "daily limit"),
    "cap_week": ("cap week", "weekly cap", "a week", "weekly limit"),
    "cap_month": ("cap month", "monthly cap", "a month", "monthly limit"),
}
_WHOLE = {"weight": 10**6, "count": 10**8, "cap_day": 10**6, "cap_week": 10**6, "cap_month": 10**6}
_YES, _NO = frozenset({"yes", "true", "1", "y", "paused"}), frozenset({"", "no", "false", "0", "n", "active"})


def read_queues(table: Table, present: Configuration) -> Reading:
    """Members join the queues as they are; queues and reps that aren't there are made. Raises TableUnclear."""
    places = _places(table.columns)
    draft = _Draft(present)
    bad = []
    for row in table.rows:
        try:
            draft.add(_cells(row, places))
        except LineUnclear as error:
            bad.append(BadLine(row.number, str(error)))
    wanted = Configuration({"reps": draft.new_reps, "queues": draft.queues})
    unused = [header for place, header in enumerate(table.columns) if header and place not in places.values()]
    return Reading(wanted, tuple(bad), draft.ledger_counts(), len(table.rows), tuple(unused))


def _places(headers: Sequence[str]) -> dict[str, int]:
    known = [fold(header) for header in headers]
    places: dict[str, int] = {}
    for what, names in _HEADERS.items():
        found = next((known.index(name) for name in names if name in known), None)
        if found is not None and found not in places.values():
            places[what] = found
    for needed in ("queue", "member"):
        if needed not in places:
            raise TableUnclear(f"There is no column for the {needed}. Head it “{needed}”.")
    return places


def _cells(row: Row, places: Mapping[str, int]) -> dict[str, str]:
    if row.problem:
        raise LineUnclear(row.problem)
    return {what: row.cells[place].strip() for what, place in places.items()}


class _Draft:
    """The working copy with what has been read so far."""

    def __init__(self, present: Configuration) -> None:
        self._reps = dict(present.entries("reps"))
        self._known_queues = dict(present.entries("queues"))
        self.new_reps: dict[str, Entry] = {}
        self.queues: dict[str, Entry] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._seen: set[tuple[str, str]] = set()

    def add(self, cells: Mapping[str, str]) -> None:
        if not cells["queue"]:
            raise LineUnclear("there is no queue")
        given = _given(cells)
        rep = self._rep(cells["member"], cells.get("name", ""))
        queue = self._queue(cells["queue"])
        if (queue, rep) in self._seen:
            raise LineUnclear(f"{cells['member']} stands in this queue twice")
        self._seen.add((queue, rep))
        members = self.queues[queue]["members"]
        count = given.pop("count", None)
        defaults = _defaults(SECTION["queues"].field("members").entries)
        members[rep] = {**defaults, **members.get(rep, {}), **given}
        if count is not None:
            self._counts[queue, rep] = count

    def _rep(self, text: str, name: str) -> str:
        if not text:
            raise LineUnclear("there is no member")
        if found := named(text, self._reps, "email", "name"):
            return found
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
            raise LineUnclear(f"there is no rep {text!r}; name the e-mail address, and the rep is made")
        key = key_from(name or text.partition("@")[0], self._reps)
        entry = {**_defaults(SECTION["reps"].fields), "name": name or text, "email": text.lower()}
        self._reps[key] = self.new_reps[key] = entry
        return key

    def _queue(self, text: str) -> str:
        key = named(text, {**self._known_queues, **self.queues}, "name")
        if key is None:
            key = key_from(text, {**self._known_queues, **self.queues})
            self.queues[key] = {**_defaults(SECTION["queues"].fields), "name": text[:120], "members": {}}
        elif key not in self.queues:
            known = self._known_queues[key]
            self.queues[key] = {**known, "members": dict(known["members"])}
        return key

    def ledger_counts(self) -> tuple[Count, ...]:
        """Queues that share a count add up."""
        found: dict[tuple[str, str], int] = {}
        for (queue, rep), count in self._counts.items():
            ledger = self.queues[queue]["shared_count"] or queue
            found[ledger, rep] = found.get((ledger, rep), 0) + count
        return tuple(Count(ledger, rep, count) for (ledger, rep), count in sorted(found.items()))


def _given(cells: Mapping[str, str]) -> dict[str, int | bool]:
    given: dict[str, int | bool] = {}
    for what, most in _WHOLE.items():
        text = cells.get(what, "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
            raise LineUnclear(f"{what.replace('_', ' ')} must be a whole number up to {most:,}, not {text[:40]!r}")
        if text:
            given[what] = int(text)
    paused = cells.get("paused", "").lower()
    if paused in _YES:
        given["paused"] = True
    elif paused not in _NO:
        raise LineUnclear(f"paused must be yes or no, not {paused[:40]!r}")
    return given


def _defaults(fields: tuple[Field, ...]) -> Entry:
    return {each.name: each.default for each in fields if each.default is not NEEDED and each.default is not UNTOUCHED}
