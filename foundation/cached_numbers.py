"""Numbers in the cache that all processes change together, each forgotten after its time.

In Redis, if that is the cache: one call of a script that the server keeps, over a connection of each thread's own. The
cache's interface would take three round trips for each number.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as LineBroken
from redis.exceptions import NoScriptError


class Change(NamedTuple):
    """0 only reads. `timeout_s`: until the number is forgotten, from its last change on."""

    amount: int
    timeout_s: int


def change(changes: Mapping[str, Change]) -> dict[str, int]:
    """The numbers after it. Raises RedisError."""
    backend = caches["default"]
    if not isinstance(backend, RedisCache):
        return {key: _changed_in_cache(backend, key, each) for key, each in changes.items()}
    # Several servers may share one Redis; the cache's own prefix keeps them apart.
    names = [backend.make_key(key) for key in changes]
    counts = _line(backend).run(names, [number for each in changes.values() for number in each])
    return dict(zip(changes, counts, strict=True))


_SCRIPT = """
local counts = {}
for i, key in ipairs(KEYS) do
  local amount = tonumber(ARGV[2 * i - 1])
  if amount == 0 then
    counts[i] = tonumber(redis.call('GET', key) or 0)
  else
    counts[i] = redis.call('INCRBY', key, amount)
    redis.call('EXPIRE', key, ARGV[2 * i])
  end
end
return counts
"""
_SCRIPT_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class _Line:
    """A kept connection, which one thread uses."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        """Raises RedisError."""
        command: tuple[str | int, ...] = (len(keys), *keys, *arguments)
        try:
            return self._ask("EVALSHA", _SCRIPT_DIGEST, *command)
        except (NoScriptError, LineBroken):
            # The server was restarted, perhaps, since the last time. Counting twice is the worst that can come of it.
            return self._ask("EVAL", _SCRIPT, *command)

    def _ask(self, *command: str | int) -> list[int]:
        # Sending connects where there is no connection.
        self._connection.send_command(*command)
        try:
            counts: list[int] = self._connection.read_response()
        except BaseException:
            # What is still to be read must not be taken for the answer to the next question.
            self._connection.disconnect()
            raise
        return counts


def _line(backend: Any) -> _Line:
    """Made once for each of Django's caches, of which every thread has its own."""
    line: _Line | None = getattr(backend, "counting_line", None)
    if line is None:
        pool = backend._cache.get_client(write=True).connection_pool
        line = backend.counting_line = _Line(pool.make_connection())
    return line


def _changed_in_cache(cache: Any, key: str, change: Change) -> int:
    if not change.amount:
        return int(cache.get(key, 0))
    try:
        return int(cache.incr(key, change.amount))
    except ValueError:
        # There is none yet; of two at once only one adds it.
        return change.amount if cache.add(key, change.amount, change.timeout_s) else int(cache.incr(key, change.amount))
