"""Does something go wrong that no single decision shows, and who has been told? Pure. docs/alerts.md has it in prose.

A *watch* is what one alert rule asks, with every default filled in. *Findings* are counted once for all watches, so
that looking costs the same however many rules there are. `judge` puts the two together; `step` says what people hear.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

# Why a decision counts as a fallback: the lead didn't come to whom the plan meant it for.
FALLBACK_REASONS = frozenset(
    {"no_match", "missing_inputs", "fallback_queue", "owner_unavailable", "no_eligible_member"}
)
# A rate that goes up and down around its threshold is one alert: it is over once it has been quiet for this long.
QUIET_FOR = timedelta(hours=1)
WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
# More lines than these say no more.
MOST_LINES = 20


class Kind(StrEnum):
    FALLBACK_RATE = "fallback_rate"
    PARKED = "parked"
    NOBODY_ELIGIBLE = "nobody_eligible"
    SLA_BREACHES = "sla_breaches"
    SILENT_TERRITORY = "silent_territory"


@dataclass(frozen=True)
class Tally:
    """How many leads share a reason, the queue in which they ended, and a territory ("" where there is none)."""

    reason: str
    queue: str
    territory: str
    leads: int


@dataclass(frozen=True)
class Scope:
    """What a rule looks at. `territories`: the one it names, with all below it. None: not narrowed."""

    queue: str | None = None
    territory: str | None = None
    territories: frozenset[str] | None = None

    def covers(self, tally: Tally) -> bool:
        in_queue = self.queue is None or tally.queue == self.queue
        return in_queue and (self.territories is None or tally.territory in self.territories)

    def of(self, tallies: Iterable[Tally]) -> list[Tally]:
        return [tally for tally in tallies if self.covers(tally)]


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


def fallbacks_among(tallies: Sequence[Tally]) -> FallbackCounts:
    """Reasons and queues with most leads come first."""
    fell_back = [tally for tally in tallies if tally.reason in FALLBACK_REASONS]
    return FallbackCounts(
        decisions=sum(tally.leads for tally in tallies),
        by_reason=most_first((tally.reason, tally.leads) for tally in fell_back),
        by_queue=most_first((tally.queue, tally.leads) for tally in fell_back),
    )


def most_first(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, leads in counted:
        sums[name] = sums.get(name, 0) + leads
    return dict(sorted(sums.items(), key=lambda entry: (-entry[1], entry[0])))


@dataclass(frozen=True)
class Thresholds:
    """`rate`: the share of fallbacks above which people are told; `decisions`: fewer than these tell nothing."""

    rate: float
    decisions: int

    def exceeded_by(self, counts: FallbackCounts) -> bool:
        return counts.decisions >= self.decisions and counts.rate > self.rate


@dataclass(frozen=True)
class Watch:
    """`threshold`: percent for a rate, days for silence, else a number of leads. One window that holds is enough."""

    kind: Kind
    scope: Scope = Scope()
    threshold: float = 1.0
    minimum: int = 0
    windows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What was counted, at one moment.

    `decided` and `breaches` are by window. `waiting`: leads that nobody could take and nobody holds. `nobody`: queues
    of the plan whose members are all away, paused, or at their cap. `silent_since`: for each territory of the plan its
    last lead, with those below it, or when it came into being.
    """

    decided: Mapping[str, Sequence[Tally]] = field(default_factory=dict)
    waiting: Sequence[Tally] = ()
    breaches: Mapping[str, Sequence[Tally]] = field(default_factory=dict)
    nobody: Sequence[str] = ()
    silent_since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """`figures` go into the event, `lines` into the mail. Neither names a lead or a person."""

    holds: bool
    figures: Mapping[str, object]
    lines: Sequence[str]


def judge(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    return _JUDGES[watch.kind](watch, findings, now)


def _fallback_rate(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    thresholds = Thresholds(rate=watch.threshold / 100, decisions=watch.minimum)
    counts = {name: fallbacks_among(watch.scope.of(findings.decided[name])) for name in watch.windows}
    lines = []
    for name, found in counts.items():
        lines.append(f"Last {name}: {found.fallbacks:,} of {found.decisions:,} leads ({found.rate:.0%}) fell back.")
        lines += [f"  {leads:,} {reason.replace('_', ' ')}" for reason, leads in found.by_reason.items()]
        lines += _by_queue(found.by_queue, "ended in queue")
    lines.append(f"People are told above {watch.threshold:g} %, from {watch.minimum:,} leads on.")
    return Judgement(
        holds=any(thresholds.exceeded_by(found) for found in counts.values()),
        figures={name: fallback_figures(found) for name, found in counts.items()},
        lines=lines,
    )


def fallback_figures(counts: FallbackCounts) -> dict[str, object]:
    return {
        "decisions": counts.decisions,
        "fallbacks": counts.fallbacks,
        "rate": round(counts.rate, 4),
        "reasons": dict(counts.by_reason),
        "queues": dict(counts.by_queue),
    }


def _parked(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    queues = most_first((tally.queue, tally.leads) for tally in watch.scope.of(findings.waiting))
    leads = sum(queues.values())
    first = f"Leads that wait because nobody could take them: {leads:,}."
    lines = [first, *_by_queue(queues, "in queue"), _told_from(watch.threshold)]
    return Judgement(leads >= watch.threshold, {"leads": leads, "queues": queues}, lines)


def _nobody_eligible(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    found = [queue for queue in findings.nobody if watch.scope.queue in (None, queue)]
    lines = ["Queues in which nobody can take a lead now: everybody is inactive, absent, paused, or at their cap."]
    lines = [*lines, *_some(found)] if found else ["In every queue somebody can take a lead."]
    return Judgement(bool(found), {"queues": found}, lines)


def _sla_breaches(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    counts = {
        name: most_first((tally.queue, tally.leads) for tally in watch.scope.of(findings.breaches[name]))
        for name in watch.windows
    }
    lines = []
    for name, queues in counts.items():
        lines.append(f"Last {name}: {sum(queues.values()):,} leads were not accepted in time.")
        lines += _by_queue(queues, "in queue")
    return Judgement(
        holds=any(sum(queues.values()) >= watch.threshold for queues in counts.values()),
        figures={name: {"leads": sum(queues.values()), "queues": queues} for name, queues in counts.items()},
        lines=[*lines, _told_from(watch.threshold)],
    )


def _silent_territory(watch: Watch, findings: Findings, now: datetime) -> Judgement:
    """The territory that is named, or each one of the plan. Each knows of the leads below it."""
    chosen = watch.scope.territory
    days = {key: (now - at).days for key, at in findings.silent_since.items() if chosen in (None, key)}
    silent = most_first((key, count) for key, count in days.items() if count >= watch.threshold)
    lines = [f"Territories without a lead for {watch.threshold:g} days or more: {len(silent):,}."]
    return Judgement(
        bool(silent),
        {"territories": silent},
        [*lines, *_some([f"{key}: {count:,} days" for key, count in silent.items()])],
    )


_JUDGES = {
    Kind.FALLBACK_RATE: _fallback_rate,
    Kind.PARKED: _parked,
    Kind.NOBODY_ELIGIBLE: _nobody_eligible,
    Kind.SLA_BREACHES: _sla_breaches,
    Kind.SILENT_TERRITORY: _silent_territory,
}


def _told_from(threshold: float) -> str:
    return f"People are told from {threshold:g} on."


def _by_queue(queues: Mapping[str, int], where: str) -> list[str]:
    return _some([f"{leads:,} {where} {queue}" for queue, leads in queues.items()])


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*(f"  {line}" for line in lines[:MOST_LINES]), *([f"  and {more:,} more"] if more > 0 else [])]


class News(StrEnum):
    """What there is to say of an alert."""

    BEGUN = "begun"
    LASTS = "lasts"
    OVER = "over"


@dataclass(frozen=True)
class Standing:
    """An alert at one moment; `since` is empty while there is nothing to say.

    `held_at`: when its cause was last seen. `told_at`: when people last heard of it; empty where it began in quiet
    hours and nobody has heard yet.
    """

    since: datetime | None = None
    held_at: datetime | None = None
    told_at: datetime | None = None


def step(
    before: Standing, *, holds: bool, now: datetime, repeat: timedelta, may_tell: bool = True
) -> tuple[Standing, News | None]:
    """The alert now, and what people should hear: at its beginning, every `repeat` while it lasts, at its end.

    While nothing may be told, news wait. What begins and ends in that time is told to nobody.
    """
    if before.since is None:
        return _begun(now, may_tell) if holds else (before, None)
    held_at = now if holds else before.held_at
    if held_at is None or now - held_at >= QUIET_FOR:
        return _ended(before, may_tell)
    after = Standing(before.since, held_at, before.told_at)
    is_due = before.told_at is None or now - before.told_at >= repeat
    if not (is_due and may_tell):
        return after, None
    return Standing(before.since, held_at, now), News.BEGUN if before.told_at is None else News.LASTS


def _begun(now: datetime, may_tell: bool) -> tuple[Standing, News | None]:
    return (Standing(now, now, now), News.BEGUN) if may_tell else (Standing(now, now), None)


def _ended(before: Standing, may_tell: bool) -> tuple[Standing, News | None]:
    if before.told_at is None:
        return Standing(), None
    return (Standing(), News.OVER) if may_tell else (before, None)


def is_quiet(at: time, start: time | None, end: time | None) -> bool:
    """Whether a time of day is within quiet hours, which may go past midnight."""
    if start is None or end is None:
        return False
    return start <= at < end if start <= end else at >= start or at < end
