"""Wake-up calls off the request path: one thread of a web process hands them to the broker.

A call that is lost (the queue is full, the process dies) costs seconds, since the sweeper finds the run. A process
that hasn't started the thread, such as a command or a test, calls by itself.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000
# Runs in one call: a worker has about a second's work with so many, during which others take the next calls.
MOST_AT_ONCE = 100
# Once all that waited are handed on, the next ones wait this long, so that those which come meanwhile share a call.
# One that comes alone goes at once.
PAUSE_S = 0.2


class WakeUps:
    """`send` is called in the thread, with the ids that have come meanwhile, in their order: a call to the broker costs
    as much as storing a submission, so the busier the process, the more of them share one."""

    def __init__(self, send: Callable[[Sequence[int]], object], *, most_waiting: int = MOST_WAITING) -> None:
        self._send = send
        self._waiting: queue.Queue[int] = queue.Queue(maxsize=most_waiting)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Once per process, and after it was forked: threads don't survive that."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="switchyard-wake-ups", daemon=True)
            self._thread.start()

    def call(self, run_id: int) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._send([run_id])
            return
        try:
            self._waiting.put_nowait(run_id)
        except queue.Full:
            logger.warning("no wake-up for run %s: too many are waiting", run_id)

    def _run(self) -> None:
        while True:
            run_ids = self._next()
            self._hand_on(run_ids)
            if len(run_ids) < MOST_AT_ONCE:
                time.sleep(PAUSE_S)

    def _hand_on(self, run_ids: Sequence[int]) -> None:
        try:
            self._send(run_ids)
        except Exception:
            logger.exception("wake-up for runs %s failed", run_ids)

    def _next(self) -> list[int]:
        """At least one; waits for it, and for no more."""
        run_ids = [self._waiting.get()]
        while len(run_ids) < MOST_AT_ONCE and not self._waiting.empty():
            run_ids.append(self._waiting.get_nowait())
        return run_ids
