"""Enrich: what didn't the form ask? Providers are called outside of the transaction; findings become observations."""

from collections.abc import Sequence
from datetime import datetime

from enrichment.providers.base import Subject
from enrichment.services.enrich import Result, as_observations, find
from leads.identity import registrable_domain
from leads.selectors import profile_of
from leads.services.record_observations import record_observations
from pipeline.errors import RetryLater
from pipeline.models import Run
from routing.selectors import active_plan

# A provider that fails is tried this often again; then the run goes on without it.
RETRIES = 2


class Enrich:
    settles: tuple[str, ...] = ()

    def gather(self, run: Run, now: datetime) -> Result:
        lead = run.captured_lead
        email_domain = lead.person.email.rpartition("@")[2]
        company = lead.company
        known = profile_of(lead).values()
        phone = known.get("phone")
        result = find(
            subject=Subject(
                email_domain=registrable_domain(email_domain) or email_domain,
                company_domain=company.domain if company else None,
                phone=phone if isinstance(phone, str) else None,
                known=known,
            ),
            wanted=wanted_attributes(),
        )
        if run.attempts < RETRIES and any(failure.retryable for failure in result.failures):
            raise RetryLater("provider_failed", "A provider did not answer.")
        return result

    def apply(self, runs: Sequence[Run], gathered: Sequence[Result], now: datetime) -> list[dict[str, object]]:
        return [self._apply_one(run, each, now) for run, each in zip(runs, gathered, strict=True)]

    def _apply_one(self, run: Run, gathered: Result, now: datetime) -> dict[str, object]:
        written = record_observations(
            person=run.captured_lead.person,
            company=run.captured_lead.company,
            observations=as_observations(gathered),
            submission_id=run.submission_id,
            now=now,
        )
        return {
            "findings": len(gathered.findings),
            "written": written,
            "failures": [{"provider": failure.provider, "code": failure.code} for failure in gathered.failures],
        }


def wanted_attributes() -> frozenset[str]:
    """What routing decides on; enrichment needn't know why."""
    return frozenset(active_plan().plan.contract.by_key)
