import pytest
from django.db import transaction

from foundation.models import OutboxEvent
from foundation.outbox import emit, undrained
from tests.leads.factories import NOW

pytestmark = pytest.mark.django_db


def test_an_event_keeps_what_it_was_given():
    event = emit("lead.assigned", {"lead_id": 7}, now=NOW, subject="person:3", deliver=False)
    event.refresh_from_db()
    assert (event.type, event.payload, event.subject) == ("lead.assigned", {"lead_id": 7}, "person:3")
    assert (event.deliver, event.created_at, event.drained_at) == (False, NOW, None)


def test_an_event_goes_outward_unless_told_otherwise():
    assert emit("lead.assigned", {}, now=NOW).deliver


def test_an_event_of_a_transaction_that_fails_never_happened():
    def fail() -> None:
        with transaction.atomic():
            emit("lead.assigned", {}, now=NOW)
            raise RuntimeError("what it reports did not come about")

    with pytest.raises(RuntimeError):
        fail()
    assert not OutboxEvent.objects.exists()


def test_undrained_are_those_nobody_has_fanned_out_oldest_first():
    first = emit("lead.assigned", {}, now=NOW)
    drained = emit("lead.assigned", {}, now=NOW)
    last = emit("lead.parked", {}, now=NOW)
    OutboxEvent.objects.filter(pk=drained.pk).update(drained_at=NOW)
    assert list(undrained()) == [first, last]
