"""Closing a lead, with a reason, and opening it again."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from foundation.models import AuditEntry
from leads.errors import LeadRefused
from leads.models import Lead
from leads.services.capture_lead import capture_lead
from leads.services.close_lead import close_lead, reopen_lead
from leads.services.erase_person import erase_person
from tests.leads.factories import NOW, LeadFactory

pytestmark = pytest.mark.django_db


def close(lead: Lead, because: str = "lost", user: User | None = None) -> Lead:
    return close_lead(lead=lead, because=because, user=user, now=NOW)


def reopen(lead: Lead) -> Lead:
    return reopen_lead(lead=lead, user=None, now=NOW)


def write_again(lead: Lead) -> Lead:
    captured = capture_lead(email=lead.person.email, full_name="", observations=[], submission_id=uuid4(), now=NOW)
    return captured.lead


def test_a_closed_lead_keeps_when_and_why():
    lead = close(LeadFactory())
    lead.refresh_from_db()
    assert (lead.status, lead.closed_at, lead.closed_because) == ("closed", NOW, "lost")


def test_who_did_it_is_in_the_audit_without_the_persons_name():
    lead = LeadFactory()
    close(lead, user=User.objects.create(username="ops"))
    entry = AuditEntry.objects.get(action="closed")
    assert (entry.action, entry.who, entry.label) == ("closed", "ops", f"Lead {lead.pk}")
    assert (entry.changes, entry.note) == ({"status": ["open", "closed"]}, "Lost")


def test_what_the_person_sends_next_is_a_new_lead():
    lead = LeadFactory()
    close(lead)
    assert write_again(lead).pk != lead.pk


def test_an_opened_lead_goes_on():
    lead = LeadFactory()
    close(lead)
    reopen(lead)
    lead.refresh_from_db()
    assert (lead.status, lead.closed_at, lead.closed_because) == ("open", None, "")
    assert write_again(lead).pk == lead.pk


@pytest.mark.parametrize("because", ["", "merged", "gone fishing"])
def test_only_a_reason_of_the_list_closes(because):
    with pytest.raises(LeadRefused, match="Choose why"):
        close(LeadFactory(), because=because)


def test_nothing_is_closed_or_opened_twice():
    lead = LeadFactory()
    with pytest.raises(LeadRefused, match="is open"):
        reopen(lead)
    close(lead)
    with pytest.raises(LeadRefused, match="closed already"):
        close(lead)


def test_beside_another_open_lead_of_the_person_none_is_opened():
    lead = LeadFactory()
    close(lead)
    write_again(lead)
    with pytest.raises(LeadRefused, match="another open lead"):
        reopen(lead)


def test_an_erased_persons_lead_stays_closed():
    lead = LeadFactory()
    close(lead)
    erase_person(email=lead.person.email, now=NOW)
    with pytest.raises(LeadRefused, match="erased"):
        reopen(lead)
