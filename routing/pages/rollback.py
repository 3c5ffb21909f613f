"""Put an earlier plan back, and then perhaps the working copy too."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from foundation.admin_pages import admin_page, render_page
from routing.draft_comparison import reading_of_plan
from routing.errors import RoutingError
from routing.going_live import how_it_came_back, running_rollout
from routing.models import Plan
from routing.pages.links import address_of
from routing.pages.publish import Change, active_row, signed_in, summary_context
from routing.pages.publish_forms import PutBackForm
from routing.plan_diff import compare
from routing.selectors import parsed_plan
from routing.services.publish_plan import activate_plan
from routing.services.restore_working_copy import Restored, is_working_copy, restore_working_copy


def _found(number: int) -> Plan:
    """One that was only tried on some leads can't be gone back to."""
    ever_live = Plan.objects.filter(live_since__isnull=False)
    found = ever_live.filter(number=number).select_related("published_by").first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@admin_page("routing.publish_plan")
def rollback(request: HttpRequest, number: int) -> HttpResponse:
    plan = _found(number)
    is_sent = request.method == "POST"
    form = PutBackForm(request.POST if is_sent else None)
    if is_sent and form.is_valid() and _put_back(request, plan, form):
        return redirect("routing_pages:rollback", number)
    return render_page(
        request,
        "workbench/publish/rollback.html",
        title=f"{plan} is live" if plan.is_active else f"Put {plan} back",
        status=422 if is_sent else 200,
        plan=plan,
        form=form,
        plan_page=address_of("routing_pages:plan"),
        **(_of_active(plan) if plan.is_active else _of_earlier(request, plan)),
    )


def _of_active(plan: Plan) -> dict[str, Any]:
    return {
        "copy_differs": not is_working_copy(parsed_plan(plan.pk)),
        "came_back": how_it_came_back(plan),
    }


def _of_earlier(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    active = active_row()
    compared = compare(reading_of_plan(active.pk), reading_of_plan(plan.pk)) if active else None
    change = Change(parsed_plan(plan.pk), compared)
    return {
        "active": active,
        "change": change,
        "rollout": running_rollout(),
        **summary_context(request, plan.hash),
    }


def _put_back(request: HttpRequest, plan: Plan, form: PutBackForm) -> bool:
    """False, with the form saying why, where it was refused."""
    try:
        activate_plan(plan=plan, user=signed_in(request), note=form.cleaned_data["note"], now=timezone.now())
    except RoutingError as refused:
        form.add_error(None, refused.message)
        return False
    messages.success(request, f"{plan} is live again. The next lead is routed by it.")
    return True


@require_POST
@admin_page("routing.publish_plan")
def restore(request: HttpRequest, number: int) -> HttpResponse:
    plan = _found(number)
    try:
        restored = restore_working_copy(plan=plan, user=signed_in(request), now=timezone.now())
    except RoutingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _told(plan, restored))
    return redirect("routing_pages:rollback", number)


def _told(plan: Plan, restored: Restored) -> str:
    counts = f"{restored.added:,} rows added, {restored.changed:,} changed, {restored.removed:,} removed"
    told = [f"The working copy is what {plan} says: {counts}."]
    if restored.staying:
        told.append(f"Reps who joined later stay, in no queue: {', '.join(restored.staying[:10])}.")
    if restored.back:
        told.append(f"Reps who had been deleted are back, inactive: {', '.join(restored.back[:10])}.")
    if restored.alert_rules:
        told.append(f"Alert rules of what is gone were removed: {', '.join(restored.alert_rules[:10])}.")
    return " ".join(told)
