"""The smallest valid rows of this room."""

from datetime import UTC, datetime

import factory

from foundation.models import OutboxEvent
from integrations.models import Delivery, WebhookEndpoint
from integrations.webhooks.signing import new_message_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class EndpointFactory(factory.django.DjangoModelFactory):
    """Wants every event; its address is public and answers nobody."""

    class Meta:
        model = WebhookEndpoint

    name = factory.Sequence(lambda number: f"Receiver {number}")
    url = "https://hooks.example.com/switchyard"


class EventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OutboxEvent

    type = "lead.assigned"
    payload = {"lead_id": 7}
    created_at = NOW


class DeliveryFactory(factory.django.DjangoModelFactory):
    """Due now, never tried."""

    class Meta:
        model = Delivery

    endpoint = factory.SubFactory(EndpointFactory)
    event = factory.SubFactory(EventFactory, drained_at=NOW)
    message_id = factory.LazyFunction(new_message_id)
    next_attempt_at = NOW
    created_at = NOW
