"""Counts: lock them, charge them, give credit back. Every change is an entry; a standing's count is their sum."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from routing.availability import given_back, taken_after
from routing.balancing import UNIT, PoolMember, calibrated_count
from routing.hours import periods_at
from routing.models import Assignment, Ledger, LedgerEntry, Rep, Standing
from routing.plan import Plan
from routing.pools import Standings

Reason = LedgerEntry.Reason


def lock_ledgers(keys: Iterable[str]) -> dict[str, Ledger]:
    """In id order, so that two decisions over the same queues never wait for each other in a circle."""
    rows = Ledger.objects.select_for_update().filter(key__in=sorted(set(keys))).order_by("id")
    return {ledger.key: ledger for ledger in rows}


def charge_pick(
    ledger: Ledger,
    members: Sequence[PoolMember],
    chosen: str,
    *,
    plan: Plan,
    standings: Standings,
    assignment: Assignment,
    reason: Reason = Reason.ASSIGNED,
    now: datetime,
) -> None:
    """Store every eligible member's new standing and the chosen one's entry. The ledger is locked."""
    ids = _rep_ids(ledger.key, members, standings)
    Standing.objects.bulk_create(
        [_standing(ledger, member, ids[member.rep], member.rep == chosen, plan, standings, now) for member in members],
        update_conflicts=True,
        unique_fields=["ledger", "rep"],
        update_fields=["shortfall", "remainder", "base", "count", "last_assigned_at", "taken"],
    )
    LedgerEntry.objects.create(
        ledger=ledger, rep_id=ids[chosen], credit=1, reason=reason, assignment=assignment, created_at=now
    )


def _rep_ids(ledger_key: str, members: Sequence[PoolMember], standings: Standings) -> dict[str, int]:
    rows = ((member.rep, standings.get((ledger_key, member.rep))) for member in members)
    known = {rep: row.rep_id for rep, row in rows if row is not None}
    unknown = [member.rep for member in members if member.rep not in known]
    return {**known, **(dict(Rep.objects.filter(key__in=unknown).values_list("key", "id")) if unknown else {})}


def _standing(
    ledger: Ledger, member: PoolMember, rep_id: int, chosen: bool, plan: Plan, standings: Standings, now: datetime
) -> Standing:
    before = standings.get((ledger.key, member.rep))
    taken = dict(before.taken or {}) if before else {}
    if chosen:
        taken = taken_after(taken, periods_at(now, plan.reps[member.rep].time_zone), 1)
    return Standing(
        ledger=ledger,
        rep_id=rep_id,
        shortfall=member.shortfall,
        remainder=member.remainder,
        base=member.base,
        count=member.count,
        taken=taken,
        last_assigned_at=member.last_assigned_at,
    )


def charge_out_of_turn(
    ledger: Ledger, rep: Rep, *, zone: str, assignment: Assignment | None, reason: Reason, now: datetime
) -> None:
    """One lead more for the rep without a pick: by ownership, by hand, or (without an assignment of its own) a counted
    duplicate. The ledger is locked."""
    standing, _ = Standing.objects.get_or_create(ledger=ledger, rep=rep)
    if not _enter(ledger, rep, 1, reason, assignment, now):
        return
    standing.shortfall -= UNIT
    standing.count += 1
    standing.last_assigned_at = now
    standing.taken = taken_after(standing.taken, periods_at(now, zone), 1)
    standing.save(update_fields=["shortfall", "count", "last_assigned_at", "taken"])


def give_credit_back(
    ledger: Ledger, rep: Rep, *, zone: str, assignment: Assignment, reason: Reason, note: str = "", now: datetime
) -> bool:
    """The lead counts as if it had not been given, and is owed again. False where it was given back before.

    The ledger is locked. Its place under a cap is free again where the period it was given in still runs.
    """
    standing = Standing.objects.get(ledger=ledger, rep=rep)
    if not _enter(ledger, rep, -1, reason, assignment, now, note):
        return False
    standing.shortfall += UNIT
    standing.count -= 1
    standing.taken = given_back(standing.taken, periods_at(assignment.created_at, zone))
    standing.save(update_fields=["shortfall", "count", "taken"])
    return True


def _enter(
    ledger: Ledger, rep: Rep, credit: int, reason: Reason, assignment: Assignment | None, now: datetime, note: str = ""
) -> bool:
    """False where the assignment already has an entry of this sign: nothing is counted or given back twice."""
    if assignment is not None:
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
    weights = {member.rep: member.weight for queue in plan.queues_of_ledger(ledger_key) for member in queue.members}
    others = [(weights.get(rep, 0), count) for rep, count in counts.items()]
    return {rep: calibrated_count(weight, others) for rep, weight in weights.items() if rep not in counts}
