"""The long parts of publishing, as jobs: the summary of 90 days, and a rollout's comparison with its base."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from foundation.jobs import Kind, Work, found_job, register_job, start_job
from foundation.models import Job
from routing.errors import DraftChanged
from routing.models import Decision, Plan, Proposal, Rollout
from routing.plan import Plan as ParsedPlan
from routing.plan_document import plan_hash
from routing.publish_summary import DAYS, as_document, summarise, summarise_rollout, window
from routing.selectors import parsed_document, parsed_plan
from routing.services.compile_plan import compile_plan

SUMMARY, COMPARISON = "routing.publish_summary", "routing.rollout_comparison"


def register_publish_jobs() -> None:
    from routing.pages.compared import compared_context

    right, shown = "routing.view_plan", compared_context
    template = "workbench/publish/summary.html"
    register_job(Kind(SUMMARY, "Working out the last 90 days", _summary, right, template, shown))
    template = "workbench/publish/compared.html"
    register_job(Kind(COMPARISON, "Comparing with the plan before", _comparison, right, template, shown))


def start_summary(*, chosen: str, user: User | None, now: datetime) -> Job:
    """Of the plan, proposal or draft with this hash against the active plan. Computed once a day for the same two."""
    against = _active_hash()
    params = {"hash": chosen, "against": against, "until": now.isoformat()}
    return start_job(SUMMARY, key=_summary_key(chosen, against, now), params=params, user=user, now=now)


def kept_summary(chosen: str, now: datetime) -> Job | None:
    return found_job(SUMMARY, _summary_key(chosen, _active_hash(), now))


def _summary_key(chosen: str, against: str, now: datetime) -> str:
    return f"{chosen}:{against}:{now:%Y%m%d}:{DAYS}"


def _active_hash() -> str:
    return Plan.objects.filter(is_active=True).values_list("hash", flat=True).first() or ""


def _summary(work: Work) -> Mapping[str, Any]:
    plan = plan_with_hash(work.params["hash"])
    active = plan_with_hash(work.params["against"]) if work.params["against"] else None
    since = window(datetime.fromisoformat(work.params["until"]))
    summary = summarise(plan, active, since, work.tell)
    return as_document(summary, [plan, active] if active else [plan])


def plan_with_hash(wanted: str) -> ParsedPlan:
    """The published plan, the proposal or the draft that has it. Raises DraftChanged, PlanInvalid."""
    published = Plan.objects.filter(hash=wanted).values_list("pk", flat=True).first()
    if published is not None:
        return parsed_plan(published)
    proposal = Proposal.objects.filter(hash=wanted).first()
    document = proposal.document if proposal else compile_plan()
    if plan_hash(document) != wanted:
        raise DraftChanged("The working copy has changed since this was asked for.")
    return parsed_document(document, wanted)


def start_comparison(*, rollout: Rollout, user: User | None, now: datetime) -> Job:
    """Once for the same leads: asked for again, it is computed anew only where more have been decided."""
    key = f"{rollout.pk}:{_last_decision(rollout)}"
    return start_job(COMPARISON, key=key, params={"rollout": rollout.pk}, user=user, now=now)


def kept_comparison(rollout: Rollout) -> Job | None:
    """The latest, of however many leads."""
    jobs = Job.objects.filter(kind=COMPARISON, key__startswith=f"{rollout.pk}:").defer("file")
    return jobs.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED]).order_by("-created_at").first()


def _last_decision(rollout: Rollout) -> int:
    ours = Decision.objects.filter(plan_id=rollout.plan_id).order_by("-id")
    return ours.values_list("pk", flat=True).first() or 0


def _comparison(work: Work) -> Mapping[str, Any]:
    rollout = Rollout.objects.get(pk=work.params["rollout"])
    plan, base = parsed_plan(rollout.plan_id), parsed_plan(rollout.base_id)
    return as_document(summarise_rollout(rollout, plan, base, work.tell), [plan, base])
