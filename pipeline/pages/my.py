"""A rep's own pages: leads, one lead to call, absences. Made for phones."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.admin_pages import GET_OR_POST, acting, admin_page, render_page
from foundation.audit import record
from pipeline.forms import AbsenceForm, DeclineForm
from pipeline.my_work import absences_of, my_work, own, rep_of, to_call
from routing.errors import RoutingError
from routing.hours import zone_named
from routing.models import Absence, Assignment, Rep
from routing.services.accept_lead import accept_lead
from routing.services.decline_lead import decline_lead
from routing.services.set_absence import add_absence, change_absence, end_absence

RIGHT = "routing.work_assignment"


def _of_a_rep(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """For who has the right and is a rep; the right alone names nobody's leads."""

    @admin_page(RIGHT)
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rep = rep_of(request.user)
        if rep is not None:
            return view(request, rep, *args, **kwargs)
        if request.method != "GET":
            raise PermissionDenied
        return render_page(request, "my/no_rep.html", title="My leads")

    return page


@require_GET
@_of_a_rep
def my_leads(request: HttpRequest, rep: Rep) -> HttpResponse:
    return render_page(
        request,
        "my/leads.html",
        title="My leads",
        rep=rep,
        zone=zone_named(rep.time_zone),
        work=my_work(rep, timezone.now()),
    )


@require_GET
@_of_a_rep
def my_lead(request: HttpRequest, rep: Rep, lead_id: int) -> HttpResponse:
    found = to_call(rep, lead_id, timezone.now())
    if found is None:
        raise Http404
    return render_page(
        request,
        "my/lead.html",
        title=str(found.mine.lead.person),
        rep=rep,
        zone=zone_named(rep.time_zone),
        found=found,
    )


def _own_or_404(rep: Rep, lead_id: int) -> Assignment:
    held = own(rep).filter(lead=lead_id).first()
    if held is None:
        raise Http404
    return held


@require_POST
@_of_a_rep
def accept(request: HttpRequest, rep: Rep, lead_id: int) -> HttpResponse:
    held, now = _own_or_404(rep, lead_id), timezone.now()
    with transaction.atomic():
        is_accepted = accept_lead(assignment=held, now=now)
        if is_accepted:
            _record(request, "accepted", held, now)
    if is_accepted:
        messages.success(request, f"{held.lead.person} is yours.")
    else:
        messages.warning(request, "You had accepted it already, or somebody else has it by now.")
    return redirect("pipeline_pages:my_lead", lead_id)


@require_POST
@_of_a_rep
def decline(request: HttpRequest, rep: Rep, lead_id: int) -> HttpResponse:
    held, now, form = _own_or_404(rep, lead_id), timezone.now(), DeclineForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["reason"])))
        return redirect("pipeline_pages:my_lead", lead_id)
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():
            moved = decline_lead(assignment=held, reason=reason, user=acting(request), now=now)
            # Without the reason, which may tell of the person: entries outlive erasing.
            _record(request, "declined", held, now, note=f"To {moved.rep}")
    except RoutingError as refused:
        messages.error(request, refused.message)
        return redirect("pipeline_pages:my_lead", lead_id)
    messages.success(request, f"{held.lead.person} goes to {moved.rep}.")
    return redirect("pipeline_pages:my_leads")


def _record(request: HttpRequest, deed: str, held: Assignment, now: datetime, note: str = "") -> None:
    record(deed, now=now, user=acting(request), about=held, label=f"Lead {held.lead_id}", note=note)


@require_http_methods(GET_OR_POST)
@_of_a_rep
def my_absences(request: HttpRequest, rep: Rep) -> HttpResponse:
    form = AbsenceForm(request.POST if request.method == "POST" else None, zone=zone_named(rep.time_zone))
    if form.is_valid() and _set(request, form, lambda **when: add_absence(rep=rep, **when)):
        return redirect("pipeline_pages:my_absences")
    coming, past = absences_of(rep, timezone.now())
    return render_page(
        request,
        "my/absences.html",
        title="My absences",
        rep=rep,
        form=form,
        coming=coming,
        past=past,
        now=timezone.now(),
    )


@require_http_methods(GET_OR_POST)
@_of_a_rep
def my_absence(request: HttpRequest, rep: Rep, absence_id: int) -> HttpResponse:
    absence = _own_absence_or_404(rep, absence_id)
    zone = zone_named(rep.time_zone)
    form = AbsenceForm(
        request.POST if request.method == "POST" else None, zone=zone, initial=AbsenceForm.initial_of(absence, zone)
    )
    if form.is_valid() and _set(request, form, lambda **when: change_absence(absence=absence, **when)):
        return redirect("pipeline_pages:my_absences")
    return render_page(request, "my/absence.html", title="Change the absence", rep=rep, form=form, absence=absence)


@require_POST
@_of_a_rep
def delete_absence(request: HttpRequest, rep: Rep, absence_id: int) -> HttpResponse:
    absence = _own_absence_or_404(rep, absence_id)
    try:
        is_gone = end_absence(absence=absence, user=acting(request), now=timezone.now())
    except RoutingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "Deleted." if is_gone else "Ended. You get leads again from now on.")
    return redirect("pipeline_pages:my_absences")


def _own_absence_or_404(rep: Rep, absence_id: int) -> Absence:
    absence = Absence.objects.filter(rep=rep, pk=absence_id).select_related("rep").first()
    if absence is None:
        raise Http404
    return absence


def _set(request: HttpRequest, form: AbsenceForm, keep: Callable[..., Absence]) -> bool:
    """False, with the form saying why, where it was refused."""
    given = form.cleaned_data
    try:
        keep(
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            reason=given["reason"],
            user=acting(request),
            now=timezone.now(),
        )
    except RoutingError as refused:
        form.add_error(None, refused.message)
        return False
    messages.success(request, "Saved. It holds at once.")
    return True
