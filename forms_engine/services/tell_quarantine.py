"""Tell people within the hour that something new is in quarantine."""

from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from forms_engine.models import QuarantineAlert, Submission
from forms_engine.spam import MARKS
from foundation.mail import queue_mail
from foundation.outbox import emit

AT_MOST_EVERY = timedelta(hours=1)
ABOUT = "alert:quarantine"


@transaction.atomic
def tell_quarantine(*, now: datetime) -> int:
    """How many new ones people were told of; at most once an hour, however many processes look.

    The row's conditional update is the lock: of two processes only one tells. It is written only when there is news.
    """
    QuarantineAlert.objects.bulk_create([QuarantineAlert(pk=1)], ignore_conflicts=True)
    alert = QuarantineAlert.objects.get(pk=1)
    marks = _marks_since(alert.told_at, until=now)
    due = Q(told_at__isnull=True) | Q(told_at__lte=now - AT_MOST_EVERY)
    if not marks or not QuarantineAlert.objects.filter(due, pk=1, told_at=alert.told_at).update(told_at=now):
        return 0
    _tell(marks, now)
    return len(marks)


def _marks_since(told_at: datetime | None, *, until: datetime) -> list[list[str]]:
    """Marks of each submission that nobody was told of and nobody has judged."""
    new = Submission.objects.in_quarantine().filter(quarantined_at__lte=until)
    if told_at is not None:
        new = new.filter(quarantined_at__gt=told_at)
    return list(new.values_list("marks", flat=True))


def _tell(marks: list[list[str]], now: datetime) -> None:
    counts = Counter(mark for each in marks for mark in each)
    by_mark = {mark: counts[mark] for mark in MARKS if counts[mark]}
    waiting = Submission.objects.in_quarantine().count()
    emit("forms.quarantine", {"new": len(marks), "waiting": waiting, "marks": by_mark}, now=now, subject=ABOUT)
    lines = [f"New in quarantine: {len(marks):,}. Waiting there in all: {waiting:,}.", ""]
    lines += [f"  {count:,}: {MARKS[mark]}" for mark, count in by_mark.items()]
    lines += ["", "Nothing was thrown away. Look at them and release those that are from people:"]
    lines += [f"{settings.PUBLIC_URL}/admin/forms_engine/submission/?quarantine=waiting"]
    queue_mail(
        to=settings.ALERT_EMAILS,
        subject="Submissions that look like spam",
        body="\n".join(lines) + "\n",
        about=ABOUT,
        now=now,
    )
