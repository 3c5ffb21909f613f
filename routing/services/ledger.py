"""Counts: lock them, charge them, give credit back. Every change is an entry; a standing's count is their sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from routing.availability import Taken, given_back, taken_after
from routing.balancing import Change, PoolMember, calibrated_count, given_out_of_turn, taken_back
from routing.hours import periods_at
from routing.models import Assignment, Ledger, LedgerEntry, Rep, Standing
from routing.plan import Plan
from routing.pools import Footing, StandingRow, footing_at, member_of

Reason = LedgerEntry.Reason


def lock_ledgers(keys: Iterable[str]) -> dict[str, Ledger]:
    """In id order, so that two decisions over the same queues never wait for each other in a circle."""
    rows = Ledger.objects.select_for_update().filter(key__in=sorted(set(keys))).order_by("id")
    return {ledger.key: ledger for ledger in rows}


class Charges:
    """Leads counted in locked ledgers: `standings` are those after them. Nothing is stored before `write`.

    `zone` is the chosen rep's in the plan that decides: caps are counted by it.
    """

    def __init__(self, ledgers: Mapping[str, Ledger], footing: Footing, now: datetime) -> None:
        self._ledgers = ledgers
        self._rep_ids = footing.rep_ids
        self._now = now
        self.standings: dict[tuple[str, str], StandingRow] = dict(footing.standings)
        self._changed: set[tuple[str, str]] = set()
        self._entries: list[LedgerEntry] = []

    def in_turn(
        self,
        ledger: str,
        members: Sequence[PoolMember],
        chosen: Rep,
        assignment: Assignment,
        reason: Reason,
        *,
        zone: str,
    ) -> None:
        """A pick: every eligible member's standing changes, the chosen one's is already charged."""
        for member in members:
            taken = self._row(ledger, member.rep).taken or {}
            self._set(ledger, member.rep, member, self._one_more(zone, taken) if member.rep == chosen.key else taken)
        self._enter(ledger, chosen, assignment, reason)

    def out_of_turn(
        self, ledger: str, plan: Plan, rep: Rep, assignment: Assignment | None, reason: Reason, *, zone: str
    ) -> None:
        """One lead more without a pick: by ownership or by hand, or (without an assignment of its own) a counted
        duplicate."""
        self._share(ledger, plan, rep, lambda members: given_out_of_turn(members, rep.key, self._now))
        self._take(ledger, rep, self._one_more(zone, self._row(ledger, rep.key).taken or {}))
        self._enter(ledger, rep, assignment, reason)

    def give_back(
        self, ledger: str, plan: Plan, rep: Rep, assignment: Assignment, reason: Reason, *, zone: str, note: str = ""
    ) -> None:
        """As if it had not been given: its place under a cap is free again where the period it was given in runs."""
        self._share(ledger, plan, rep, lambda members: taken_back(members, rep.key))
        taken = self._row(ledger, rep.key).taken or {}
        self._take(ledger, rep, given_back(taken, periods_at(assignment.created_at, zone)))
        self._enter(ledger, rep, assignment, reason, credit=-1, note=note)

    def write(self) -> None:
        Standing.objects.bulk_create(
            [self._stored(ledger, rep) for ledger, rep in sorted(self._changed)],
            update_conflicts=True,
            unique_fields=["ledger", "rep"],
            update_fields=["shortfall", "remainder", "base", "count", "last_assigned_at", "taken"],
        )
        LedgerEntry.objects.bulk_create(self._entries)

    def _row(self, ledger: str, rep: str) -> StandingRow:
        return self.standings.get((ledger, rep)) or StandingRow(self._rep_ids[rep])

    def _one_more(self, zone: str, taken: Taken) -> Taken:
        return taken_after(taken, periods_at(self._now, zone), 1)

    def _share(self, ledger: str, plan: Plan, rep: Rep, change: Change) -> None:
        """What one lead more or less makes of the standings: a claim is always against those who share with one."""
        sharing = plan.sharing_in(ledger, rep.key)
        for member in change([member_of(key, weight, self._row(ledger, key)) for key, weight in sharing.items()]):
            self._set(ledger, member.rep, member, self._row(ledger, member.rep).taken or {})

    def _take(self, ledger: str, rep: Rep, taken: Taken) -> None:
        self.standings[ledger, rep.key] = replace(self._row(ledger, rep.key), taken=taken)

    def _set(self, ledger: str, rep: str, to: PoolMember, taken: Taken) -> None:
        amounts = (to.shortfall, to.remainder, to.base, to.count, to.last_assigned_at)
        self.standings[ledger, rep] = StandingRow(self._rep_ids[rep], *amounts, taken)
        self._changed.add((ledger, rep))

    def _enter(
        self,
        ledger: str,
        rep: Rep,
        assignment: Assignment | None,
        reason: Reason,
        *,
        credit: int = 1,
        note: str = "",
    ) -> None:
        self._entries.append(
            LedgerEntry(
                ledger=self._ledgers[ledger],
                rep_id=rep.pk,
                credit=credit,
                reason=reason,
                note=note,
                assignment=assignment,
                created_at=self._now,
            )
        )

    def _stored(self, ledger: str, rep: str) -> Standing:
        row = self.standings[ledger, rep]
        return Standing(
            ledger=self._ledgers[ledger],
            rep_id=row.rep_id,
            shortfall=row.shortfall,
            remainder=row.remainder,
            base=row.base,
            count=row.count,
            taken=row.taken,
            last_assigned_at=row.last_assigned_at,
        )


def charge_out_of_turn(
    ledger: Ledger, rep: Rep, *, plan: Plan, zone: str, assignment: Assignment, reason: Reason, now: datetime
) -> None:
    """One lead more without a pick, by a move; nothing where it is counted already. The ledger is locked."""
    if _counts(ledger, rep, assignment):
        return
    charges = _charges(ledger, plan, rep, now)
    charges.out_of_turn(ledger.key, plan, rep, assignment, reason, zone=zone)
    charges.write()


def give_credit_back(
    ledger: Ledger,
    rep: Rep,
    *,
    plan: Plan,
    zone: str,
    assignment: Assignment,
    reason: Reason,
    note: str = "",
    now: datetime,
) -> bool:
    """The lead counts as if it had not been given, and is owed again. False where it was given back before.

    The ledger is locked.
    """
    if not _counts(ledger, rep, assignment):
        return False
    charges = _charges(ledger, plan, rep, now)
    charges.give_back(ledger.key, plan, rep, assignment, reason, zone=zone, note=note)
    charges.write()
    return True


def _counts(ledger: Ledger, rep: Rep, assignment: Assignment) -> bool:
    """By its entries, so that nothing is counted or given back twice."""
    entries = LedgerEntry.objects.filter(ledger=ledger, rep=rep, assignment=assignment)
    return sum(entries.values_list("credit", flat=True)) > 0


def _charges(ledger: Ledger, plan: Plan, rep: Rep, now: datetime) -> Charges:
    """Of one ledger, with the standings of all who share in it."""
    footing = footing_at(now, plan.sharing_in(ledger.key, rep.key), {ledger.key: ledger.pk})
    return Charges({ledger.key: ledger}, footing, now)


def counted_in(assignment: Assignment) -> list[str]:
    """Keys of the ledgers in which the assignment counts at present."""
    totals: dict[str, int] = {}
    for key, credit in LedgerEntry.objects.filter(assignment=assignment).values_list("ledger__key", "credit"):
        totals[key] = totals.get(key, 0) + credit
    return sorted(key for key, total in totals.items() if total > 0)


def calibrations(plan: Plan, ledger_key: str, counts: Mapping[str, int]) -> dict[str, int]:
    """What new members of a ledger in use begin with: rep -> count. Members with a standing are in `counts`."""
    weights = plan.weights_of_ledger(ledger_key)
    others = [(weights.get(rep, 0), count) for rep, count in counts.items()]
    return {rep: calibrated_count(weight, others) for rep, weight in weights.items() if rep not in counts}
