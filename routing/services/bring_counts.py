"""Counts from another tool: what each member has had, so that fairness carries on where it was.

A member's count is what was brought in and the leads that were given here since. Bringing counts again replaces the
first part and leaves the second, so that the same file changes nothing however many leads have come meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from routing.balancing import UNIT
from routing.models import Ledger, LedgerEntry, Member, Queue, Rep, Standing
from routing.services.ledger import lock_ledgers
from routing.standings import calibrations_in

CHUNK = 500


@dataclass(frozen=True)
class CountChange:
    """`owed`: leads that the member is owed afterwards, in hundredths, by weight; negative: has had more than due."""

    ledger: str
    rep: str
    before: int
    after: int
    owed: float


def count_changes(counts: Mapping[str, Mapping[str, int]]) -> list[CountChange]:
    """What bringing would change: ledger -> rep -> count elsewhere. A ledger that has these already is left alone."""
    brought = calibrations_in(counts)
    found: list[CountChange] = []
    for ledger, wanted in sorted(counts.items()):
        before = _counts_in(ledger)
        given_here = {rep: before.get(rep, 0) - brought[ledger].get(rep, 0) for rep in wanted}
        after = {**before, **{rep: count + given_here[rep] for rep, count in wanted.items()}}
        if after != before:
            weights = _weights(ledger, after)
            found.extend(
                CountChange(ledger, rep, before.get(rep, 0), after[rep], _owed(rep, after, weights))
                for rep in sorted(after)
            )
    return found


def _counts_in(ledger: str) -> dict[str, int]:
    return dict(Standing.objects.filter(ledger__key=ledger).values_list("rep__key", "count"))


def _weights(ledger: str, reps: Mapping[str, int]) -> dict[str, int]:
    """By rep, of the working copy's queues that count here; whoever isn't a member any more has none."""
    queues = Queue.objects.filter(shared_count=ledger) | Queue.objects.filter(key=ledger, shared_count="")
    rows = Member.objects.filter(queue__in=queues).values_list("rep__key", "weight")
    return {rep: weight for rep, weight in rows if rep in reps}


def _owed(rep: str, counts: Mapping[str, int], weights: Mapping[str, int]) -> float:
    units, _, _ = _due(rep, counts, weights)
    return round((units - counts[rep] * UNIT) / UNIT, 2) if rep in weights else 0.0


def _due(rep: str, counts: Mapping[str, int], weights: Mapping[str, int]) -> tuple[int, int, int]:
    """(units due, remainder, base): the exact share of the leads that all members have had."""
    base = sum(weights.values()) or 1
    total = sum(count for each, count in counts.items() if each in weights)
    units, remainder = divmod(total * UNIT * weights.get(rep, 0), base)
    return units, remainder, base


@transaction.atomic
def bring_counts(*, counts: Mapping[str, Mapping[str, int]], note: str, now: datetime) -> list[CountChange]:
    """Set what was had elsewhere, and what each member is owed for it and for the leads here. Each change is an entry
    of reason `calibration`. The same again changes nothing."""
    Ledger.objects.bulk_create([Ledger(key=key) for key in sorted(counts)], ignore_conflicts=True)
    ledgers = lock_ledgers(counts)
    changes = count_changes(counts)
    ids = dict(Rep.objects.filter(key__in={change.rep for change in changes}).values_list("key", "pk"))
    standings: list[Standing] = []
    entries: list[LedgerEntry] = []
    for key, of_ledger in groupby(changes, key=lambda change: change.ledger):
        together = list(of_ledger)
        standings.extend(_standings(ledgers[key], together, ids))
        entries.extend(_entries(ledgers[key], together, ids, note, now))
    fields = ["count", "shortfall", "remainder", "base"]
    Standing.objects.bulk_create(
        standings, update_conflicts=True, unique_fields=["ledger", "rep"], update_fields=fields, batch_size=CHUNK
    )
    LedgerEntry.objects.bulk_create(entries, batch_size=CHUNK)
    return changes


def _standings(ledger: Ledger, changes: Sequence[CountChange], ids: Mapping[str, int]) -> Iterator[Standing]:
    """Whoever isn't a member any more keeps what they were owed."""
    there = {standing.rep_id: standing for standing in Standing.objects.filter(ledger=ledger)}
    after = {change.rep: change.after for change in changes}
    weights = _weights(ledger.key, after)
    for change in changes:
        rep_id = ids[change.rep]
        standing = there.get(rep_id) or Standing(ledger=ledger, rep_id=rep_id)
        shortfall, remainder, base = standing.shortfall, standing.remainder, standing.base
        if change.rep in weights:
            units, remainder, base = _due(change.rep, after, weights)
            shortfall = units - change.after * UNIT
        yield Standing(
            ledger=ledger, rep_id=rep_id, count=change.after, shortfall=shortfall, remainder=remainder, base=base
        )


def _entries(
    ledger: Ledger, changes: Sequence[CountChange], ids: Mapping[str, int], note: str, now: datetime
) -> Iterator[LedgerEntry]:
    for change in changes:
        if change.after != change.before:
            yield LedgerEntry(
                ledger=ledger,
                rep_id=ids[change.rep],
                credit=change.after - change.before,
                reason=LedgerEntry.Reason.CALIBRATION,
                note=note[:120],
                created_at=now,
            )
