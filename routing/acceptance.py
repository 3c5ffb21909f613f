"""When must a lead be accepted, and who is reminded when? Pure. docs/acceptance.md has it in prose."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.balancing import Pool
from routing.engine import OWNERSHIP
from routing.hours import between, both
from routing.plan import REQUIRE, QueueSpec, RepSpec, Territory

# So often may the clock pass a lead on; after that it is the manager's.
MOST_MOVES = 2
HELD_BEFORE = "held_before"


@dataclass(frozen=True)
class Clock:
    """UTC instants; both None where there is no clock, `remind_at` None where nobody is reminded."""

    due_at: datetime | None = None
    remind_at: datetime | None = None


NO_CLOCK = Clock()


def start_clock(
    queue: QueueSpec, rep: RepSpec, territory: Territory | None, now: datetime, *, behind: datetime | None = None
) -> Clock:
    """The due time in hours that are open for both the rep and the territory's customers.

    `behind`: the last due time of the leads that came to the rep in the same rush. This one is due some minutes of
    business time after it, so that a backlog is due one after the other.
    """
    acceptance = queue.acceptance
    if acceptance.within_min is None:
        return NO_CLOCK
    theirs = territory.hours if territory else rep.hours
    within = timedelta(minutes=acceptance.within_min)
    if behind is not None and (ahead := between(rep.hours, theirs, now, behind)):
        within = max(within, ahead + timedelta(minutes=acceptance.stagger_min))
    due = both(rep.hours, theirs, now, within)
    if not acceptance.remind_min or acceptance.remind_min >= acceptance.within_min:
        return Clock(due_at=due)
    return Clock(due_at=due, remind_at=both(rep.hours, theirs, now, within - timedelta(minutes=acceptance.remind_min)))


def is_open(rep: RepSpec, territory: Territory | None, now: datetime) -> bool:
    """Whether a clock that starts now runs at once."""
    theirs = territory.hours if territory else rep.hours
    return both(rep.hours, theirs, now, timedelta()) == now


def is_protected(reason: str) -> bool:
    """Leads that came by ownership or as a strategic account are never taken away by the clock."""
    return reason in OWNERSHIP


def successors(pool: Pool, holders: Set[str]) -> Pool:
    """The pool of a lead that is passed on: without who held it before, and only who is at work, whatever the queue
    says of working hours; a lead that waits is not given to somebody asleep."""
    members = tuple(
        replace(member, unavailable=HELD_BEFORE) if member.rep in holders and not member.unavailable else member
        for member in pool.members
    )
    return replace(pool, members=members, working_hours=REQUIRE)


def have_all_held_it(pool: Pool, holders: Set[str]) -> bool:
    """Whether waiting can't help: there is no member left to whom the lead could ever be passed on."""
    return all(member.rep in holders for member in pool.members if member.weight > 0)
