"""A rep's own pages: own leads only, accept, decline, absences that hold at once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.models import AuditEntry
from leads.models import Lead
from leads.services.erase_person import erase_person
from pipeline.services.settle_lead import settle_lead
from routing.models import Absence, Assignment, Member
from routing.services.accept_lead import accept_lead
from tests.leads.factories import ObservationFactory
from tests.routing.clocked import change_rep, holder, rep, sellers, send
from tests.routing.factories import RepFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def sign_in(key: str) -> Client:
    user = User.objects.create_user(key, is_staff=True)
    user.groups.add(Group.objects.get(name="Rep"))
    row = rep(key)
    row.user = user
    row.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(db) -> Client:
    """Signed in as ada, who sells beside ben."""
    sellers("ada", "ben", now=timezone.now())
    return sign_in("ada")


@pytest.fixture
def mine(ada) -> Assignment:
    return given_to("ada")


def given_to(key: str) -> Assignment:
    Member.objects.exclude(rep__key=key).update(paused=True)
    held = send(timezone.now())
    Member.objects.update(paused=False)
    return held


def to(name: str, *args: object) -> str:
    return reverse(f"pipeline_pages:{name}", args=args)


def work(client: Client):
    return client.get(to("my_leads")).context["work"]


def ids(rows) -> list[int]:
    return [row.lead.pk for row in rows]


def test_what_waits_stands_first_and_the_most_overdue_on_top(ada):
    first, second, third = (given_to("ada") for _ in range(3))
    Assignment.objects.filter(pk=third.pk).update(due_at=timezone.now() - timedelta(hours=1))
    accept_lead(assignment=second, now=timezone.now())
    found = work(ada)
    assert ids(found.waiting) == [third.lead_id, first.lead_id]
    assert ids(found.taken) == [second.lead_id]
    assert found.waiting[0].clock.text == "Overdue for 1 h"


def test_closed_leads_are_done(ada, mine):
    settle_lead(lead=mine.lead, because="won", user=None, now=timezone.now())
    found = work(ada)
    assert (ids(found.waiting), ids(found.done)) == ([], [mine.lead_id])


def test_each_says_why_it_is_mine(ada, mine):
    assert work(ada).waiting[0].why == "A rule applied (rule “all”, queue “Sellers”)."


def test_without_leads_it_says_what_comes(ada):
    assert "Nothing waits" in ada.get(to("my_leads")).content.decode()


def test_the_page_costs_the_same_for_many(ada, django_assert_max_num_queries):
    given_to("ada")
    with django_assert_max_num_queries(16) as few:
        ada.get(to("my_leads"))
    for _ in range(5):
        given_to("ada")
    with django_assert_max_num_queries(len(few)):
        ada.get(to("my_leads"))


def test_one_lead_has_what_is_needed_to_call(ada, mine):
    ObservationFactory(person=mine.lead.person, attribute="phone", value="+49 30 1234", personal=True)
    ObservationFactory(person=mine.lead.person, attribute="message", value="Call me <b>", personal=True)
    text = ada.get(to("my_lead", mine.lead_id)).content.decode()
    assert 'href="tel:+49 30 1234"' in text
    assert mine.lead.person.email in text
    assert "Call me &lt;b&gt;" in text


def test_accepting_stops_the_clock(ada, mine):
    ada.post(to("accept", mine.lead_id))
    assert holder(mine.lead).clock_stopped_by == "accepted"
    assert "Accept</button>" not in ada.get(to("my_lead", mine.lead_id)).content.decode()


@pytest.mark.parametrize(("reason", "said"), [("", "Say why"), ("a\0b", "Null characters"), ("x" * 201, "at most 200")])
def test_a_reason_that_cannot_be_kept_declines_nothing(ada, mine, reason, said):
    answer = ada.post(to("decline", mine.lead_id), {"reason": reason}, follow=True)
    assert said in answer.content.decode()
    assert holder(mine.lead) == mine


def test_declining_passes_it_on_with_the_reason(ada, mine):
    answer = ada.post(to("decline", mine.lead_id), {"reason": "Not my language"}, follow=True)
    held = holder(mine.lead)
    assert (held.rep.key, held.note) == ("ben", "Not my language")
    assert "goes to Ben" in answer.content.decode()


def test_what_a_rep_did_is_in_the_audit_without_what_they_wrote(ada, mine):
    ada.post(to("decline", mine.lead_id), {"reason": "Jo is rude"})
    again = given_to("ada")
    ada.post(to("accept", again.lead_id))
    entries = AuditEntry.objects.order_by("pk").values_list("action", "who", "kind", "object_id", "label", "note")
    assert list(entries)[-2:] == [
        ("declined", "ada", "routing.assignment", str(mine.pk), f"Lead {mine.lead_id}", "To Ben"),
        ("accepted", "ada", "routing.assignment", str(again.pk), f"Lead {again.lead_id}", ""),
    ]


def test_what_was_refused_is_not_in_the_audit(ada, mine):
    before = AuditEntry.objects.count()
    ada.post(to("decline", mine.lead_id), {"reason": " "})
    accept_lead(assignment=mine, now=timezone.now())
    ada.post(to("accept", mine.lead_id))
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_nothing_is_done_that_can_not_be_recorded(ada, mine, name, monkeypatch):
    monkeypatch.setattr("pipeline.pages.my.record", lambda *given, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ada.post(to(name, mine.lead_id), {"reason": "x"})
    held = holder(mine.lead)
    assert (held.pk, held.clock_stopped_at) == (mine.pk, None)


def test_declining_without_a_reason_says_so(ada, mine):
    answer = ada.post(to("decline", mine.lead_id), {"reason": " "}, follow=True)
    assert "Say why" in answer.content.decode()
    assert holder(mine.lead).pk == mine.pk


def test_another_reps_lead_is_not_found(ada):
    bens = given_to("ben").lead_id
    answers = [
        ada.get(to("my_lead", bens)),
        ada.post(to("accept", bens)),
        ada.post(to("decline", bens), {"reason": "x"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert ids(work(ada).waiting) == []
    assert Assignment.objects.live().get().clock_stopped_at is None


def test_what_was_passed_on_is_not_found_any_more(ada, mine):
    ada.post(to("decline", mine.lead_id), {"reason": "x"})
    assert ada.get(to("my_lead", mine.lead_id)).status_code == 404


def test_an_erased_persons_lead_is_not_found(ada, mine):
    erase_person(email=mine.lead.person.email, now=timezone.now())
    assert ada.get(to("my_lead", mine.lead_id)).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "9" * 18])
def test_what_is_no_lead_is_not_found(ada, number):
    assert ada.get(f"/admin/my/leads/{number}/").status_code == 404


def test_following_a_link_changes_nothing(ada, mine):
    answers = [ada.get(to(name, mine.lead_id)).status_code for name in ("accept", "decline")]
    assert answers == [405, 405]


def test_a_right_without_a_rep_says_whom_to_ask(ada):
    user = User.objects.create_user("new", is_staff=True)
    user.groups.add(Group.objects.get(name="Rep"))
    client = Client()
    client.force_login(user)
    assert "not linked to a rep" in client.get(to("my_leads")).content.decode()
    assert client.post(to("my_absences"), {}).status_code == 403


# Absences


def days(first: int, last: int, **more: str) -> dict[str, str]:
    return {
        "first_day": f"{TODAY + timedelta(days=first)}",
        "last_day": f"{TODAY + timedelta(days=last)}",
        **more,
    }


def test_whole_days_are_the_reps_own_days(ada):
    change_rep("ada", time_zone="America/New_York")
    ada.post(to("my_absences"), days(7, 11, reason="Holiday"))
    (absence,) = Absence.objects.all()
    zone = ZoneInfo("America/New_York")
    assert absence.starts_at == datetime.combine(TODAY + timedelta(days=7), datetime.min.time(), zone)
    assert absence.ends_at == datetime.combine(TODAY + timedelta(days=12), datetime.min.time(), zone)
    assert (absence.rep.key, absence.reason) == ("ada", "Holiday")


def test_times_make_half_days(ada):
    ada.post(to("my_absences"), days(1, 1, from_time="09:00", until_time="12:30"))
    (absence,) = Absence.objects.all()
    assert absence.ends_at - absence.starts_at == timedelta(hours=3, minutes=30)


def test_it_holds_at_once(ada):
    ada.post(to("my_absences"), days(0, 0))
    assert {send(timezone.now()).rep.key for _ in range(3)} == {"ben"}
    assert "You are away until" in ada.get(to("my_leads")).content.decode()


def test_it_is_in_the_audit(ada):
    ada.post(to("my_absences"), days(1, 2))
    entry = AuditEntry.objects.get(action="absence added")
    assert (entry.action, entry.who, entry.label) == ("absence added", "ada", "Ada")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (days(3, 5), "overlaps the absence from"),
        (days(9, 8), "ends before it begins"),
        (days(-9, -8), "over already"),
        (days(20, 900), "at most a year"),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "no date that can be used"),
        ({"first_day": "0001-01-01", "last_day": "0001-01-01"}, "no date that can be used"),
        ({"first_day": "soon", "last_day": ""}, "Enter a valid date"),
        (days(20, 21, from_time="25:00"), "Enter a valid time"),
        (days(20, 21, reason="\x00"), "Null characters"),
        (days(20, 21, reason="x" * 500), "at most 120"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(ada, given, complaint):
    ada.post(to("my_absences"), days(4, 6))
    answer = ada.post(to("my_absences"), given)
    assert answer.status_code == 200
    assert complaint in answer.content.decode()
    assert Absence.objects.count() == 1


def test_one_that_comes_can_be_changed_and_deleted(ada):
    ada.post(to("my_absences"), days(4, 6))
    absence = Absence.objects.get()
    form = ada.get(to("my_absence", absence.pk)).context["form"]
    assert form["last_day"].value() == TODAY + timedelta(days=6)
    ada.post(to("my_absence", absence.pk), days(4, 8))
    absence.refresh_from_db()
    assert absence.ends_at - absence.starts_at >= timedelta(days=4, hours=23)
    ada.post(to("delete_absence", absence.pk))
    assert not Absence.objects.exists()


def test_one_that_has_begun_ends_now(ada):
    now = timezone.now()
    absence = Absence.objects.create(rep=rep("ada"), starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    ada.post(to("delete_absence", absence.pk))
    absence.refresh_from_db()
    assert absence.ends_at <= timezone.now()
    assert given_to("ada").rep.key == "ada"


def test_when_one_began_can_not_be_changed(ada):
    now = timezone.now()
    absence = Absence.objects.create(rep=rep("ada"), starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    answer = ada.post(to("my_absence", absence.pk), days(1, 2))
    assert "Only its end can be changed" in answer.content.decode()


def test_anothers_absence_is_not_found(ada):
    now = timezone.now()
    other = Absence.objects.create(rep=RepFactory(), starts_at=now, ends_at=now + timedelta(days=1))
    answers = [
        ada.get(to("my_absence", other.pk)),
        ada.post(to("my_absence", other.pk), days(1, 2)),
        ada.post(to("delete_absence", other.pk)),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Absence.objects.filter(pk=other.pk).exists()


def test_nothing_of_all_this_is_kept_by_a_browser(ada, mine):
    answer = ada.get(to("my_lead", mine.lead_id))
    assert "no-store" in answer["Cache-Control"]
    assert Lead.objects.exists()
