"""Deliver: tell the world, through the outbox."""

from collections.abc import Sequence
from datetime import datetime

from foundation.outbox import emit
from integrations.tasks import wake as wake_integrations
from pipeline.models import Run
from pipeline.sources import SubmissionFacts, read_submission
from routing.models import Decision

EVENT_TYPES = {
    Decision.Outcome.ASSIGNED: "lead.assigned",
    Decision.Outcome.EXISTING_OWNER: "lead.kept",
    Decision.Outcome.PARKED: "lead.parked",
}


class Deliver:
    settles: tuple[str, ...] = ()

    def gather(self, run: Run, now: datetime) -> SubmissionFacts:
        return read_submission(run.submission_id)

    def apply(self, runs: Sequence[Run], gathered: Sequence[SubmissionFacts], now: datetime) -> list[dict[str, object]]:
        return [self._apply_one(run, each, now) for run, each in zip(runs, gathered, strict=True)]

    def _apply_one(self, run: Run, gathered: SubmissionFacts, now: datetime) -> dict[str, object]:
        routed = Decision.objects.select_related("rep")
        # The routing itself; a lead that is moved has further decisions.
        decision = routed.get(submission_id=run.submission_id, role="owner", sequence=0)
        event = emit(
            EVENT_TYPES[Decision.Outcome(decision.outcome)],
            _payload(run, gathered, decision),
            now=now,
            subject=f"person:{run.person_id}",
            deliver=run.deliver,
        )
        if run.deliver:
            wake_integrations()
        return {"event": event.pk, "type": event.type, "outward": run.deliver}


def _payload(run: Run, facts: SubmissionFacts, decision: Decision) -> dict[str, object]:
    owner = {"name": decision.rep.name, "email": decision.rep.email} if decision.rep else None
    return {
        "submission_id": str(run.submission_id),
        "lead_id": run.lead_id,
        "origin": run.origin,
        "form": facts.form,
        "state": "parked" if decision.rep is None else "assigned",
        "owner": owner,
        "queue": decision.queue_key or None,
        "territory": decision.territory_key or None,
        "rule": decision.rule_key or None,
        "reason": decision.reason,
        "contact": {"email": facts.email, "full_name": facts.full_name, "phone": facts.phone},
        "attributes": dict(decision.inputs["values"]),
    }
