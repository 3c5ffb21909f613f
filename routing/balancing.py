"""Who in a queue is next: R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980).

Pure. For a constant eligible set every member's count stays within one lead of its exact share, at every moment.
All amounts are integers in units of 10^-12 lead. docs/routing.md, "Fair picking", has the algorithm in prose.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

UNIT = 10**12
_EPOCH = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PoolMember:
    """One member as read under the ledger's lock.

    `shortfall`: units credited minus units received. `remainder`/`base`: the part of a unit left over by the last
    division, as a fraction. `unavailable`: why the member can't take a lead now, or "".
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

    @property
    def is_eligible(self) -> bool:
        return self.weight > 0 and not self.unavailable


@dataclass(frozen=True)
class Pool:
    queue: str
    members: tuple[PoolMember, ...]

    def as_document(self) -> dict[str, object]:
        return {"queue": self.queue, "members": [_member_document(member) for member in self.members]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Pool":
        return cls(
            queue=document["queue"], members=tuple(_member_from_document(entry) for entry in document["members"])
        )


def _member_document(member: PoolMember) -> dict[str, object]:
    at = member.last_assigned_at
    return {**asdict(member), "last_assigned_at": at.isoformat() if at else None}


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
    already judged in `PoolMember.unavailable`. The result depends on the arguments alone.
    """
    eligible = [member for member in pool.members if member.is_eligible]
    if not eligible:
        return Pick(member=None, standings=(), reason="no_eligible_member")
    credited = _credit(eligible)
    ranked = sorted(_within_quota(credited), key=lambda member: _rank(member, len(credited), seed))
    chosen = ranked[0]
    return Pick(
        member=chosen.rep,
        standings=tuple(_charge(member, now) if member is chosen else member for member in credited),
        reason="next_in_turn" if len(credited) > 1 else "only_eligible_member",
        tie_break=_tie_break(ranked, len(credited)),
    )


def _credit(members: Sequence[PoolMember]) -> list[PoolMember]:
    """Give each member its exact share of one lead, carrying the division's remainder."""
    total = sum(member.weight for member in members)
    credited = []
    for member in members:
        carried = member.remainder * total // member.base
        units, remainder = divmod(member.weight * UNIT + carried, total)
        credited.append(replace(member, shortfall=member.shortfall + units, remainder=remainder, base=total))
    return credited


def _within_quota(members: Sequence[PoolMember]) -> list[PoolMember]:
    """Those owed at least 1/(2k-2) of a lead; where availability changed and nobody is, those owed most."""
    if len(members) == 1:
        return list(members)
    within = [member for member in members if member.shortfall * (2 * len(members) - 2) >= UNIT]
    if within:
        return within
    most = max(member.shortfall for member in members)
    return [member for member in members if member.shortfall == most]


def _deadline(member: PoolMember, k: int) -> Fraction:
    """How soon the member would be owed more than 1 - 1/(2k-2), up to a factor common to the pool."""
    return Fraction(UNIT * (2 * k - 3) - member.shortfall * (2 * k - 2), member.weight)


def _rank(member: PoolMember, k: int, seed: str) -> tuple[Fraction, int, int, datetime, str]:
    return (
        _deadline(member, k),
        -member.weight,
        -member.priority,
        member.last_assigned_at or _EPOCH,
        hashlib.sha256(f"{seed}:{member.rep}".encode()).hexdigest(),
    )


_TIE_BREAKS = ("weight", "priority", "least_recently_assigned", "draw")


def _tie_break(ranked: Sequence[PoolMember], k: int) -> str:
    if len(ranked) < 2:
        return ""
    first, second = (_rank(member, k, "") for member in ranked[:2])
    if first[0] != second[0]:
        return ""
    return next(
        (name for name, a, b in zip(_TIE_BREAKS, first[1:4], second[1:4], strict=False) if a != b), _TIE_BREAKS[-1]
    )


def _charge(member: PoolMember, now: datetime) -> PoolMember:
    return replace(member, shortfall=member.shortfall - UNIT, count=member.count + 1, last_assigned_at=now)
