"""Pools as they are now: the plan's members with what the ledger and the roster say. One query, whatever the size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.availability import Roster, Taken, unavailable_because
from routing.balancing import Pool, PoolMember
from routing.contract import Inputs
from routing.models import Ledger
from routing.plan import MemberSpec, Plan
from routing.statements import footing_rows


@dataclass(frozen=True)
class StandingRow:
    """One rep's standing in one ledger, as read under its lock."""

    rep_id: int
    shortfall: int = 0
    remainder: int = 0
    base: int = 1
    count: int = 0
    last_assigned_at: datetime | None = None
    taken: Taken | None = None


# (ledger key, rep key) -> standing
Standings = Mapping[tuple[str, str], StandingRow]


@dataclass(frozen=True)
class Footing:
    """What the database says of some reps at one moment: their standings, who can't take anything, and their ids."""

    standings: Standings
    roster: Roster
    rep_ids: Mapping[str, int]

    def taken_of(self, ledger: str, rep: str) -> Taken:
        """In the periods that run; nothing of who has no standing there."""
        standing = self.standings.get((ledger, rep))
        return (standing.taken if standing else None) or {}


def footing_at(now: datetime, rep_keys: Iterable[str], ledgers: Mapping[str, int]) -> Footing:
    """In one query; `ledgers` are ids by key. Pausing, deactivating and absences take effect at once."""
    named = frozenset(rep_keys)
    if not named:
        return Footing({}, Roster(), {})
    ledger_keys = {pk: key for key, pk in ledgers.items()}
    active, absent, paused, ids, standings = set(), set(), set(), {}, {}
    for rep, pk, is_active, is_absent, paused_in, ledger, columns in footing_rows(now, named, ledgers.values()):
        ids[rep] = pk
        if is_active:
            active.add(rep)
        if is_absent:
            absent.add(rep)
        if paused_in is not None:
            paused.add((paused_in, rep))
        if ledger is not None:
            standings[ledger_keys[ledger], rep] = StandingRow(pk, *columns)
    return Footing(standings, Roster(inactive=named - active, absent=absent, paused=paused), ids)


def footing_of_queues(plan: Plan, queues: Iterable[str], now: datetime, reps: Iterable[str] = ()) -> Footing:
    """Of the queues' members, and of these reps. Two queries, no locks."""
    named = tuple(queues)
    ledgers = Ledger.objects.filter(key__in={plan.queues[key].ledger for key in named})
    return footing_at(now, members_of(plan, named) | {*reps}, dict(ledgers.values_list("key", "pk")))


def members_of(plan: Plan, queues: Iterable[str]) -> set[str]:
    return {member.rep for queue in queues for member in plan.queues[queue].members}


def member_of(rep: str, weight: int, row: StandingRow) -> PoolMember:
    """A standing as the balancing takes it, where nobody is to be picked."""
    return PoolMember(
        rep=rep,
        weight=weight,
        shortfall=row.shortfall,
        remainder=row.remainder,
        base=row.base,
        count=row.count,
        last_assigned_at=row.last_assigned_at,
    )


def pool_of(queue_key: str, plan: Plan, *, standings: Standings, roster: Roster, inputs: Inputs, now: datetime) -> Pool:
    """Pure. Members in the order of their keys."""
    queue = plan.queues[queue_key]
    members = []
    for spec in sorted(queue.members, key=lambda spec: spec.rep):
        standing = standings.get((queue.ledger, spec.rep)) or StandingRow(rep_id=0)
        members.append(_pool_member(queue_key, plan, spec, standing, roster, inputs, now))
    return Pool(queue=queue_key, members=tuple(members), working_hours=queue.working_hours)


def _pool_member(
    queue_key: str,
    plan: Plan,
    spec: MemberSpec,
    standing: StandingRow,
    roster: Roster,
    inputs: Inputs,
    now: datetime,
) -> PoolMember:
    rep = plan.reps[spec.rep]
    return PoolMember(
        rep=spec.rep,
        weight=spec.weight,
        priority=spec.priority,
        shortfall=standing.shortfall,
        remainder=standing.remainder,
        base=standing.base,
        count=standing.count,
        last_assigned_at=standing.last_assigned_at,
        unavailable=unavailable_because(
            queue_key, spec, rep, roster=roster, taken=standing.taken or {}, inputs=inputs.values, now=now
        ),
        off_hours=not rep.hours.contains(now),
    )
