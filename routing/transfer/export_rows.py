"""Rows as CSV or XLSX, with the columns that an import reads; what is exported and imported again changes nothing."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from foundation.csv_rows import escaped
from routing.models import Absence, Member, NamedAccount, Rule, Territory
from routing.transfer.kinds import Kind
from routing.transfer.resources import RESOURCES, with_references

_ORDER: dict[type, tuple[str, ...]] = {
    NamedAccount: ("domain",),
    Territory: ("position", "id"),
    Rule: ("position", "id"),
    Member: ("queue__key", "rep__key"),
    Absence: ("starts_at", "id"),
}


def rows_of(kind: Kind, chosen: "QuerySet[Any] | None" = None) -> Iterator[list[Any]]:
    """The header, then a row each of those chosen, else of all. Cells are texts and whole numbers."""
    resource = RESOURCES[kind.key]()
    fields = [resource.fields[column.name] for column in kind.columns]
    rows = chosen if chosen is not None else resource.queryset()
    found = rows.order_by(*_ORDER[resource.model])
    if resource.model is Territory:
        instances: Iterable[Any] = map(
            with_references, found.select_related("parent").prefetch_related("account_lists")
        )
    else:
        instances = found.iterator(chunk_size=2_000)
    yield [column.name for column in kind.columns]
    for instance in instances:
        yield [_cell(field.export(instance)) for field in fields]


def counted_rows(kind: Kind, chosen: "QuerySet[Any] | None" = None) -> int:
    return (chosen if chosen is not None else RESOURCES[kind.key].model._default_manager.all()).count()


def _cell(value: Any) -> Any:
    return value if isinstance(value, int) else escaped(str(value))


def as_csv(rows: Iterable[list[Any]]) -> Iterator[str]:
    """In pieces, so that a long table begins to arrive at once. With a mark, by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    for number, row in enumerate(rows):
        writer.writerow(row)
        if number % 500 == 499:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def as_xlsx(rows: Iterable[list[Any]], title: str) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for row in rows:
        sheet.append([_sheet_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_cell(sheet: Any, value: Any) -> Any:
    """Texts as texts: what looks like a number or a formula stays what it is."""
    if isinstance(value, int):
        return value
    cell = WriteOnlyCell(sheet)
    cell.value, cell.data_type = _printable(value), "s"
    return cell


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(char for char in text if char >= " " or char in "\t\n")


def template_rows(kind: Kind) -> list[list[str]]:
    """The header and one example, to begin a file from."""
    return [[column.name for column in kind.columns], [escaped(column.example) for column in kind.columns]]
