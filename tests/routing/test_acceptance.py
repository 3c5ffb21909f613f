"""Acceptance: the clock, what stops it, the reminder, who is next, and what is never taken away."""

import threading
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from foundation.models import Mail, OutboxEvent
from leads.models import Lead
from leads.services.erase_person import erase_person
from routing.acceptance import start_clock
from routing.hours import parse_hours
from routing.models import Assignment, Decision, LedgerEntry, Member, NamedAccount, NamedAccountList, Rep
from routing.plan import Acceptance, QueueSpec, RepSpec
from routing.services.accept_lead import Stop, accept_lead, stop_clock
from routing.services.enforce_clock import enforce_clock
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from tests.routing.clocked import WEEK, away, change_member, change_rep, counts, holder, owed, rep, sellers, send
from tests.routing.factories import NOW, LeadFactory, MemberFactory, TerritoryFactory

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DUE = NOW + HOUR
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


# When a lead is due


def spec(within: int | None = 60, remind: int = 0, stagger: int = 10) -> QueueSpec:
    return QueueSpec("q", "Q", None, (), acceptance=Acceptance(within, remind, stagger))


def worker(zone: str = BERLIN) -> RepSpec:
    return RepSpec("ada", "Ada", "ada@seller.example", zone, parse_hours(WEEK, zone))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def due(now: str, behind: str | None = None) -> datetime | None:
    return start_clock(spec(), worker(), None, berlin(now), behind=berlin(behind) if behind else None).due_at


def test_a_queue_without_a_limit_has_no_clock():
    assert start_clock(spec(within=None), worker(), None, NOW).due_at is None


def test_a_lead_of_friday_evening_is_due_on_monday():
    assert due("2026-03-06T16:30") == berlin("2026-03-09T09:30")


def test_a_reminder_comes_so_many_business_minutes_before():
    clock = start_clock(spec(remind=45), worker(), None, berlin("2026-03-06T16:50"))
    assert (clock.remind_at, clock.due_at) == (berlin("2026-03-09T09:05"), berlin("2026-03-09T09:50"))


def test_a_lead_behind_others_is_due_some_minutes_after_the_last_of_them():
    assert due("2026-03-07T12:00", behind="2026-03-09T16:55") == berlin("2026-03-10T09:05")


def test_what_is_due_earlier_anyway_delays_nothing():
    assert due("2026-03-09T12:00", behind="2026-03-09T12:20") == berlin("2026-03-09T13:00")


@pytest.mark.django_db
def test_the_clock_runs_only_while_both_the_rep_and_the_territory_work():
    TerritoryFactory(key="us", condition={"country": "US"}, time_zone=NEW_YORK, working_hours=WEEK)
    sellers("ada")
    change_rep("ada", time_zone=BERLIN, working_hours=WEEK)
    held = send(berlin("2026-03-03T10:00"), values={"country": "US"})
    assert held.due_at == berlin("2026-03-03T16:00")


@pytest.mark.django_db
def test_imports_and_tests_have_no_clock():
    sellers("ada")
    assert send(starts_clock=False).due_at is None


@pytest.mark.django_db
def test_a_weekends_backlog_is_due_one_after_the_other_by_each_reps_own_clock():
    # Clocks go on in Berlin in the night of the second day.
    sellers("ada", "ben")
    change_rep("ada", time_zone=BERLIN, working_hours=WEEK)
    change_rep("ben", time_zone=NEW_YORK, working_hours=WEEK)
    saturday = berlin("2026-03-28T00:30")
    for number in range(30):
        send(saturday + number * 90 * MINUTE)
    for key, zone in (("ada", BERLIN), ("ben", NEW_YORK)):
        dues = [held.due_at for held in Assignment.objects.filter(rep__key=key).order_by("id")]
        monday = datetime(2026, 3, 30, 10, tzinfo=ZoneInfo(zone))
        assert dues == [monday + number * 10 * MINUTE for number in range(15)]


@pytest.mark.django_db
def test_a_backlog_stays_staggered_after_some_of_it_was_accepted():
    sellers("ada")
    change_rep("ada", time_zone=BERLIN, working_hours=WEEK)
    saturday = berlin("2026-03-07T12:00")
    first, *_ = [send(saturday + number * MINUTE) for number in range(3)]
    accept_lead(assignment=first, now=saturday + HOUR)
    send(saturday + 2 * HOUR)
    waiting = Assignment.objects.on_the_clock().order_by("due_at").values_list("due_at", flat=True)
    assert [later - earlier for earlier, later in pairwise(waiting)] == [10 * MINUTE, 10 * MINUTE]


@pytest.mark.django_db
def test_a_lead_within_working_hours_does_not_wait_behind_the_backlog():
    sellers("ada")
    change_rep("ada", time_zone=BERLIN, working_hours=WEEK)
    for _ in range(20):
        send(berlin("2026-03-07T12:00"))
    assert send(berlin("2026-03-09T09:30")).due_at == berlin("2026-03-09T10:30")


# What stops it


@pytest.fixture
def plan(db) -> None:
    """ada, ben and cyd sell around the clock."""
    sellers("ada", "ben", "cyd")


def test_accepting_stops_the_clock(plan):
    held = send()
    assert accept_lead(assignment=held, now=NOW + MINUTE)
    held.refresh_from_db()
    assert (held.clock_stopped_by, held.clock_stopped_at) == ("accepted", NOW + MINUTE)
    assert not Assignment.objects.on_the_clock().exists()


@pytest.mark.parametrize("kind", [Stop.CRM_ACTIVITY, Stop.STATUS_CHANGE, Stop.BOOKING])
def test_what_shows_that_somebody_cares_stops_the_clock(plan, kind):
    held = send()
    assert stop_clock(lead=held.lead, kind=kind, now=NOW)
    assert holder(held.lead).clock_stopped_by == kind


def test_a_clock_stops_once(plan):
    held = send()
    accept_lead(assignment=held, now=NOW)
    assert not accept_lead(assignment=held, now=NOW + MINUTE)
    assert not stop_clock(lead=held.lead, kind=Stop.BOOKING, now=NOW + MINUTE)
    assert (holder(held.lead).clock_stopped_by, holder(held.lead).clock_stopped_at) == ("accepted", NOW)


def test_who_no_longer_has_the_lead_cannot_accept_it(plan):
    held = send()
    enforce_clock(now=DUE)
    assert not accept_lead(assignment=held, now=DUE)
    assert holder(held.lead).clock_stopped_at is None


def test_nothing_stops_for_a_lead_that_nobody_holds(plan):
    assert not stop_clock(lead=LeadFactory(), kind=Stop.BOOKING, now=NOW)


# The reminder


def test_a_reminder_goes_out_once_by_mail_and_as_an_event(plan):
    held = send()
    assert enforce_clock(now=DUE - 15 * MINUTE) == {"reminded": 1}
    assert enforce_clock(now=DUE - 14 * MINUTE) == {}
    mail, event = Mail.objects.get(), OutboxEvent.objects.get()
    assert (mail.to, mail.about) == (held.rep.email, f"person:{held.lead.person_id}")
    assert (event.type, event.payload["owner"]["email"]) == ("lead.reminder", held.rep.email)


def test_the_mail_says_until_when_in_the_reps_zone(plan):
    change_rep("ada", "ben", "cyd", time_zone=BERLIN)
    send()
    enforce_clock(now=DUE - 15 * MINUTE)
    assert "by 11:00 on Monday, 02 March (Europe/Berlin)" in Mail.objects.get().body


def test_nobody_is_reminded_of_an_accepted_lead(plan):
    accept_lead(assignment=send(), now=NOW)
    assert enforce_clock(now=DUE - 15 * MINUTE) == {}


def test_a_lead_that_is_overdue_already_is_moved_without_a_reminder(plan):
    send()
    assert enforce_clock(now=DUE) == {"overdue": 1}
    assert not OutboxEvent.objects.filter(type="lead.reminder").exists()


# Passing on


def test_an_overdue_lead_goes_to_the_next_with_a_fresh_clock(plan):
    held = send()
    enforce_clock(now=DUE)
    moved = holder(held.lead)
    held.refresh_from_db()
    assert moved.rep != held.rep
    assert (held.ended_at, held.ended_reason) == (DUE, "overdue")
    assert (moved.due_at, moved.moves) == (DUE + HOUR, 1)


def test_nothing_happens_before_the_due_time(plan):
    send()
    assert enforce_clock(now=DUE - timedelta(seconds=1)) == {"reminded": 1}
    assert enforce_clock(now=DUE - timedelta(microseconds=1)) == {}


def test_the_move_is_a_decision_of_its_own_with_pool_and_reason(plan):
    held = send()
    enforce_clock(now=DUE)
    first, second = Decision.objects.filter(lead=held.lead).order_by("sequence")
    assert (second.kind, second.sequence, second.reason) == ("reassignment", 1, "overdue")
    assert (second.submission_id, second.rep) == (first.submission_id, holder(held.lead).rep)
    passed = {member["rep"]: member["unavailable"] for member in second.pools[0]["members"]}
    assert passed[held.rep.key] == "held_before"


def test_the_count_moves_with_the_lead(plan):
    held = send()
    before = owed()
    enforce_clock(now=DUE)
    assert counts() == {"ada": 0, "ben": 0, "cyd": 0, holder(held.lead).rep.key: 1}
    assert owed() == before
    reasons = LedgerEntry.objects.order_by("id").values_list("reason", "rep__key")
    assert list(reasons)[-2:] == [("moved_out", held.rep.key), ("moved_in", holder(held.lead).rep.key)]


def test_who_had_the_lead_before_never_gets_it_back(plan):
    held = send()
    holders = [held.rep.key]
    for hours in (1, 2):
        enforce_clock(now=NOW + hours * HOUR)
        holders.append(holder(held.lead).rep.key)
    assert sorted(holders) == ["ada", "ben", "cyd"]


def test_after_two_moves_the_manager_has_it_for_good(plan):
    held = send()
    for hours in (1, 2, 3, 4, 5):
        enforce_clock(now=NOW + hours * HOUR)
    last = holder(held.lead)
    assert (last.rep.key, last.clock_stopped_by, last.decision.reason) == ("mia", "manager", "to_manager")
    assert Assignment.objects.filter(lead=held.lead).count() == 4


def test_what_the_manager_has_counts_for_nobody(plan):
    MemberFactory(queue_id=_queue_id("sellers"), rep=rep("mia"), weight=0)
    publish_plan(now=NOW)
    send()
    for hours in (1, 2, 3):
        enforce_clock(now=NOW + hours * HOUR)
    assert set(counts().values()) == {0}


def test_a_manager_who_has_the_lead_keeps_it_and_its_clock_stops(db):
    sellers("ada", "mia")
    held = send()
    Assignment.objects.filter(pk=held.pk).update(moves=2, rep=rep("mia"))
    assert enforce_clock(now=DUE) == {"to_manager": 1}
    assert (holder(held.lead).pk, holder(held.lead).clock_stopped_by) == (held.pk, "manager")


@pytest.mark.parametrize(
    "take_away",
    [
        lambda key: Rep.objects.filter(key=key).update(active=False),
        lambda key: Member.objects.filter(rep__key=key).update(paused=True),
        lambda key: away(key, NOW, NOW + 24 * HOUR),
        lambda key: change_member(key, cap_day=0),
        lambda key: change_member(key, condition={"country": "FR"}),
        lambda key: change_rep(key, working_hours={"sun": ["09:00-17:00"]}),
    ],
    ids=["inactive", "paused", "absent", "cap", "condition", "off shift"],
)
def test_nobody_who_cannot_take_leads_now_takes_over(plan, take_away):
    held = send()
    gone, also_gone = sorted({"ada", "ben", "cyd"} - {held.rep.key})
    take_away(gone)
    take_away(also_gone)
    assert enforce_clock(now=DUE) == {"stays": 1}
    assert holder(held.lead).pk == held.pk


@pytest.fixture
def alone(db) -> Assignment:
    """ada and ben sell; ada has a lead and doesn't accept, ben is away until tomorrow."""
    sellers("ada", "ben")
    away("ben", NOW, NOW + 24 * HOUR)
    return send()


@pytest.mark.parametrize("reps", [["ada"], ["ada", "ben"]])
def test_once_everybody_has_had_it_the_manager_gets_it(db, reps):
    sellers(*reps)
    held = send()
    for hours in range(1, 4):
        enforce_clock(now=NOW + hours * HOUR)
    assert (holder(held.lead).rep.key, holder(held.lead).decision.reason) == ("mia", "to_manager")


def test_a_member_without_a_share_is_nobody_to_wait_for(db):
    sellers("ada", "ben")
    change_member("ben", weight=0)
    held = send()
    assert enforce_clock(now=DUE) == {"to_manager": 1}
    assert holder(held.lead).rep.key == "mia"


def test_where_nobody_can_take_over_the_lead_stays_and_that_is_said_once(alone):
    assert enforce_clock(now=DUE) == {"stays": 1}
    assert enforce_clock(now=DUE + HOUR) == {"stays": 1}
    assert holder(alone.lead).pk == alone.pk
    assert [event.type for event in OutboxEvent.objects.all()] == ["lead.overdue"]
    assert [mail.to for mail in Mail.objects.all()] == ["mia@seller.example"]


def test_that_it_stays_is_a_decision_that_shows_why(alone):
    enforce_clock(now=DUE)
    stayed = Decision.objects.get(kind="reassignment")
    assert (stayed.outcome, stayed.reason, stayed.rep.key) == ("existing_owner", "nobody_available", "ada")
    assert stayed.pools[0]["members"][0]["unavailable"] == "held_before"


def test_a_lead_that_stayed_moves_as_soon_as_somebody_can_take_it(plan):
    held = send()
    others = sorted({"ada", "ben", "cyd"} - {held.rep.key})
    for key in others:
        away(key, NOW, NOW + 3 * HOUR)
    enforce_clock(now=DUE)
    assert enforce_clock(now=NOW + 3 * HOUR) == {"overdue": 1}
    assert holder(held.lead).rep.key in others


def test_without_a_manager_alerts_go_to_the_installations_addresses(settings, db):
    settings.ALERT_EMAILS = ["ops@seller.example"]
    sellers("ada", manager=None)
    send()
    enforce_clock(now=DUE)
    assert [mail.to for mail in Mail.objects.all()] == ["ops@seller.example"]


def test_without_a_manager_a_lead_stays_with_the_third(plan):
    Rep.objects.filter(key="mia").update(active=False)
    held = send()
    for hours in (1, 2, 3):
        enforce_clock(now=NOW + hours * HOUR)
    assert holder(held.lead).moves == 2
    assert Decision.objects.filter(reason="no_manager").count() == 1


def test_leads_that_are_moved_together_are_due_one_after_the_other(db):
    sellers("ada", "ben")
    away("ben", NOW, NOW + 2 * HOUR)
    for _ in range(3):
        send()
    late = NOW + 3 * HOUR
    assert enforce_clock(now=late) == {"overdue": 3}
    dues = Assignment.objects.on_the_clock().order_by("due_at").values_list("due_at", flat=True)
    assert list(dues) == [late + HOUR + number * 10 * MINUTE for number in range(3)]


# What is never taken away


def test_a_booked_lead_is_never_taken_away(plan):
    held = send()
    stop_clock(lead=held.lead, kind=Stop.BOOKING, now=NOW)
    assert enforce_clock(now=DUE) == {}


def test_a_lead_that_was_accepted_and_then_booked_is_protected_for_its_next_owner_too(plan):
    held = send()
    accept_lead(assignment=held, now=NOW)
    stop_clock(lead=held.lead, kind=Stop.BOOKING, now=NOW)
    other = next(key for key in ("ada", "ben") if key != held.rep.key)
    moved = reassign_lead(lead=held.lead, rep=rep(other), reason="Holiday", user=None, now=NOW)
    assert (moved.protected, moved.due_at) == (True, None)


def test_a_lead_of_an_accounts_owner_is_never_taken_away(plan):
    held = send(values={"country": "DE", "account_owner": "ben@seller.example"})
    assert (held.protected, held.due_at) == (True, None)
    assert enforce_clock(now=NOW + 24 * HOUR) == {}


def test_a_named_accounts_lead_is_never_taken_away_from_its_queue_member(plan):
    strategic = NamedAccountList.objects.create(key="s", name="S", queue_id=_queue_id("sellers"))
    NamedAccount.objects.create(list=strategic, domain="acme.com")
    publish_plan(now=NOW)
    held = send(values={"country": "DE", "company_domain": "acme.com"})
    assert (held.queue_key, held.protected) == ("sellers", True)
    assert enforce_clock(now=NOW + 24 * HOUR) == {}


def _queue_id(key: str) -> int:
    return Member.objects.filter(queue__key=key).values_list("queue_id", flat=True)[0]


def test_a_closed_lead_is_left_alone(plan):
    held = send()
    Lead.objects.update(status="closed")
    assert enforce_clock(now=DUE) == {}
    assert holder(held.lead).pk == held.pk


def test_nobody_is_told_of_an_erased_person(plan):
    held = send()
    erase_person(email=held.lead.person.email, now=NOW)
    assert enforce_clock(now=DUE - 15 * MINUTE) == enforce_clock(now=DUE) == {}


def test_before_a_plan_is_published_there_is_nothing_to_do(db):
    assert enforce_clock(now=NOW) == {}


# Concurrency


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_move_each_lead_once():
    sellers("ada", "ben", "cyd")
    leads = [send().lead for _ in range(6)]
    in_threads(lambda: enforce_clock(now=DUE), 4)
    assert [holder(lead).moves for lead in leads] == [1] * 6
    assert Assignment.objects.count() == 12
    assert sum(counts().values()) == 6


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_remind_once():
    sellers("ada")
    for _ in range(4):
        send()
    in_threads(lambda: enforce_clock(now=DUE - 15 * MINUTE), 4)
    assert (Mail.objects.count(), OutboxEvent.objects.count()) == (4, 4)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_who_accepts_while_the_sweep_runs_either_keeps_the_lead_or_is_told_no():
    sellers("ada", "ben")
    held = [send() for _ in range(8)]
    accepted: dict[int, bool] = {}

    def accept_all() -> None:
        for each in held:
            accepted[each.pk] = accept_lead(assignment=each, now=DUE)

    in_threads(lambda: enforce_clock(now=DUE), 2, accept_all)
    kept = {each.pk: holder(each.lead).pk == each.pk for each in held}
    assert kept == accepted


def in_threads(work, times: int, *others) -> None:
    failures = []

    def run(job) -> None:
        try:
            job()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in [work] * times + list(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
