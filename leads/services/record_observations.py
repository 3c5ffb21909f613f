"""Write what was observed, with its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from leads.attributes import Subject, is_personal
from leads.models import Company, Observation, Person
from leads.selectors import latest_company_facts, name_of


@dataclass(frozen=True)
class NewObservation:
    """One value to record. `subject` says whom it is about.

    Without a company, and for whatever is personal, it is about the person: erasing must find it there.
    """

    attribute: str
    value: object
    source: str
    confidence: float = 1.0
    provider: str = ""
    subject: Subject = "person"


@transaction.atomic
def record_observations(
    *,
    person: Person,
    company: Company | None,
    observations: Sequence[NewObservation],
    submission_id: UUID | None,
    now: datetime,
) -> int:
    """How many were written.

    An observation of the company that says what the same provider said last is not written again, so that a busy
    company doesn't collect thousands of equal rows. Two transactions at the same moment may still both write one;
    a repeated row changes no profile.
    """
    about_person, about_company = _by_subject(observations, company)
    news = _without_repeats(about_company, company) if company is not None else []
    Observation.objects.bulk_create(
        [
            *(_row(each, submission_id, now, person=person) for each in about_person),
            *(_row(each, submission_id, now, company=company) for each in news),
        ]
    )
    if company is not None and any(each.attribute == "company_name" for each in news):
        _rename(company)
    return len(about_person) + len(news)


def _by_subject(
    observations: Sequence[NewObservation], company: Company | None
) -> tuple[list[NewObservation], list[NewObservation]]:
    """Those about the person, those about the company."""
    about_person: list[NewObservation] = []
    about_company: list[NewObservation] = []
    for each in observations:
        of_company = company is not None and each.subject == "company" and not is_personal(each.attribute)
        (about_company if of_company else about_person).append(each)
    return about_person, about_company


def _without_repeats(observations: Sequence[NewObservation], company: Company) -> list[NewObservation]:
    if not observations:
        return []
    said = {
        (fact.attribute, fact.source, fact.provider): (fact.value, fact.confidence)
        for fact in latest_company_facts(company, {each.attribute for each in observations})
    }
    news = []
    for each in observations:
        slot = (each.attribute, str(each.source), each.provider)
        if said.get(slot) != (each.value, each.confidence):
            said[slot] = (each.value, each.confidence)
            news.append(each)
    return news


def _row(
    observation: NewObservation,
    submission_id: UUID | None,
    now: datetime,
    *,
    person: Person | None = None,
    company: Company | None = None,
) -> Observation:
    return Observation(
        person=person,
        company=company,
        attribute=observation.attribute,
        value=observation.value,
        source=observation.source,
        provider=observation.provider,
        confidence=observation.confidence,
        personal=is_personal(observation.attribute),
        submission_id=submission_id,
        observed_at=now,
    )


def _rename(company: Company) -> None:
    """Keep the name people read in lists in step with the observations."""
    name = name_of(company)
    if name != company.name:
        company.name = name
        company.save(update_fields=["name"])
