"""The days that the home page is about, what was decided in them, and the two charts of it."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from config.charts import Chart, Interval, compared, in_words, leads, stacked
from insights.routing_health import Endings, endings_between

DAYS_SHOWN = 14


class Today:
    """This day and those it is compared with. Midnights and hours are the installation's; moments are in UTC."""

    def __init__(self, now: datetime) -> None:
        local = timezone.localtime(now)
        self.now = now
        self.midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        # Python counts days by the clock on the wall, which is what "by this hour" means.
        self.starts = [self.midnight + timedelta(days=days) for days in range(1 - DAYS_SHOWN, 2)]
        self.hours = [self.midnight + timedelta(hours=hours) for hours in range(24)]
        self.yesterday = (self.midnight - timedelta(days=1), local - timedelta(days=1))
        self.last_week = (self.midnight - timedelta(days=7), local - timedelta(days=7))
        self.weekday = f"last {date_format(self.last_week[0], 'l')}"

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """Today, yesterday by this hour, the same weekday a week ago by this hour."""
        return [
            (_utc(self.midnight), _utc(self.starts[-1])),
            *(_span(each) for each in (self.yesterday, self.last_week)),
        ]


def _utc(moment: datetime) -> datetime:
    """Two moments of one zone are compared by the wall clock, which goes back once a year."""
    return moment.astimezone(UTC)


def _span(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    return _utc(span[0]), _utc(span[1])


class Decided:
    """What was decided in the days shown, from one query."""

    def __init__(self, today: Today) -> None:
        marks = {_utc(each) for each in (*today.starts, *today.hours, today.yesterday[1], today.last_week[1])}
        self._edges = sorted(marks)
        self._counts = endings_between(self._edges)

    def within(self, start: datetime, end: datetime) -> Endings:
        """Both must be moments that were asked for."""
        counted = zip(self._edges, self._counts, strict=False)
        return sum((count for edge, count in counted if _utc(start) <= edge < _utc(end)), Endings())


def charts_of(today: Today, decided: Decided) -> list[Chart]:
    hours = [*today.hours, today.starts[-1]]
    by_hour = [
        _interval(decided, start, end, name=f"{start:%H}:00", tick=f"{start:%H}" if start.hour % 3 == 0 else "")
        for start, end in itertools.pairwise(hours)
    ]
    by_day = [
        _interval(decided, start, end, name=date_format(start, "l, j M"), tick=date_format(start, "j"))
        for start, end in zip(today.starts, today.starts[1:], strict=False)
    ]
    past = decided.within(*today.last_week)
    return [
        Chart("hours", "Leads by hour today", _hours_sentence(by_hour, past, today), "Hour", stacked(by_hour)),
        Chart("days", f"Leads by day, {DAYS_SHOWN} days", _days_sentence(by_day), "Day", stacked(by_day)),
    ]


def _interval(decided: Decided, start: datetime, end: datetime, *, name: str, tick: str) -> Interval:
    return Interval(name, tick, decided.within(start, end), lambda ending: decisions_list(ending, start, end))


def _hours_sentence(hours: Sequence[Interval], last_week: Endings, today: Today) -> str:
    total = sum((each.endings for each in hours), Endings())
    if not total.leads:
        return f"No lead has been decided today; {today.weekday} there were {last_week.leads:,} by this hour."
    busiest = max(hours, key=lambda each: each.endings.leads)
    return (
        f"{leads(total.leads)} today, {compared(total.leads, last_week.leads, today.weekday)} by this hour; "
        f"{in_words(total).partition('; ')[2]}. "
        f"The busiest hour began at {busiest.name}, with {busiest.endings.leads:,}."
    )


def _days_sentence(days: Sequence[Interval]) -> str:
    total = sum((each.endings for each in days), Endings())
    if not total.leads:
        return f"No lead was decided in the last {len(days)} days."
    busiest = max(days, key=lambda each: each.endings.leads)
    return (
        f"{in_words(total)}. That is {total.leads / len(days):.1f} a day, and at most {busiest.endings.leads:,}, "
        f"on {busiest.name}."
    )


def decisions_list(ending: str, start: datetime, end: datetime | None = None) -> str:
    until = {"decided_at__lt": end} if end else {}
    chosen = {"ending": ending} if ending else {}
    return rows_list("routing_decision", kind__exact="routing", decided_at__gte=start, **until, **chosen)


def rows_list(model: str, **filters: object) -> str:
    query = {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in filters.items()}
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"
