"""Mail as the outbox has it: queued in the transaction that makes it true, sent afterwards, tried again, given up.

A mail may be sent twice if the process dies between handing it over and noting so; it is never lost.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from foundation.models import Mail

logger = logging.getLogger(__name__)

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 600))
LEASE = timedelta(minutes=2)
# A mail server that hangs must not hold up the sweeps behind this one; what is left is sent by the next.
LONGEST_SWEEP = timedelta(seconds=20)


def queue_mail(*, to: Sequence[str], subject: str, body: str, about: str = "", now: datetime) -> int:
    """One mail for each address; how many were queued. `about` is an opaque `kind:id`, by which erasing finds it.

    A subject is made one line: no server takes another, and the mail would never be sent.
    """
    line = " ".join(subject.split())[:200]
    mails = [
        Mail(to=address, subject=line, body=body, about=about, created_at=now, next_attempt_at=now)
        for address in dict.fromkeys(to)
        if address
    ]
    Mail.objects.bulk_create(mails)
    return len(mails)


def send_due_mail(*, clock: Callable[[], datetime] = timezone.now, limit: int = 100) -> int:
    """How many were handed over. Several processes may send at once; a lease keeps them apart."""
    until = clock() + LONGEST_SWEEP
    due = list(Mail.objects.due(clock()).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])
    return sum(_send(pk, clock) for pk in due if clock() < until)


def _send(pk: int, clock: Callable[[], datetime]) -> bool:
    now = clock()
    if not Mail.objects.due(now).filter(pk=pk).update(next_attempt_at=now + LEASE):
        return False
    mail = Mail.objects.get(pk=pk)
    try:
        send_mail(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to])
    except Exception as error:  # noqa: BLE001  mail back ends raise what they like
        _postpone(mail, f"{type(error).__name__}", clock())
        return False
    Mail.objects.filter(pk=pk).update(sent_at=clock(), error="")
    return True


def _postpone(mail: Mail, error: str, now: datetime) -> None:
    attempts = mail.attempts + 1
    given_up = attempts > len(BACKOFF)
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    tried = Mail.objects.filter(pk=mail.pk)
    tried.update(attempts=attempts, error=error[:80], next_attempt_at=now + wait)
    if given_up:
        tried.update(given_up_at=now)
    logger.warning("mail %s was not sent: %s", mail.pk, error)
