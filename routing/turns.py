"""Who is next in a queue, and in what order? Simulated from standings that were read before.

What can't be foreseen is said: a draw between equal claims falls by each lead's own seed, so the turn names everybody
who shared the claim.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from routing.availability import Taken, taken_after
from routing.balancing import UNIT, Pick, Pool, PoolMember, pick
from routing.contract import Inputs
from routing.hours import periods_at
from routing.plan import MemberSpec, Plan
from routing.pools import Footing, StandingRow, pool_of

WHY_NOT: Mapping[str, str] = {
    "": "",
    "inactive": "inactive",
    "paused": "paused here",
    "absent": "away",
    "condition": "does not take such leads",
    "cap_day": "has as many leads as a day allows",
    "cap_week": "has as many leads as a week allows",
    "cap_month": "has as many leads as a month allows",
}


@dataclass(frozen=True)
class Turn:
    """One lead of the simulated order. `rep` None: nobody can take it.

    `claim`: what the rep is owed with this lead's share, in leads. `is_only`: nobody else could take it.
    """

    rep: str | None
    claim: float
    is_only: bool
    tie_break: str


@dataclass(frozen=True)
class Seat:
    """A member of a queue as it stands.

    `expected` is what the member should have had, given who could take leads at each moment: what it received and what
    it is owed, in leads. `taken` are the leads of the present day, week and month in the rep's own zone.
    """

    spec: MemberSpec
    name: str
    zone: str
    share: float
    standing: StandingRow
    unavailable: str
    off_hours: bool
    eligible: bool
    claim: float
    taken: Mapping[str, int]

    @property
    def received(self) -> int:
        return self.standing.count

    @property
    def owed(self) -> float:
        """In leads; negative for who is ahead."""
        return round(self.standing.shortfall / UNIT, 2) + 0.0

    @property
    def expected(self) -> float:
        return round(self.standing.count + self.standing.shortfall / UNIT, 2)

    @property
    def ahead(self) -> str:
        """How many leads the member has had more than the exact share: +0.25, -1.50."""
        return f"{-self.owed + 0.0:+.2f}" if self.owed else "0.00"

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def caps(self) -> list[tuple[str, int, int]]:
        """Period, cap and how many leads are left under it."""
        return [(period, cap, max(0, cap - self.taken[period])) for period, cap in self.spec.caps]

    @property
    def why_not(self) -> str:
        """Why the member can't take this lead now, in words; "" for who can."""
        if self.eligible:
            return ""
        if self.spec.weight <= 0:
            return "weight 0: gets no leads"
        return WHY_NOT.get(self.unavailable, self.unavailable) or "outside working hours"


def seats_of(queue_key: str, plan: Plan, footing: Footing, inputs: Inputs, now: datetime) -> list[Seat]:
    """In the order of the members' names."""
    pool = pool_of(queue_key, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)
    eligible = {member.rep for member in pool.eligible()}
    seats = [_seat(queue_key, plan, footing, member, eligible, now) for member in pool.members]
    return sorted(seats, key=lambda seat: (seat.name.casefold(), seat.spec.rep))


def _seat(queue_key: str, plan: Plan, footing: Footing, member: PoolMember, eligible: set[str], now: datetime) -> Seat:
    queue, rep = plan.queues[queue_key], plan.reps[member.rep]
    standing = footing.standings.get((queue.ledger, member.rep)) or StandingRow(footing.rep_ids.get(member.rep, 0))
    total = sum(each.weight for each in queue.members)
    weights = sum(queue.member_by_rep[each].weight for each in eligible)
    claim = member.shortfall / UNIT + (member.weight / weights if member.rep in eligible else 0)
    return Seat(
        spec=queue.member_by_rep[member.rep],
        name=rep.name,
        zone=rep.time_zone,
        share=member.weight / total if total else 0.0,
        standing=standing,
        unavailable=member.unavailable,
        off_hours=member.off_hours,
        eligible=member.rep in eligible,
        claim=round(claim, 2) + 0.0,
        taken=_taken_now(standing.taken or {}, rep.time_zone, now),
    )


def _taken_now(taken: Taken, zone: str, now: datetime) -> dict[str, int]:
    """What was counted in an earlier period is over."""
    periods = periods_at(now, zone)
    counts = {name: taken.get(name, ("", 0)) for name in ("day", "week", "month")}
    return {name: count if period == getattr(periods, name) else 0 for name, (period, count) in counts.items()}


def largest_difference(seats: list[Seat]) -> float:
    """In leads: how far the count of some member is from what it should have had."""
    return max((abs(seat.owed) for seat in seats), default=0.0)


def next_turns(
    queue_key: str, plan: Plan, footing: Footing, inputs: Inputs, *, now: datetime, seed: str, count: int
) -> list[Turn]:
    """Who would get so many leads like this one, one after the other; it ends with the first that nobody can take."""
    return list(islice(_turns(queue_key, plan, footing, inputs, now, seed), count))


def _turns(queue_key: str, plan: Plan, footing: Footing, inputs: Inputs, now: datetime, seed: str) -> Iterator[Turn]:
    number = 0
    while True:
        pool = pool_of(queue_key, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)
        picked = pick(pool, inputs.values, now, f"{seed}{number or ''}")
        yield Turn(picked.member, _claim(picked), len(picked.standings) == 1, picked.tie_break)
        if picked.member is None:
            return
        footing = _after(footing, pool, picked, plan, now)
        number += 1


def _claim(picked: Pick) -> float:
    """Before the lead was charged."""
    owed = next((member.shortfall + UNIT for member in picked.standings if member.rep == picked.member), 0)
    return round(owed / UNIT, 2) + 0.0


def _after(footing: Footing, pool: Pool, picked: Pick, plan: Plan, now: datetime) -> Footing:
    """The standings once this lead is given."""
    ledger = plan.queues[pool.queue].ledger
    standings = dict(footing.standings)
    for member in picked.standings:
        before = standings.get((ledger, member.rep)) or StandingRow(footing.rep_ids.get(member.rep, 0))
        taken = before.taken or {}
        if member.rep == picked.member:
            taken = taken_after(taken, periods_at(now, plan.reps[member.rep].time_zone), 1)
        amounts = (member.shortfall, member.remainder, member.base, member.count, member.last_assigned_at)
        standings[ledger, member.rep] = StandingRow(before.rep_id, *amounts, taken)
    return replace(footing, standings=standings)
