"""Show what another tool's table would change in the working copy, and apply it: all of it or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from config.configuration.apply import CHANGED_SINCE, apply_configuration, lock_configuration, mark_of_present
from config.configuration.difference import Difference
from config.configuration.export import export_configuration
from config.errors import ConfigurationChanged
from config.switching.matching import read_matching_table
from config.switching.queues import read_queues
from config.switching.reading import Reading
from forms_engine.canonical import canonical_json
from foundation.audit import Way, record
from routing.services.bring_counts import CountChange, bring_counts
from routing.standings import calibrations_in
from routing.transfer.tables import Table, read_table

QUEUES, MATCHING = "queues", "matching"
DEFAULT_PREFIX = "table"


@dataclass(frozen=True)
class Switched:
    """`mark`: of what it would change, before."""

    reading: Reading
    difference: Difference
    counts: tuple[CountChange, ...]
    mark: str

    @property
    def is_empty(self) -> bool:
        return self.difference.is_empty and not self.counts


def rehearse_switch(
    content: bytes, kind: str, *, prefix: str = DEFAULT_PREFIX, most: int | None = None, now: datetime
) -> Switched:
    """What applying would change; nothing stays. Raises TableUnclear, and TableUnreadable, for more than `most` lines
    too."""
    table = read_table(content, most=most)
    with transaction.atomic():
        found = _switch(table, kind, prefix=prefix, mark="", user=None, way=Way.SYSTEM, source="", now=now)
        transaction.set_rollback(True)
    return found


def switch(
    content: bytes,
    kind: str,
    *,
    prefix: str = DEFAULT_PREFIX,
    most: int | None = None,
    mark: str = "",
    user: User | None = None,
    way: Way = Way.COMMAND,
    source: str = "",
    now: datetime,
) -> Switched:
    """Lines that can't be taken are left out. `mark`: as it was when the difference was shown.

    Raises as `rehearse_switch` does, and ConfigurationChanged where somebody has changed the configuration or brought
    counts in since. Leads that came meanwhile don't matter, since bringing counts leaves them counted.
    """
    table = read_table(content, most=most)
    with transaction.atomic():
        return _switch(table, kind, prefix=prefix, mark=mark, user=user, way=way, source=source, now=now)


def _switch(
    table: Table, kind: str, *, prefix: str, mark: str, user: User | None, way: Way, source: str, now: datetime
) -> Switched:
    lock_configuration()
    reading = _read(table, kind, prefix)
    counts = _by_ledger(reading)
    present = _mark(counts)
    if mark and mark != present:
        raise ConfigurationChanged(CHANGED_SINCE)
    applied = apply_configuration(
        wanted=reading.wanted, prune=kind == MATCHING, user=user, way=way, source=source, now=now
    )
    changes = bring_counts(counts=counts, note=f"Brought in from {source or 'a file'}", now=now)
    if changes:
        record(
            "counts brought in",
            now=now,
            user=user,
            way=way,
            kind="routing.standing",
            label=source,
            note=f"{len(changes)} counts",
        )
    return Switched(reading, applied.difference, tuple(changes), present)


def _read(table: Table, kind: str, prefix: str) -> Reading:
    present = export_configuration()
    return read_queues(table, present) if kind == QUEUES else read_matching_table(table, present, prefix=prefix)


def _mark(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A hash of the configuration and of the counts that were brought into these ledgers before."""
    brought = canonical_json(calibrations_in(counts))
    return hashlib.sha256(mark_of_present().encode() + brought.encode()).hexdigest()


def _by_ledger(reading: Reading) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for count in reading.counts:
        found.setdefault(count.ledger, {})[count.rep] = count.count
    return found
