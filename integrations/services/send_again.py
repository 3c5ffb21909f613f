"""What people do by hand: try an endpoint, send a delivery once more."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from foundation.models import OutboxEvent
from integrations.models import Delivery, WebhookEndpoint
from integrations.tasks import wake
from integrations.webhooks.signing import new_message_id


@transaction.atomic
def send_test_event(*, endpoint: WebhookEndpoint, now: datetime) -> Delivery:
    """One `webhook.test` event, to this endpoint only."""
    event = OutboxEvent.objects.create(
        type="webhook.test", payload={"endpoint": endpoint.name}, deliver=True, created_at=now, drained_at=now
    )
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, message_id=new_message_id(), next_attempt_at=now, created_at=now
    )
    wake()
    return delivery


@transaction.atomic
def retry_now(*, deliveries: QuerySet[Delivery], now: datetime) -> int:
    """How many were made due. Delivered and erased ones are left alone, and those that are being sent right now."""
    again = deliveries.exclude(status=Delivery.Status.DELIVERED).exclude(error_code="erased")
    again = again.exclude(lease_until__gte=now)
    count = again.update(status=Delivery.Status.PENDING, next_attempt_at=now, lease_until=None, finished_at=None)
    wake()
    return count
