"""People look at what seemed to be spam: release it, or confirm that it was."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from forms_engine.models import Submission
from foundation.audit import record
from pipeline.services.start_run import start_run

_LABEL = "A submission in quarantine"


@transaction.atomic
def release_submission(*, submission_id: UUID, now: datetime, user: User | None = None) -> bool:
    """Start its run, also where it was confirmed as spam before. False where it isn't in quarantine (any more).

    Of two people who release it at once only one starts the run. A released one counts as a false positive.
    """
    held = Submission.objects.filter(pk=submission_id, quarantined_at__isnull=False, released_at__isnull=True)
    if not held.update(released_at=now, confirmed_spam_at=None):
        return False
    submission = Submission.objects.only("origin", "deliver").get(pk=submission_id)
    start_run(submission_id=submission_id, origin=submission.origin, deliver=submission.deliver, now=now)
    record("released", now=now, user=user, about=submission, label=_LABEL)
    return True


@transaction.atomic
def confirm_spam(*, submission_id: UUID, now: datetime, user: User | None = None) -> bool:
    """False where it isn't in quarantine, or was released: what went its way can't be called back."""
    if not Submission.objects.in_quarantine().filter(pk=submission_id).update(confirmed_spam_at=now):
        return False
    record("confirmed as spam", now=now, user=user, about=Submission(pk=submission_id), label=_LABEL)
    return True
