"""What people wrote when they moved a lead may name the person."""

from datetime import datetime

from leads.models import Person
from routing.models import Assignment, MoveBatch


def erase_notes(person: Person, now: datetime) -> int:
    MoveBatch.objects.filter(results__lead__person=person).exclude(reason="").update(reason="erased")
    return Assignment.objects.filter(lead__person=person).exclude(note="").update(note="erased")
