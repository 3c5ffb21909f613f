"""The admin's home: how today goes, each number a link to the rows behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from experiments.models import Experiment
from forms_engine.models import Form, Submission
from forms_engine.selectors import quarantine_counts
from leads.models import Lead
from leads.origins import Origin
from pipeline.admin import live_owners
from pipeline.models import Run, Stage, StageResult
from routing.explain import REASONS
from routing.models import Decision, Plan

# Reasons that say "nothing better was found": what sales ops look into first.
FALLBACK_REASONS = ("missing_inputs", "no_match", "fallback_queue", "owner_unavailable", "no_eligible_member")
# Somebody waits for these; an import takes as long as it takes.
WAITED_FOR = (Origin.VISITOR, Origin.SERVER)
LATEST_LEADS = 10
QUARANTINE_WINDOW = timedelta(days=30)
# The median of today is taken from at most this many runs, the latest.
MOST_RUNS = 1000


@dataclass(frozen=True)
class Figure:
    """One number of the home page. `address` leads to the rows it counts."""

    label: str
    value: str
    address: str
    note: str = ""
    is_alert: bool = False


@dataclass(frozen=True)
class LatestLead:
    """A row of the list; `reason` may be blank where the owner's decision is not there yet."""

    lead: Lead
    owner: str
    reason: str
    address: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK. Shows only what the person may open; at most 12 queries."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        **context,
        "title": "Home",
        "today": today,
        "figures": list(_figures(request.user, today)),
        "latest_leads": _latest_leads() if request.user.has_perm("leads.view_lead") else None,
        "experiments": _running_experiments() if request.user.has_perm("experiments.view_experiment") else [],
        "first_steps": _first_steps(request.user),
    }


def _figures(user: Any, today: datetime) -> Iterable[Figure]:
    if user.has_perm("leads.view_lead"):
        new = Lead.objects.filter(created_at__gte=today).count()
        yield Figure("New leads today", f"{new:,}", _list("leads_lead", created_at__gte=today))
    elif user.has_perm("forms_engine.view_submission"):
        sent = Submission.objects.filter(created_at__gte=today).count()
        yield Figure("Submissions today", f"{sent:,}", _list("forms_engine_submission", created_at__gte=today))
    if user.has_perm("routing.view_decision"):
        yield from _decided(today)
    if user.has_perm("forms_engine.judge_submission"):
        yield _quarantine(today)
    if user.has_perm("pipeline.view_run"):
        unfinished = Run.objects.unfinished().count()
        failing = Run.objects.unfinished().filter(attempts__gt=0).count() if unfinished else 0
        yield Figure(
            "Unfinished runs",
            f"{unfinished:,}",
            _list("pipeline_run", finished_at__isnull=True),
            note=_unfinished_note(unfinished, failing),
            is_alert=failing > 0,
        )
        yield Figure(
            "Median time to an owner",
            _duration(_median_wait(today)),
            _list("pipeline_run", created_at__gte=today, origin__in=",".join(WAITED_FOR)),
            note="Today, from sending to decision",
        )


def _quarantine(today: datetime) -> Figure:
    waiting, held, released = quarantine_counts(since=today - QUARANTINE_WINDOW)
    return Figure(
        "In quarantine",
        f"{waiting:,}",
        f"{reverse('admin:forms_engine_submission_changelist')}?quarantine=waiting",
        note=f"{released:,} of {held:,} released in {QUARANTINE_WINDOW.days} days"
        if held
        else "Nothing held back lately",
        is_alert=waiting > 0,
    )


def _unfinished_note(unfinished: int, failing: int) -> str:
    if failing:
        return f"{failing:,} had a failed try"
    return "On their way now" if unfinished else "Nothing waits"


def _decided(today: datetime) -> Iterable[Figure]:
    counts = Decision.objects.filter(kind=Decision.Kind.ROUTING, decided_at__gte=today).aggregate(
        assigned=Count("id", filter=Q(rep__isnull=False)),
        fallback=Count("id", filter=Q(reason__in=FALLBACK_REASONS)),
    )
    yield Figure(
        "Decided with an owner today",
        f"{counts['assigned']:,}",
        _list("routing_decision", kind__exact="routing", decided_at__gte=today, rep__isnull=False),
    )
    yield Figure(
        "By fallback or parked today",
        f"{counts['fallback']:,}",
        _list("routing_decision", kind__exact="routing", decided_at__gte=today, reason__in=",".join(FALLBACK_REASONS)),
        note="No rule or nobody free",
        is_alert=counts["fallback"] > 0,
    )


def _median_wait(today: datetime) -> timedelta | None:
    routed = StageResult.objects.filter(
        stage=Stage.ROUTE, run__created_at__gte=today, run__origin__in=WAITED_FOR
    ).order_by("-id")
    times = routed.values_list("completed_at", "run__created_at")[:MOST_RUNS]
    waits = [(decided_at - sent_at).total_seconds() for decided_at, sent_at in times]
    return timedelta(seconds=median(waits)) if waits else None


def _duration(wait: timedelta | None) -> str:
    if wait is None:
        return "–"
    seconds = wait.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _latest_leads() -> list[LatestLead]:
    decisions = Decision.objects.only("id", "lead_id", "reason").order_by("-id")
    leads = Lead.objects.select_related("person", "company").prefetch_related(
        Prefetch("assignments", live_owners(), to_attr="live_owners")
    )
    leads = leads.prefetch_related(Prefetch("decisions", decisions))
    return [_latest_lead(lead) for lead in leads.order_by("-id")[:LATEST_LEADS]]


def _latest_lead(lead: Any) -> LatestLead:
    held = lead.live_owners[0] if lead.live_owners else None
    decided = held.decision if held else next(iter(lead.decisions.all()), None)
    return LatestLead(
        lead=lead,
        owner=held.rep.name if held else "",
        reason=REASONS.get(decided.reason, decided.reason) if decided else "Not decided yet.",
        address=reverse("admin:leads_lead_change", args=[lead.pk]),
    )


def _running_experiments() -> list[Experiment]:
    running = Experiment.objects.filter(status=Experiment.Status.RUNNING)
    return list(running.annotate(visitor_total=Count("exposures")))


def _first_steps(user: Any) -> list[tuple[str, str, bool]]:
    """(what to do, where, done) for a new installation; empty once anything was sent, and for who may not do it."""
    if isinstance(user, AnonymousUser) or Submission.objects.exists():
        return []
    steps = []
    if user.has_perm("routing.add_plan"):
        published = Plan.objects.filter(is_active=True).exists()
        steps.append(("Publish a routing plan", reverse("admin:routing_plan_changelist"), published))
    if user.has_perm("forms_engine.add_form"):
        published = Form.objects.filter(active_version__isnull=False).exists()
        steps.append(("Publish a form", reverse("admin:forms_engine_form_changelist"), published))
    if steps:
        steps.append(("Fill it in yourself and see who gets the lead", reverse("forms_engine:index"), False))
    return steps


def _list(model: str, **filters: object) -> str:
    query = {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in filters.items()}
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"
