"""Route: decide owners and store decisions, assignments and counts."""

from collections.abc import Sequence
from datetime import datetime

from leads.origins import Origin
from pipeline.models import Run
from routing.contract import Inputs
from routing.selectors import active_plan
from routing.services.route_lead import Arrival, route_leads


class Route:
    settles: tuple[str, ...] = ()

    def gather(self, run: Run, now: datetime) -> None:
        """The run holds all that is needed."""

    def apply(self, runs: Sequence[Run], gathered: Sequence[None], now: datetime) -> list[dict[str, object]]:
        decisions = route_leads(arrivals=[_arrival(run) for run in runs], active=active_plan(), now=now)
        return [
            {"decision": decision.pk, "outcome": decision.outcome, "reason": decision.reason} for decision in decisions
        ]


def _arrival(run: Run) -> Arrival:
    return Arrival(
        lead=run.captured_lead,
        submission_id=run.submission_id,
        inputs=Inputs.from_document(run.inputs or {}),
        is_test=run.origin == Origin.TEST,
        starts_clock=Origin(run.origin).starts_clock,
    )
