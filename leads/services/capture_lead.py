"""Who is it? Resolves person, company and open lead, and keeps what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from leads.identity import company_domain_of, normalise_email
from leads.models import Company, Lead, Person
from leads.selectors import observed_from, who_are
from leads.services.record_observations import NewObservation, record_observations

# Each needs a merge or an erasure of that very person at that very moment.
MOST_TRIES = 5


@dataclass(frozen=True)
class Captured:
    person: Person
    company: Company | None
    lead: Lead
    lead_is_new: bool


@transaction.atomic
def capture_lead(
    *, email: str, full_name: str, observations: Sequence[NewObservation], submission_id: UUID, now: datetime
) -> Captured:
    """The person's open lead, made where there is none. Repeating it for a submission writes nothing twice.

    Two captures of one person at the same moment meet at the database's constraints and then at the person's row
    lock: the second waits and joins the first. Raises EmailInvalid.
    """
    address = normalise_email(email)
    company = _company(address, now)
    person = _person(address, full_name, company, now)
    lead, is_new = Lead.objects.get_or_create(
        person=person, status=Lead.Status.OPEN, defaults={"company": company, "created_at": now}
    )
    if company is not None:
        _refresh(lead, company_id=company.pk)
    if not observed_from(submission_id):
        record_observations(
            person=person, company=company, observations=observations, submission_id=submission_id, now=now
        )
    return Captured(person=person, company=company, lead=lead, lead_is_new=is_new)


def _company(address: str, now: datetime) -> Company | None:
    domain = company_domain_of(address, known_companies=settings.COMPANY_MAIL_DOMAINS)
    if domain is None:
        return None
    company, _ = Company.objects.get_or_create(domain=domain, defaults={"created_at": now})
    return company


def _person(address: str, full_name: str, company: Company | None, now: datetime) -> Person:
    """The person, locked, with the name last given; a blank one changes nothing."""
    name = " ".join(full_name.split())[: Person.NAME_LENGTH]
    person = _locked(address, {"full_name": name, "company": company, "created_at": now})
    if name:
        _refresh(person, full_name=name)
    if company is not None:
        _refresh(person, company_id=company.pk)
    return person


def _locked(address: str, new: dict[str, object]) -> Person:
    """Who was found to be the same human as another is that one, under whatever address.

    Whoever waits for the lock of somebody who is being erased finds nobody under the address afterwards, and makes a
    new person. The weaker lock lets other rooms refer to the person meanwhile. The row of an address that was merged is
    never locked: who merges locks it together with the person's, and each would wait for the other.
    """
    people = Person.objects.select_for_update(no_key=True).filter(merged_into=None)
    for _ in range(MOST_TRIES):
        try:
            return people.get_or_create(email=address, defaults=new)[0]
        except IntegrityError:
            merged = people.filter(pk__in=who_are(Person.objects.filter(email=address)), erased_at=None).first()
            # None where that one was merged or erased while its lock was waited for.
            if merged is not None:
                return merged
    raise Person.DoesNotExist


def _refresh(row: Person | Lead, **values: object) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
