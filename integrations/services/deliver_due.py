"""Send what is due. Claim, call out without a transaction, then record in a second one."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations.models import Attempt, Delivery, WebhookEndpoint
from integrations.webhooks.schedule import next_delay
from integrations.webhooks.sending import Reply, post
from integrations.webhooks.signing import signed_headers

logger = logging.getLogger(__name__)


def deliver_due(*, clock: Callable[[], datetime] = timezone.now, limit: int = 100) -> int:
    """How many attempts were made.

    The clock is read anew for each: receivers that time out hold the later ones up for minutes, and a lease or a
    signature that counts from the beginning would have run out before it was used.
    """
    due = Delivery.objects.due(clock()).order_by("next_attempt_at", "id").values_list("id", flat=True)[:limit]
    return sum(_attempt(delivery_id, clock()) for delivery_id in list(due))


def _attempt(delivery_id: int, now: datetime) -> bool:
    """False where another worker holds the delivery."""
    # Longer than an attempt can take: connecting, sending and reading each have their bound.
    lease_until = now + timedelta(seconds=settings.WEBHOOK_TIMEOUT_S * 3 + 30)
    if not Delivery.objects.due(now).filter(pk=delivery_id).update(lease_until=lease_until):
        return False
    delivery = Delivery.objects.select_related("endpoint", "event").get(pk=delivery_id)
    if not delivery.endpoint.enabled:
        _finish(delivery, Delivery.Status.FAILED, "endpoint_disabled", now)
        return False
    body = body_of(delivery)
    headers = signed_headers(secret=str(delivery.endpoint.secret), message_id=delivery.message_id, body=body, now=now)
    reply = post(url=delivery.endpoint.url, body=body, headers=headers)
    _record(delivery, body, reply, now)
    return True


def body_of(delivery: Delivery) -> str:
    """`{"type", "timestamp", "data"}`; the timestamp is the event's, equal over all attempts."""
    event = delivery.event
    return json.dumps(
        {"type": event.type, "timestamp": event.created_at.isoformat(), "data": event.payload},
        separators=(",", ":"),
        ensure_ascii=False,
    )


@transaction.atomic
def _record(delivery: Delivery, body: str, reply: Reply, now: datetime) -> None:
    # Erased or finished meanwhile: what was sent isn't kept.
    current = Delivery.objects.select_for_update().get(pk=delivery.pk)
    erased = current.status != Delivery.Status.PENDING
    number = current.attempts_made + 1
    Attempt.objects.create(
        delivery=current,
        number=number,
        attempted_at=now,
        duration_ms=reply.duration_ms,
        status_code=reply.status_code,
        error_code=reply.error_code,
        request_body="" if erased else body,
        response_body="" if erased else reply.body,
    )
    Delivery.objects.filter(pk=current.pk).update(attempts_made=number)
    if erased:
        return
    if reply.accepted:
        _finish(current, Delivery.Status.DELIVERED, "", now)
    elif reply.gone:
        _finish(current, Delivery.Status.FAILED, reply.error_code, now)
        _disable(current.endpoint)
    else:
        _retry(current, number, reply, now)


def _retry(delivery: Delivery, attempts_made: int, reply: Reply, now: datetime) -> None:
    delay = next_delay(attempts_made=attempts_made, message_id=delivery.message_id, retry_after=reply.retry_after)
    if delay is None:
        logger.warning("delivery %s given up: %s", delivery.pk, reply.error_code)
        _finish(delivery, Delivery.Status.FAILED, reply.error_code, now)
        return
    Delivery.objects.filter(pk=delivery.pk).update(
        next_attempt_at=now + delay, lease_until=None, error_code=reply.error_code
    )


def _finish(delivery: Delivery, status: Delivery.Status, error_code: str, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        status=status, error_code=error_code, lease_until=None, finished_at=now
    )


def _disable(endpoint: WebhookEndpoint) -> None:
    """410 Gone: the receiver asks us to stop."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(enabled=False, disabled_reason="answered 410 Gone")
    logger.warning("endpoint %s answered 410 and was turned off", endpoint.pk)
