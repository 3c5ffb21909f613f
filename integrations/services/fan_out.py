"""Turn new events into deliveries, one for each endpoint that wants them."""

from datetime import datetime

from django.db import connection, transaction

from foundation.models import OutboxEvent
from foundation.outbox import undrained
from integrations.models import Delivery, WebhookEndpoint
from integrations.webhooks.signing import new_message_id


@transaction.atomic
def fan_out(*, now: datetime, limit: int = 500) -> int:
    """How many events were drained. Several processes may drain at once; none gets an event twice."""
    skip_locked = connection.features.has_select_for_update_skip_locked
    events = list(undrained().select_for_update(skip_locked=skip_locked)[:limit])
    if not events:
        return 0
    endpoints = list(WebhookEndpoint.objects.filter(enabled=True))
    Delivery.objects.bulk_create(
        [
            Delivery(endpoint=endpoint, event=event, message_id=new_message_id(), next_attempt_at=now, created_at=now)
            for event in events
            if event.deliver
            for endpoint in endpoints
            if endpoint.wants(event.type)
        ],
        ignore_conflicts=True,
    )
    OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(drained_at=now)
    return len(events)
