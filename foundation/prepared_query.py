"""A query that is built once and then run with other parameters: for what every page asks first.

Building a query and its SQL costs Django several times what the database needs to answer it, and for the same query it
comes out the same each time. This keeps the SQL, the converters and the shape of the result; running it again costs
the database call and the objects. It leans on how Django's compiler and `ModelIterable` work (django.db.models.query);
tests hold it to what the queryset itself gives.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)

# Numbers that stand for others: far below any id, within what a database's 64 bits hold.
_NUMBERS_FROM = -(2**62)


class PreparedQuery(Generic[M]):
    """`build` makes the queryset from as many values as `run` is given, each of its kind: a text, or a whole number.

    It is called once per connection, with values that stand for the real ones, so it must do nothing with them but
    compare columns to them for equality.
    """

    def __init__(
        self, model: type[M], build: Callable[..., "models.QuerySet[M]"], *, kinds: Sequence[type] = (str,)
    ) -> None:
        self._model = model
        self._build = build
        self._places = [_NUMBERS_FROM + i if kind is int else f"<parameter {i}>" for i, kind in enumerate(kinds)]

    def run(self, *values: str | int) -> list[M]:
        """What the queryset of these values holds now."""
        given = dict(zip(self._places, values, strict=True))
        connection = connections[router.db_for_read(self._model)]
        prepared = self._prepared_for(connection)
        with prepared_cursor(connection) as cursor:
            cursor.execute(prepared.sql, [given.get(value, value) for value in prepared.parameters])
            rows = cursor.fetchall()
        return prepared.objects(rows)

    def first(self, *values: str | int) -> M | None:
        return next(iter(self.run(*values)), None)

    def _prepared_for(self, connection: BaseDatabaseWrapper) -> "_Prepared":
        # Kept on the connection, which belongs to one thread: what is compiled holds on to it, and goes with it.
        kept: dict[PreparedQuery[M], _Prepared] = connection.__dict__.setdefault("_prepared_queries", {})
        if self not in kept:
            kept[self] = _Prepared(self._build(*self._places), connection)
        return kept[self]


def prepared_cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """For statements that are sent again and again with other values. Our backend for PostgreSQL has such a one."""
    make: Callable[[], CursorWrapper] = getattr(connection, "prepared_cursor", connection.cursor)
    return make()


class _Prepared:
    """A query compiled for one connection, and how its rows become objects."""

    def __init__(self, queryset: "models.QuerySet[Any]", connection: BaseDatabaseWrapper) -> None:
        self._alias = connection.alias
        self._compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.parameters = self._compiler.as_sql()
        shape = self._compiler.klass_info
        fields = shape["select_fields"]
        self._model = shape["model"]
        self._columns = slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in self._compiler.select[self._columns]]
        # The stubs are those of a later Django, which takes one more argument.
        self._related = get_related_populators(shape, self._compiler.select, self._alias)  # type: ignore[call-arg]
        self._converters = self._compiler.get_converters([column[0] for column in self._compiler.select])

    def objects(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        converted = self._compiler.apply_converters(rows, self._converters) if self._converters else rows
        return [self._object(row) for row in converted]

    def _object(self, row: Sequence[Any]) -> Any:
        made = self._model.from_db(self._alias, self._names, row[self._columns])
        for populator in self._related:
            populator.populate(row, made)
        return made
