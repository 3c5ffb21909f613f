"""Reads of people, companies and what is known of them."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from leads.models import Company, Lead, Observation, Person
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


# Whose row it is: leads and observations of an address that was merged are those of whom it was merged into.
WHO = Coalesce("merged_into_id", "pk")


def who_are(people: QuerySet[Person]) -> "QuerySet[Person, int]":
    """The ids under which leads and observations of these rows are found."""
    return people.annotate(who=WHO).values_list("who", flat=True)


def facts_by_email(emails: Collection[str]) -> dict[str, list[Fact]]:
    """What is known of people, by normalised address, and of their companies. Three queries.

    An address that was merged has a company of its own, which a lead sent from it would have.
    """
    people = Person.objects.filter(email__in=emails, erased_at__isnull=True)
    found = {
        email: (who, company)
        for email, who, company in people.values_list("email", WHO, Coalesce("company_id", "merged_into__company_id"))
    }
    companies = {company for _, company in found.values() if company is not None}
    about_people: dict[int | None, list[Fact]] = {}
    about_companies: dict[int | None, list[Fact]] = {}
    for row in Observation.objects.filter(person__in={who for who, _ in found.values()}).order_by("id"):
        about_people.setdefault(row.person_id, []).append(as_fact(row))
    for row in Observation.objects.filter(company__in=companies).order_by("id"):
        about_companies.setdefault(row.company_id, []).append(as_fact(row))
    return {
        email: [*about_people.get(who, ()), *(about_companies.get(company, ()) if company else ())]
        for email, (who, company) in found.items()
    }


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
