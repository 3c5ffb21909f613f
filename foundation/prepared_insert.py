"""New rows of several models, stored together or not at all, by SQL that is made once.

Making an INSERT costs Django several times what the database needs for it. Here Django's compiler makes it once per
connection, and each time only what the models' fields make of the values is new. On PostgreSQL all rows go in one
statement, which is a transaction by itself: nobody waits for a BEGIN and a COMMIT. Elsewhere there is one statement
for each row, in a transaction.

It is for models whose rows aren't changed on their way in: no `save()` that changes anything, no signals, no
inheritance; and for values, not expressions. Tests hold it to what `save()` stores.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import InsertQuery

from foundation.prepared_query import prepared_cursor

Row = models.Model
# Values of just these types are stored by these fields as they are; asking each field would cost as much as the rest.
_AS_THEY_ARE: "dict[type[models.Field[Any, Any]], type]" = {models.CharField: str, models.BooleanField: bool}


def insert_together(*rows: Row) -> None:
    """Keys that the database gives are set on the rows.

    Raises IntegrityError; then none is stored, and a transaction that is under way can go on.
    """
    connection = connections[router.db_for_write(type(rows[0]))]
    prepared = _prepared_for(rows, connection)
    with _whole_or_not_at_all(connection, prepared), prepared_cursor(connection) as cursor:
        keys: list[Any] = []
        for sql, parameters in prepared.statements(rows):
            cursor.execute(sql, parameters)
            keys += cursor.fetchone()
    for row, key in zip(rows, keys, strict=True):
        if row.pk is None:
            row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def _prepared_for(rows: tuple[Row, ...], connection: BaseDatabaseWrapper) -> "_Prepared":
    # Kept on the connection, as in prepared_query.
    kept: dict[tuple[type[Row], ...], _Prepared] = connection.__dict__.setdefault("_prepared_inserts", {})
    kinds = tuple(type(row) for row in rows)
    if kinds not in kept:
        kept[kinds] = _Prepared(rows, connection)
    return kept[kinds]


def _whole_or_not_at_all(connection: BaseDatabaseWrapper, prepared: "_Prepared") -> AbstractContextManager[None]:
    """A statement is atomic by itself; within a transaction that is under way, its failure needs a savepoint."""
    if prepared.is_one_statement and not connection.in_atomic_block:
        return nullcontext()
    return transaction.atomic(using=connection.alias)


class _Prepared:
    def __init__(self, rows: tuple[Row, ...], connection: BaseDatabaseWrapper) -> None:
        self._inserts = [_Insert(row, connection) for row in rows]
        self.is_one_statement = len(rows) == 1 or connection.vendor == "postgresql"
        self._joined = _joined([insert.sql for insert in self._inserts])

    def statements(self, rows: tuple[Row, ...]) -> list[tuple[str, list[Any]]]:
        """SQL that returns the keys, and its parameters."""
        parameters = [insert.parameters(row) for insert, row in zip(self._inserts, rows, strict=True)]
        if self.is_one_statement:
            return [(self._joined, [value for each in parameters for value in each])]
        return [(insert.sql, each) for insert, each in zip(self._inserts, parameters, strict=True)]


def _joined(inserts: list[str]) -> str:
    if len(inserts) == 1:
        return inserts[0]
    names = [f"row_{i}" for i in range(len(inserts))]
    named = [f"{name} AS ({sql})" for name, sql in zip(names, inserts, strict=True)]
    return " ".join(("WITH", ", ".join(named), "SELECT * FROM", ", ".join(names)))


class _Insert:
    def __init__(self, row: Row, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        meta = row._meta
        fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
        query = InsertQuery(type(row))
        query.insert_values(fields, [row])
        compiler: Any = query.get_compiler(connection=connection)
        compiler.returning_fields = [meta.pk]
        [(self.sql, _)] = compiler.as_sql()
        self._columns = [(field.attname, _AS_THEY_ARE.get(type(field)), field) for field in fields]

    def parameters(self, row: Row) -> list[Any]:
        given = row.__dict__
        return [
            value if type(value := given[name]) is kind else field.get_db_prep_save(value, self._connection)
            for name, kind, field in self._columns
        ]
