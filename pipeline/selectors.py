"""Reads of the pipeline: where a submission is, and whose it became."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from leads.models import Person
from pipeline.errors import UnknownSubmission
from pipeline.models import Run, Stage
from routing.models import Decision
from routing.selectors import latest_decisions

RECEIVED, PROCESSING, ASSIGNED, PARKED = "received", "processing", "assigned", "parked"
FINAL_STATES = frozenset({ASSIGNED, PARKED})


@dataclass(frozen=True)
class RunState:
    """A submission's visible state. `queue`, `territory` and `rule` are their keys."""

    state: str
    owner_name: str | None = None
    owner_email: str | None = None
    queue: str | None = None
    territory: str | None = None
    rule: str | None = None
    reason: str | None = None


def run_state(submission_id: UUID) -> RunState:
    """Raises UnknownSubmission where there is no run."""
    found = run_states([submission_id])
    if not found:
        raise UnknownSubmission("There is no such submission.")
    return found[submission_id]


def run_states(submission_ids: Collection[UUID]) -> dict[UUID, RunState]:
    """By submission, without those that have no run. Two queries at most."""
    found = {pk: _decided(decision) for pk, decision in latest_decisions(submission_ids).items()}
    undecided = [submission_id for submission_id in submission_ids if submission_id not in found]
    if undecided:
        stages = Run.objects.filter(submission_id__in=undecided).values_list("submission_id", "stage")
        found.update((pk, RunState(state=RECEIVED if stage == Stage.CAPTURE else PROCESSING)) for pk, stage in stages)
    return found


def _decided(decision: Decision) -> RunState:
    return RunState(
        state=ASSIGNED if decision.rep else PARKED,
        owner_name=decision.rep.name if decision.rep else None,
        owner_email=decision.rep.email if decision.rep else None,
        queue=decision.queue_key or None,
        territory=decision.territory_key or None,
        rule=decision.rule_key or None,
        reason=decision.reason,
    )


def submission_ids_of(person: Person) -> list[UUID]:
    return list(Run.objects.filter(person=person).values_list("submission_id", flat=True))


def run_ids_of(submission_ids: Collection[UUID]) -> dict[UUID, int]:
    return dict(Run.objects.filter(submission_id__in=submission_ids).values_list("submission_id", "id"))
