"""Stop the clock under which a lead must be accepted."""

from datetime import datetime

from django.db import transaction

from leads.models import Lead
from routing.models import Assignment

Stop = Assignment.ClockStop


def accept_lead(*, assignment: Assignment, now: datetime) -> bool:
    """The holder takes it on. False, and nothing changes, where the clock had stopped or the lead is another's by now.

    Asks for the assignment, not the lead: who answers late must not accept for the one who has the lead since.
    """
    return _stop(assignment_id=assignment.pk, kind=Stop.ACCEPTED, now=now)


@transaction.atomic
def stop_clock(*, lead: Lead, kind: Stop, now: datetime) -> bool:
    """Something happened that counts as taking care of the lead, whoever holds it. False where it had stopped before.

    A booked lead is protected from then on, even where its clock had stopped already or starts again by hand.
    """
    held = Assignment.objects.live().filter(lead=lead, role=Assignment.Role.OWNER).values_list("pk", flat=True).first()
    if held is None:
        return False
    if kind == Stop.BOOKING:
        Assignment.objects.filter(pk=held).update(protected=True, booked=True)
    return _stop(assignment_id=held, kind=kind, now=now)


def _stop(*, assignment_id: int, kind: Stop, now: datetime) -> bool:
    """Conditional, so that of an acceptance and a sweep at the same time exactly one wins."""
    running = Assignment.objects.live().filter(pk=assignment_id, clock_stopped_at__isnull=True)
    return bool(running.update(clock_stopped_at=now, clock_stopped_by=kind))
