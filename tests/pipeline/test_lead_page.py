"""A lead's page: whose and why, what is known, what happened; and what can be done from there."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from foundation.mail import queue_mail
from foundation.models import AuditEntry
from foundation.outbox import emit
from leads.models import Lead, Source
from leads.services.erase_person import erase_person
from pipeline.models import Run
from routing.models import Assignment, Member
from routing.services.accept_lead import accept_lead
from routing.services.reassign_lead import reassign_lead
from tests.integrations.factories import DeliveryFactory
from tests.leads.factories import ObservationFactory
from tests.routing.clocked import counts, holder, rep, sellers, send
from tests.routing.factories import CompanyFactory, LeadFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(db) -> Lead:
    """Jo's, of Buyer; ada has it and has an hour."""
    sellers("ada", "ben", now=timezone.now())
    Member.objects.filter(rep__key="ben").update(paused=True)
    company = CompanyFactory(domain="company.example", name="Buyer")
    person = PersonFactory(email="jo@buyer.example", full_name="Jo Example", company=company)
    return send(timezone.now(), lead=LeadFactory(person=person, company=company, created_at=timezone.now())).lead


def address(lead: Lead, name: str = "") -> str:
    return reverse(f"pipeline_pages:{name}" if name else "admin:leads_lead_change", args=[lead.pk])


def page(client, lead: Lead) -> str:
    return client.get(address(lead)).content.decode()


def story(client, lead: Lead):
    return client.get(address(lead)).context["story"]


def test_it_says_who_and_whose_and_how_long_there_is(admin_client, lead):
    text = page(admin_client, lead)
    assert "Jo Example, Buyer" in text
    assert "Ada" in text
    assert "59 min left to accept" in text


def test_it_says_why_in_the_stored_decisions_sentences(admin_client, lead):
    (why,) = story(admin_client, lead).whys
    assert why.headline == "Ada: A rule applied."
    assert any("only Ada could take the lead" in sentence for sentence in why.sentences)


def test_of_a_moved_lead_it_tells_the_move_and_how_it_began(admin_client, lead):
    Member.objects.update(paused=False)
    reassign_lead(lead=lead, rep=rep("ben"), reason="Knows them", user=None, now=timezone.now())
    assert [why.headline for why in story(admin_client, lead).whys] == [
        "Ben: Somebody moved the lead by hand.",
        "Ada: A rule applied.",
    ]


def test_every_observation_is_there_with_its_source_and_which_one_won(admin_client, lead):
    for value, source, confidence in ((50, Source.ENRICHMENT, 0.9), (80, Source.ANSWER, 0.5)):
        ObservationFactory(
            person=None, company=lead.company, attribute="employees", value=value, source=source,
            confidence=confidence, provider="register" if source == Source.ENRICHMENT else "",
        )  # fmt: skip
    facts = [(f.words, f.source, f.provider, f.is_believed) for f in story(admin_client, lead).facts]
    assert facts == [("80", "Answer", "", True), ("50", "Enrichment", "register", False)]


def test_what_happened_stands_in_time_the_newest_first(admin_client, lead):
    accept_lead(assignment=holder(lead), now=timezone.now())
    texts = [each.text for each in story(admin_client, lead).timeline]
    assert texts == ["Accepted: Ada", "Ada has it", "Decided: Ada: A rule applied."]


def test_a_move_tells_who_moved_it_and_why(admin_client, lead, admin_user):
    reassign_lead(lead=lead, rep=rep("dan"), reason="Knows them", user=admin_user, now=timezone.now())
    moved = next(each for each in story(admin_client, lead).timeline if each.text == "Dan has it")
    assert (moved.detail, moved.note) == ("through “Sellers”, moved by admin", "Knows them")


def test_deliveries_and_mails_about_it_are_there_and_of_another_lead_are_not(admin_client, lead):
    subject = f"person:{lead.person_id}"
    for lead_id in (lead.pk, lead.pk + 1):
        event = emit("lead.assigned", {"lead_id": lead_id}, now=timezone.now(), subject=subject)
        DeliveryFactory(event=event, status="failed", error_code="timeout", attempts_made=3)
    queue_mail(to=["ada@seller.example"], subject="Waiting", body="…", about=subject, now=timezone.now())
    texts = {each.text: each.detail for each in story(admin_client, lead).timeline if " to " in each.text}
    assert len([each for each in story(admin_client, lead).timeline if each.kind == "failed"]) == 1
    assert "Failed: 3 attempts, timeout" in texts.values()
    assert texts["Mail to ada@seller.example"] == "Waiting · Not sent yet"


def test_a_long_history_costs_no_more_queries(admin_client, lead, django_assert_max_num_queries):
    fill_history(lead, 2)
    with django_assert_max_num_queries(20) as few:
        admin_client.get(address(lead))
    fill_history(lead, 15)
    with django_assert_max_num_queries(len(few)):
        admin_client.get(address(lead))


def fill_history(lead: Lead, n: int) -> None:
    for i in range(n):
        to = rep("dan") if holder(lead).rep.key != "dan" else rep("mia")
        reassign_lead(lead=lead, rep=to, reason=f"Move {i}", user=None, now=timezone.now())
        ObservationFactory(person=lead.person, attribute="country", value="DE")
        event = emit("lead.reassigned", {"lead_id": lead.pk}, now=timezone.now(), subject=f"person:{lead.person_id}")
        DeliveryFactory(event=event)


def test_places_are_named_and_what_names_no_place_is_shown_as_it_came(admin_client, lead):
    for attribute, value in (("country", "FR"), ("region", "DE-BY"), ("country", "Atlantis")):
        ObservationFactory(person=lead.person, attribute=attribute, value=value)
    shown = page(admin_client, lead)
    assert all(f">{name}</td>" in shown for name in ("France", "Bayern", "Atlantis"))


def test_what_people_wrote_is_never_taken_for_markup(admin_client, lead):
    evil = "<script>alert(1)</script>"
    ObservationFactory(person=lead.person, attribute="message", value=evil, personal=True)
    reassign_lead(lead=lead, rep=rep("dan"), reason=evil, user=None, now=timezone.now())
    assert evil not in page(admin_client, lead)


def test_an_erased_persons_page_names_nobody(admin_client, lead):
    erase_person(email=lead.person.email, now=timezone.now())
    text = page(admin_client, lead)
    assert "jo@buyer.example" not in text
    assert "Erased person" in text


def test_a_lead_that_was_not_decided_says_what_comes(admin_client):
    assert "Not decided yet" in page(admin_client, LeadFactory())


@pytest.mark.parametrize("word", ["0", "999999", "1" * 25, "abc"])
def test_what_is_no_lead_is_not_found(admin_client, db, word):
    assert admin_client.get(f"/admin/leads/lead/{word}/change/").status_code in {302, 404}
    assert admin_client.get(f"/admin/workbench/leads/{word}/merge/").status_code == 404


# What can be done


def test_reassigning_gives_it_to_somebody_else_and_is_in_the_audit(admin_client, lead):
    admin_client.post(address(lead, "reassign"), {"rep": rep("dan").pk, "reason": "Knows them"})
    assert holder(lead).rep.key == "dan"
    assert AuditEntry.objects.get(action="reassigned").note == "To Dan"


def test_a_reassignment_that_can_not_be_recorded_is_none(admin_client, lead, monkeypatch):
    monkeypatch.setattr("pipeline.pages.lead.record", lambda *given, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        admin_client.post(address(lead, "reassign"), {"rep": rep("dan").pk, "reason": "Knows them"})
    assert holder(lead).rep.key == "ada"


def test_a_reassignment_that_is_refused_says_why(admin_client, lead):
    Lead.objects.update(status="closed")
    answer = admin_client.post(address(lead, "reassign"), {"rep": rep("dan").pk, "reason": "x"})
    assert "This lead is closed." in answer.content.decode()


def test_closing_stops_the_clock_and_offers_to_open_again(admin_client, lead):
    admin_client.post(address(lead, "close"), {"because": "lost"})
    assert holder(lead).clock_stopped_by == "status_change"
    offered = {text for text, _ in admin_client.get(address(lead)).context["actions"]}
    assert offered & {"Reassign", "Close", "Open again"} == {"Open again"}
    admin_client.post(address(lead, "reopen"))
    assert Lead.objects.get(pk=lead.pk).status == "open"


def test_a_lead_is_not_closed_while_a_submission_is_on_its_way(admin_client, lead):
    Run.objects.create(
        submission_id=uuid4(), origin="visitor", deliver=True, stage="route", lead=lead, person=lead.person,
        wake_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    answer = admin_client.post(address(lead, "close"), {"because": "spam"})
    assert "still on its way" in answer.content.decode()
    assert Lead.objects.get(pk=lead.pk).status == "open"
    assert not AuditEntry.objects.filter(action="closed").exists()


def test_closing_without_a_reason_is_asked_again(admin_client, lead):
    answer = admin_client.post(address(lead, "close"), {})
    assert "This field is required" in answer.content.decode()
    assert Lead.objects.get(pk=lead.pk).status == "open"


def test_a_merge_shows_what_would_happen_then_does_it(admin_client, lead):
    other = send(timezone.now()).lead
    given = {"other": other.person.email, "stays": "this"}
    shown = admin_client.get(address(lead, "merge"), given)
    assert f"Merge lead {other.pk} into lead {lead.pk}" in shown.content.decode()
    assert Lead.objects.filter(status="open").count() == 2
    admin_client.post(address(lead, "merge"), {"other": str(other.pk), "stays": "this"})
    assert Lead.objects.get(pk=other.pk).merged_into_id == lead.pk
    assert sum(counts().values()) == 1


def test_the_other_one_may_stay(admin_client, lead):
    other = send(timezone.now()).lead
    admin_client.post(address(lead, "merge"), {"other": f"#{other.pk}", "stays": "other"})
    assert Lead.objects.get(pk=lead.pk).merged_into_id == other.pk


def named(client, lead: Lead, email: str) -> int:
    """The lead that would go if `email` names the other one."""
    return client.get(address(lead, "merge"), {"other": email}).context["found"].goes.pk


def test_an_address_names_the_latest_lead_that_is_open_before_any_that_is_closed(admin_client, lead):
    person = PersonFactory()
    older, newer = (LeadFactory(person=person, status="closed") for _ in range(2))
    assert named(admin_client, lead, person.email) == newer.pk
    Lead.objects.filter(pk=older.pk).update(status="open")
    assert named(admin_client, lead, person.email) == older.pk


def test_an_address_names_no_lead_that_was_merged_before(admin_client, lead):
    person = PersonFactory()
    other, merged = LeadFactory(person=person, status="closed"), LeadFactory(person=person, status="closed")
    Lead.objects.filter(pk=merged.pk).update(merged_into=other)
    assert named(admin_client, lead, person.email) == other.pk


def test_a_leads_own_address_names_its_persons_other_lead(admin_client, lead):
    earlier = LeadFactory(person=lead.person, status="closed")
    assert named(admin_client, lead, lead.person.email) == earlier.pk


def test_an_address_that_was_merged_names_the_lead_of_who_it_is(admin_client, lead):
    other = LeadFactory()
    alias = PersonFactory(merged_into=other.person)
    assert named(admin_client, lead, alias.email) == other.pk


@pytest.mark.parametrize(
    ("other", "complaint"),
    [("999999", "no such lead"), ("nobody@x.example", "no such lead"), ("1" * 300, "no such lead"), ("\x00", "Null")],
)
def test_a_merge_with_nothing_says_so(admin_client, lead, other, complaint):
    for answer in (
        admin_client.get(address(lead, "merge"), {"other": other}),
        admin_client.post(address(lead, "merge"), {"other": other}),
    ):
        assert complaint in answer.content.decode()


def test_merging_into_itself_says_so(admin_client, lead):
    assert "into itself" in admin_client.get(address(lead, "merge"), {"other": lead.pk}).content.decode()


# The list


def listed(client, **query) -> list[int]:
    answer = client.get(reverse("admin:leads_lead_changelist"), query)
    return sorted(lead.pk for lead in answer.context["cl"].result_list)


@pytest.fixture
def three(lead) -> list[Lead]:
    """Ada's; one by the desk that is overdue; one that nobody has."""
    overdue = send(timezone.now()).lead
    reassign_lead(lead=overdue, rep=rep("dan"), reason="Mine", user=None, now=timezone.now())
    ago = timezone.now() - timedelta(minutes=5)
    Assignment.objects.live().filter(lead=overdue).update(due_at=ago, queue_key="desk")
    return [lead, overdue, LeadFactory()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"owner": "ada"}, [0]),
        ({"owner": "nobody"}, [2]),
        ({"queue": "sellers"}, [0]),
        ({"queue": "desk"}, [1]),
        ({"reason": "rule"}, [0]),
        ({"reason": "by_hand"}, [1]),
        ({"clock": "overdue"}, [1]),
        ({"clock": "running"}, [0]),
        ({"queue": "nowhere"}, []),
        ({"q": "jo@buyer"}, [0]),
        ({"q": "example Jo"}, [0]),
        ({"q": "COMPANY.example"}, [0]),
        ({"q": "zzz"}, []),
    ],
)
def test_leads_are_filtered_and_found(admin_client, three, query, found):
    assert [[lead.pk for lead in three].index(pk) for pk in listed(admin_client, **query)] == found


def test_an_erased_persons_lead_is_not_overdue(admin_client, three):
    erase_person(email=three[1].person.email, now=timezone.now())
    assert listed(admin_client, clock="overdue") == []


def test_who_may_only_look_is_offered_nothing_to_do(client, lead):
    analyst = User.objects.create_user("ana", is_staff=True)
    analyst.groups.add(Group.objects.get(name="Analyst"))
    client.force_login(analyst)
    offered = [text for text, _ in client.get(address(lead)).context["actions"]]
    assert set(offered) <= {"Try with changed inputs"}
