"""Routing's pages for sales ops: accept, reassign, absences, golden leads."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.roles import Role
from leads.models import Lead
from leads.services.erase_person import erase_person
from routing.models import Absence, Assignment, GoldenLead, Rep
from routing.services.accept_lead import accept_lead
from tests.routing.clocked import change_member, holder, rep, sellers, send
from tests.routing.factories import RepFactory, queue_with

pytestmark = pytest.mark.django_db


def page(model: str, row: object, action: str = "change") -> str:
    return f"/admin/routing/{model}/{row.pk}/{action}/"


def move_page(held: Assignment) -> str:
    return reverse("pipeline_pages:reassign", args=[held.lead_id])


@pytest.fixture
def held() -> Assignment:
    """A lead that waits to be accepted; ada and ben sell."""
    sellers("ada", "ben")
    return send(timezone.now())


@pytest.fixture
def other(held) -> str:
    return "ben" if held.rep.key == "ada" else "ada"


def test_the_action_accepts_what_was_chosen_and_counts_it(admin_client, held):
    second = send(timezone.now())
    accept_lead(assignment=second, now=timezone.now())
    chosen = {"action": "accept", "_selected_action": [held.pk, second.pk]}
    answer = admin_client.post(reverse("admin:routing_assignment_changelist"), chosen, follow=True)
    assert "1 of 2 accepted" in answer.content.decode()
    assert holder(held.lead).clock_stopped_by == "accepted"


def test_accepting_on_the_page_asks_first(admin_client, held):
    address = page("assignment", held, "accept")
    assert admin_client.get(address).status_code == 200
    assert holder(held.lead).clock_stopped_at is None
    admin_client.post(address)
    assert holder(held.lead).clock_stopped_by == "accepted"


def test_what_was_accepted_offers_no_accepting(admin_client, held):
    accept_lead(assignment=held, now=timezone.now())
    assert "Accept for the rep" not in admin_client.get(page("assignment", held)).content.decode()


def test_the_page_moves_the_lead_with_reason_and_user(admin_client, admin_user, held, other):
    form = {"rep": rep(other).pk, "reason": "Knows the company"}
    answer = admin_client.post(move_page(held), form, follow=True)
    moved = holder(held.lead)
    assert (moved.rep.key, moved.note, moved.moved_by) == (other, "Knows the company", admin_user)
    assert f"is with {moved.rep} now" in answer.content.decode()


def test_a_move_without_a_reason_is_refused_on_the_page(admin_client, held, other):
    answer = admin_client.post(move_page(held), {"rep": rep(other).pk, "reason": " "})
    assert "This field is required" in answer.content.decode()
    assert holder(held.lead).pk == held.pk


def test_a_refused_move_says_why_on_the_page(admin_client, held, other):
    change_member(other, cap_day=0)
    answer = admin_client.post(move_page(held), {"rep": rep(other).pk, "reason": "Mine"})
    assert "has no room left under a cap" in answer.content.decode()
    assert holder(held.lead).pk == held.pk


def test_only_active_reps_who_do_not_have_the_lead_are_offered(admin_client, held, other):
    form = admin_client.get(move_page(held)).context["form"]
    assert sorted(choice.key for choice in form.fields["rep"].queryset) == sorted({"dan", "mia", other})


@pytest.mark.parametrize("model", ["assignment", "decision"])
def test_an_assignment_and_a_decision_lead_to_the_page_that_moves_the_lead(admin_client, held, model):
    row = held if model == "assignment" else held.decision
    assert admin_client.get(page(model, row, "reassign")).url == move_page(held)


def test_a_parked_lead_is_given_to_somebody(admin_client, held):
    Assignment.objects.all().delete()
    admin_client.post(move_page(held), {"rep": rep("dan").pk, "reason": "Nobody was there"})
    assert holder(held.lead).rep.key == "dan"


def test_a_closed_lead_offers_no_move(admin_client, held):
    Lead.objects.update(status="closed")
    assert admin_client.get(page("assignment", held, "reassign")).status_code == 403


@pytest.mark.parametrize("action", ["accept", "reassign"])
def test_who_may_only_look_can_neither_accept_nor_move(held, action):
    analyst = User.objects.create_user("an analyst", is_staff=True)
    analyst.groups.add(Group.objects.get(name=Role.ANALYST))
    client = Client()
    client.force_login(analyst)
    assert client.get(page("assignment", held)).status_code == 200
    assert client.post(page("assignment", held, action)).status_code == 403


@pytest.mark.parametrize(
    ("choice", "shown"), [("running", {"ada", "ben"}), ("overdue", {"ada"})], ids=["running", "overdue"]
)
def test_assignments_are_filtered_by_their_clock(admin_client, choice, shown):
    sellers("ada", "ben")
    now = timezone.now()
    send(now), send(now)
    Assignment.objects.filter(rep__key="ada").update(due_at=now - timedelta(minutes=1))
    listed = admin_client.get(f"{reverse('admin:routing_assignment_changelist')}?clock={choice}").context["cl"]
    assert {held.rep.key for held in listed.result_list} == shown


def test_the_filter_by_clock_leaves_out_what_the_clock_leaves_alone(admin_client):
    sellers("ada")
    now = timezone.now()
    erased, _ = send(now), send(now)
    erase_person(email=erased.lead.person.email, now=now)
    listed = admin_client.get(f"{reverse('admin:routing_assignment_changelist')}?clock=running").context["cl"]
    assert erased not in listed.result_list
    assert len(listed.result_list) == 1


def test_an_absence_is_entered_on_the_reps_page_and_holds_at_once(admin_client, held, other):
    person = rep(other)
    admin_client.post(page("rep", person), {**rep_form(person), **absence_form(timezone.now())})
    assert Absence.objects.covering(timezone.now()).get().rep == person
    assert {send(timezone.now()).rep.key for _ in range(2)} == {held.rep.key}


def rep_form(person) -> dict[str, object]:
    names = ("name", "key", "email", "time_zone")
    queues = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {**{name: getattr(person, name) for name in names}, "active": "on", "working_hours": "{}", **queues}


def absence_form(now) -> dict[str, object]:
    start, end = now - timedelta(days=1), now + timedelta(days=1)
    return absence_rows(first_day=f"{start:%Y-%m-%d}", last_day=f"{end:%Y-%m-%d}", reason="Holiday")


def absence_rows(*, stored: int = 0, **fields: object) -> dict[str, object]:
    numbers = {"TOTAL_FORMS": 1, "INITIAL_FORMS": stored, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    return {
        **{f"absences-{name}": number for name, number in numbers.items()},
        **{f"absences-0-{name}": value for name, value in fields.items()},
    }


def set_absence(client, person, **fields):
    return client.post(page("rep", person), {**rep_form(person), **absence_rows(**fields)})


@pytest.fixture
def pacific(held):
    person = held.rep
    Rep.objects.filter(pk=person.pk).update(time_zone="America/Los_Angeles")
    return rep(person.key)


def test_an_absence_is_read_and_shown_in_the_reps_zone_and_dates_alone_are_whole_days(admin_client, pacific):
    set_absence(admin_client, pacific, first_day="2026-12-07", last_day="2026-12-11")
    absence = Absence.objects.get(rep=pacific)
    assert (absence.starts_at.isoformat(), absence.ends_at.isoformat()) == (
        "2026-12-07T08:00:00+00:00",
        "2026-12-12T08:00:00+00:00",
    )
    shown = admin_client.get(page("rep", pacific)).content.decode()
    assert "America/Los_Angeles, the rep’s time zone" in shown
    assert 'value="2026-12-07"' in shown
    assert 'value="2026-12-11"' in shown


def test_an_absence_keeps_its_moment_where_the_reps_zone_is_changed_beside_it(admin_client, pacific):
    set_absence(admin_client, pacific, first_day="2026-12-07", last_day="2026-12-11")
    before = Absence.objects.get(rep=pacific)
    fields = {"id": before.pk, "rep": pacific.pk, "first_day": "2026-12-07", "last_day": "2026-12-11"}
    form = {**rep_form(pacific), "time_zone": "Europe/Paris", **absence_rows(stored=1, **fields)}
    admin_client.post(page("rep", pacific), form)
    assert Rep.objects.get(pk=pacific.pk).time_zone == "Europe/Paris"
    assert Absence.objects.values_list("starts_at", "ends_at").get() == (before.starts_at, before.ends_at)


def test_a_new_reason_leaves_the_moments_of_an_absence_to_the_second(admin_client, pacific):
    starts = datetime(2026, 12, 7, 8, tzinfo=UTC)
    ended = Absence.objects.create(rep=pacific, starts_at=starts, ends_at=starts + timedelta(hours=1, seconds=7))
    fields = {"first_day": "2026-12-07", "from_time": "", "last_day": "2026-12-07", "until_time": "01:00"}
    set_absence(admin_client, pacific, stored=1, id=ended.pk, rep=pacific.pk, reason="Dentist", **fields)
    kept = Absence.objects.get()
    assert (kept.reason, kept.ends_at) == ("Dentist", ended.ends_at)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"first_day": "2026-12-07", "last_day": "2026-12-06"}, "It ends before it begins."),
        ({"first_day": "0001-01-01", "last_day": "2026-12-06"}, "This is no date that can be used."),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "This is no date that can be used."),
    ],
)
def test_an_absence_that_can_not_be_is_refused(admin_client, pacific, fields, why):
    assert why in set_absence(admin_client, pacific, **fields).content.decode()
    assert not Absence.objects.exists()


def test_a_new_rep_comes_with_an_absence_in_the_zone_that_is_typed(admin_client):
    person = RepFactory.build(key="zoe", time_zone="Asia/Tokyo")
    form = absence_rows(first_day="2026-12-07", last_day="2026-12-07")
    admin_client.post(reverse("admin:routing_rep_add"), {**rep_form(person), **form})
    assert Absence.objects.get(rep__key="zoe").starts_at == datetime(2026, 12, 6, 15, tzinfo=UTC)


def test_a_rep_of_no_zone_is_refused_with_the_absence(admin_client):
    person = RepFactory.build(key="zoe", time_zone="Mars/Olympus")
    form = absence_rows(first_day="2026-12-07", last_day="2026-12-07")
    assert admin_client.post(reverse("admin:routing_rep_add"), {**rep_form(person), **form}).status_code == 200
    assert not Rep.objects.filter(key="zoe").exists()


def test_who_may_only_look_sees_absences_in_words(client, pacific):
    starts = datetime(2026, 12, 7, 8, tzinfo=UTC)
    Absence.objects.create(rep=pacific, starts_at=starts, ends_at=starts + timedelta(days=5))
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_rep", "view_absence"]))
    client.force_login(looker)
    assert "7–11 Dec 2026" in client.get(page("rep", pacific)).content.decode()


def test_a_golden_lead_needs_something_to_expect(admin_client):
    form = {"name": "German", "inputs": '{"country": "DE"}', "enabled": "on"}
    answer = admin_client.post(reverse("admin:routing_goldenlead_add"), form)
    assert "Say which queue, territory or owner is expected" in answer.content.decode()
    queue_with("sellers", "ada")
    admin_client.post(reverse("admin:routing_goldenlead_add"), {**form, "expected_queue": "sellers"})
    assert GoldenLead.objects.get().expected_queue == "sellers"


def test_golden_leads_are_listed_with_names_and_with_the_key_of_what_is_gone(admin_client):
    queue_with("sellers", "ada")
    inputs = {"country": "DE"}
    GoldenLead.objects.create(name="German", inputs=inputs, expected_queue="sellers", expected_owner="ada")
    GoldenLead.objects.create(name="Old", inputs={"country": "AT"}, expected_queue="gone")
    shown = admin_client.get(reverse("admin:routing_goldenlead_changelist")).content.decode()
    assert all(f">{text}</td>" in shown for text in ("Sellers", "Ada", "gone"))


def test_a_queues_members_stand_before_its_clock_and_credit(admin_client):
    shown = admin_client.get(page("queue", queue_with("sellers", "ada"))).content.decode()
    places = [shown.index(each) for each in ("Who is next", 'id="members-heading"', "Accept within", "Gives back")]
    assert places == sorted(places)


def test_a_queues_form_asks_once_for_all_its_members(admin_client):
    """However many there are: each line names its rep and its queue."""
    few, many = queue_with("few", "a"), queue_with("many", *"bcdefghi")
    queries(admin_client, page("queue", few))  # the first visit reads what the process keeps
    assert queries(admin_client, page("queue", many)) == queries(admin_client, page("queue", few)) <= 20


def test_a_reps_form_asks_once_for_all_their_queues(admin_client):
    queue_with("first", "few", "many")
    for key in "abcdefgh":
        queue_with(key, "many")
    queries(admin_client, page("rep", rep("few")))
    assert queries(admin_client, page("rep", rep("many"))) == queries(admin_client, page("rep", rep("few"))) <= 20


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
