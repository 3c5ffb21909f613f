"""Close a lead, and open it again."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from foundation.audit import record
from leads.errors import LeadRefused
from leads.models import Lead

Closing = Lead.Closing
# What a person may choose; merging closes by itself.
CHOICES = [choice for choice in Closing.choices if choice[0] != Closing.MERGED]


@transaction.atomic
def close_lead(*, lead: Lead, because: str, user: User | None, now: datetime) -> Lead:
    """Its owner keeps it, and what the person sends next is a new lead. Raises LeadRefused where it is closed already
    or there is no such reason."""
    if because not in dict(CHOICES):
        raise LeadRefused("Choose why the lead is closed.")
    locked = _locked(lead)
    if locked.status == Lead.Status.CLOSED:
        raise LeadRefused("This lead is closed already.")
    locked.status, locked.closed_at, locked.closed_because = Lead.Status.CLOSED, now, because
    _keep(locked)
    _tell("closed", locked, ("open", "closed"), Closing(because).label, user, now)
    return locked


@transaction.atomic
def reopen_lead(*, lead: Lead, user: User | None, now: datetime) -> Lead:
    """Raises LeadRefused where it is open, was merged, or where its person has another open lead or was erased."""
    locked = _locked(lead)
    if locked.status == Lead.Status.OPEN:
        raise LeadRefused("This lead is open.")
    if locked.merged_into_id is not None:
        raise LeadRefused("This lead was merged into another one.")
    if locked.person.erased_at is not None:
        raise LeadRefused("The person was erased.")
    # Their row, too: what they send at this very moment finds either this lead open or makes one that is seen here.
    type(locked.person).objects.select_for_update(no_key=True).get(pk=locked.person_id)
    if Lead.objects.filter(person=locked.person_id, status=Lead.Status.OPEN).exists():
        raise LeadRefused("This person has another open lead.")
    locked.status, locked.closed_at, locked.closed_because = Lead.Status.OPEN, None, ""
    _keep(locked)
    _tell("opened", locked, ("closed", "open"), "", user, now)
    return locked


def _locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=lead.pk)


def _keep(lead: Lead) -> None:
    lead.save(update_fields=["status", "closed_at", "closed_because"])


def _tell(action: str, lead: Lead, status: tuple[str, str], note: str, user: User | None, now: datetime) -> None:
    changes = {"status": list(status)}
    record(action, now=now, user=user, about=lead, label=f"Lead {lead.pk}", changes=changes, note=note)
