"""Can this member take a lead now? Pure.

Judged from the plan's member, the *roster* (what holds at once, whatever plan is live), what the ledger says was taken
in the present periods, the inputs and the time. Live routing, preview and replay all ask here.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from routing.hours import Periods, periods_at
from routing.plan import MemberSpec, RepSpec

# Period -> (its name, such as "2026-03-02", and how many leads were taken in it).
Taken = Mapping[str, tuple[str, int]]

INACTIVE, PAUSED, ABSENT, CONDITION, CAP, OFF_HOURS = "inactive", "paused", "absent", "condition", "cap", "off_hours"


@dataclass(frozen=True)
class Roster:
    """Who can't take anything at the moment it was read for, whatever queue: inactive and absent reps, paused
    (queue, rep) pairs."""

    inactive: Set[str] = frozenset()
    absent: Set[str] = frozenset()
    paused: Set[tuple[str, str]] = field(default=frozenset())

    def reason(self, queue: str, rep: str) -> str:
        if rep in self.inactive:
            return INACTIVE
        if (queue, rep) in self.paused:
            return PAUSED
        return ABSENT if rep in self.absent else ""


def unavailable_because(
    queue: str,
    member: MemberSpec,
    rep: RepSpec,
    *,
    roster: Roster,
    taken: Taken,
    inputs: Mapping[str, object],
    now: datetime,
) -> str:
    """The first reason that applies, or "". Working hours are judged apart, since a queue may only prefer them."""
    reason = roster.reason(queue, member.rep)
    if reason:
        return reason
    if member.condition is not None and not member.condition.matches(inputs):
        return CONDITION
    return cap_reached(member, taken, periods_at(now, rep.time_zone)) if _may_be_full(member, taken) else ""


def _may_be_full(member: MemberSpec, taken: Taken) -> bool:
    """Whether as many as a cap allows were taken, in whatever period: else the zone's clock need not be read."""
    for name, cap in member.caps:  # noqa: SIM110  replays ask millions of times, and a loop is faster
        if taken.get(name, _NOTHING)[1] >= cap:
            return True
    return False


_NOTHING = ("", 0)


def cap_reached(member: MemberSpec, taken: Taken, periods: Periods) -> str:
    """`cap_day`, `cap_week`, `cap_month`, or "" while there is room under each."""
    for name, cap in member.caps:
        period, count = taken.get(name, ("", 0))
        if (count if period == getattr(periods, name) else 0) >= cap:
            return f"{CAP}_{name}"
    return ""


def taken_after(taken: Taken, periods: Periods, change: int) -> dict[str, tuple[str, int]]:
    """What was taken, once `change` leads more (or fewer) were in the periods given; a new period begins at 0."""
    after = {}
    for name in ("day", "week", "month"):
        current = getattr(periods, name)
        period, count = taken.get(name, ("", 0))
        after[name] = (current, max(0, (count if period == current else 0) + change))
    return after


def given_back(taken: Taken, periods: Periods) -> dict[str, tuple[str, int]]:
    """What was taken, once a lead given in `periods` came back: only a period that still runs has room again."""
    return {
        name: (period, max(0, count - 1) if period == getattr(periods, name) else count)
        for name, (period, count) in taken.items()
    }
