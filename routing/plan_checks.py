"""What is proven about the draft before anybody publishes it: analysis and replay, one job for a pair of plans.

Golden leads aren't part of the job: they change on their own, and asking them takes milliseconds, so that each page
asks them anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from routing.explain import REASONS
from routing.golden import GoldenFailure, failures
from routing.history import history_since
from routing.models import GoldenLead, Queue, Rep
from routing.plan import Plan
from routing.replay import FALLBACKS, Difference, Side, replay
from routing.selectors import parsed_plan

CHECKS = "routing.checks"
DAYS = 90
# So many ways from one owner to another are told, those of most leads first.
MOST_WAYS = 20
# The analysis tells nothing while it runs; it has its own budget of steps.
_STEPS_BEFORE_REPLAY = 2


@dataclass(frozen=True)
class _Names:
    reps: Mapping[str, str]
    queues: Mapping[str, str]

    def owner(self, key: str) -> str:
        return self.reps.get(key, key) if key else "nobody"

    def queue(self, key: str) -> str:
        return self.queues.get(key, key) if key else "straight to the owner"


def start_checks(*, found: DraftComparison, user: User | None, now: datetime) -> Job:
    """The job of this draft and this active plan: a new one, or the one that there is already."""
    return start_job(CHECKS, now=now, user=user, params=_params(found), key=found.pair)


def checks_of(found: DraftComparison) -> Job | None:
    return found_job(CHECKS, found.pair)


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
    known: frozenset[str] | None = None
    if active is not None and active.hash != draft.hash:
        work.tell(1, 0, "looking for gaps and overlaps in the active plan")
        known = frozenset(finding.text for finding in analyse_plan(parsed_plan(active.id), now).findings)
    work.tell(_STEPS_BEFORE_REPLAY, 0, f"deciding the leads of the last {DAYS} days again")
    return {
        "findings": [_finding(finding, known) for finding in report.findings],
        "undecided": list(report.undecided),
        "more": list(report.more),
        "replay": _replayed(plan, now, work),
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


def _replayed(plan: Plan, now: datetime, work: Work) -> dict[str, Any]:
    """What the command `replay --draft --since 90d` does, as numbers."""
    history, difference = history_since(now - timedelta(days=DAYS), plan), Difference()
    for number, (past, after) in enumerate(
        replay(plan, history.opening, history.decisions(plan), history.events), start=1
    ):
        difference.add(past.result, after)
        work.tell(number, max(history.size, number), "leads decided again")
    names = _Names(
        reps={**dict(Rep.objects.values_list("key", "name")), **{key: rep.name for key, rep in plan.reps.items()}},
        queues={
            **dict(Queue.objects.values_list("key", "name")),
            **{key: each.name for key, each in plan.queues.items()},
        },
    )
    before, after_ = difference.fallbacks
    return {
        "days": DAYS,
        "decisions": difference.decisions,
        "changed": difference.changed,
        "fallbacks": [before, after_],
        "owners": list(_ways(difference.owners, names.owner)),
        "more_owners": max(0, len(difference.owners.moved) - MOST_WAYS),
        "queues": list(_ways(difference.queues, names.queue)),
        "more_queues": max(0, len(difference.queues.moved) - MOST_WAYS),
        "reasons": [
            [REASONS[reason], difference.reasons.before[reason], difference.reasons.after[reason]]
            for reason in REASONS
            if reason in FALLBACKS and (difference.reasons.before[reason] or difference.reasons.after[reason])
        ],
    }


def _ways(side: Side, name: Any) -> Iterator[list[Any]]:
    """[from, to, leads], most leads first."""
    ordered = sorted(side.moved.items(), key=lambda item: (-item[1], item[0]))
    for (before, after), leads in ordered[:MOST_WAYS]:
        yield [name(before), name(after), leads]


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
