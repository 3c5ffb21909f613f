"""Numbers that several processes count together, and forget.

A web process doesn't wait for the cache. It counts in memory, adds what the others had counted a moment ago, and a
thread tells the cache every so often (a gateway's rate limit works so: local counters, told to a shared store now and
then). What many processes let in together can so exceed a limit by what comes within that moment. While the cache can't
be reached each process counts by itself.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from redis.exceptions import RedisError

from foundation.cached_numbers import Change, change

logger = logging.getLogger(__name__)

TELL_EVERY_S = 0.2
# Beyond it the process forgets what the others counted: a limit may then be exceeded, memory not.
_MOST_KNOWN = 50_000
_FORGET_EVERY_S = 10.0
# What is only read is asked for again after this time.
_READ_FOR_S = 60


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

    def count_up(self, timeouts_s: Mapping[str, int], also_read: Sequence[str] = ()) -> dict[str, int]:
        """What is read and isn't known yet counts as 0 until it was asked for, with the next telling."""
        now_s = self._clock()
        with self._lock:
            for key, timeout_s in timeouts_s.items():
                self._number(key, timeout_s, now_s).untold += 1
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
