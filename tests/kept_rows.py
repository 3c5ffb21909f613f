"""Rows that many tests begin with: made once in each process by the product itself, then written again as they were."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, transaction

from config.example_company import load_example_company
from foundation.models import AuditEntry


class Table(NamedTuple):
    """`rows` by primary key, in the order of `columns`."""

    key: str
    columns: tuple[str, ...]
    rows: Mapping[Any, tuple[Any, ...]]


class Change(NamedTuple):
    table: Table
    gone: list[tuple[Any]]
    new: list[tuple[Any, ...]]


# By the table's name.
Changes = Mapping[str, Change]
_kept: dict[str, Changes] = {}


def begin_with(name: str, make: Callable[[], None]) -> None:
    """What `make` writes. The first call makes it and keeps what it changed; each further one only writes that.

    Keys are the same each time, so `make` must be called before the test writes to the same tables. On PostgreSQL the
    sequences are ahead of these keys already: neither a rollback nor emptying the tables takes them back.
    """
    if name in _kept:
        write(_kept[name])
        return
    before = tables()
    make()
    _kept[name] = {label: change for label, table in tables().items() if (change := _change(before[label], table))}


def begin_with_the_example_company() -> None:
    begin_with("example company", _load)


def keep_all() -> Changes:
    """All rows that there are, to be written over what is left of them."""
    return {
        name: Change(table, [(key,) for key in table.rows], list(table.rows.values()))
        for name, table in tables().items()
        if table.rows
    }


def _load() -> None:
    assert load_example_company(now=datetime.now(UTC))


def tables() -> dict[str, Table]:
    models = (model for model in apps.get_models(include_auto_created=True) if model._meta.managed)
    return {model._meta.db_table: _read(model._meta.db_table, model._meta.pk.column) for model in models}


def _read(name: str, key: str) -> Table:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
        columns = tuple(column[0] for column in cursor.description)
        at = columns.index(key)
        return Table(key, columns, {row[at]: row for row in cursor.fetchall()})


def _change(before: Table, after: Table) -> Change | None:
    gone = [(key,) for key, row in before.rows.items() if after.rows.get(key) != row]
    new = [row for key, row in after.rows.items() if before.rows.get(key) != row]
    return Change(after, gone, new) if gone or new else None


@transaction.atomic
def write(changes: Changes) -> None:
    """Straight into the tables: foreign keys are checked when the transaction ends."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for name, (table, gone, new) in changes.items():
            columns, places = ", ".join(map(quote, table.columns)), ", ".join(["%s"] * len(table.columns))
            if name == AuditEntry._meta.db_table:
                # Whatever a test's fixtures did before has entries already, with these keys.
                cursor.execute(f"DELETE FROM {quote(name)}")
            cursor.executemany(f"DELETE FROM {quote(name)} WHERE {quote(table.key)} = %s", gone)
            cursor.executemany(f"INSERT INTO {quote(name)} ({columns}) VALUES ({places})", new)
