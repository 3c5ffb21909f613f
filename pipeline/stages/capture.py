"""Capture: who is it? Resolves person, company and lead, and keeps the answers as observations."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from leads.attributes import ATTRIBUTES
from leads.models import Source
from leads.services.capture_lead import capture_lead
from leads.services.record_observations import NewObservation
from pipeline.models import Run
from pipeline.sources import SubmissionFacts, read_submission


class Capture:
    settles: tuple[str, ...] = ("person", "lead")

    def gather(self, run: Run, now: datetime) -> SubmissionFacts:
        return read_submission(run.submission_id)

    def apply(self, runs: Sequence[Run], gathered: Sequence[SubmissionFacts], now: datetime) -> list[dict[str, object]]:
        return [self._apply_one(run, each, now) for run, each in zip(runs, gathered, strict=True)]

    def _apply_one(self, run: Run, gathered: SubmissionFacts, now: datetime) -> dict[str, object]:
        observations = [
            *_observations(gathered.answers, Source.ANSWER),
            *_observations(gathered.hidden, Source.HIDDEN),
        ]
        captured = capture_lead(
            email=gathered.email,
            full_name=gathered.full_name,
            observations=observations,
            submission_id=run.submission_id,
            now=now,
        )
        run.person = captured.person
        run.lead = captured.lead
        return {"lead_is_new": captured.lead_is_new, "observations": len(observations)}


def _observations(values: Mapping[str, object], source: Source) -> list[NewObservation]:
    """What a visitor says of the company is an observation on the visitor: one person can't rewrite the company."""
    return [
        NewObservation(attribute=attribute, value=value, source=source, subject="person")
        for attribute, value in values.items()
        if attribute in ATTRIBUTES
    ]
