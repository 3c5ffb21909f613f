"""Blank what a person sent, in place. Registered with `leads`, which calls it when somebody is erased."""

from datetime import datetime

from django.db.models import Q

from forms_engine.models import ERASED_ANSWERS, Submission
from forms_engine.services.submit import email_digest
from leads.models import Person
from pipeline.selectors import submission_ids_of


def erase_submissions(person: Person, now: datetime) -> int:
    """How many submissions were blanked: those the pipeline knows as the person's, and all others from their address.

    Called while the person still has the address.
    """
    belongs = Q(pk__in=submission_ids_of(person)) | Q(email_digest=email_digest(person.email))
    return Submission.objects.filter(belongs).update(
        answers=ERASED_ANSWERS,
        context=ERASED_ANSWERS,
        visitor_id="",
        email_digest="",
        request_digest="",
        idempotency_key=None,
    )
