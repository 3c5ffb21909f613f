"""Blank what was sent about a person, and stop what hasn't been sent yet."""

from datetime import datetime

from foundation.models import OutboxEvent
from integrations.models import Attempt, Delivery
from leads.models import Person


def erase_deliveries(person: Person, now: datetime) -> int:
    """How many attempts' bodies were overwritten."""
    subject = f"person:{person.pk}"
    # Events first: a fan-out that holds one is waited for, and its deliveries are found below.
    OutboxEvent.objects.filter(subject=subject, drained_at=None).update(deliver=False)
    about = Delivery.objects.filter(event__subject=subject)
    # The failed ones too: nobody may send them again by hand.
    about.exclude(status=Delivery.Status.DELIVERED).update(
        status=Delivery.Status.FAILED, error_code="erased", lease_until=None, finished_at=now
    )
    return Attempt.objects.filter(delivery__in=about).update(request_body="", response_body="")
