from datetime import timedelta

import pytest

from foundation.outbox import emit, undrained
from integrations.models import Delivery
from integrations.services.fan_out import fan_out
from tests.integrations.factories import NOW, EndpointFactory, EventFactory

pytestmark = pytest.mark.django_db


def test_an_event_becomes_one_delivery_for_each_endpoint_that_is_due_at_once():
    EndpointFactory.create_batch(2)
    event = EventFactory()
    assert fan_out(now=NOW) == 1
    assert Delivery.objects.due(NOW).filter(event=event).count() == 2
    assert len(set(Delivery.objects.values_list("message_id", flat=True))) == 2


def test_an_endpoint_hears_only_of_what_it_wants():
    wants = EndpointFactory(event_types=["lead.parked"])
    EventFactory(type="lead.assigned")
    parked = EventFactory(type="lead.parked")
    fan_out(now=NOW)
    assert [(each.endpoint, each.event) for each in Delivery.objects.all()] == [(wants, parked)]


def test_an_endpoint_that_names_no_events_hears_of_all():
    EndpointFactory(event_types=[])
    EventFactory(type="lead.assigned")
    EventFactory(type="lead.parked")
    fan_out(now=NOW)
    assert Delivery.objects.count() == 2


def test_an_endpoint_that_is_off_hears_nothing_and_nothing_later_either():
    endpoint = EndpointFactory(enabled=False)
    EventFactory()
    fan_out(now=NOW)
    endpoint.enabled = True
    endpoint.save()
    fan_out(now=NOW)
    assert not Delivery.objects.exists()


def test_what_is_not_to_be_delivered_is_drained_without_a_delivery():
    EndpointFactory()
    emit("lead.assigned", {}, now=NOW, deliver=False)
    assert fan_out(now=NOW) == 1
    assert not Delivery.objects.exists()
    assert not undrained().exists()


def test_an_event_is_drained_once():
    EndpointFactory()
    EventFactory()
    fan_out(now=NOW)
    assert fan_out(now=NOW + timedelta(hours=1)) == 0
    assert Delivery.objects.count() == 1


def test_a_long_queue_is_drained_oldest_first_in_portions():
    events = EventFactory.create_batch(3)
    assert fan_out(now=NOW, limit=2) == 2
    assert list(undrained()) == events[2:]
