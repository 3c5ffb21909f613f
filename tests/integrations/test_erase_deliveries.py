import pytest

from integrations.models import Attempt, Delivery
from integrations.services.deliver_due import deliver_due
from integrations.services.erase_deliveries import erase_deliveries
from integrations.services.fan_out import fan_out
from integrations.services.send_again import retry_now
from leads.services.erase_person import erase_person
from tests.integrations.factories import NOW, DeliveryFactory, EndpointFactory, EventFactory
from tests.leads.factories import PersonFactory
from tests.leads.leftovers import leftovers

pytestmark = pytest.mark.django_db

ADDRESS = "ann@acme.example"


def event_about(person, **extra):
    return EventFactory(subject=f"person:{person.pk}", payload={"contact": {"email": person.email}}, **extra)


def test_the_bodies_of_every_attempt_are_overwritten(receiver, endpoint):
    receiver.expect_request("/hook").respond_with_data(f"hello {ADDRESS}")
    person = PersonFactory(email=ADDRESS)
    DeliveryFactory(endpoint=endpoint, event=event_about(person))
    deliver_due(clock=lambda: NOW)
    assert erase_person(email=ADDRESS, now=NOW).overwritten["webhook attempts"] == 1
    assert (Attempt.objects.get().request_body, Attempt.objects.get().response_body) == ("", "")
    assert leftovers(ADDRESS) == []


def test_other_people_s_attempts_stay(receiver, endpoint):
    receiver.expect_request("/hook").respond_with_data("ok")
    DeliveryFactory(endpoint=endpoint, event=event_about(PersonFactory()))
    deliver_due(clock=lambda: NOW)
    assert erase_deliveries(PersonFactory(), NOW) == 0
    assert Attempt.objects.get().response_body == "ok"


@pytest.mark.parametrize("status", [Delivery.Status.PENDING, Delivery.Status.FAILED])
def test_what_was_not_delivered_never_will_be(status):
    person = PersonFactory()
    DeliveryFactory(event=event_about(person), status=status)
    erase_deliveries(person, NOW)
    assert (Delivery.objects.get().status, Delivery.objects.get().error_code) == (Delivery.Status.FAILED, "erased")
    assert retry_now(deliveries=Delivery.objects.all(), now=NOW) == 0


def test_what_was_delivered_stays_recorded_as_such():
    person = PersonFactory()
    DeliveryFactory(event=event_about(person), status=Delivery.Status.DELIVERED)
    erase_deliveries(person, NOW)
    assert Delivery.objects.get().status == Delivery.Status.DELIVERED


def test_an_event_that_nobody_has_drained_yet_goes_nowhere():
    EndpointFactory()
    event_about(PersonFactory(email=ADDRESS))
    erase_person(email=ADDRESS, now=NOW)
    assert fan_out(now=NOW) == 1
    assert not Delivery.objects.exists()


def test_erasing_while_an_attempt_is_under_way_keeps_nothing_of_it(receiver, endpoint):
    person = PersonFactory(email=ADDRESS)
    DeliveryFactory(endpoint=endpoint, event=event_about(person))

    def erase_meanwhile(*, url, body, headers):
        erase_person(email=ADDRESS, now=NOW)
        return sending.Reply(status_code=500, body=f"no such {ADDRESS}", duration_ms=1, error_code="http_500")

    from integrations.webhooks import sending

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("integrations.services.deliver_due.post", erase_meanwhile)
        deliver_due(clock=lambda: NOW)
    assert Delivery.objects.get().error_code == "erased"
    assert Attempt.objects.count() == 1
    assert leftovers(ADDRESS) == []
