"""What people wrote when they moved a lead may name the person."""

from datetime import datetime

from leads.models import Person
from routing.models import Assignment


def erase_notes(person: Person, now: datetime) -> int:
    return Assignment.objects.filter(lead__person=person).exclude(note="").update(note="erased")
