"""Filters that several rooms' lists share."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import RangeDateFilter


class DaysFilter(RangeDateFilter):
    """From one day to another, both included, in the installation's time zone. What is no day finds nothing."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = {end: self.used_parameters.get(f"{self.parameter_name}_{end}") for end in ("from", "to")}
        days = {end: _day(str(text)) for end, text in given.items() if text}
        if None in days.values():
            return queryset.none()
        if (first := days.get("from")) is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(first)})
        if (last := days.get("to")) is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": _midnight(last + timedelta(days=1))})
        return queryset


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 1 < day.year < 9999 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
