"""Route: decide the owner and store decision, assignment and counts."""

from datetime import datetime

from leads.origins import Origin
from pipeline.models import Run
from routing.contract import Inputs
from routing.selectors import ActivePlan, active_plan
from routing.services.route_lead import route_lead


class Route:
    def gather(self, run: Run, now: datetime) -> ActivePlan:
        return active_plan()

    def apply(self, run: Run, gathered: ActivePlan, now: datetime) -> dict[str, object]:
        decision = route_lead(
            lead=run.captured_lead,
            submission_id=run.submission_id,
            inputs=Inputs.from_document(run.inputs or {}),
            active=gathered,
            is_test=run.origin == Origin.TEST,
            starts_clock=Origin(run.origin).starts_clock,
            now=now,
        )
        return {"decision": decision.pk, "outcome": decision.outcome, "reason": decision.reason}
