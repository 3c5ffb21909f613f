from datetime import timedelta

import pytest

from integrations.models import Delivery
from integrations.services.deliver_due import deliver_due
from integrations.services.send_again import retry_now, send_test_event
from integrations.webhooks.schedule import MAX_ATTEMPTS
from tests.integrations.factories import NOW, DeliveryFactory, EndpointFactory

pytestmark = pytest.mark.django_db


def retry() -> int:
    return retry_now(deliveries=Delivery.objects.all(), now=NOW)


def test_a_test_event_goes_to_one_endpoint_only(receiver, endpoint):
    receiver.expect_request("/hook").respond_with_data("ok")
    EndpointFactory()
    delivery = send_test_event(endpoint=endpoint, now=NOW)
    deliver_due(clock=lambda: NOW)
    assert Delivery.objects.get() == delivery
    assert receiver.log[0][0].json["data"] == {"endpoint": endpoint.name}


def test_a_delivery_that_was_given_up_is_sent_once_more(receiver, endpoint):
    receiver.expect_request("/hook").respond_with_data("", status=500)
    DeliveryFactory(endpoint=endpoint, status="failed", error_code="http_500", attempts_made=MAX_ATTEMPTS)
    assert retry() == 1
    deliver_due(clock=lambda: NOW)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts_made, len(receiver.log)) == ("failed", MAX_ATTEMPTS + 1, 1)


def test_a_delivery_that_waits_is_made_due_now():
    DeliveryFactory(next_attempt_at=NOW + timedelta(hours=5))
    assert retry() == 1
    assert Delivery.objects.due(NOW).count() == 1


def test_what_has_arrived_is_not_sent_again():
    DeliveryFactory(status=Delivery.Status.DELIVERED)
    assert retry() == 0


def test_what_is_being_sent_right_now_is_left_to_the_worker_that_holds_it():
    DeliveryFactory(lease_until=NOW + timedelta(seconds=30))
    assert retry() == 0
    assert not Delivery.objects.due(NOW).exists()


def test_what_was_erased_is_not_sent_again():
    DeliveryFactory(status=Delivery.Status.FAILED, error_code="erased")
    assert retry() == 0
