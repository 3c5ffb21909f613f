"""What is proven about the draft before anybody publishes it: analysis and replay, one job for a pair of plans.

Golden leads aren't part of the job: they change on their own, and asking them takes milliseconds, so that each page
asks them anew.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from foundation.jobs import Kind, Work, found_job, register_job, start_job
from foundation.models import Job
from routing.analysis import Finding, analyse_plan
from routing.draft import current_draft
from routing.draft_comparison import DraftComparison, active_row
from routing.errors import DraftChanged
from routing.golden import GoldenFailure, failures
from routing.models import GoldenLead
from routing.plan import Plan
from routing.publish_summary import DAYS, as_document, summarise, window
from routing.selectors import parsed_plan

CHECKS = "routing.checks"
# Of the result: one of another shape, kept by an earlier version, isn't found again.
_SHAPE = 2
# The analysis tells nothing while it runs; it has its own budget of steps.
_STEPS_BEFORE_REPLAY = 2


def start_checks(*, found: DraftComparison, user: User | None, now: datetime) -> Job:
    """The job of this draft and this active plan: a new one, or the one that there is already."""
    params = _params(found)
    return start_job(CHECKS, now=now, user=user, params=params, key=_key(params["draft"], params["active"]))


def checks_of(draft_hash: str, base_hash: str) -> Job | None:
    """Those of a draft, or of a proposal, against the plan that it would take the place of ("": there is none)."""
    return found_job(CHECKS, _key(draft_hash, base_hash))


def _key(draft_hash: str, base_hash: str) -> str:
    return f"{_SHAPE}:{draft_hash}:{base_hash}"


def _params(found: DraftComparison) -> dict[str, Any]:
    return {"draft": found.draft.hash, "active": found.active.hash if found.active else ""}


def golden_failures(plan: Plan, now: datetime) -> list[GoldenFailure]:
    return failures(plan, list(GoldenLead.objects.filter(enabled=True)), now)


def run_checks(work: Work) -> dict[str, Any]:
    """Raises DraftChanged where the draft is another one than was asked about, so that nothing is kept for that."""
    now = timezone.now()
    work.tell(0, 0, "looking for gaps and overlaps in the draft")
    draft, active = current_draft(), active_row()
    if (draft.hash, active.hash if active else "") != (work.params["draft"], work.params["active"]):
        raise DraftChanged("The working copy or the active plan has changed meanwhile. Check it again.")
    plan = draft.plan
    report = analyse_plan(plan, now)
    live = parsed_plan(active.id) if active else None
    known: frozenset[str] | None = None
    if live is not None and live.hash != plan.hash:
        work.tell(1, 0, "looking for gaps and overlaps in the active plan")
        known = frozenset(finding.text for finding in analyse_plan(live, now).findings)
    work.tell(_STEPS_BEFORE_REPLAY, 0, f"deciding the leads of the last {DAYS} days again")
    return {
        "findings": [_finding(finding, known) for finding in report.findings],
        "is_compared": known is not None,
        "undecided": list(report.undecided),
        "more": list(report.more),
        "summary": _summary(plan, live, now, work),
    }


def _finding(finding: Finding, known: frozenset[str] | None) -> dict[str, Any]:
    """`known`: what is said of the active plan as well; None where there is none to compare with."""
    return {
        "kind": finding.kind,
        "text": finding.text,
        "subjects": list(finding.subjects),
        "witness": dict(finding.witness) if finding.witness is not None else None,
        "is_new": known is not None and finding.text not in known,
    }


def _summary(plan: Plan, live: Plan | None, now: datetime, work: Work) -> dict[str, Any]:
    """The comparison that the publish page shows: both pages say the same of the same two plans."""

    def tell(done: int, total: int) -> None:
        work.tell(done, total, "leads decided again")

    return as_document(summarise(plan, live, window(now), tell), [plan, live] if live else [plan])


def register_checks() -> None:
    register_job(
        Kind(
            name=CHECKS,
            title="Checks of the draft",
            work=run_checks,
            permission="routing.view_plan",
            template="workbench/plan/checks.html",
            context=_context,
        )
    )


def _context(job: Job, request: HttpRequest) -> Mapping[str, Any]:
    from routing.pages.plan_checks import checks_context

    return checks_context(job)
