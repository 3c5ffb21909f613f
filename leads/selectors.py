"""Reads of people, companies and what is known of them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from leads.models import Company, Lead, Observation
from leads.profile import Fact, Profile, resolve


def as_fact(row: Observation) -> Fact:
    return Fact(
        attribute=row.attribute,
        value=row.value,
        source=row.source,
        confidence=row.confidence,
        observed_at=row.observed_at,
        provider=row.provider,
    )


def facts_of(lead: Lead) -> list[Fact]:
    """Every observation of the lead's person and company, oldest first, erased values included as None."""
    about = Q(person_id=lead.person_id)
    if lead.company_id is not None:
        about |= Q(company_id=lead.company_id)
    return [as_fact(row) for row in Observation.objects.filter(about).order_by("id")]


def profile_of(lead: Lead) -> Profile:
    return resolve(facts_of(lead))


def latest_company_facts(company: Company, attributes: Collection[str]) -> list[Fact]:
    """For each attribute, source and provider the last that was said of the company itself."""
    rows = Observation.objects.filter(company=company, attribute__in=attributes).order_by("id")
    return list({(row.attribute, row.source, row.provider): as_fact(row) for row in rows}.values())


def name_of(company: Company) -> str:
    """The company's name as its own observations have it; may be empty."""
    name = resolve(latest_company_facts(company, ["company_name"])).value("company_name", "")
    return str(name)[: Company.NAME_LENGTH]


def observed_from(submission_id: UUID) -> bool:
    """Whether anything was recorded of this submission."""
    return Observation.objects.filter(submission_id=submission_id).exists()
