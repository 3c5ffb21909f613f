"""The audit: who changed what. Searched, filtered, read, exported; never edited."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.decorators import display

from foundation.admin import ReadOnlyAdmin, searched_words
from foundation.admin_filters import DaysFilter, ValuesFilter
from foundation.csv_rows import safe_cell
from foundation.models import AuditEntry

# Words are looked for in this many of the latest entries that the filters leave; no index helps with parts of words.
SEARCHED = 50_000
EXPORTED = 50_000
MOST_FIELDS_IN_LIST = 4


class ActionFilter(ValuesFilter):
    title = parameter_name = "action"


class KindFilter(ValuesFilter):
    title = "what"
    parameter_name = "kind"

    def word(self, value: str) -> str:
        return kind_in_words(value)


def kind_in_words(kind: str) -> str:
    """routing.namedaccount is a "Named account"; a kind that is no model stays as it is."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return kind


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "who_shown", "action", "what", "label", "in_short"]
    list_filter = [ActionFilter, KindFilter, "way", ("at", DaysFilter)]
    list_filter_submit = True
    search_fields = ["who", "label", "note", "action", "changes"]
    search_help_text = "Who, what it is called, or what was written"
    show_full_result_count = False
    fields = ["at", "who_shown", "action", "what", "label", "object_link", "difference", "note", "way"]
    actions = ["export_as_csv"]
    when_empty = (
        "Nothing was recorded yet. Every change of the plan, forms, experiments, webhooks, users and roles is kept "
        "here: who made it, when, and what was before."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        if not search_term.strip():
            return queryset, False
        latest = queryset.order_by("-id").values_list("id", flat=True)
        first = next(iter(latest[SEARCHED - 1 : SEARCHED]), None)
        found = queryset.filter(id__gte=first) if first is not None else queryset
        found = found.annotate(changes_as_text=Cast("changes", TextField()))
        for word in searched_words(request, search_term):
            found = found.filter(_holds(word.strip("\"'")))
        if first is not None:
            messages.info(
                request, f"Looked through the latest {SEARCHED:,} of these. Choose dates to look further back."
            )
        return found, False

    @display(description="Who", ordering="who")
    def who_shown(self, entry: AuditEntry) -> str:
        return entry.who or "The product"

    @display(description="What", ordering="kind")
    def what(self, entry: AuditEntry) -> str:
        return kind_in_words(entry.kind) or "–"

    @display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return date_format(timezone.localtime(entry.at), "DATETIME_FORMAT").replace(" ", "\N{NO-BREAK SPACE}")

    @display(description="What changed, or why", empty_value="–")
    def in_short(self, entry: AuditEntry) -> str:
        names = [name_in_words(entry.kind, name) for name in entry.changes]
        more = len(names) - MOST_FIELDS_IN_LIST
        fields = ", ".join(names[:MOST_FIELDS_IN_LIST]) + (f" and {more} more" if more > 0 else "")
        return ". ".join(each for each in (fields, entry.note) if each)

    @display(description="Its page")
    def object_link(self, entry: AuditEntry) -> SafeString | str:
        address = address_of(entry)
        if not address:
            return "–"
        return format_html('<a href="{}">Open</a>, if it is still there', address)

    @display(description="What changed")
    def difference(self, entry: AuditEntry) -> SafeString | str:
        if not entry.changes:
            return "No field by field difference; the note says what happened." if entry.note else "–"
        rows = format_html_join(
            "",
            '<tr><td data-label="Field">{}</td><td data-label="Before">{}</td><td data-label="After">{}</td></tr>',
            ((name_in_words(entry.kind, name), *map(_shown, _pair(pair))) for name, pair in entry.changes.items()),
        )
        return format_html(
            '<table class="sy-table sy-stacked"><thead><tr><th scope="col">Field</th><th scope="col">Before</th>'
            '<th scope="col">After</th></tr></thead><tbody>{}</tbody></table>',
            rows,
        )

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_as_csv(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> Any:
        count = queryset.count()
        if count > EXPORTED:
            messages.error(
                request, f"These are {count:,} entries, and a file holds at most {EXPORTED:,}. Choose dates."
            )
            return None
        name = f"audit-{timezone.localtime():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            csv_lines(queryset),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


def _holds(word: str) -> Q:
    """Somewhere in its texts. One database keeps umlauts in JSON as they are, the other as escapes."""
    in_json = word if connection.vendor == "postgresql" else json.dumps(word)[1:-1]
    texts = Q(who__icontains=word) | Q(label__icontains=word) | Q(note__icontains=word) | Q(action__icontains=word)
    return texts | Q(changes_as_text__icontains=in_json)


def name_in_words(kind: str, field: str) -> str:
    try:
        return str(apps.get_model(kind)._meta.get_field(field).verbose_name).capitalize()
    except (LookupError, ValueError, AttributeError, FieldDoesNotExist):
        return capfirst(field.replace("_", " "))


def address_of(entry: AuditEntry) -> str:
    """The admin's page of the object, or "" for what has none."""
    if not entry.object_id or entry.kind.count(".") != 1:
        return ""
    try:
        return reverse(f"admin:{entry.kind.replace('.', '_')}_change", args=[entry.object_id])
    except NoReverseMatch:
        return ""


def _pair(pair: Any) -> tuple[Any, Any]:
    """Entries are written by every room, and one that holds something else must not break the page."""
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else (None, pair)


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Echo:
    """A file whose `write` gives back what was written, for csv to stream."""

    def write(self, line: str) -> str:
        return line


COLUMNS = ("at", "who", "way", "action", "kind", "object_id", "label", "note", "changes")


def csv_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    rows = csv.writer(_Echo())
    yield rows.writerow(COLUMNS)
    for entry in entries.order_by("-id").iterator(chunk_size=1000):
        cells = [getattr(entry, name) for name in COLUMNS[1:-1]]
        changes = json.dumps(entry.changes, ensure_ascii=False) if entry.changes else ""
        yield rows.writerow([entry.at.isoformat(), *map(safe_cell, cells), changes])
