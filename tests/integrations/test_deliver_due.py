import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook

from integrations.models import Attempt, Delivery
from integrations.services.deliver_due import deliver_due
from integrations.webhooks.schedule import DELAYS, MAX_ATTEMPTS
from tests.integrations.factories import NOW, DeliveryFactory, EndpointFactory, EventFactory

pytestmark = pytest.mark.django_db


def deliver(now: datetime = NOW, **extra) -> int:
    return deliver_due(clock=lambda: now, **extra)


def answer(receiver, status: int = 200, **extra) -> None:
    receiver.expect_request("/hook").respond_with_data("noted", status=status, **extra)


def stored(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_an_accepted_delivery_is_done(receiver, endpoint):
    answer(receiver)
    delivery = DeliveryFactory(endpoint=endpoint)
    assert deliver() == 1
    delivery = stored(delivery)
    assert (delivery.status, delivery.attempts_made, delivery.finished_at) == (Delivery.Status.DELIVERED, 1, NOW)
    assert deliver(NOW + timedelta(days=9)) == 0


def test_the_body_names_type_time_and_data(receiver, endpoint):
    answer(receiver)
    DeliveryFactory(endpoint=endpoint, event=EventFactory(payload={"owner": "Zoë"}))
    deliver(NOW + timedelta(hours=1))
    request, _ = receiver.log[0]
    assert json.loads(request.get_data()) == {
        "type": "lead.assigned",
        "timestamp": NOW.isoformat(),
        "data": {"owner": "Zoë"},
    }


def test_the_receiver_can_verify_the_request_with_the_reference_library(receiver, endpoint):
    answer(receiver)
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    request, _ = receiver.log[0]
    with time_machine.travel(NOW, tick=False):
        message = Webhook(endpoint.secret).verify(request.get_data(), dict(request.headers))
    assert (message["data"], request.headers["webhook-id"]) == ({"lead_id": 7}, delivery.message_id)


def test_every_attempt_is_recorded_with_what_was_sent_and_what_came_back(receiver, endpoint):
    answer(receiver, 500)
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    attempt = Attempt.objects.get()
    assert (attempt.delivery, attempt.number, attempt.attempted_at) == (delivery, 1, NOW)
    assert (attempt.status_code, attempt.error_code, attempt.response_body) == (500, "http_500", "noted")
    assert json.loads(attempt.request_body)["data"] == {"lead_id": 7}


def test_a_failed_attempt_is_made_again_after_its_delay_and_not_before(receiver, endpoint):
    answer(receiver, 500)
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    delivery = stored(delivery)
    assert NOW + DELAYS[0] <= delivery.next_attempt_at < NOW + DELAYS[0] * 1.1
    assert (delivery.status, delivery.error_code) == (Delivery.Status.PENDING, "http_500")
    assert deliver(delivery.next_attempt_at - timedelta(milliseconds=1)) == 0
    assert deliver(delivery.next_attempt_at) == 1


def test_all_attempts_carry_one_message_id_and_one_body(receiver, endpoint):
    answer(receiver, 500)
    DeliveryFactory(endpoint=endpoint)
    deliver()
    deliver(NOW + timedelta(minutes=1))
    (first, _), (second, _) = receiver.log
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.get_data() == second.get_data()
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_the_schedule_ends_and_the_delivery_is_given_up(receiver, endpoint):
    answer(receiver, 500)
    delivery = DeliveryFactory(endpoint=endpoint)
    for _ in range(MAX_ATTEMPTS):
        deliver(stored(delivery).next_attempt_at)
    delivery = stored(delivery)
    assert (delivery.status, delivery.error_code) == (Delivery.Status.FAILED, "http_500")
    assert list(delivery.attempts.values_list("number", flat=True)) == list(range(1, MAX_ATTEMPTS + 1))
    assert deliver(NOW + timedelta(days=30)) == 0


def test_a_receiver_that_comes_back_gets_what_failed(receiver, endpoint):
    receiver.expect_ordered_request("/hook").respond_with_data("", status=503)
    receiver.expect_ordered_request("/hook").respond_with_data("ok")
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    deliver(stored(delivery).next_attempt_at)
    delivery = stored(delivery)
    assert (delivery.status, delivery.error_code, delivery.attempts_made) == (Delivery.Status.DELIVERED, "", 2)


def test_retry_after_puts_the_next_attempt_off(receiver, endpoint):
    answer(receiver, 429, headers={"retry-after": "3600"})
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    assert stored(delivery).next_attempt_at == NOW + timedelta(hours=1)


def test_410_turns_the_endpoint_off(receiver, endpoint):
    answer(receiver, 410)
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "answered 410 Gone")
    assert (stored(delivery).status, stored(delivery).error_code) == (Delivery.Status.FAILED, "http_410")


def test_what_waits_for_an_endpoint_that_is_off_is_not_sent(receiver, endpoint):
    delivery = DeliveryFactory(endpoint=endpoint)
    endpoint.enabled = False
    endpoint.save()
    assert deliver() == 0
    assert (stored(delivery).status, stored(delivery).error_code) == (Delivery.Status.FAILED, "endpoint_disabled")
    assert receiver.log == []


def test_a_redirect_counts_as_a_failure(receiver, endpoint):
    answer(receiver, 302, headers={"location": receiver.url_for("/elsewhere")})
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    assert stored(delivery).error_code == "http_302"


def test_a_private_address_is_refused_and_recorded(receiver, endpoint, settings):
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = False
    delivery = DeliveryFactory(endpoint=endpoint)
    deliver()
    assert (stored(delivery).status, stored(delivery).error_code) == (Delivery.Status.PENDING, "private_address")
    assert Attempt.objects.get().status_code is None
    assert receiver.log == []


def test_a_receiver_that_fails_does_not_keep_the_others_from_hearing(receiver, endpoint):
    receiver.expect_request("/broken").respond_with_data("", status=500)
    answer(receiver)
    DeliveryFactory(endpoint=EndpointFactory(url=receiver.url_for("/broken")))
    healthy = DeliveryFactory(endpoint=endpoint)
    assert deliver() == 2
    assert stored(healthy).status == Delivery.Status.DELIVERED


def test_one_call_makes_no_more_attempts_than_it_may(receiver, endpoint):
    answer(receiver)
    DeliveryFactory.create_batch(3, endpoint=endpoint)
    assert deliver(limit=2) == 2
    assert Delivery.objects.due(NOW).count() == 1


def test_what_a_worker_holds_is_left_alone_until_its_lease_has_run_out(receiver, endpoint):
    answer(receiver)
    DeliveryFactory(endpoint=endpoint, lease_until=NOW + timedelta(seconds=10))
    assert deliver() == 0
    assert deliver(NOW + timedelta(seconds=11)) == 1


def test_a_lease_and_a_signature_count_from_their_own_attempt(receiver, endpoint):
    """However long the ones before have taken."""
    answer(receiver)
    DeliveryFactory.create_batch(3, endpoint=endpoint)
    minutes: Iterator[int] = count()
    deliver_due(clock=lambda: NOW + timedelta(minutes=next(minutes)))
    sent_at = [int(request.headers["webhook-timestamp"]) - int(NOW.timestamp()) for request, _ in receiver.log]
    assert sent_at == [60, 120, 180]
