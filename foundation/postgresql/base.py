"""Is a kept connection still good? Asked once per request, before its first query.

Django sends `SELECT 1` and waits for the answer, which costs as much as a query that does something. But a server that
was stopped, killed or failed over has closed its end, and the kernel knows: the socket then has something to read. One
on which nothing waits, and which was good a moment ago, is good. What a quiet socket can't tell, a line that went
dead without a word, takes minutes to come about (idle connections that a firewall forgets), so a connection that
has rested for longer is asked as Django does, and so is one after an error.
"""

import select
import time
from typing import Any, Self

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import Cursor
from psycopg.errors import FeatureNotSupported
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.pq.abc import PGconn

# A connection that was used within this time is trusted if its socket is quiet.
TRUSTED_FOR_S = 10.0


class PreparingCursor(Cursor[Any]):
    """Where a migration changed a column under a kept connection, the server refuses the statement as it was prepared;
    then it goes unprepared, until the connection is made anew. Only a transaction under way can't be saved so."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        try:
            return super().execute(query, params, **options)
        except FeatureNotSupported:
            if self.connection.info.transaction_status != TransactionStatus.IDLE:
                raise
            return super().execute(query, params, **{**options, "prepare": False})


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """For logs and tests; Django's looks where prepared statements leave nothing."""
        executed: str | None = super().last_executed_query(cursor, sql, params)
        return executed or (str(self.compose_sql(sql, params)) if params else sql)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _good_at_s = float("-inf")
    _prepared: Cursor[Any] | None = None

    def is_usable(self) -> bool:
        usable = self._was_good_just_now() or super().is_usable()
        if usable:
            self._good_at_s = time.monotonic()
        return usable

    def _was_good_just_now(self) -> bool:
        if self.connection is None or self.errors_occurred:
            return False
        return time.monotonic() - self._good_at_s < TRUSTED_FOR_S and _is_quiet(self.connection.pgconn)

    def connect(self) -> None:
        super().connect()
        self._good_at_s = time.monotonic()

    def prepared_cursor(self) -> CursorWrapper:
        """For statements whose text stays the same: the server parses and plans each once per connection.

        Without `prepare_threshold` among the options (a pooler may lend each transaction another connection, on which
        nothing is prepared) it does so each time. The cursor is one for the connection, which is used by one thread,
        so its rows must be fetched before it is asked for again, and closing it closes nothing.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self._prepared is None or self._prepared.connection is not self.connection:
            self._prepared = self._new_prepared_cursor()
        wrapper = _LoggingCursor if self.queries_logged else _LastingCursor
        return wrapper(self._prepared, self)

    def _new_prepared_cursor(self) -> Cursor[Any]:
        usual = self.connection.cursor_factory
        # Django's own cursors write the values into the statement, which is then another one each time.
        self.connection.cursor_factory = PreparingCursor
        try:
            with self.wrap_database_errors:
                made: Cursor[Any] = self.create_cursor()
        finally:
            self.connection.cursor_factory = usual
        return made


class _LastingCursor(CursorWrapper):
    def __exit__(self, *error: object) -> None:
        """Leaves the cursor for the next statement."""


class _LoggingCursor(_LastingCursor, CursorDebugWrapper):
    """As assertNumQueries and DEBUG want it."""


def _is_quiet(connection: PGconn) -> bool:
    """Open, with nothing to read: neither the end of the line nor the server's last words."""
    if connection.status != ConnStatus.OK:
        return False
    poll = select.poll()
    poll.register(connection.socket, select.POLLIN)
    return not poll.poll(0)
