"""Reads for the pages of queues: what came through them, who was calibrated, who will be away."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Q, Sum

from routing.absence_calendar import Span
from routing.models import Absence, Assignment, Decision, LedgerEntry


def received_since(week_ago: datetime, month_ago: datetime, queues: Collection[str]) -> dict[str, tuple[int, int]]:
    """By queue, how many leads came to its members since each of the two moments, by turn or by hand. One query."""
    recent = Assignment.objects.filter(created_at__gt=month_ago, queue_key__in=queues).order_by()
    in_week = Count("id", filter=Q(created_at__gt=week_ago))
    rows = recent.values_list("queue_key").annotate(week=in_week, month=Count("id"))
    return {key: (week, month) for key, week, month in rows}


def calibrations_of(ledger: str) -> dict[str, int]:
    """By rep, what the count began with, so that it can be compared; no lead was given for it."""
    return calibrations_in([ledger])[ledger]


def calibrations_in(ledgers: Collection[str]) -> dict[str, dict[str, int]]:
    """The same of each ledger, in one query."""
    entries = LedgerEntry.objects.filter(
        ledger__key__in=ledgers, assignment__isnull=True, reason=LedgerEntry.Reason.CALIBRATION
    )
    found: dict[str, dict[str, int]] = {ledger: {} for ledger in ledgers}
    rows = entries.order_by().values_list("ledger__key", "rep__key").annotate(credit=Sum("credit"))
    for ledger, rep, credit in rows:
        found[ledger][rep] = credit
    return found


def absences_between(reps: Collection[str], start: datetime, end: datetime) -> dict[str, list[Span]]:
    """By rep; those that touch the time between the two."""
    rows = Absence.objects.filter(rep__key__in=reps, starts_at__lt=end, ends_at__gt=start).order_by("starts_at")
    found: dict[str, list[Span]] = {}
    for rep, starts_at, ends_at in rows.values_list("rep__key", "starts_at", "ends_at"):
        found.setdefault(rep, []).append((starts_at, ends_at))
    return found


def recent_decisions(queue: str, count: int) -> list[Decision]:
    """Newest first, with lead, person and rep."""
    decided = Decision.objects.filter(queue_key=queue).defer("inputs", "pools", "trace")
    return list(decided.select_related("rep", "lead__person").order_by("-id")[:count])
