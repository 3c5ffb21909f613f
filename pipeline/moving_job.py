"""The job that moves a batch of leads, and what is shown of it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from foundation.audit import record
from foundation.jobs import JobCancelled, Kind, Work, register_job
from foundation.models import Job
from pipeline.lead_words import plan_now, queue_name
from routing.models import MoveBatch
from routing.plan import Plan
from routing.services.reassign_leads import carry_out

KIND = "pipeline.move_leads"


def register() -> None:
    register_job(
        Kind(
            name=KIND,
            title="Moving leads",
            work=move_batch,
            permission="routing.reassign_assignment",
            template="workbench/move/done.html",
            context=_context,
            if_broken_off="What was moved stays moved; the batch's page says which, and goes on with the rest.",
        )
    )


def move_batch(work: Work) -> Mapping[str, Any]:
    """Goes on where it was interrupted. Cancelled, it stops where it is, since each lead that was moved is moved."""
    batch = MoveBatch.objects.get(pk=work.params["batch"])
    try:
        batch = carry_out(batch=batch, now=timezone.now(), progress=work.tell)
        stopped = False
    except JobCancelled:
        stopped = True
    _tell(batch, stopped)
    return {"batch": batch.pk, "stopped": stopped}


def _tell(batch: MoveBatch, stopped: bool) -> None:
    moved, left = _counts(batch)
    record(
        "stopped moving" if stopped else "moved",
        now=timezone.now(),
        user=batch.created_by,
        about=batch,
        label=f"Batch {batch.pk}: {len(batch.lead_ids):,} leads",
        note=f"{where_to(batch, plan_now())}: {moved:,} moved, {left:,} left as they were",
    )


def _counts(batch: MoveBatch) -> tuple[int, int]:
    moved = batch.results.filter(after__isnull=False).count()
    return moved, batch.results.count() - moved


def where_to(batch: MoveBatch, plan: Plan | None) -> str:
    """`plan` for the names of queues."""
    if batch.rep is not None:
        return f"To {batch.rep}"
    if batch.plan is not None:
        return f"Decided again under plan {batch.plan.number}"
    if batch.undoes_id is not None:
        return f"Undo of batch {batch.undoes_id}"
    if batch.queue_key:
        return f"Into “{queue_name(plan, batch.queue_key)}”, in turn"
    return "Back to whom they were with before"


def result_of(batch: MoveBatch) -> dict[str, Any]:
    """What became of a batch that was begun."""
    moved, left = _counts(batch)
    by_reason = batch.results.filter(after__isnull=True).order_by().values_list("left_because").annotate(n=Count("pk"))
    by_rep = batch.results.filter(after__isnull=False).order_by().values_list("after__rep__name")
    return {
        "batch": batch,
        "where_to": where_to(batch, plan_now()),
        "moved": moved,
        "left": left,
        "waiting": len(batch.lead_ids) - moved - left,
        "left_because": sorted(by_reason, key=lambda row: (-row[1], row[0])),
        "by_rep": sorted(by_rep.annotate(n=Count("pk")), key=lambda row: (-row[1], row[0])),
        "undone_by": batch.undone_by.order_by("-id").first(),
    }


def _context(job: Job, request: HttpRequest) -> Mapping[str, Any]:
    batch = MoveBatch.objects.filter(pk=job.result.get("batch")).select_related("rep", "plan", "undoes").first()
    return result_of(batch) if batch else {}
