"""Wake-up calls for the outbox."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


@shared_task(name="integrations.drain_outbox")
def drain_outbox() -> None:
    drain()


def drain() -> None:
    """Fan out and send until nothing is due, within bounds; the sweeper comes back for the rest."""
    from integrations.services.deliver_due import deliver_due
    from integrations.services.fan_out import fan_out

    fan_out(now=timezone.now())
    deliver_due()


def wake() -> None:
    """Ask a worker to drain once the present transaction has committed."""
    transaction.on_commit(_send_wake_up)


def _send_wake_up() -> None:
    try:
        drain_outbox.delay()
    except OperationalError as error:
        logger.warning("no wake-up for the outbox: %s", type(error).__name__)
