"""Absences as a rep sets their own. Each takes effect at once; nothing needs to be published."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from foundation.audit import record
from foundation.audit_history import one_entry_for_all
from routing.errors import AbsenceRefused
from routing.hours import zone_named
from routing.models import Absence, Rep

LONGEST = timedelta(days=366)


@transaction.atomic
@one_entry_for_all()
def add_absence(
    *, rep: Rep, starts_at: datetime, ends_at: datetime, reason: str, user: User | None, now: datetime
) -> Absence:
    """Raises AbsenceRefused where it is over already, ends before it begins, is too long or overlaps another."""
    _lock(rep)
    _check(rep, starts_at, ends_at, now)
    absence = Absence.objects.create(rep=rep, starts_at=starts_at, ends_at=ends_at, reason=_short(reason))
    _tell("absence added", rep, user, now, [None, _in_words(absence)])
    return absence


@transaction.atomic
@one_entry_for_all()
def change_absence(
    *, absence: Absence, starts_at: datetime, ends_at: datetime, reason: str, user: User | None, now: datetime
) -> Absence:
    """As above. Of one that has begun only the end can be changed."""
    _lock(absence.rep)
    absence = Absence.objects.select_related("rep").get(pk=absence.pk)
    if absence.ends_at <= now:
        raise AbsenceRefused("This absence is over.")
    if absence.starts_at <= now and starts_at != absence.starts_at:
        raise AbsenceRefused("This absence has begun. Only its end can be changed.")
    before = _in_words(absence)
    _check(absence.rep, starts_at, ends_at, now, but=absence)
    absence.starts_at, absence.ends_at, absence.reason = starts_at, ends_at, _short(reason)
    absence.save(update_fields=["starts_at", "ends_at", "reason"])
    _tell("absence changed", absence.rep, user, now, [before, _in_words(absence)])
    return absence


@transaction.atomic
@one_entry_for_all()
def end_absence(*, absence: Absence, user: User | None, now: datetime) -> bool:
    """True: it hadn't begun and is gone. False: it ends now. Raises AbsenceRefused where it is over."""
    _lock(absence.rep)
    absence = Absence.objects.select_related("rep").get(pk=absence.pk)
    if absence.ends_at <= now:
        raise AbsenceRefused("This absence is over.")
    before = _in_words(absence)
    if absence.starts_at >= now:
        absence.delete()
        _tell("absence deleted", absence.rep, user, now, [before, None])
        return True
    absence.ends_at = now
    absence.save(update_fields=["ends_at"])
    _tell("absence ended", absence.rep, user, now, [before, _in_words(absence)])
    return False


def _lock(rep: Rep) -> None:
    """Two absences of one rep that come at the same moment must not overlap."""
    Rep.objects.select_for_update(no_key=True).only("id").get(pk=rep.pk)


def _check(rep: Rep, starts_at: datetime, ends_at: datetime, now: datetime, but: Absence | None = None) -> None:
    if ends_at <= starts_at:
        raise AbsenceRefused("It ends before it begins.")
    if ends_at <= now:
        raise AbsenceRefused("It is over already.")
    if ends_at - starts_at > LONGEST:
        raise AbsenceRefused("An absence is at most a year long.")
    others = Absence.objects.filter(rep=rep, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if but is not None:
        others = others.exclude(pk=but.pk)
    other = others.order_by("starts_at").first()
    if other is not None:
        raise AbsenceRefused(f"It overlaps the absence {_in_words(other)}. Change that one instead.")


def _short(reason: str) -> str:
    return " ".join(reason.split())[:120]


def _in_words(absence: Absence) -> str:
    zone = zone_named(absence.rep.time_zone)
    starts, ends = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
    return f"from {starts:%d %B %Y, %H:%M} until {ends:%d %B %Y, %H:%M}"


def _tell(action: str, rep: Rep, user: User | None, now: datetime, change: list[str | None]) -> None:
    record(action, now=now, user=user, about=rep, changes={"absence": change})
