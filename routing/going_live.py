"""What is tried on some leads, waits for a second person, or was put back: reads, for all pages that say so."""

from typing import Any

from django.db.models import Prefetch

from foundation.models import AuditEntry
from routing.draft_comparison import ActiveRow
from routing.models import Plan, Proposal, Rollout

MOST_PROPOSALS = 20


def running_rollout() -> Rollout | None:
    running = Rollout.objects.filter(state=Rollout.State.RUNNING).select_related("plan", "base")
    return running.defer("plan__document", "base__document").first()


def open_proposals() -> list[Proposal]:
    waiting = Proposal.objects.filter(state=Proposal.State.OPEN).defer("document")
    return list(waiting.select_related("proposed_by")[:MOST_PROPOSALS])


def approvals() -> "Prefetch[Any, Any, Any]":
    """For plans: `approvals`, the proposal that each came of; empty where it was published by one person alone."""
    approved = Proposal.objects.filter(state=Proposal.State.APPROVED).select_related("decided_by").defer("document")
    return Prefetch("proposals", approved, to_attr="approvals")


def approver_of(plan: Any) -> str:
    """Of a plan with its approvals; "" where nobody had to approve it."""
    return next((str(each.decided_by or "somebody who is gone") for each in plan.approvals), "")


def how_it_came_back(plan: Plan | ActiveRow) -> str:
    """`Put back by ann: “Wrong team”`, from the audit, if that is how the plan last went live; else ""."""
    if plan.live_since in (None, plan.published_at):
        return ""
    entries = AuditEntry.objects.filter(kind="routing.plan", object_id=str(plan.id), action="put back")
    entry = entries.filter(at=plan.live_since).first()
    if entry is None:
        return ""
    return f"Put back by {entry.who or 'the system'}" + (f": “{entry.note}”" if entry.note else "")
