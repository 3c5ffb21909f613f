"""Several drainers at the same moment: nothing is sent twice and nothing is left."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from integrations.models import Delivery
from integrations.services.deliver_due import deliver_due
from integrations.services.fan_out import fan_out
from tests.integrations.factories import NOW, DeliveryFactory, EndpointFactory, EventFactory

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

AT_ONCE = 4


def all_at_once(work) -> list[int]:
    together = Barrier(AT_ONCE)

    def drain(_: int) -> int:
        connection.ensure_connection()
        together.wait(timeout=30)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(drain, range(AT_ONCE)))


def test_simultaneous_drainers_send_each_delivery_once(receiver, endpoint):
    receiver.expect_request("/hook").respond_with_data("ok")
    deliveries = DeliveryFactory.create_batch(20, endpoint=endpoint)
    attempts = all_at_once(lambda: deliver_due(clock=lambda: NOW))
    received = sorted(request.headers["webhook-id"] for request, _ in receiver.log)
    assert sum(attempts) == 20
    assert received == sorted(delivery.message_id for delivery in deliveries)
    assert set(Delivery.objects.values_list("status", flat=True)) == {Delivery.Status.DELIVERED}


def test_simultaneous_fan_outs_make_each_delivery_once():
    EndpointFactory.create_batch(2)
    EventFactory.create_batch(20)
    drained = all_at_once(lambda: fan_out(now=NOW, limit=20))
    assert Delivery.objects.count() == 40
    assert sum(drained) == 20
