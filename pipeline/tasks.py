"""Wake-up calls. They carry an id and nothing else; losing one costs seconds."""

import logging
from collections.abc import Sequence

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


@shared_task(name="pipeline.advance_several")
def advance_several_task(run_ids: list[int]) -> None:
    from pipeline.services.advance_run import advance_run

    for run_id in run_ids:
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
    return send_wake_ups([run_id])


def send_wake_ups(run_ids: Sequence[int]) -> bool:
    """The same for several runs, which one worker then takes one after the other."""
    try:
        if len(run_ids) == 1:
            advance_run_task.delay(run_ids[0])
        else:
            advance_several_task.delay(list(run_ids))
    except OperationalError as error:
        logger.warning("no wake-up for runs %s: %s", list(run_ids), type(error).__name__)
        return False
    return True


# The web server starts its thread (config/wsgi.py).
wake_ups = WakeUps(send_wake_ups)
