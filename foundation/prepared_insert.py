"""New rows of several models, stored together or not at all, by SQL that is made once.

Making an INSERT costs Django several times what the database needs for it. Here Django's compiler makes it once per
connection, and each time only what the models' fields make of the values is new. On PostgreSQL all rows go in one
statement, which is a transaction by itself: nobody waits for a BEGIN and a COMMIT. Elsewhere there is one statement
for each row, in a transaction.

It is for models whose rows aren't changed on their way in: no `save()` that changes anything, no signals, no
inheritance; and for values, not expressions. Tests hold it to what `save()` stores.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import InsertQuery

from foundation.prepared_query import prepared_cursor

Row = models.Model
# Values of just these types are stored by these fields as they are; asking each field would cost as much as the rest.
_AS_THEY_ARE: "dict[type[models.Field[Any, Any]], frozenset[type]]" = {
    models.CharField: frozenset({str}),
    models.BooleanField: frozenset({bool}),
    models.BigIntegerField: frozenset({int, type(None)}),
}
# What PostgreSQL has a type for, too.
_ON_POSTGRESQL: "dict[type[models.Field[Any, Any]], frozenset[type]]" = {
    models.DateTimeField: frozenset({datetime, type(None)}),
    models.UUIDField: frozenset({UUID, type(None)}),
}


class Unless(NamedTuple):
    """SQL that both databases take, which finds rows, and its parameters: texts, numbers and times."""

    sql: str
    parameters: Sequence[object]


def insert_together(*rows: Row, unless: Unless | None = None) -> bool:
    """Keys that the database gives are set on the rows.

    With `unless`, False comes back and nothing is stored where that finds any; on PostgreSQL within the one statement.
    Raises IntegrityError; then none is stored, and a transaction that is under way can go on.
    """
    connection = connections[router.db_for_write(type(rows[0]))]
    prepared = _prepared_for(rows, unless, connection)
    with _whole_or_not_at_all(connection, prepared), prepared_cursor(connection) as cursor:
        keys: list[Any] = []
        for sql, parameters in prepared.statements(rows, unless):
            cursor.execute(sql, parameters)
            found = cursor.fetchone()
            if found is None:
                return False
            keys += found
    for row, key in zip(rows, keys[-len(rows) :], strict=True):
        if row.pk is None:
            row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return True


def _prepared_for(rows: tuple[Row, ...], unless: Unless | None, connection: BaseDatabaseWrapper) -> "_Prepared":
    # Kept on the connection, as in prepared_query.
    kept: dict[tuple[object, ...], _Prepared] = connection.__dict__.setdefault("_prepared_inserts", {})
    kind = (*(type(row) for row in rows), unless.sql if unless else "")
    if kind not in kept:
        kept[kind] = _Prepared(rows, unless, connection)
    return kept[kind]


def _whole_or_not_at_all(connection: BaseDatabaseWrapper, prepared: "_Prepared") -> AbstractContextManager[None]:
    """A statement is atomic by itself; within a transaction that is under way, its failure needs a savepoint."""
    if prepared.is_one_statement and not connection.in_atomic_block:
        return nullcontext()
    return transaction.atomic(using=connection.alias)


class _Prepared:
    def __init__(self, rows: tuple[Row, ...], unless: Unless | None, connection: BaseDatabaseWrapper) -> None:
        self._inserts = [_Insert(row, connection) for row in rows]
        self._connection = connection
        self.is_one_statement = connection.vendor == "postgresql" or (len(rows) == 1 and unless is None)
        self._joined = _joined(self._inserts, unless.sql if unless else "")

    def statements(self, rows: tuple[Row, ...], unless: Unless | None) -> list[tuple[str, list[Any]]]:
        """SQL that returns the keys, or nothing where nothing was stored, and its parameters."""
        parameters = [insert.parameters(row) for insert, row in zip(self._inserts, rows, strict=True)]
        asked = [self._adapted(value) for value in unless.parameters] if unless else []
        if self.is_one_statement:
            return [(self._joined, [*asked, *(value for each in parameters for value in each)])]
        stored = [(insert.sql, each) for insert, each in zip(self._inserts, parameters, strict=True)]
        return [(_asking(unless.sql), asked), *stored] if unless else stored

    def _adapted(self, value: object) -> object:
        adapted: object = value
        if isinstance(value, datetime):
            adapted = self._connection.ops.adapt_datetimefield_value(value)
        return adapted


def _asking(sql: str) -> str:
    """A row unless there is any."""
    return f"SELECT 1 WHERE NOT EXISTS ({sql})"


def _joined(inserts: "list[_Insert]", unless: str) -> str:
    if len(inserts) == 1 and not unless:
        return inserts[0].sql
    condition = " WHERE EXISTS (SELECT 1 FROM free)" if unless else ""
    names = [f"row_{i}" for i in range(len(inserts))]
    named = [f"{name} AS ({insert.selecting(condition)})" for name, insert in zip(names, inserts, strict=True)]
    asked = [f"free AS MATERIALIZED ({_asking(unless)})"] if unless else []
    return " ".join(("WITH", ", ".join([*asked, *named]), "SELECT * FROM", ", ".join(names)))


class _Insert:
    sql: str

    def __init__(self, row: Row, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        meta = row._meta
        fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
        query = InsertQuery(type(row))
        query.insert_values(fields, [row])
        compiler: Any = query.get_compiler(connection=connection)
        compiler.returning_fields = [meta.pk]
        [(self.sql, _)] = compiler.as_sql()
        as_they_are = _AS_THEY_ARE | (_ON_POSTGRESQL if connection.vendor == "postgresql" else {})
        self._columns = [(field.attname, as_they_are.get(_stored_as(field), frozenset()), field) for field in fields]

    def selecting(self, condition: str) -> str:
        """The same with a condition, which VALUES can't have."""
        if not condition:
            return self.sql
        return re.sub(r"VALUES \((.*?)\)", rf"SELECT \1{condition}", self.sql, count=1)

    def parameters(self, row: Row) -> list[Any]:
        given = row.__dict__
        return [
            value if type(value := given[name]) in kinds else field.get_db_prep_save(value, self._connection)
            for name, kinds, field in self._columns
        ]


def _stored_as(field: "models.Field[Any, Any]") -> "type[models.Field[Any, Any]]":
    """The kind of a foreign key's column is that of the key it holds."""
    target = getattr(field, "target_field", field)
    return models.BigIntegerField if isinstance(target, models.BigAutoField) else type(target)
