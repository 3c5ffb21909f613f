"""What people do by hand: try an endpoint, send a delivery once more."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from foundation.audit import record
from foundation.models import OutboxEvent
from integrations.models import Delivery, WebhookEndpoint
from integrations.tasks import wake
from integrations.webhooks.signing import new_message_id


@transaction.atomic
def send_test_event(*, endpoint: WebhookEndpoint, now: datetime, user: User | None = None) -> Delivery:
    """One `webhook.test` event, to this endpoint only."""
    event = OutboxEvent.objects.create(
        type="webhook.test", payload={"endpoint": endpoint.name}, deliver=True, created_at=now, drained_at=now
    )
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, message_id=new_message_id(), next_attempt_at=now, created_at=now
    )
    record("sent a test event", now=now, user=user, about=endpoint)
    wake()
    return delivery


@transaction.atomic
def retry_now(*, deliveries: QuerySet[Delivery], now: datetime, user: User | None = None) -> int:
    """How many were made due. Delivered and erased ones are left alone, and those that are being sent right now."""
    again = deliveries.exclude(status=Delivery.Status.DELIVERED).exclude(error_code="erased")
    again = again.exclude(lease_until__gte=now)
    count = again.update(status=Delivery.Status.PENDING, next_attempt_at=now, lease_until=None, finished_at=None)
    if count:
        record("sent again", now=now, user=user, kind=Delivery._meta.label_lower, label=f"{count:,} deliveries")
    wake()
    return count
