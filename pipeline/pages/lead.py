"""A lead's page, and what sales ops do with it: give it to somebody else, close it, open it again."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from foundation.admin_pages import GET_OR_POST, acting, admin_page, render_page
from foundation.audit import record
from foundation.errors import SwitchyardError
from leads.models import Lead
from leads.services.close_lead import reopen_lead
from pipeline.forms import CloseForm
from pipeline.lead_story import LeadStory, lead_story
from pipeline.services.settle_lead import settle_lead
from routing.forms import ReassignForm
from routing.models import Assignment, Decision, Queue
from routing.services.reassign_lead import reassign_lead


def lead_page(request: HttpRequest, lead: Lead) -> HttpResponse:
    """Called by the admin of leads, which has asked whether one may see it."""
    user = request.user
    story = lead_story(lead, timezone.now(), with_deliveries=user.has_perm("integrations.view_delivery"))
    return render_page(
        request,
        "workbench/lead/page.html",
        title=str(lead.person),
        story=story,
        lead=lead,
        actions=list(_actions(user, story)),
        may_see_run=user.has_perm("pipeline.view_run"),
    )


def _actions(user: Any, story: LeadStory) -> Any:
    """(text, address) of what this person may do with the lead as it is."""
    lead, is_open = story.lead, story.lead.status == Lead.Status.OPEN
    is_erased = lead.person.erased_at is not None
    if is_open and story.latest_decision and user.has_perm("routing.reassign_assignment"):
        yield "Reassign", reverse("pipeline_pages:reassign", args=[lead.pk])
    if story.latest_decision and user.has_perm("routing.view_plan"):
        yield "Try with changed inputs", _try_page(story.latest_decision)
    if lead.merged_into_id is None and not is_erased and user.has_perm("leads.merge_lead"):
        yield "Merge", reverse("pipeline_pages:merge", args=[lead.pk])
    if lead.merged_into_id is None and user.has_perm("leads.close_lead"):
        if is_open:
            yield "Close", reverse("pipeline_pages:close", args=[lead.pk])
        elif not is_erased:
            yield "Open again", reverse("pipeline_pages:reopen", args=[lead.pk])


def _try_page(decision: Decision) -> str:
    return f"{reverse('routing_pages:try')}?{urlencode({'decision': decision.pk})}"


def lead_or_404(lead_id: int) -> Lead:
    lead = Lead.objects.select_related("person", "company", "merged_into").filter(pk=lead_id).first()
    if lead is None:
        raise Http404
    return lead


@require_http_methods(GET_OR_POST)
@admin_page("routing.reassign_assignment")
def reassign(request: HttpRequest, lead_id: int) -> HttpResponse:
    lead = lead_or_404(lead_id)
    held = Assignment.objects.live().filter(lead=lead, role=Assignment.Role.OWNER).select_related("rep").first()
    form = ReassignForm(request.POST if request.method == "POST" else None, holder=held.rep if held else None)
    if form.is_valid() and _reassign(request, lead, form):
        return redirect("admin:leads_lead_change", lead.pk)
    return render_page(
        request,
        "admin/reassign.html",
        title="Reassign the lead",
        lead=lead,
        held=held,
        queue=Queue.objects.filter(key=held.queue_key).first() if held else None,
        form=form,
        back=reverse("admin:leads_lead_change", args=[lead.pk]),
    )


def _reassign(request: HttpRequest, lead: Lead, form: ReassignForm) -> bool:
    """False, with the form saying why, where the move was refused."""
    user, now = acting(request), timezone.now()
    try:
        with transaction.atomic():
            moved = reassign_lead(lead=lead, now=now, user=user, **form.cleaned_data)
            # Of the person only the lead's number: entries outlive erasing.
            record("reassigned", now=now, user=user, about=lead, label=f"Lead {lead.pk}", note=f"To {moved.rep}")
    except SwitchyardError as refused:
        form.add_error(None, refused.message)
        return False
    messages.success(request, f"{lead.person} is with {moved.rep} now.")
    return True


@require_http_methods(GET_OR_POST)
@admin_page("leads.close_lead")
def close(request: HttpRequest, lead_id: int) -> HttpResponse:
    lead = lead_or_404(lead_id)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            settle_lead(lead=lead, because=form.cleaned_data["because"], user=acting(request), now=timezone.now())
        except SwitchyardError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, f"The lead of {lead.person} is closed.")
            return redirect("admin:leads_lead_change", lead.pk)
    return render_page(request, "workbench/lead/close.html", title="Close the lead", lead=lead, form=form)


@require_http_methods(GET_OR_POST)
@admin_page("leads.close_lead")
def reopen(request: HttpRequest, lead_id: int) -> HttpResponse:
    lead = lead_or_404(lead_id)
    if request.method == "POST":
        return _reopen(request, lead)
    return render_page(
        request,
        "admin/confirm.html",
        title="Open the lead again",
        question=f"Open the lead of {lead.person} again?",
        consequence="Its owner has it on the list of open leads again, and what the person sends next belongs to it.",
        button="Open again",
        back=reverse("admin:leads_lead_change", args=[lead.pk]),
    )


def _reopen(request: HttpRequest, lead: Lead) -> HttpResponse:
    try:
        reopen_lead(lead=lead, user=acting(request), now=timezone.now())
    except SwitchyardError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"The lead of {lead.person} is open again.")
    return redirect("admin:leads_lead_change", lead.pk)
