"""Working hours: is somebody at work, and when will so many minutes of work have passed? Pure.

Hours are wall-clock times by weekday in one zone, so the days on which clocks change are as long as people there find
them. Every question goes through instants (zoneinfo, PEP 495): a time that spring skips is the instant at which clocks
go on, a time that autumn repeats is its first occurrence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
# Nobody waits longer for an office to open; beyond it hours without any opening would never end.
LONGEST_LOOK = timedelta(days=370)
# Hours repeat weekly: two that haven't met for longer never will, but for a change of clocks.
LONGEST_WAIT = timedelta(days=15)
FOREVER = datetime.max.replace(tzinfo=UTC)
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)")

Span = tuple[int, int]


class HoursInvalid(ValueError):
    """The document isn't one of working hours, or the zone is unknown; the text says what to write."""


@dataclass(frozen=True)
class WorkingHours:
    """Seven tuples of half-open spans, in minutes after local midnight, Monday first. No span at all: always open."""

    zone: str
    week: tuple[tuple[Span, ...], ...]

    @property
    def always(self) -> bool:
        return not any(self.week)

    def contains(self, moment: datetime) -> bool:
        if self.always:
            return True
        day = moment.astimezone(zone_named(self.zone)).date()
        return any(opens <= moment < closes for opens, closes in self._spans_on(day))

    def _spans_on(self, day: date) -> tuple["Open", ...]:
        return _open_on(day, self.week[day.weekday()], self.zone)

    def spans_from(self, moment: datetime) -> Iterator["Open"]:
        """Open spans as UTC instants, from the one that holds the moment (cut to it) on."""
        start = moment.astimezone(UTC)
        if self.always:
            yield start, FOREVER
            return
        day = moment.astimezone(zone_named(self.zone)).date()
        last = day + LONGEST_LOOK
        while day <= last:
            for opens, closes in self._spans_on(day):
                if closes > start:
                    yield max(opens, start), closes
            day += timedelta(days=1)

    def add(self, moment: datetime, work: timedelta) -> datetime:
        """The instant (UTC) at which so much open time has passed; with no hours, plain time."""
        return _after(self.spans_from(moment), moment, work)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself where it is open, else the next opening (UTC)."""
        return self.add(moment, timedelta())


# When it opens and when it closes, in UTC; half-open.
Open = tuple[datetime, datetime]


def both(first: WorkingHours, second: WorkingHours, moment: datetime, work: timedelta) -> datetime:
    """The instant at which so much time has passed that is open in both; where they never meet, in the first."""
    return _after(_common(first, second, moment), moment, work)


def between(first: WorkingHours, second: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """How much time that is open in both (as in `both`) lies from start to end; 0 where the end is first."""
    total = timedelta()
    for opens, closes in _common(first, second, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def _after(spans: Iterator[Open], moment: datetime, work: timedelta) -> datetime:
    left = work
    for opens, closes in spans:
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return moment.astimezone(UTC) + LONGEST_LOOK


def _common(first: WorkingHours, second: WorkingHours, moment: datetime) -> Iterator[Open]:
    """Spans open in both, in order; those of the first alone where the two never meet."""
    overlaps = _overlaps(first, second, moment)
    soonest = next(overlaps, None)
    return chain([soonest], overlaps) if soonest else first.spans_from(moment)


def _overlaps(first: WorkingHours, second: WorkingHours, moment: datetime) -> Iterator[Open]:
    give_up: datetime | None = moment + LONGEST_WAIT
    ours, theirs = first.spans_from(moment), second.spans_from(moment)
    a, b = next(ours, None), next(theirs, None)
    while a is not None and b is not None:
        opens, closes = max(a[0], b[0]), min(a[1], b[1])
        if opens < closes:
            give_up = None
            yield opens, closes
        if give_up is not None and opens > give_up:
            return
        if a[1] <= b[1]:
            a = next(ours, None)
        else:
            b = next(theirs, None)


def parse_hours(document: Mapping[str, object], zone: str) -> WorkingHours:
    """From `{"mon": ["09:00-12:00", "13:00-17:30"], …}`; an empty document is always open. Raises HoursInvalid."""
    zone_named(zone)
    if not isinstance(document, Mapping):
        raise HoursInvalid('must be an object such as {"mon": ["09:00-17:00"]}')
    unknown = [day for day in document if day not in WEEKDAYS]
    if unknown:
        raise HoursInvalid(f"{unknown[0]!r} is not a weekday; weekdays are {', '.join(WEEKDAYS)}")
    return WorkingHours(zone, tuple(_parse_day(day, document.get(day, ())) for day in WEEKDAYS))


def _parse_day(day: str, spans: object) -> tuple[Span, ...]:
    if not isinstance(spans, list | tuple):
        raise HoursInvalid(f'{day}: must be a list such as ["09:00-17:00"]')
    parsed = sorted(_parse_span(day, span) for span in spans)
    for (_, end), (start, _) in pairwise(parsed):
        if start < end:
            raise HoursInvalid(f"{day}: two spans overlap")
    return tuple(parsed)


def _parse_span(day: str, span: object) -> Span:
    found = _SPAN.fullmatch(span) if isinstance(span, str) else None
    if found is None:
        raise HoursInvalid(f"{day}: {span!r} is not a span such as 09:00-17:00")
    start = int(found[1]) * 60 + int(found[2])
    end = MINUTES_A_DAY if found[3] == "24:00" else int(found[4]) * 60 + int(found[5])
    if end <= start:
        raise HoursInvalid(f"{day}: {span} ends before it begins; let it end at 24:00 and go on the next day")
    return start, end


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo:
    """Raises HoursInvalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursInvalid(f"there is no time zone {name!r}; write one such as Europe/Berlin") from None


@lru_cache(maxsize=8192)
def _open_on(day: date, spans: tuple[Span, ...], zone_name: str) -> tuple[Open, ...]:
    zone = zone_named(zone_name)
    instants = ((_instant(day, start, zone), _instant(day, end, zone)) for start, end in spans)
    return tuple((opens, closes) for opens, closes in instants if opens < closes)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) != wall:  # skipped in spring: the first time that exists
        wall += timedelta(minutes=1)
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant


@dataclass(frozen=True)
class Periods:
    """The day, ISO week and month of a moment as a zone's clock shows them; caps are counted within each."""

    day: str
    week: str
    month: str


@lru_cache(maxsize=4096)
def _periods_of(day: date) -> Periods:
    year, week, _ = day.isocalendar()
    return Periods(day=day.isoformat(), week=f"{year}-W{week:02d}", month=f"{day.year}-{day.month:02d}")


def periods_at(moment: datetime, zone: str) -> Periods:
    return _periods_of(moment.astimezone(zone_named(zone)).date())


def month_around(moment: datetime, zone: str) -> Open:
    """The month of a moment as a zone's clock shows it: its first instant and the next one's, in UTC."""
    first = moment.astimezone(zone_named(zone)).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return _instant(first, 0, zone_named(zone)), _instant(following, 0, zone_named(zone))
