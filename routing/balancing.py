"""Who in a queue is next: R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980).

Pure. For a constant eligible set every member's count stays within one lead of its exact share, at every moment.
All amounts are integers in units of 10^-12 lead. docs/routing.md, "Fair picking", has the algorithm in prose.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

UNIT = 10**12
_EPOCH = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PoolMember:
    """One member as read under the ledger's lock.

    `shortfall`: units credited minus units received. `remainder`/`base`: the part of a unit left over by the last
    division, as a fraction. `unavailable`: why the member can't take a lead now, or "". `off_hours`: not at work now.
    """

    rep: str
    weight: int
    priority: int = 0
    shortfall: int = 0
    remainder: int = 0
    base: int = 1
    count: int = 0
    last_assigned_at: datetime | None = None
    unavailable: str = ""
    off_hours: bool = False


@dataclass(frozen=True)
class Pool:
    """A queue's members in the order of their keys. `working_hours`: ignore, prefer or require."""

    queue: str
    members: tuple[PoolMember, ...]
    working_hours: str = "ignore"

    def eligible(self) -> list[PoolMember]:
        """Who may get the lead; docs/routing.md, "Availability", has the order of the questions."""
        free = [member for member in self.members if member.weight > 0 and not member.unavailable]
        if self.working_hours == "ignore":
            return free
        at_work = [member for member in free if not member.off_hours]
        return at_work if at_work or self.working_hours == "require" else free

    def as_document(self) -> dict[str, object]:
        return {
            "queue": self.queue,
            "working_hours": self.working_hours,
            "members": [_member_document(member) for member in self.members],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Pool":
        return cls(
            queue=document["queue"],
            members=tuple(_member_from_document(entry) for entry in document["members"]),
            working_hours=document["working_hours"],
        )


_FIELDS = tuple(each.name for each in fields(PoolMember))


def _member_document(member: PoolMember) -> dict[str, object]:
    document = {name: getattr(member, name) for name in _FIELDS}
    at = member.last_assigned_at
    return {**document, "last_assigned_at": at.isoformat() if at else None}


def _member_from_document(entry: Mapping[str, Any]) -> PoolMember:
    at = entry["last_assigned_at"]
    return PoolMember(**{**entry, "last_assigned_at": datetime.fromisoformat(at) if at else None})


@dataclass(frozen=True)
class Pick:
    """`member` is the rep's key, or None with `reason` `no_eligible_member`.

    `standings` are the eligible members after this lead, the picked one already charged. `tie_break` names what
    decided between equal deadlines, "" where nothing had to.
    """

    member: str | None
    standings: tuple[PoolMember, ...]
    reason: str
    tie_break: str = ""


def pick(pool: Pool, inputs: Mapping[str, object], now: datetime, seed: str) -> Pick:
    """Choose the member who is next and return every eligible member's new standing.

    `inputs` and `now` are part of the signature because eligibility may depend on them; availability arrives
    already judged in `PoolMember.unavailable` and `off_hours`. The result depends on the arguments alone.
    """
    eligible = pool.eligible()
    if not eligible:
        return Pick(member=None, standings=(), reason="no_eligible_member")
    credited = _credit(eligible)
    chosen, tie_break = _earliest(_within_quota(credited), len(credited), seed)
    return Pick(
        member=chosen.rep,
        standings=tuple(_charge(member, now) if member is chosen else member for member in credited),
        reason="next_in_turn" if len(credited) > 1 else "only_eligible_member",
        tie_break=tie_break,
    )


def _credit(members: Sequence[PoolMember], leads: int = 1) -> list[PoolMember]:
    """Give each member its exact share of so many leads (negative: take it back), carrying the division's remainder."""
    total = sum(member.weight for member in members)
    if not total:
        return list(members)
    return [with_share(member, total, leads) for member in members]


def with_share(member: PoolMember, total: int, leads: int) -> PoolMember:
    """The member credited with its weight's part, of `total`, in so many leads. Spelt out, not `changed`: each decision
    of a replay asks it for each member."""
    carried = member.remainder * total // member.base
    units, remainder = divmod(leads * member.weight * UNIT + carried, total)
    copy = object.__new__(PoolMember)
    state = copy.__dict__
    state.update(member.__dict__)
    state["shortfall"] += units
    state["remainder"] = remainder
    state["base"] = total
    return copy


def changed(member: PoolMember, **changes: object) -> PoolMember:
    """`dataclasses.replace`, which replays ask millions of times, without its checks."""
    copy = object.__new__(PoolMember)
    vars(copy).update(vars(member), **changes)
    return copy


def _within_quota(members: Sequence[PoolMember]) -> list[PoolMember]:
    """Those owed at least 1/(2k-2) of a lead; where availability changed and nobody is, those owed most."""
    if len(members) == 1:
        return list(members)
    within = [member for member in members if member.shortfall * (2 * len(members) - 2) >= UNIT]
    if within:
        return within
    most = max(member.shortfall for member in members)
    return [member for member in members if member.shortfall == most]


def _is_earlier(member: PoolMember, other: PoolMember, k: int) -> int:
    """Negative where the member's deadline is earlier than the other's, 0 where they are equal.

    A deadline is how soon the member would be owed more than 1 - 1/(2k-2): that minus the shortfall, over the weight.
    Multiplied out, so that there are only integers.
    """
    ours = (UNIT * (2 * k - 3) - member.shortfall * (2 * k - 2)) * other.weight
    theirs = (UNIT * (2 * k - 3) - other.shortfall * (2 * k - 2)) * member.weight
    return ours - theirs


def _earliest(members: Sequence[PoolMember], k: int, seed: str) -> tuple[PoolMember, str]:
    """The member with the earliest deadline, and what decided between equal ones ("" where nothing had to)."""
    first = members[0]
    equal = [first]
    for member in members[1:]:
        order = _is_earlier(member, first, k)
        if order < 0:
            first, equal = member, [member]
        elif order == 0:
            equal.append(member)
    return (first, "") if len(equal) == 1 else _break_tie(equal, seed)


def _break_tie(members: Sequence[PoolMember], seed: str) -> tuple[PoolMember, str]:
    """Greater weight, higher priority, least recently assigned, then the draw: the first that tells them apart."""
    left = list(members)
    for name, key in _TIE_BREAKS:
        best = min(key(member) for member in left)
        left = [member for member in left if key(member) == best]
        if len(left) == 1:
            return left[0], name
    return min(left, key=lambda member: hashlib.sha256(f"{seed}:{member.rep}".encode()).digest()), "draw"


_TIE_BREAKS: tuple[tuple[str, Callable[[PoolMember], Any]], ...] = (
    ("weight", lambda member: -member.weight),
    ("priority", lambda member: -member.priority),
    ("least_recently_assigned", lambda member: member.last_assigned_at or _EPOCH),
)


def _charge(member: PoolMember, now: datetime) -> PoolMember:
    return changed(member, shortfall=member.shortfall - UNIT, count=member.count + 1, last_assigned_at=now)


# What one lead more or less makes of all members of a count.
Change = Callable[[Sequence[PoolMember]], list[PoolMember]]


def taken_back(members: Sequence[PoolMember], rep: str) -> list[PoolMember]:
    """As if the rep had not got one of its leads: it counts one less and is owed again, and nobody is credited for it.

    `members` are all of the count, the rep among them (with weight 0 where it is none any more).
    """
    without = _credit(members, -1)
    return [
        changed(member, shortfall=member.shortfall + UNIT, count=member.count - 1) if member.rep == rep else member
        for member in without
    ]


def given_out_of_turn(members: Sequence[PoolMember], rep: str, now: datetime) -> list[PoolMember]:
    """As if the turn had come to the rep: a lead that came by ownership or by hand. The reverse of `taken_back`."""
    credited = _credit(members)
    return [_charge(member, now) if member.rep == rep else member for member in credited]


def calibrated_count(weight: int, others: Sequence[tuple[int, int]]) -> int:
    """What a member of this weight would have had by now, from (weight, count) of the others; rounded down."""
    total = sum(each for each, _ in others if each > 0)
    return sum(count for each, count in others if each > 0) * weight // total if total else 0
