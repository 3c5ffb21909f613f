"""Numbers that several processes count together, and forget: in the cache, in one round trip.

With Redis this has a connection of its own for each thread. The cache's interface would take three round trips for
each number; the client's pipelines, made for any command and any deployment, cost as much time as the whole check of
a form's answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as LineBroken


def count_up(timeouts_s: Mapping[str, int], *, also_read: Sequence[str] = ()) -> dict[str, int]:
    """Each key of `timeouts_s` counted up by one, and what stands under `also_read`; 0 where there is nothing.

    Raises RedisError.
    """
    line = _line()
    return _in_redis(line, timeouts_s, also_read) if line else _in_cache(timeouts_s, also_read)


def read(key: str) -> int:
    """Raises RedisError."""
    return count_up({}, also_read=[key])[key]


def _in_redis(line: "_Line", timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    # Several servers may share one Redis; the cache's own prefix keeps them apart.
    names = {key: cache.make_key(key) for key in (*timeouts_s, *also_read)}
    counting = [("INCR", names[key]) for key in timeouts_s]
    forgetting = [("EXPIRE", names[key], timeout_s) for key, timeout_s in timeouts_s.items()]
    answers = line.ask([*counting, *(("GET", names[key]) for key in also_read), *forgetting])
    return {key: int(answer or 0) for key, answer in zip((*timeouts_s, *also_read), answers, strict=False)}


class _Line:
    """A kept connection, which one thread uses."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def ask(self, commands: Sequence[tuple[str | int, ...]]) -> list[Any]:
        """An answer to each. Raises RedisError."""
        try:
            return self._ask(commands)
        except LineBroken:
            # The server was restarted, perhaps, since the last time. Counting twice is the worst that can come of it.
            return self._ask(commands)

    def _ask(self, commands: Sequence[tuple[str | int, ...]]) -> list[Any]:
        # Sending connects where there is no connection.
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        try:
            return [self._connection.read_response() for _ in commands]
        except BaseException:
            # What is still to be read must not be taken for the answer to the next question.
            self._connection.disconnect()
            raise


def _in_cache(timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    counted = {key: _increment(key, timeout_s) for key, timeout_s in timeouts_s.items()}
    return counted | {key: int(cache.get(key, 0)) for key in also_read}


def _increment(key: str, timeout_s: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        # There is none yet; of two at once only one adds it.
        return 1 if cache.add(key, 1, timeout_s) else int(cache.incr(key))


def _line() -> _Line | None:
    """Made once for each of Django's caches, of which every thread has its own; None where the cache isn't Redis."""
    if not isinstance(caches["default"], RedisCache):
        return None
    backend: Any = caches["default"]
    line: _Line | None = getattr(backend, "counting_line", None)
    if line is None:
        pool = backend._cache.get_client(write=True).connection_pool
        line = backend.counting_line = _Line(pool.make_connection())
    return line
