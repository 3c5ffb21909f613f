from uuid import uuid4

import pytest
from django.db import IntegrityError

from leads.models import Observation
from leads.selectors import profile_of
from leads.services.record_observations import NewObservation, record_observations
from tests.leads.factories import NOW, CompanyFactory, LeadFactory, ObservationFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return PersonFactory()


@pytest.fixture
def company():
    return CompanyFactory(domain="acme.example")


def found(attribute="employees", value=800, *, subject="company", provider="dataset:companies", **more):
    return NewObservation(attribute, value, "enrichment", provider=provider, subject=subject, **more)


def record(person, company, *observations):
    return record_observations(
        person=person, company=company, observations=observations, submission_id=uuid4(), now=NOW
    )


def test_each_observation_is_about_the_one_it_names(person, company):
    assert record(person, company, found(), found("intent", "buy", subject="person")) == 2
    assert Observation.objects.get(company=company).attribute == "employees"
    assert Observation.objects.get(person=person).attribute == "intent"


def test_without_a_company_everything_is_about_the_person(person):
    record(person, None, found())
    assert Observation.objects.get().person == person


@pytest.mark.parametrize("attribute", ["phone", "never_heard_of"])
def test_what_may_be_personal_is_never_kept_on_the_company(person, company, attribute):
    record(person, company, found(attribute, "x"))
    assert Observation.objects.get(personal=True).person == person


def test_the_same_thing_said_of_a_company_again_is_not_written_again(person, company):
    record(person, company, found())
    assert record(PersonFactory(), company, found()) == 0
    assert Observation.objects.count() == 1


def test_a_repeat_within_one_batch_is_not_written_again(person, company):
    assert record(person, company, found(), found()) == 1


@pytest.mark.parametrize("news", [{"value": 900}, {"confidence": 0.5}, {"provider": "dataset:other"}])
def test_another_value_confidence_or_provider_is_news(person, company, news):
    record(person, company, found())
    assert record(person, company, found(**news)) == 1


def test_a_value_that_changes_back_is_written_again(person, company):
    for employees in (800, 900, 800):
        assert record(person, company, found(value=employees)) == 1


def test_what_one_person_said_may_be_said_again(person):
    for _ in range(2):
        assert record(person, None, found("intent", "buy", subject="person")) == 1


def test_the_company_gets_the_name_its_best_observation_has(person, company):
    record(person, company, found("company_name", "Acme Inc", confidence=0.9))
    record(person, company, found("company_name", "ACME", confidence=0.2, provider="dataset:other"))
    company.refresh_from_db()
    assert str(company) == company.name == "Acme Inc"


def test_a_profile_joins_what_is_known_of_person_and_company(person, company):
    lead = LeadFactory(person=person, company=company)
    record(person, company, found(), found("intent", "buy", subject="person"))
    record(PersonFactory(), CompanyFactory(), found("industry", "retail"), found("intent", "look", subject="person"))
    assert profile_of(lead).values() == {"employees": 800, "intent": "buy"}


def test_a_profile_costs_one_query(person, company, django_assert_num_queries):
    lead = LeadFactory(person=person, company=company)
    with django_assert_num_queries(1):
        profile_of(lead)


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_confidence_is_a_share(confidence):
    with pytest.raises(IntegrityError):
        ObservationFactory(confidence=confidence)


def test_an_observation_has_exactly_one_subject(company):
    with pytest.raises(IntegrityError):
        ObservationFactory(company=company)


def test_the_database_refuses_a_personal_observation_of_a_company(company):
    with pytest.raises(IntegrityError):
        ObservationFactory(person=None, company=company, personal=True)
