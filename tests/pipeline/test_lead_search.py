"""What people type into the search of leads."""

import pytest
from django.urls import reverse

from leads.models import Lead
from pipeline import lead_search
from tests.leads.factories import CompanyFactory, LeadFactory, PersonFactory

pytestmark = pytest.mark.django_db


def found(text: str) -> list[Lead]:
    return list(lead_search.leads_found(Lead.objects.all(), text).leads)


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
    assert found(text) == [somebody]


@pytest.mark.parametrize("text", ["ann other", "nobody", "lee@acme", "%", "_"])
def test_what_is_not_there_finds_nothing(text):
    assert found(text) == []


def test_nothing_typed_leaves_all():
    assert len(found("  ")) == len(found("@")) == 2


@pytest.mark.parametrize("text", ["ann@second.example", "@second.example", "annie second"])
def test_a_person_is_found_by_an_address_that_was_merged(text, somebody):
    PersonFactory(email="ann@second.example", full_name="Annie", merged_into=somebody.person)
    assert found(text) == [somebody]


# Where words name many; here, more than two


@pytest.fixture
def crowd(monkeypatch) -> None:
    """Three newer people with each of the names, and three newer companies with the name."""
    monkeypatch.setattr(lead_search, "MOST", 2)
    for number in range(3):
        company = CompanyFactory(name=f"Further {number} GmbH")
        for name in ("Ann", "Lee"):
            person = PersonFactory(email=f"{number}-{name.lower()}@x.example", full_name=f"{name} Other")
            LeadFactory(person=person, company=company)


@pytest.mark.parametrize("text", ["ann lee", "süd gmbh", "süd lee", "ann.lee gmbh"])
def test_words_that_each_name_many_find_who_has_all_of_them(text, crowd, somebody):
    assert found(text) == [somebody]
    assert not is_cut(text)


@pytest.mark.parametrize(("text", "cut"), [("ann", True), ("ann gmbh", True), ("süd", False), ("nobody", False)])
def test_whether_there_may_be_more_is_known(text, cut, crowd):
    assert is_cut(text) is cut


def test_where_there_are_more_the_newest_are_found(crowd):
    newest = list(Lead.objects.filter(person__full_name="Ann Other").order_by("-pk")[:2])
    assert found("ann") == newest


def test_the_list_says_where_there_may_be_more(crowd, admin_client):
    page = reverse("admin:leads_lead_changelist")
    told = [admin_client.get(page, {"q": text}).content.decode() for text in ("ann", "süd")]
    assert ["The newest are searched" in text for text in told] == [True, False]


def is_cut(text: str) -> bool:
    return lead_search.leads_found(Lead.objects.all(), text).is_cut
