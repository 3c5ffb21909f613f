"""Do too many leads end where nobody meant them to, and who has been told? Pure. docs/alerts.md has it in prose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Why a decision counts as a fallback: the lead didn't come to whom the plan meant it for.
FALLBACK_REASONS = frozenset(
    {"no_match", "missing_inputs", "fallback_queue", "owner_unavailable", "no_eligible_member"}
)
# A rate that goes up and down around its threshold is one alert: it is over once it has been quiet for this long.
QUIET_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class FallbackCounts:
    """Decisions of some time, without those where a lead kept its owner. The fallbacks by reason, and by the queue in
    which they ended."""

    decisions: int
    by_reason: Mapping[str, int]
    by_queue: Mapping[str, int]

    @property
    def fallbacks(self) -> int:
        return sum(self.by_reason.values())

    @property
    def rate(self) -> float:
        return self.fallbacks / self.decisions if self.decisions else 0.0


@dataclass(frozen=True)
class Thresholds:
    """`rate`: the share of fallbacks above which people are told; `decisions`: fewer than these tell nothing."""

    rate: float
    decisions: int

    def exceeded_by(self, counts: FallbackCounts) -> bool:
        return counts.decisions >= self.decisions and counts.rate > self.rate


class News(StrEnum):
    """What there is to say of an alert."""

    BEGUN = "begun"
    LASTS = "lasts"
    OVER = "over"


@dataclass(frozen=True)
class Standing:
    """An alert at one moment; `since` is empty while there is nothing to say.

    `held_at`: when its cause was last seen. `told_at`: when people last heard of it.
    """

    since: datetime | None = None
    held_at: datetime | None = None
    told_at: datetime | None = None


def step(before: Standing, *, holds: bool, now: datetime, repeat: timedelta) -> tuple[Standing, News | None]:
    """The alert now, and what people should hear: at its beginning, every `repeat` while it lasts, at its end."""
    if before.since is None:
        return (Standing(now, now, now), News.BEGUN) if holds else (before, None)
    held_at = now if holds else before.held_at
    if held_at is None or now - held_at >= QUIET_FOR:
        return Standing(), News.OVER
    if before.told_at is None or now - before.told_at >= repeat:
        return Standing(before.since, held_at, now), News.LASTS
    return Standing(before.since, held_at, before.told_at), None
