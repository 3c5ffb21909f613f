"""Publish: what will change, what golden leads say, who would have got what, and for whom it begins."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from foundation.admin_pages import admin_page, render_page
from foundation.pages.jobs import job_context
from routing.draft import draft_plan
from routing.draft_comparison import draft_comparison
from routing.errors import PlanInvalid, RoutingError
from routing.going_live import approvals, approver_of, how_it_came_back, open_proposals, running_rollout
from routing.golden import GoldenFailure, failures
from routing.models import GoldenLead, Plan
from routing.pages.links import address_of
from routing.pages.plan import TITLES
from routing.pages.plan_checks import checks_in_brief
from routing.pages.publish_forms import PublishForm
from routing.plan import Plan as ParsedPlan
from routing.plan_diff import SORTS, Comparison, account_counts
from routing.plan_diff import Change as PlanChange
from routing.plan_reading import ACCOUNTS, KINDS
from routing.publish_jobs import kept_summary, start_summary
from routing.selectors import parsed_plan, previous_plan
from routing.services.propose_plan import propose_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import scope_in_words, start_rollout

HASH_LENGTH = 64
# Differences in view; with more, their counts say enough, and the plan page has all of them.
MOST_LISTED = 20


@dataclass(frozen=True)
class Change:
    """A plan that is to take the active one's place. `comparison` None: nothing is live yet."""

    plan: ParsedPlan
    comparison: Comparison | None

    @cached_property
    def differences(self) -> list[tuple[str, str]]:
        """Per kind of entry in which something differs: ("Rules", "2 added, 1 moved"); of lists, how many accounts."""
        counts: dict[str, Counter[str]] = {}
        changes = list(self.comparison.changes.values()) if self.comparison else []
        for change in changes:
            counts.setdefault(change.entry.kind, Counter()).update(change.sorts)
        accounts = _in_words(account_counts(change for change in changes if change.entry.kind == ACCOUNTS))
        more = {ACCOUNTS: f"; accounts: {accounts}"} if accounts else {}
        return [(TITLES[kind], _in_words(counts[kind]) + more.get(kind, "")) for kind in KINDS if kind in counts]

    @property
    def total(self) -> int:
        return len(self.comparison) if self.comparison else 0

    @property
    def listed(self) -> list[PlanChange]:
        """Told one by one as long as there are few."""
        changes = list(self.comparison.changes.values()) if self.comparison else []
        return changes if len(changes) <= MOST_LISTED else []

    @cached_property
    def golden_leads(self) -> list[GoldenLead]:
        return list(GoldenLead.objects.filter(enabled=True))

    @cached_property
    def failing(self) -> list[GoldenFailure]:
        return failures(self.plan, self.golden_leads, timezone.now())


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[sort]:,} {sort}" for sort in SORTS if counts[sort])


def active_row() -> Plan | None:
    active = Plan.objects.filter(is_active=True).defer("document").select_related("published_by")
    return active.prefetch_related(approvals()).first()


def signed_in(request: HttpRequest) -> User:
    """Pages of the admin are for people who are."""
    return cast("User", request.user)


@require_http_methods(["GET", "POST"])
@admin_page("routing.publish_plan")
def publish(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _publish(request)
    return _page(request, {})


def _publish(request: HttpRequest) -> HttpResponse:
    form = PublishForm(request.POST, plans=_plans(_draft_plan(), active_row()))
    if not form.is_valid():
        return _page(request, {}, form=form, status=422)
    try:
        return redirect(_go_live(request, form))
    except RoutingError as refused:
        # The form is shown again beside what the draft is by now.
        return _page(request, form.cleaned_data, refused=refused.message, status=refused.status)


def _draft_plan() -> ParsedPlan | None:
    """None where the working copy doesn't hold together."""
    try:
        return draft_plan()
    except PlanInvalid:
        return None


def _plans(draft: ParsedPlan | None, active: Plan | None) -> list[ParsedPlan]:
    return [*([draft] if draft else []), *([parsed_plan(active.pk)] if active else [])]


def _go_live(request: HttpRequest, form: PublishForm) -> str:
    """The page to go on with."""
    given, user, now = form.cleaned_data, signed_in(request), timezone.now()
    note, draft_hash = given["note"], given["draft_hash"]
    if settings.PLAN_NEEDS_APPROVAL:
        proposal = propose_plan(note=note, scope=form.chosen, user=user, draft_hash=draft_hash, now=now)
        messages.success(request, "Proposed. It goes live once somebody else has approved it.")
        return reverse("routing_pages:proposal", args=[proposal.pk])
    if not form.chosen.is_everyone:
        rollout = start_rollout(scope=form.chosen, note=note, user=user, draft_hash=draft_hash, now=now)
        messages.success(request, f"{rollout.plan} decides some leads now; {rollout.base} decides the rest.")
        return reverse("routing_pages:rollout", args=[rollout.pk])
    plan = publish_plan(note=note, user=user, draft_hash=draft_hash, now=now)
    if plan.published_at == now:
        messages.success(request, f"{plan} is live. The next lead is routed by it.")
    else:
        messages.info(request, f"Nothing has changed since {plan}.")
    return reverse("routing_pages:publish")


def _page(
    request: HttpRequest,
    given: dict[str, Any],
    *,
    form: PublishForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    active, rollout = active_row(), running_rollout()
    problem, digest, change = _look_at_draft(active)
    is_new = active is None or active.hash != digest
    if form is None:
        plans = _plans(change.plan if change else None, active)
        form = PublishForm(initial={**given, "draft_hash": digest}, plans=plans)
    return render_page(
        request,
        "workbench/publish/page.html",
        title="Publish",
        status=status,
        active=active,
        approver=approver_of(active) if active else "",
        came_back=how_it_came_back(active) if active else "",
        problem=problem,
        is_new=is_new,
        change=change,
        rollout=rollout,
        is_tried=rollout is not None and rollout.plan.hash == digest,
        rollout_leads=scope_in_words(rollout.scope, parsed_plan(rollout.plan_id)) if rollout else "",
        blocked=rollout is not None or change is None or bool(change.failing),
        form=form,
        refused=refused,
        needs_approval=settings.PLAN_NEEDS_APPROVAL,
        previous=previous_plan(),
        proposals=open_proposals(),
        plan_page=address_of("routing_pages:plan"),
        **(_proofs(request, digest, active) if change and is_new else {}),
    )


def _proofs(request: HttpRequest, digest: str, active: Plan | None) -> dict[str, Any]:
    return {
        **summary_context(request, digest),
        "checks": checks_in_brief(digest, active.hash if active else ""),
    }


def _look_at_draft(active: Plan | None) -> tuple[str, str, Change | None]:
    """What is wrong with it, its hash, and what it changes: nothing to show where something is wrong."""
    try:
        found = draft_comparison()
        return "", found.draft.hash, Change(found.draft.plan, found.comparison if active else None)
    except PlanInvalid as invalid:
        return invalid.message, "", None


# The summary of 90 days


def summary_context(request: HttpRequest, chosen: str) -> dict[str, Any]:
    """For pages that include `workbench/publish/summary_panel.html`."""
    job = kept_summary(chosen, timezone.now())
    return {"summary_of": chosen, "summary": job_context(request, job) if job else None}


@require_POST
@admin_page("routing.view_plan")
def begin_summary(request: HttpRequest) -> HttpResponse:
    """Answers with the panel where a page asks for it, else leads back to where the button was."""
    chosen = request.POST.get("hash", "")
    if not _is_hash(chosen):
        return HttpResponse("This is no plan's hash.", status=400, content_type="text/plain")
    start_summary(chosen=chosen, user=signed_in(request), now=timezone.now())
    if request.headers.get("HX-Request"):
        return TemplateResponse(request, "workbench/publish/summary_panel.html", summary_context(request, chosen))
    return redirect(back_to(request))


def _is_hash(text: str) -> bool:
    return len(text) == HASH_LENGTH and all(char in "0123456789abcdef" for char in text)


def back_to(request: HttpRequest) -> str:
    """The page of ours that a form names, else the publish page."""
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if wanted and is_ours else reverse("routing_pages:publish")
