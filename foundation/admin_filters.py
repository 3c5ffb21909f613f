"""Filters that several rooms' lists share."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import RangeDateFilter


class ValuesFilter(admin.SimpleListFilter):
    """The values of the column that `parameter_name` names, however many rows hold them. It needs an index."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, self.word(value)) for value in distinct_values(model_admin.model, self.parameter_name)]

    def word(self, value: str) -> str:
        return value.capitalize()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


def distinct_values(model: type[Model], column: str) -> list[str]:
    """Each is found by the index from the one before: `SELECT DISTINCT` would read every row.

    `column` is a name of ours, never what somebody sent.
    """
    table, name = (connection.ops.quote_name(each) for each in (model._meta.db_table, column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found(value) AS (SELECT MIN({name}) FROM {table} UNION ALL "  # noqa: S608  names are ours
            f"SELECT (SELECT MIN({name}) FROM {table} WHERE {name} > found.value) FROM found "
            "WHERE found.value IS NOT NULL) SELECT value FROM found WHERE value <> ''"
        )
        return [value for (value,) in cursor.fetchall()]


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
