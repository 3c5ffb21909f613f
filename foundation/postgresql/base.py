"""Is a kept connection still good? Asked once per request, before its first query.

Django sends `SELECT 1` and waits for the answer, which costs as much as a query that does something. But a server that
was stopped, killed or failed over has closed its end, and the kernel knows: the socket then has something to read. One
on which nothing waits, and which was good a moment ago, is good. What a quiet socket can't tell, a line that went
dead without a word, takes minutes to come about (idle connections that a firewall forgets), so a connection that
has rested for longer is asked as Django does, and so is one after an error.
"""

import select
import time

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ConnStatus
from psycopg.pq.abc import PGconn

# A connection that was used within this time is trusted if its socket is quiet.
TRUSTED_FOR_S = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    _good_at_s = float("-inf")

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
        nothing is prepared) it does so each time.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        usual = self.connection.cursor_factory
        # Django's own cursors write the values into the statement, which is then another one each time.
        self.connection.cursor_factory = base.ServerBindingCursor
        try:
            return self.cursor()
        finally:
            self.connection.cursor_factory = usual


def _is_quiet(connection: PGconn) -> bool:
    """Open, with nothing to read: neither the end of the line nor the server's last words."""
    if connection.status != ConnStatus.OK:
        return False
    poll = select.poll()
    poll.register(connection.socket, select.POLLIN)
    return not poll.poll(0)
