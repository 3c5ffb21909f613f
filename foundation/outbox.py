"""Emit events in the transaction that makes them true; drain them later."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from foundation.models import OutboxEvent


def emit(
    type: str,  # noqa: A002  the word of the event standard
    payload: Mapping[str, object],
    *,
    now: datetime,
    subject: str = "",
    deliver: bool = True,
) -> OutboxEvent:
    """Store an event with the caller's transaction: it exists exactly if what it reports does."""
    return OutboxEvent.objects.create(
        type=type, payload=dict(payload), subject=subject, deliver=deliver, created_at=now
    )


def undrained() -> "models.QuerySet[OutboxEvent]":
    """Events nobody has fanned out yet, oldest first."""
    return OutboxEvent.objects.filter(drained_at__isnull=True).order_by("id")
