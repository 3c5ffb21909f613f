"""Counts: lock them, charge them, give credit back. Every change is an entry; a standing's count is their sum."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from routing.availability import Taken, given_back, taken_after
from routing.balancing import Change, PoolMember, calibrated_count, given_out_of_turn, taken_back
from routing.hours import periods_at
from routing.models import Assignment, Ledger, LedgerEntry, Rep, Standing
from routing.plan import Plan
from routing.pools import Footing, StandingRow, member_of, sharing_in

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
        """One lead more without a pick: by ownership, or (without an assignment of its own) a counted duplicate."""
        members = [member_of(key, weight, self._row(ledger, key)) for key, weight in sharing_in(plan, ledger, rep.key)]
        for member in given_out_of_turn(members, rep.key, self._now):
            taken = self._row(ledger, member.rep).taken or {}
            self._set(ledger, member.rep, member, self._one_more(zone, taken) if member.rep == rep.key else taken)
        self._enter(ledger, rep, assignment, reason)

    def write(self) -> None:
        _store([self._stored(ledger, rep) for ledger, rep in sorted(self._changed)])
        LedgerEntry.objects.bulk_create(self._entries)

    def _row(self, ledger: str, rep: str) -> StandingRow:
        return self.standings.get((ledger, rep)) or StandingRow(self._rep_ids[rep])

    def _one_more(self, zone: str, taken: Taken) -> Taken:
        return taken_after(taken, periods_at(self._now, zone), 1)

    def _set(self, ledger: str, rep: str, to: PoolMember, taken: Taken) -> None:
        amounts = (to.shortfall, to.remainder, to.base, to.count, to.last_assigned_at)
        self.standings[ledger, rep] = StandingRow(self._rep_ids[rep], *amounts, taken)
        self._changed.add((ledger, rep))

    def _enter(self, ledger: str, rep: Rep, assignment: Assignment | None, reason: Reason) -> None:
        self._entries.append(
            LedgerEntry(
                ledger=self._ledgers[ledger],
                rep_id=rep.pk,
                credit=1,
                reason=reason,
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
    """One lead more for the rep without a pick, by a move. The ledger is locked."""
    if not _enter(ledger, rep, 1, reason, assignment, now):
        return
    standings = _standings(ledger, plan, rep)
    standings[rep.key].taken = taken_after(standings[rep.key].taken, periods_at(now, zone), 1)
    _share(ledger, plan, rep, standings, lambda members: given_out_of_turn(members, rep.key, now))


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

    The ledger is locked. Its place under a cap is free again where the period it was given in still runs.
    """
    if not _enter(ledger, rep, -1, reason, assignment, now, note):
        return False
    standings = _standings(ledger, plan, rep)
    standings[rep.key].taken = given_back(standings[rep.key].taken, periods_at(assignment.created_at, zone))
    _share(ledger, plan, rep, standings, lambda members: taken_back(members, rep.key))
    return True


def _standings(ledger: Ledger, plan: Plan, rep: Rep) -> dict[str, Standing]:
    """Of the rep and of all who share in the count, those new who have none yet."""
    ids = dict(Rep.objects.filter(key__in=dict(sharing_in(plan, ledger.key, rep.key))).values_list("key", "pk"))
    stored = {each.rep_id: each for each in Standing.objects.filter(ledger=ledger, rep__in=ids.values())}
    return {key: stored.get(pk) or Standing(ledger=ledger, rep_id=pk) for key, pk in ids.items()}


def _share(
    ledger: Ledger,
    plan: Plan,
    rep: Rep,
    standings: Mapping[str, Standing],
    change: Change,
) -> None:
    """Store what one lead more or less makes of the standings: a claim is always against those who share with one."""
    sharing = [(key, weight) for key, weight in sharing_in(plan, ledger.key, rep.key) if key in standings]
    for member in change([member_of(key, weight, standings[key]) for key, weight in sharing]):
        row = standings[member.rep]
        row.shortfall, row.remainder, row.base, row.count = (
            member.shortfall, member.remainder, member.base, member.count
        )  # fmt: skip
        row.last_assigned_at = member.last_assigned_at
    _store(list(standings.values()))


def _store(standings: Sequence[Standing]) -> None:
    Standing.objects.bulk_create(
        standings,
        update_conflicts=True,
        unique_fields=["ledger", "rep"],
        update_fields=["shortfall", "remainder", "base", "count", "last_assigned_at", "taken"],
    )


def _enter(
    ledger: Ledger, rep: Rep, credit: int, reason: Reason, assignment: Assignment, now: datetime, note: str = ""
) -> bool:
    """False where the assignment already has an entry of this sign: nothing is counted or given back twice."""
    same = LedgerEntry.objects.filter(ledger=ledger, rep=rep, assignment=assignment)
    if sum(same.values_list("credit", flat=True)) == (1 if credit > 0 else 0):
        return False
    LedgerEntry.objects.create(
        ledger=ledger, rep=rep, credit=credit, reason=reason, note=note, assignment=assignment, created_at=now
    )
    return True


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
