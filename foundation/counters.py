"""Numbers that several processes count together, and forget: in the cache, in one round trip.

With Redis this is one call of a script that the server keeps, over a connection of each thread's own. The cache's
interface would take three round trips for each number; the client's pipelines, made for any command and any deployment,
cost as much time as the whole check of a form's answers.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as LineBroken
from redis.exceptions import NoScriptError


class Counts(dict[str, int]):
    """By key. `are_shared`: every process counts the same numbers; in a process's own memory others count apart."""

    def __init__(self, counts: Mapping[str, int], *, are_shared: bool) -> None:
        super().__init__(counts)
        self.are_shared = are_shared


def count_up(timeouts_s: Mapping[str, int], *, also_read: Sequence[str] = ()) -> Counts:
    """Each key of `timeouts_s` counted up by one, and what stands under `also_read`; 0 where there is nothing.

    Raises RedisError.
    """
    backend = caches["default"]
    if not isinstance(backend, RedisCache):
        return Counts(_in_cache(timeouts_s, also_read), are_shared=False)
    return Counts(_in_redis(backend, timeouts_s, also_read), are_shared=True)


def read(key: str) -> int:
    """Raises RedisError."""
    return count_up({}, also_read=[key])[key]


def take_back(keys: Iterable[str]) -> None:
    """Counted up by mistake: one less each. Raises RedisError."""
    for key in keys:
        cache.decr(key)


def _in_redis(backend: RedisCache, timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    keys = (*timeouts_s, *also_read)
    # Several servers may share one Redis; the cache's own prefix keeps them apart.
    names = [backend.make_key(key) for key in keys]
    return dict(zip(keys, _line(backend).run(names, list(timeouts_s.values())), strict=True))


# Keys that have a timeout are counted up, the others read.
_SCRIPT = """
local counts = {}
for i, key in ipairs(KEYS) do
  if ARGV[i] then
    counts[i] = redis.call('INCR', key)
    redis.call('EXPIRE', key, ARGV[i])
  else
    counts[i] = tonumber(redis.call('GET', key) or 0)
  end
end
return counts
"""
_SCRIPT_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class _Line:
    """A kept connection, which one thread uses."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, keys: Sequence[str], timeouts_s: Sequence[int]) -> list[int]:
        """The counts of `keys`, the first of which are counted up. Raises RedisError."""
        arguments: tuple[str | int, ...] = (len(keys), *keys, *timeouts_s)
        try:
            return self._ask("EVALSHA", _SCRIPT_DIGEST, *arguments)
        except NoScriptError:
            return self._ask("EVAL", _SCRIPT, *arguments)
        except LineBroken:
            # The server was restarted, perhaps, since the last time. Counting twice is the worst that can come of it.
            return self._ask("EVAL", _SCRIPT, *arguments)

    def _ask(self, *command: str | int) -> list[int]:
        # Sending connects where there is no connection.
        self._connection.send_command(*command)
        try:
            counts: list[int] = self._connection.read_response()
        except NoScriptError:
            raise
        except BaseException:
            # What is still to be read must not be taken for the answer to the next question.
            self._connection.disconnect()
            raise
        return counts


def _in_cache(timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    counted = {key: _increment(key, timeout_s) for key, timeout_s in timeouts_s.items()}
    return counted | {key: int(cache.get(key, 0)) for key in also_read}


def _increment(key: str, timeout_s: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        # There is none yet; of two at once only one adds it.
        return 1 if cache.add(key, 1, timeout_s) else int(cache.incr(key))


def _line(backend: Any) -> _Line:
    """Made once for each of Django's caches, of which every thread has its own."""
    line: _Line | None = getattr(backend, "counting_line", None)
    if line is None:
        pool = backend._cache.get_client(write=True).connection_pool
        line = backend.counting_line = _Line(pool.make_connection())
    return line
