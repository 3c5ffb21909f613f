"""What people type into the search of leads."""

import pytest

from leads.models import Lead
from pipeline.lead_search import leads_found
from tests.leads.factories import CompanyFactory, LeadFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def somebody() -> Lead:
    acme = CompanyFactory(domain="acme.example", name="Acme Süd GmbH")
    other = CompanyFactory(domain="other.example", name="Other Ltd")
    LeadFactory(person=PersonFactory(email="bo@other.example", full_name="Bo Other", company=other), company=other)
    person = PersonFactory(email="ann.lee@acme.example", full_name="Ann Lee", company=acme)
    return LeadFactory(person=person, company=acme)


@pytest.mark.parametrize(
    "text",
    [
        "ann.lee@acme.example",
        "Ann.Lee@ACME",
        "LEE",
        "ann lee",
        "lee ann",
        "acme",
        "ACME.example",
        "@acme.example",
        "GmbH lee",
    ],
)
def test_a_lead_is_found_by_address_name_company_and_domain_in_any_case(text, somebody):
    assert list(leads_found(Lead.objects.all(), text)) == [somebody]


@pytest.mark.parametrize("text", ["ann other", "nobody", "lee@acme", "%", "_"])
def test_what_is_not_there_finds_nothing(text):
    assert not leads_found(Lead.objects.all(), text).exists()


def test_nothing_typed_leaves_all():
    assert leads_found(Lead.objects.all(), "  ").count() == 2


@pytest.mark.parametrize("text", ["ann@second.example", "@second.example", "annie second"])
def test_a_person_is_found_by_an_address_that_was_merged(text, somebody):
    PersonFactory(email="ann@second.example", full_name="Annie", merged_into=somebody.person)
    assert list(leads_found(Lead.objects.all(), text)) == [somebody]
