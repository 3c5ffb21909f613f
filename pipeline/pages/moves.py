"""Move many leads: choose where to, see who would have how many, confirm, watch, and move exactly those back."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.admin import counted
from foundation.admin_pages import GET_OR_POST, acting, admin_page, render_page
from foundation.csv_rows import csv_text
from foundation.errors import SwitchyardError
from foundation.jobs import start_job
from pipeline.forms import DestinationForm, ReasonForm
from pipeline.lead_words import plan_now
from pipeline.moving_job import KIND, result_of, where_to
from routing.models import MoveBatch, MovedLead
from routing.selectors import active_plan
from routing.services.moving_cases import cases_of
from routing.services.preview_moves import holders_of, preview_moves
from routing.services.reassign_leads import begin_batch, plan_for, undo_batch

RIGHT = "routing.reassign_assignment"
SHOWN = 50
STATES = [("done", "Done"), ("unfinished", "Not finished")]


@require_GET
@admin_page(RIGHT)
def moves(request: HttpRequest) -> HttpResponse:
    search, state = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("state", "")
    page = Paginator(_batches(search, state), SHOWN).get_page(request.GET.get("page"))
    plan = plan_now()
    return render_page(
        request,
        "workbench/move/list.html",
        title="Moved leads",
        page=page,
        batches=[(batch, where_to(batch, plan)) for batch in page],
        search=search,
        state=state,
        states=STATES,
    )


def _batches(search: str, state: str) -> "QuerySet[MoveBatch]":
    """Those that were begun, the newest first, with how many leads were moved and how many were left."""
    results = MovedLead.objects.order_by()
    found = MoveBatch.objects.filter(begun_at__isnull=False).annotate(
        moved=counted(results.filter(after__isnull=False), "batch"),
        left=counted(results.filter(after__isnull=True), "batch"),
    )
    if state in dict(STATES):
        found = found.filter(ended_at__isnull=state == "unfinished")
    if search:
        found = found.filter(
            Q(reason__icontains=search) | Q(rep__name__icontains=search) | Q(created_by__username__icontains=search)
        )
    shown = found.select_related("created_by", "rep", "plan").order_by("-pk")
    return shown.defer("plan__document", "lead_ids")


@require_http_methods(GET_OR_POST)
@admin_page(RIGHT)
def move(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = _batch_or_404(batch_id)
    if batch.begun_at is not None:
        return render_page(request, "workbench/move/result.html", title=f"Batch {batch.pk}", **result_of(batch))
    try:
        plan = active_plan().plan
    except SwitchyardError as refused:
        return render_page(request, "workbench/move/refused.html", title="Move leads", why=refused.message)
    given = request.POST if request.method == "POST" else request.GET
    form = DestinationForm(given if "to" in given else None, active=plan)
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and reason.is_valid():
        begun = _begin(request, batch, form, reason.cleaned_data["reason"])
        if begun is not None:
            return begun
    context = _choice(batch, form)
    return render_page(
        request, "workbench/move/page.html", title=_title(batch), batch=batch, form=form, reason=reason, **context
    )


def _title(batch: MoveBatch) -> str:
    total = len(batch.lead_ids)
    return f"Move {total:,} lead{'' if total == 1 else 's'}"


def _choice(batch: MoveBatch, form: DestinationForm) -> dict[str, Any]:
    found = cases_of(batch.lead_ids).values()
    context: dict[str, Any] = {"holders": holders_of(found), "total": len(batch.lead_ids)}
    if form.is_bound and form.is_valid():
        to = form.destination
        context["preview"] = preview_moves(found=found, target=to.target, active=plan_for(to), now=timezone.now())
    return context


def _begin(request: HttpRequest, batch: MoveBatch, form: DestinationForm, reason: str) -> HttpResponse | None:
    """None, with the form saying why, where it was refused."""
    try:
        begun = begin_batch(batch=batch, to=form.destination, reason=reason, now=timezone.now())
    except SwitchyardError as refused:
        form.add_error(None, refused.message)
        return None
    return _start(request, begun)


def _start(request: HttpRequest, batch: MoveBatch) -> HttpResponse:
    job = start_job(KIND, now=timezone.now(), user=acting(request), params={"batch": batch.pk})
    return redirect("foundation_pages:job", job.pk)


@require_POST
@admin_page(RIGHT)
def undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = _begun_or_404(batch_id)
    try:
        back = undo_batch(batch=batch, user=acting(request), now=timezone.now())
    except SwitchyardError as refused:
        messages.error(request, refused.message)
        return redirect("pipeline_pages:move", batch.pk)
    return _start(request, back)


@require_POST
@admin_page(RIGHT)
def go_on(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Of a batch that was stopped; what was moved stays so."""
    return _start(request, _begun_or_404(batch_id))


@require_GET
@admin_page(RIGHT)
def left_csv(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = _begun_or_404(batch_id)
    return HttpResponse(
        csv_text(["lead", "email", "owner", "why"], _left_rows(batch)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="left-of-batch-{batch.pk}.csv"'},
    )


def _left_rows(batch: MoveBatch) -> Iterable[list[str]]:
    left = batch.results.filter(after__isnull=True).select_related("lead__person", "before__rep").order_by("lead")
    for row in left.iterator():
        owner = row.before.rep.name if row.before else ""
        yield [str(row.lead_id), _address(row), owner, row.left_because]


def _address(row: MovedLead) -> str:
    return "" if row.lead.person.erased_at else row.lead.person.email


def _batch_or_404(batch_id: int) -> MoveBatch:
    found = MoveBatch.objects.select_related("rep", "plan", "undoes", "created_by").defer("plan__document")
    batch = found.filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    return batch


def _begun_or_404(batch_id: int) -> MoveBatch:
    batch = _batch_or_404(batch_id)
    if batch.begun_at is None:
        raise Http404
    return batch
