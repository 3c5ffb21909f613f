"""A rep's own leads. Everything is found by way of the rep's live assignments, so another's lead is never there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from leads.models import Lead, Observation
from pipeline.lead_words import ClockWords, FactRow, clock_words, fact_rows, plan_now, value_of
from routing.absence_calendar import away_in_words
from routing.explain import why_in_words
from routing.hours import zone_named
from routing.models import Absence, Assignment, AssignmentQuerySet, Rep
from routing.plan import Plan

OWNER = Assignment.Role.OWNER
# Of each kind on the page.
SHOWN = 50
MOST_OBSERVATIONS = 500
PAST_ABSENCES = 10


@dataclass(frozen=True)
class MyLead:
    assignment: Assignment
    lead: Lead
    clock: ClockWords
    why: str


@dataclass(frozen=True)
class MyWork:
    """`waiting`: not accepted yet, overdue first. `taken`: accepted. `done`: closed. Of each at most `SHOWN`."""

    waiting: Sequence[MyLead]
    taken: Sequence[MyLead]
    done: Sequence[MyLead]
    waiting_total: int
    taken_total: int
    done_total: int
    away: Absence | None


def rep_of(user: Any) -> Rep | None:
    return Rep.objects.filter(user=user.pk).first() if user.pk else None


def own(rep: Rep) -> AssignmentQuerySet:
    """What the rep has now. Of erased people nothing is left to work on."""
    mine = Assignment.objects.live().filter(rep=rep, role=OWNER, lead__person__erased_at__isnull=True)
    return mine.select_related("rep", "decision", "lead__person", "lead__company").defer(
        "decision__pools", "decision__trace", "decision__inputs", "decision__passed_over"
    )


def my_work(rep: Rep, now: datetime) -> MyWork:
    is_open = Q(lead__status=Lead.Status.OPEN)
    waiting = own(rep).filter(is_open, clock_stopped_at__isnull=True)
    taken = own(rep).filter(is_open, clock_stopped_at__isnull=False)
    done = own(rep).filter(lead__status=Lead.Status.CLOSED)
    return MyWork(
        waiting=_shown(waiting.order_by(F("due_at").asc(nulls_last=True), "id"), now),
        taken=_shown(taken.order_by("-clock_stopped_at"), now),
        done=_shown(done.order_by("-lead__closed_at"), now),
        waiting_total=waiting.count(),
        taken_total=taken.count(),
        done_total=done.count(),
        away=Absence.objects.filter(rep=rep).covering(now).first(),
    )


def _shown(assignments: AssignmentQuerySet, now: datetime) -> list[MyLead]:
    plan = plan_now()
    return [_mine(held, now, plan) for held in assignments[:SHOWN]]


def _mine(held: Assignment, now: datetime, plan: Plan | None) -> MyLead:
    return MyLead(held, held.lead, clock_words(held, now), why_in_words(held.decision, plan))


@dataclass(frozen=True)
class ToCall:
    """What a rep needs for the call."""

    mine: MyLead
    facts: Sequence[FactRow]
    phone: str
    message: str


def to_call(rep: Rep, lead_id: int, now: datetime) -> ToCall | None:
    """None where the rep doesn't have the lead."""
    held = own(rep).filter(lead=lead_id).first()
    if held is None:
        return None
    mine = _mine(held, now, plan_now())
    facts = fact_rows(observations_of(held.lead))
    return ToCall(mine, facts, value_of(facts, "phone"), value_of(facts, "message"))


def observations_of(lead: Lead) -> list[Observation]:
    """The newest, of person and company."""
    about = Q(person_id=lead.person_id)
    if lead.company_id is not None:
        about |= Q(company_id=lead.company_id)
    return list(Observation.objects.filter(about).order_by("-id")[:MOST_OBSERVATIONS])


@dataclass(frozen=True)
class Away:
    """`when` by the rep's own clock."""

    absence: Absence
    when: str


def absences_of(rep: Rep, now: datetime) -> tuple[list[Away], list[Away]]:
    """Those that run or come, the next first; and the latest that are over."""
    mine, zone = Absence.objects.filter(rep=rep), zone_named(rep.time_zone)
    coming = mine.filter(ends_at__gt=now).order_by("starts_at")
    past = mine.filter(ends_at__lte=now).order_by("-ends_at")[:PAST_ABSENCES]
    return [_away(each, zone) for each in coming], [_away(each, zone) for each in past]


def _away(absence: Absence, zone: ZoneInfo) -> Away:
    return Away(absence, away_in_words(absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)))
