"""The admin's home: how today goes, each number a link to the rows behind it, beside what it was before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from config.today import Decided, Today, charts_of, decisions_list, rows_list
from experiments.models import Experiment
from forms_engine.models import Form, Submission
from forms_engine.selectors import quarantine_counts
from insights.routing_health import (
    MOST_RUNS,
    WAITED_FOR,
    QueueFairness,
    clocks,
    fairness,
    new_leads,
    unfinished_runs,
    waits_since,
)
from leads.models import Lead
from pipeline.admin import live_owners
from pipeline.lead_words import plan_now
from pipeline.models import Stage
from routing.explain import why_in_words
from routing.going_live import open_proposals, running_rollout
from routing.models import Decision, Plan, Proposal
from routing.plan import Plan as PlanSpec
from routing.selectors import parsed_plan
from routing.services.rollouts import scope_in_words

LATEST_LEADS = 10
QUEUES_SHOWN = 8
QUARANTINE_WINDOW = timedelta(days=30)
# A stage after routing: the run's lead has been decided.
ROUTED = (Stage.DELIVER, Stage.DONE)


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
    """Unfold's DASHBOARD_CALLBACK. Shows only what the person may open; at most 20 queries."""
    user, today = request.user, Today(timezone.now())
    may_see_decisions = user.has_perm("routing.view_decision")
    decided = Decided(today) if may_see_decisions else None
    return {
        **context,
        "title": "Home",
        "today": today.midnight,
        "time_zone": settings.TIME_ZONE,
        "notices": list(_notices(user)),
        "figures": list(_figures(user, today, decided)),
        "charts": charts_of(today, decided) if decided else [],
        "fairness": _fairness() if user.has_perm("routing.view_queue") else None,
        "all_queues": reverse("routing_pages:queues"),
        "latest_leads": _latest_leads() if user.has_perm("leads.view_lead") else None,
        "experiments": _running_experiments() if user.has_perm("experiments.view_experiment") else [],
        "first_steps": _first_steps(user),
    }


# What waits for somebody


def _notices(user: Any) -> Iterable[tuple[str, str]]:
    """(what is going on, where it is looked after)"""
    rollout = running_rollout() if user.has_perm("routing.view_plan") else None
    if rollout is not None:
        leads = scope_in_words(rollout.scope, parsed_plan(rollout.plan_id))
        yield f"{rollout.plan} is being tried on {leads}", reverse("routing_pages:rollout", args=[rollout.pk])
    if user.has_perm("routing.approve_plan") or user.has_perm("routing.publish_plan"):
        for proposal in open_proposals():
            yield _waiting(proposal, user), reverse("routing_pages:proposal", args=[proposal.pk])


def _waiting(proposal: Proposal, user: Any) -> str:
    whose = proposal.proposed_by or "somebody who is gone"
    may_approve = proposal.proposed_by_id != user.pk and user.has_perm("routing.approve_plan")
    waits = "waits for you or another person to approve it" if may_approve else "waits for somebody else to approve it"
    return f"“{proposal.note or proposal}”, proposed by {whose}, {waits}"


# Figures


def _figures(user: Any, today: Today, decided: Decided | None) -> Iterable[Figure]:
    if user.has_perm("leads.view_lead"):
        yield _new_leads(today)
    elif user.has_perm("forms_engine.view_submission"):
        sent = Submission.objects.filter(created_at__gte=today.midnight).count()
        yield Figure(
            "Submissions today", f"{sent:,}", rows_list("forms_engine_submission", created_at__gte=today.midnight)
        )
    if decided is not None:
        yield from _decided_figures(today, decided)
    if user.has_perm("routing.view_assignment"):
        yield from _clock_figures(today)
    if user.has_perm("pipeline.view_run"):
        yield from _wait_figures(today)
        yield _unfinished()
    if user.has_perm("forms_engine.judge_submission"):
        yield _quarantine(today)


def _new_leads(today: Today) -> Figure:
    count, yesterday, last_week = new_leads(today.spans)
    return Figure(
        "New leads today",
        f"{count:,}",
        rows_list("leads_lead", created_at__gte=today.midnight),
        note=_before(today, yesterday, last_week),
    )


def _before(today: Today, yesterday: int, last_week: int) -> str:
    return f"By this hour: yesterday {yesterday:,}, {today.weekday} {last_week:,}"


def _decided_figures(today: Today, decided: Decided) -> Iterable[Figure]:
    now, yesterday, last_week = (
        decided.within(*span) for span in ((today.starts[-2], today.starts[-1]), today.yesterday, today.last_week)
    )
    named = {"assigned": "Assigned today", "fallback": "In fallback today", "parked": "Parked today"}
    for ending, label in named.items():
        count = getattr(now, ending)
        yield Figure(
            label,
            f"{count:,}",
            decisions_list(ending, today.midnight),
            note=_before(today, getattr(yesterday, ending), getattr(last_week, ending)),
            is_alert=ending != "assigned" and count > 0,
        )


def _clock_figures(today: Today) -> Iterable[Figure]:
    at_risk, overdue = clocks(today.now)
    assignments = reverse("admin:routing_assignment_changelist")
    yield Figure(
        "SLA at risk",
        f"{at_risk:,}",
        f"{assignments}?clock=at_risk",
        note="Reminded, or 15 minutes are left",
        is_alert=at_risk > 0,
    )
    yield Figure(
        "SLA overdue",
        f"{overdue:,}",
        f"{assignments}?clock=overdue",
        note="Not accepted in time, still held",
        is_alert=overdue > 0,
    )


def _wait_figures(today: Today) -> Iterable[Figure]:
    waits = waits_since(today.midnight)
    runs = rows_list(
        "pipeline_run", created_at__gte=today.midnight, origin__in=",".join(WAITED_FOR), stage__in=",".join(ROUTED)
    )
    if waits.runs == MOST_RUNS:
        of = f"Of the latest {MOST_RUNS:,} today"
    else:
        of = f"Of {waits.runs:,} today" if waits.runs else "None was sent today"
    yield Figure("Median time to assign", _duration(waits.median), runs, note=f"{of}, from sending to decision")
    yield Figure("95 % are assigned within", _duration(waits.slowest_5_percent), runs, note=of)


def _duration(wait: timedelta | None) -> str:
    if wait is None:
        return "–"
    seconds = wait.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def _unfinished() -> Figure:
    unfinished, failing = unfinished_runs()
    note = f"{failing:,} had a failed try" if failing else "On their way now" if unfinished else "Nothing waits"
    address = rows_list("pipeline_run", finished_at__isnull=True)
    return Figure("Unfinished runs", f"{unfinished:,}", address, note=note, is_alert=failing > 0)


def _quarantine(today: Today) -> Figure:
    waiting, held, released = quarantine_counts(since=today.midnight - QUARANTINE_WINDOW)
    return Figure(
        "In quarantine",
        f"{waiting:,}",
        f"{reverse('admin:forms_engine_submission_changelist')}?quarantine=waiting",
        note=f"{released:,} of {held:,} released in {QUARANTINE_WINDOW.days} days"
        if held
        else "Nothing held back lately",
        is_alert=waiting > 0,
    )


# Queues, leads, experiments, first steps


@dataclass(frozen=True)
class FairnessRow:
    fairness: QueueFairness
    words: str
    address: str


def _fairness() -> list[FairnessRow]:
    shown = fairness()[:QUEUES_SHOWN]
    return [FairnessRow(each, _owed(each), reverse("routing_pages:queue", args=[each.queue])) for each in shown]


def _owed(each: QueueFairness) -> str:
    if abs(each.owed) < 0.005:
        return "Everybody has exactly what is due"
    if each.owed > 0:
        return f"{each.rep} is owed {each.owed:.2f}"
    return f"{each.rep} had {-each.owed:.2f} more than due"


def _latest_leads() -> list[LatestLead]:
    shown = ("id", "lead_id", "reason", "territory_key", "rule_key", "queue_key")
    decisions = Decision.objects.only(*shown).order_by("-id")
    found = Lead.objects.select_related("person", "company").prefetch_related(
        Prefetch("assignments", live_owners(), to_attr="live_owners")
    )
    found = found.prefetch_related(Prefetch("decisions", decisions))
    plan = plan_now()
    return [_latest_lead(lead, plan) for lead in found.order_by("-id")[:LATEST_LEADS]]


def _latest_lead(lead: Any, plan: PlanSpec | None) -> LatestLead:
    held = lead.live_owners[0] if lead.live_owners else None
    decided = held.decision if held else next(iter(lead.decisions.all()), None)
    return LatestLead(
        lead=lead,
        owner=held.rep.name if held else "",
        reason=why_in_words(decided, plan) if decided else "Not decided yet.",
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
    if user.has_perm("routing.publish_plan"):
        published = Plan.objects.filter(is_active=True).exists()
        steps.append(("Publish a routing plan", reverse("routing_pages:plan"), published))
    if user.has_perm("forms_engine.add_form"):
        published = Form.objects.filter(active_version__isnull=False).exists()
        steps.append(("Publish a form", reverse("admin:forms_engine_form_changelist"), published))
    if steps:
        steps.append(("Fill it in yourself and see who gets the lead", reverse("forms_engine:index"), False))
    return steps
