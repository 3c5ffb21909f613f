from uuid import uuid4

import pytest

from leads.errors import EmailInvalid
from leads.models import Company, Lead, Observation, Person
from leads.services.capture_lead import capture_lead
from leads.services.record_observations import NewObservation
from tests.leads.factories import NOW, LeadFactory, PersonFactory

pytestmark = pytest.mark.django_db


def capture(email="ann@acme.example", full_name="Ann Lee", observations=(), submission_id=None):
    return capture_lead(
        email=email,
        full_name=full_name,
        observations=observations,
        submission_id=submission_id or uuid4(),
        now=NOW,
    )


def answer(attribute="phone", value="+49 30 1234", **more):
    return NewObservation(attribute=attribute, value=value, source="answer", **more)


def test_a_first_submission_makes_person_company_and_lead():
    captured = capture(email="Ann@Mail.Acme.Example")
    assert captured.lead_is_new
    assert captured.lead.person == captured.person
    assert captured.person.email == "ann@mail.acme.example"
    assert captured.lead.company == captured.person.company == captured.company
    assert captured.company.domain == "acme.example"


def test_a_second_submission_joins_the_open_lead():
    first = capture()
    second = capture(email="ANN@acme.example")
    assert second.lead == first.lead
    assert not second.lead_is_new


def test_a_submission_after_the_lead_was_closed_opens_a_new_one():
    person = PersonFactory(email="ann@acme.example")
    closed = LeadFactory(person=person, status=Lead.Status.CLOSED, closed_at=NOW)
    captured = capture()
    assert captured.lead_is_new
    assert captured.lead != closed
    assert captured.person == person


def test_colleagues_share_the_company_and_have_leads_of_their_own():
    ann, ben = capture(email="ann@acme.example"), capture(email="ben@eu.acme.example")
    assert ann.company == ben.company
    assert ann.lead != ben.lead


@pytest.mark.parametrize("email", ["ann@gmail.com", "ann@mailinator.com"])
def test_free_and_disposable_mail_make_no_company(email):
    assert capture(email=email).company is None
    assert not Company.objects.exists()


def test_a_domain_that_becomes_known_as_a_company_reaches_person_and_open_lead(settings):
    settings.COMPANY_MAIL_DOMAINS = []
    capture(email="ann@gmail.com")
    settings.COMPANY_MAIL_DOMAINS = ["gmail.com"]
    captured = capture(email="ann@gmail.com")
    assert Lead.objects.get().company == Person.objects.get().company == captured.company


def test_a_name_given_later_replaces_the_earlier_one():
    capture(full_name="A. Lee")
    capture(full_name="  Ann \t Lee ")
    assert Person.objects.get().full_name == "Ann Lee"


def test_a_blank_name_changes_nothing():
    capture(full_name="Ann Lee")
    capture(full_name="  ")
    assert Person.objects.get().full_name == "Ann Lee"


def test_a_very_long_name_is_cut_rather_than_losing_the_lead():
    assert len(capture(full_name="n" * 1000).person.full_name) == Person.NAME_LENGTH


def test_answers_are_kept_with_their_submission():
    submission_id = uuid4()
    capture(observations=[answer()], submission_id=submission_id)
    kept = Observation.objects.get()
    assert (kept.attribute, kept.value, kept.submission_id, kept.personal) == (
        "phone",
        "+49 30 1234",
        submission_id,
        True,
    )


def test_capturing_a_submission_twice_writes_its_answers_once():
    submission_id = uuid4()
    for _ in range(2):
        captured = capture(observations=[answer()], submission_id=submission_id)
    assert Observation.objects.count() == 1
    assert not captured.lead_is_new


def test_the_same_answer_in_another_submission_is_another_observation():
    capture(observations=[answer()])
    capture(observations=[answer()])
    assert Observation.objects.count() == 2


def test_an_invalid_address_stores_nothing():
    with pytest.raises(EmailInvalid):
        capture(email="ann@")
    assert not Person.objects.exists()


def test_a_known_person_costs_few_queries(django_assert_max_num_queries):
    capture()
    with django_assert_max_num_queries(9):
        capture(observations=[answer()])
