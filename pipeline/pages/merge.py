"""Merge two leads that are one: which goes, which stays, and what that does, before it is done."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from foundation.admin_pages import GET_OR_POST, acting, admin_page, render_page
from foundation.errors import SwitchyardError
from leads.models import Lead
from pipeline.forms import MergeForm
from pipeline.pages.lead import lead_or_404
from pipeline.services.merge_leads import Merge, merge_leads, plan_merge

NOT_FOUND = "There is no such lead. Look for its number on the list of leads."


@require_http_methods(GET_OR_POST)
@admin_page("leads.merge_lead")
def merge(request: HttpRequest, lead_id: int) -> HttpResponse:
    """GET with `other` shows what would happen; POST does it. `stays=other` keeps the other one."""
    lead = lead_or_404(lead_id)
    given = request.POST if request.method == "POST" else request.GET
    form = MergeForm(given if "other" in given else None)
    found = _find(form, lead, given)
    if found is not None and request.method == "POST":
        keep, goes = found.keep, found.goes
        try:
            merge_leads(keep=keep, goes=goes, user=acting(request), now=timezone.now())
        except SwitchyardError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, f"Lead {goes.pk} was merged into lead {keep.pk}.")
            return redirect("admin:leads_lead_change", keep.pk)
    stays = "other" if given.get("stays") == "other" else "this"
    return render_page(
        request, "workbench/lead/merge.html", title="Merge leads", lead=lead, form=form, found=found, stays=stays
    )


def _find(form: MergeForm, lead: Lead, given: QueryDict) -> Merge | None:
    """None, with the form saying why, where the two can't be merged."""
    if not form.is_valid():
        return None
    other = form.find(beside=lead)
    if other is None:
        form.add_error("other", NOT_FOUND)
        return None
    keep, goes = (other, lead) if given.get("stays") == "other" else (lead, other)
    try:
        return plan_merge(keep=keep, goes=goes)
    except SwitchyardError as refused:
        form.add_error(None, refused.message)
        return None
