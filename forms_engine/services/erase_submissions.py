"""Blank what a person sent, in place, and delete what was kept before sending. Registered with `leads`, which calls it
when somebody is erased."""

from datetime import datetime

from django.db.models import Q

from forms_engine.models import ERASED_ANSWERS, FormSession, Submission
from forms_engine.services.submit import email_digest
from leads.models import Person
from pipeline.selectors import submission_ids_of

_BLANK: dict[str, object] = {
    "answers": ERASED_ANSWERS,
    "context": ERASED_ANSWERS,
    "visitor_id": "",
    "email_digest": "",
    "request_digest": "",
    "idempotency_key": None,
    "consents": [],
    "flags": [],
}


def erase_submissions(person: Person, now: datetime) -> int:
    """How many submissions were blanked: those the pipeline knows as the person's, and all others from their address.

    Called while the person still has the address.
    """
    belongs = Q(pk__in=submission_ids_of(person)) | Q(email_digest=email_digest(person.email))
    return Submission.objects.filter(belongs).update(**_BLANK)


def erase_address(email: str, now: datetime) -> int:
    """The same for an address of which nobody has become a person: what is in quarantine, and kept answers, have no
    run. How many rows were blanked or deleted."""
    digest = email_digest(email)
    deleted, _ = FormSession.objects.filter(email_digest=digest).delete()
    return deleted + Submission.objects.of_email(digest).update(**_BLANK)
