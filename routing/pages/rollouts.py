"""Rollouts: a plan that is tried on some leads, beside the one that decides the rest; grow, finish, stop."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from foundation.admin_pages import admin_page, render_page
from foundation.pages.jobs import job_context
from routing.errors import RoutingError
from routing.models import Assignment, Decision, Rollout
from routing.pages.publish import signed_in
from routing.pages.publish_forms import GrowForm, basis_points
from routing.publish_jobs import kept_comparison, start_comparison
from routing.rollout_counts import counts_of
from routing.selectors import parsed_plan
from routing.services.rollouts import finish_rollout, grow_rollout, percent, scope_in_words, stop_rollout

# Percents that people grow a rollout by, in basis points.
STEPS = (1_000, 2_500, 5_000, 7_500)
MOST_SHOWN = 50


def _rows() -> Any:
    rows = Rollout.objects.select_related("plan", "base", "started_by", "ended_by")
    return rows.defer("plan__document", "base__document")


def _found(pk: int) -> Rollout:
    found: Rollout | None = _rows().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_GET
@admin_page("routing.view_plan")
def rollouts(request: HttpRequest) -> HttpResponse:
    search, state = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("state", "")
    page = Paginator(_searched(search, state), MOST_SHOWN).get_page(request.GET.get("page"))
    return render_page(
        request,
        "workbench/publish/rollouts.html",
        title="Rollouts",
        page=page,
        rollouts=[(each, _leads(each)) for each in page],
        search=search,
        state=state,
        states=Rollout.State.choices,
    )


def _searched(search: str, state: str) -> Any:
    """By the plan's number or note, the territory or who began it."""
    found = _rows().order_by("-pk")
    if state in Rollout.State.values:
        found = found.filter(state=state)
    if not search:
        return found
    of_plan = Q(plan__number=int(search)) if search.isdecimal() and len(search) < 9 else Q(plan__note__icontains=search)
    return found.filter(of_plan | Q(territory_key__icontains=search) | Q(started_by__username__icontains=search))


def _leads(rollout: Rollout) -> str:
    """Plans are parsed once a process, but a list must not parse fifty."""
    return f"territory {rollout.territory_key} and below" if rollout.territory_key else percent(rollout.share_bp)


@require_GET
@admin_page("routing.view_plan")
def rollout(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(pk), GrowForm())


def _page(request: HttpRequest, found: Rollout, form: GrowForm, status: int = 200) -> HttpResponse:
    is_running = found.state == Rollout.State.RUNNING
    return render_page(
        request,
        "workbench/publish/rollout.html",
        title=f"{found.plan} on some leads",
        status=status,
        form=form,
        steps=[(step // 100, percent(step)) for step in STEPS if step > found.share_bp],
        may_act=is_running and request.user.has_perm("routing.publish_plan"),
        **_comparison(request, found),
    )


def _comparison(request: HttpRequest, found: Rollout) -> dict[str, Any]:
    job = kept_comparison(found)
    tried_rows, base_rows = (decisions_of(found, plan_id) for plan_id in (found.plan_id, found.base_id))
    return {
        "rollout": found,
        "is_running": found.state == Rollout.State.RUNNING,
        "leads": scope_in_words(found.scope, parsed_plan(found.plan_id)),
        "counts": counts_of(found, timezone.now()),
        "tried_rows": tried_rows,
        "base_rows": base_rows,
        "compared": job_context(request, job) if job else None,
    }


def decisions_of(rollout: Rollout, plan_id: int) -> str:
    """The list of exactly those decisions that are counted."""
    asked = {
        "plan__id__exact": plan_id,
        "kind__exact": Decision.Kind.ROUTING.value,
        "role__exact": Assignment.Role.OWNER.value,
        "outcome__in": f"{Decision.Outcome.ASSIGNED.value},{Decision.Outcome.PARKED.value}",
        "decided_at__gte": rollout.started_at.isoformat(),
        **({"decided_at__lte": rollout.ended_at.isoformat()} if rollout.ended_at else {}),
    }
    return f"{reverse('admin:routing_decision_changelist')}?{urlencode(asked)}"


@require_GET
@admin_page("routing.view_plan")
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """The comparison alone, for other pages."""
    return TemplateResponse(request, "workbench/publish/comparison.html", _comparison(request, _found(pk)))


@require_POST
@admin_page("routing.view_plan")
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    start_comparison(rollout=_found(pk), user=signed_in(request), now=timezone.now())
    return redirect("routing_pages:rollout", pk)


@require_POST
@admin_page("routing.publish_plan")
def grow(request: HttpRequest, pk: int) -> HttpResponse:
    form = GrowForm(request.POST)
    if not form.is_valid():
        return _page(request, _found(pk), form, status=422)

    found, share = _found(pk), basis_points(form.cleaned_data["share"])
    try:
        grown = grow_rollout(rollout=found, share_bp=share, user=signed_in(request), now=timezone.now())
    except RoutingError as refused:
        return _not_grown(request, _found(pk), form, refused)
    messages.success(request, f"{grown.plan} decides {percent(share)} of leads now.")
    return redirect("routing_pages:rollout", pk)


def _not_grown(request: HttpRequest, found: Rollout, form: GrowForm, refused: RoutingError) -> HttpResponse:
    """Beside what was typed, where the form is still there."""
    if found.state == Rollout.State.RUNNING and not found.territory_key:
        form.add_error("share", refused.message)
        return _page(request, found, form, status=refused.status)
    messages.error(request, refused.message)
    return redirect("routing_pages:rollout", found.pk)


@require_POST
@admin_page("routing.publish_plan")
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: Rollout) -> str:
        ended = finish_rollout(rollout=found, user=signed_in(request), now=timezone.now())
        return f"{ended.plan} is live for everyone."

    return _acted(request, pk, act)


@require_POST
@admin_page("routing.publish_plan")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: Rollout) -> str:
        ended = stop_rollout(rollout=found, user=signed_in(request), now=timezone.now())
        return f"Stopped. {ended.base} decides every lead again."

    return _acted(request, pk, act)


def _acted(request: HttpRequest, pk: int, act: Callable[[Rollout], str]) -> HttpResponse:
    found = _found(pk)
    try:
        messages.success(request, act(found))
    except RoutingError as refused:
        messages.error(request, refused.message)
    return redirect("routing_pages:rollout", pk)
