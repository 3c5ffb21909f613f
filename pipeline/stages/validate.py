"""Validate: the profile becomes typed inputs, each with its source, or a stated default; missing ones are named."""

from collections.abc import Sequence
from datetime import datetime

from leads.models import Lead, Source
from leads.profile import Fact, Profile, resolve
from leads.selectors import facts_of
from pipeline.models import Run
from routing.contract import Inputs, resolve_inputs
from routing.selectors import active_plan


class Validate:
    settles: tuple[str, ...] = ("inputs",)

    def gather(self, run: Run, now: datetime) -> Inputs:
        return resolve_inputs(_profile(run.captured_lead, now), active_plan().plan.contract)

    def apply(self, runs: Sequence[Run], gathered: Sequence[Inputs], now: datetime) -> list[dict[str, object]]:
        return [self._apply_one(run, each, now) for run, each in zip(runs, gathered, strict=True)]

    def _apply_one(self, run: Run, gathered: Inputs, now: datetime) -> dict[str, object]:
        run.inputs = gathered.as_document()
        return {
            "supplied": sorted(gathered.values),
            "defaulted": sorted(key for key, source in gathered.sources.items() if source == Source.DEFAULT),
            "missing": list(gathered.missing),
            "refused": sorted(gathered.refused),
        }


def _profile(lead: Lead, now: datetime) -> Profile:
    """The lead's profile, with the company's domain as a fact of its own."""
    facts = facts_of(lead)
    if lead.company is not None:
        facts.append(
            Fact(
                attribute="company_domain",
                value=lead.company.domain,
                source=Source.INFERRED,
                confidence=1.0,
                observed_at=now,
                provider="email",
            )
        )
    return resolve(facts)
