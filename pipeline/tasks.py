"""Wake-up calls. They carry an id and nothing else; losing one costs seconds."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from pipeline.wake_ups import WakeUps

logger = logging.getLogger(__name__)


@shared_task(name="pipeline.advance_run")
def advance_run_task(run_id: int) -> None:
    from pipeline.services.advance_run import advance_run

    advance_run(run_id=run_id)


@shared_task(name="pipeline.sweep")
def sweep_task() -> None:
    from pipeline.services.sweep import sweep

    sweep(now=timezone.now())


def wake(run_id: int) -> None:
    """Ask a worker to advance the run once the present transaction has committed."""
    transaction.on_commit(lambda: wake_ups.call(run_id))


def send_wake_up(run_id: int) -> bool:
    """False where the broker can't be reached: the sweeper will find the run."""
    try:
        advance_run_task.delay(run_id)
    except OperationalError as error:
        logger.warning("no wake-up for run %s: %s", run_id, type(error).__name__)
        return False
    return True


# The web server starts its thread (config/wsgi.py).
wake_ups = WakeUps(lambda run_id: send_wake_up(run_id))
