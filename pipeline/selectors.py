"""Reads of the pipeline: where a submission is, and whose it became."""

from dataclasses import dataclass
from uuid import UUID

from leads.models import Person
from pipeline.errors import UnknownSubmission
from pipeline.models import Run, Stage
from routing.models import Decision
from routing.selectors import latest_decision

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
    decision = latest_decision(submission_id)
    if decision is not None:
        return _decided(decision)
    stage = Run.objects.filter(submission_id=submission_id).values_list("stage", flat=True).first()
    if stage is None:
        raise UnknownSubmission("There is no such submission.")
    return RunState(state=RECEIVED if stage == Stage.CAPTURE else PROCESSING)


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


def run_id_of(submission_id: UUID) -> int:
    """Raises Run.DoesNotExist."""
    return Run.objects.values_list("id", flat=True).get(submission_id=submission_id)
