"""Numbers that several processes count together, and forget.

In Redis, if that is the cache: one call of a script that the server keeps, over a connection of each thread's own.

A web process doesn't wait for it. It counts in memory, adds what the others had counted a moment ago, and a thread
tells the server every so often (a gateway's rate limit works so: local counters, told to a shared store now and then).
What many processes let in together can so exceed a limit by what comes within that moment. While the server can't be
reached each process counts by itself.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as LineBroken
from redis.exceptions import NoScriptError, RedisError

logger = logging.getLogger(__name__)

TELL_EVERY_S = 0.2
# Beyond it the process forgets what the others counted: a limit may then be exceeded, memory not.
_MOST_KNOWN = 50_000
_FORGET_EVERY_S = 10.0
# What is only read is asked for again after this time.
_READ_FOR_S = 60


class Change(NamedTuple):
    """0 only reads. `timeout_s`: until the number is forgotten, from its last change on."""

    amount: int
    timeout_s: int


def count_up(
    timeouts_s: Mapping[str, int], *, also_read: Sequence[str] = (), at_once: bool = False
) -> Mapping[str, int]:
    """Each key of `timeouts_s` counted up by one, and what stands under `also_read`; 0 where there is nothing.

    `at_once`: exact, and seen by all others when this comes back. Raises RedisError.
    """
    if told.is_running and not at_once:
        return told.count_up(timeouts_s, also_read)
    changes = {key: Change(1, timeout_s) for key, timeout_s in timeouts_s.items()}
    return change(changes | {key: Change(0, 0) for key in also_read})


def read(key: str) -> int:
    """Raises RedisError."""
    return change({key: Change(0, 0)})[key]


def take_back(timeouts_s: Mapping[str, int], *, at_once: bool = False) -> None:
    """Counted up by mistake just now, in the same way: one less each. Raises RedisError."""
    if told.is_running and not at_once:
        told.count_up(timeouts_s, by=-1)
    else:
        change({key: Change(-1, timeout_s) for key, timeout_s in timeouts_s.items()})


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


class _Number:
    """`known`: what all had counted when last told; `untold`: what was counted here since."""

    __slots__ = ("forget_at_s", "known", "timeout_s", "untold")

    def __init__(self, timeout_s: int) -> None:
        self.known = self.untold = 0
        self.timeout_s = timeout_s
        self.forget_at_s = 0.0

    @property
    def count(self) -> int:
        return self.known + self.untold


class Told:
    """What this process counted, told to the others by `tell` every so often, which says what all have counted."""

    def __init__(
        self,
        tell: Callable[[Mapping[str, Change]], Mapping[str, int]] = change,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers: dict[str, _Number] = {}
        self._changed: set[str] = set()
        self._forget_next_s = 0.0
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Once per process, and after it was forked: threads don't survive that."""
        if not self.is_running:
            self._thread = threading.Thread(target=self._run, name="switchyard-counters", daemon=True)
            self._thread.start()

    def count_up(self, timeouts_s: Mapping[str, int], also_read: Sequence[str] = (), *, by: int = 1) -> dict[str, int]:
        """What is read and isn't known yet counts as 0 until it was asked for, with the next telling."""
        now_s = self._clock()
        with self._lock:
            for key, timeout_s in timeouts_s.items():
                self._number(key, timeout_s, now_s).untold += by
            self._changed.update(timeouts_s)
            for key in also_read:
                if key not in self._numbers:
                    self._number(key, _READ_FOR_S, now_s)
                    self._changed.add(key)
            return {key: self._numbers[key].count for key in (*timeouts_s, *also_read)}

    def tell(self) -> None:
        """Once. What can't be told now is told the next time."""
        with self._lock:
            changed, self._changed = self._changed, set()
            numbers = {key: self._numbers[key] for key in changed if key in self._numbers}
            changes = {key: Change(number.untold, number.timeout_s) for key, number in numbers.items()}
        if changes:
            self._tell_all(changes)
        self._forget()

    def _number(self, key: str, timeout_s: int, now_s: float) -> _Number:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = _Number(timeout_s)
        number.timeout_s = timeout_s
        number.forget_at_s = now_s + timeout_s
        return number

    def _tell_all(self, changes: Mapping[str, Change]) -> None:
        try:
            counts = self._tell(changes)
        except RedisError as error:
            logger.warning("counting alone: %s", type(error).__name__)
            with self._lock:
                self._changed.update(changes)
            return
        with self._lock:
            for key, each in changes.items():
                if (number := self._numbers.get(key)) is not None:
                    number.known = counts[key]
                    # What was counted meanwhile stays untold.
                    number.untold -= each.amount

    def _forget(self) -> None:
        now_s = self._clock()
        if now_s < self._forget_next_s:
            return
        self._forget_next_s = now_s + _FORGET_EVERY_S
        with self._lock:
            latest_s = float("inf") if len(self._numbers) > _MOST_KNOWN else now_s
            self._numbers = {key: number for key, number in self._numbers.items() if number.forget_at_s > latest_s}
            self._changed &= self._numbers.keys()

    def _run(self) -> None:
        while True:
            time.sleep(TELL_EVERY_S)
            try:
                self.tell()
            except Exception:
                logger.exception("counters could not be told")


# A web process starts it (config/wsgi.py); in all others, which do one thing after the other, counting is exact.
told = Told()
