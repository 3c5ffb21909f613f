"""Blank what was sent about a person, and stop what hasn't been sent yet."""

from datetime import datetime

from integrations.models import Attempt, Delivery
from leads.models import Person


def erase_deliveries(person: Person, now: datetime) -> int:
    """How many attempts' bodies were overwritten."""
    about = Delivery.objects.filter(event__subject=f"person:{person.pk}")
    about.filter(status=Delivery.Status.PENDING).update(
        status=Delivery.Status.FAILED, error_code="erased", lease_until=None, finished_at=now
    )
    return Attempt.objects.filter(delivery__in=about).update(request_body="", response_body="")
