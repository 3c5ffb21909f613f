"""Wake-up calls off the request path: one thread of a web process hands them to the broker.

A call that is lost (the queue is full, the process dies) costs seconds, since the sweeper finds the run. A process
that hasn't started the thread, such as a command or a test, calls by itself.
"""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000


class WakeUps:
    """`send` is called in the thread, with one id at a time, in the order in which they came."""

    def __init__(self, send: Callable[[int], object], *, most_waiting: int = MOST_WAITING) -> None:
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
            self._send(run_id)
            return
        try:
            self._waiting.put_nowait(run_id)
        except queue.Full:
            logger.warning("no wake-up for run %s: too many are waiting", run_id)

    def _run(self) -> None:
        while True:
            run_id = self._waiting.get()
            try:
                self._send(run_id)
            except Exception:
                logger.exception("wake-up for run %s failed", run_id)
