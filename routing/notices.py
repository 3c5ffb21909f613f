"""What people are told of acceptance clocks, as mails. Times are in the zone of whoever reads."""

from collections.abc import Sequence
from datetime import datetime

from foundation.mail import queue_mail
from routing.hours import zone_named
from routing.models import Assignment, Rep


def remind(held: Assignment, now: datetime) -> None:
    until = (
        f" If you don't by {_in_words(held.due_at, held.rep)}, the lead goes to somebody else." if held.due_at else ""
    )
    body = f"{held.lead.person} was given to you and waits for you to accept.{until}"
    _mail([held.rep.email], f"Waiting for you: {held.lead.person}", body, held, now)


def announce_move(moved: Assignment, now: datetime) -> None:
    until = f" Please accept by {_in_words(moved.due_at, moved.rep)}." if moved.due_at else ""
    body = f"{moved.lead.person} was not accepted in time and is yours now.{until}"
    _mail([moved.rep.email], f"Now yours: {moved.lead.person}", body, moved, now)


def announce_declined(moved: Assignment, now: datetime) -> None:
    until = f" Please accept by {_in_words(moved.due_at, moved.rep)}." if moved.due_at else ""
    body = f"{moved.lead.person} was declined by whom it was with and is yours now.{until}"
    _mail([moved.rep.email], f"Now yours: {moved.lead.person}", body, moved, now)


def alert_overdue(held: Assignment, to: Sequence[str], now: datetime) -> None:
    body = (
        f"{held.rep.name} has not accepted {held.lead.person} in time, and nobody else in the queue can take the lead. "
        "It stays where it is until somebody can, or until it is moved by hand."
    )
    _mail(to, f"Overdue: {held.lead.person}", body, held, now)


def _in_words(moment: datetime, rep: Rep) -> str:
    return f"{moment.astimezone(zone_named(rep.time_zone)):%H:%M on %A, %d %B} ({rep.time_zone})"


def _mail(to: Sequence[str], subject: str, body: str, held: Assignment, now: datetime) -> None:
    queue_mail(to=to, subject=subject, body=f"{body}\n", about=f"person:{held.lead.person_id}", now=now)
