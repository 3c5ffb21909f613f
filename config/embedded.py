"""Embedded mode: a Celery worker thread, one for long jobs and the sweeper thread, inside the web process.

The broker is `memory://`: a wake-up call is lost when the process dies, and the sweeper then finds the run.
All are daemons; killing the process at any point is safe, since only the database holds the truth.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections

from config.celery import app
from foundation.sweeps import run_due_sweeps

logger = logging.getLogger(__name__)


def start_background_threads() -> None:
    leads = {"queues": ["celery"], "concurrency": settings.WORKER_THREADS, "hostname": "embedded@localhost"}
    jobs = {"queues": ["jobs"], "concurrency": 1, "hostname": "jobs@localhost"}
    threading.Thread(target=_work, kwargs=leads, name="switchyard-worker", daemon=True).start()
    threading.Thread(target=_work, kwargs=jobs, name="switchyard-jobs", daemon=True).start()
    threading.Thread(target=_sweep_forever, name="switchyard-sweeper", daemon=True).start()


def _work(*, queues: list[str], concurrency: int, hostname: str) -> None:
    # The command-line worker class installs signal handlers, which only the main thread may do.
    controller = app.WorkController(
        app=app,
        pool="threads",
        queues=queues,
        concurrency=concurrency,
        hostname=hostname,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    controller.start()


def _sweep_forever() -> None:
    while True:
        try:
            run_due_sweeps(now_s=time.monotonic())
        except Exception:
            logger.exception("sweep failed")
        finally:
            close_old_connections()
        time.sleep(settings.SWEEP_INTERVAL_S)
