"""Who is away when: the next weeks of a queue, day by day in each member's own zone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.hours import zone_named
from routing.plan import RepSpec

WEEKS = 4
DAYS = WEEKS * 7
AWAY, PARTLY, OFF, HERE = "away", "partly", "off", ""

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Day:
    """`state`: away (the whole day), partly, off (no working hours on that weekday) or "" (here)."""

    date: date
    state: str


@dataclass(frozen=True)
class Row:
    """`away` are the absences that touch these weeks, in words, by the rep's clock."""

    rep: str
    name: str
    zone: str
    days: tuple[Day, ...]
    away: tuple[str, ...]


def calendar_days(now: datetime) -> list[date]:
    """Whole weeks from Monday on, in UTC, beginning with the present one."""
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    return [monday + timedelta(days=number) for number in range(DAYS)]


def calendar_row(rep: RepSpec, absences: Sequence[Span], days: Sequence[date]) -> Row:
    """`absences` as UTC instants, in any order."""
    zone = zone_named(rep.time_zone)
    start, end = _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone)
    touching = sorted(span for span in absences if span[0] < end and span[1] > start)
    return Row(
        rep=rep.key,
        name=rep.name,
        zone=rep.time_zone,
        days=tuple(Day(day, _state(rep, touching, day, zone)) for day in days),
        away=tuple(away_in_words(since.astimezone(zone), until.astimezone(zone)) for since, until in touching),
    )


def _state(rep: RepSpec, absences: Sequence[Span], day: date, zone: ZoneInfo) -> str:
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    if _covered(absences, start, end):
        return AWAY
    if any(since < end and until > start for since, until in absences):
        return PARTLY
    return OFF if not rep.hours.always and not rep.hours.week[day.weekday()] else HERE


def _covered(absences: Sequence[Span], start: datetime, end: datetime) -> bool:
    """Whether absences, sorted by their beginning, together leave no gap between the two."""
    reached = start
    for since, until in absences:
        if since <= reached < until:
            reached = until
    return reached >= end


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def away_in_words(since: datetime, until: datetime) -> str:
    """By the clock of their zone; whole days without times."""
    if since.time() == until.time() == time():
        return _days_in_words(since.date(), until.date() - timedelta(days=1))
    begins = f"{since:%a} {_day(since)} {since:%Y, %H:%M}"
    if since.date() == until.date():
        return f"{begins} – {until:%H:%M}"
    return f"{begins} – {until:%a} {_day(until)} {until:%Y, %H:%M}"


def _days_in_words(first: date, last: date) -> str:
    if first == last:
        return f"{first:%a} {_day(first)} {first:%Y}"
    if first.year != last.year:
        return f"{_day(first)} {first:%Y} – {_day(last)} {last:%Y}"
    if first.month != last.month:
        return f"{_day(first)} – {_day(last)} {last:%Y}"
    return f"{first.day}–{_day(last)} {last:%Y}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
