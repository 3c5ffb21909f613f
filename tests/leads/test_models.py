import pytest
from django.db import IntegrityError

from leads.models import Lead
from tests.leads.factories import NOW, CompanyFactory, LeadFactory, ObservationFactory, PersonFactory

pytestmark = pytest.mark.django_db


def test_a_person_has_at_most_one_open_lead():
    lead = LeadFactory()
    with pytest.raises(IntegrityError):
        LeadFactory(person=lead.person)


def test_a_person_may_have_many_closed_leads():
    person = PersonFactory()
    LeadFactory.create_batch(2, person=person, status=Lead.Status.CLOSED, closed_at=NOW)
    assert person.leads.count() == 2


def test_a_person_is_called_by_name_or_else_by_address():
    assert str(PersonFactory(full_name="Ann Lee")) == "Ann Lee"
    assert str(PersonFactory(email="ann@acme.example")) == "ann@acme.example"


def test_a_lead_is_called_by_its_person():
    lead = LeadFactory(person__full_name="Ann Lee")
    assert str(lead) == f"Lead {lead.pk}: Ann Lee"


def test_a_company_without_a_name_is_called_by_its_domain():
    assert str(CompanyFactory(domain="acme.example")) == "acme.example"


def test_an_observation_does_not_tell_its_value():
    assert str(ObservationFactory(attribute="phone", value="+49 30 1234")) == "phone (Answer)"
