"""Who can take a lead now: caps, absences, conditions, working hours, shared counts, joining, what counts."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions import parse
from routing.availability import Roster, cap_reached, given_back, taken_after, unavailable_because
from routing.hours import periods_at
from routing.models import Assignment, LedgerEntry, Member, Queue, Standing
from routing.plan import MemberSpec, RepSpec
from routing.services.publish_plan import publish_plan
from tests.routing.clocked import WEEK, away, change_member, change_rep, counts, sellers, send
from tests.routing.factories import NOW, LeadFactory, MemberFactory, RepFactory, RuleFactory, queue_with
from tests.routing.test_acceptance import HOUR, in_threads
from tests.routing.whatever_happens import REPS, Story, stories, undone_afterwards

DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def takers(number: int, now: datetime = NOW, **options) -> list[str]:
    """Who got the next leads, by key and sorted."""
    return sorted(send(now, **options).rep.key for _ in range(number))


# The judgement

ADA = RepSpec("ada", "Ada", "ada@seller.example")


def because(member: MemberSpec, roster: Roster | None = None, taken: dict | None = None, **inputs: object) -> str:
    roster = roster or Roster()
    return unavailable_because("q", member, ADA, roster=roster, taken=taken or {}, inputs=inputs, now=NOW)


def test_the_first_reason_that_applies_is_given():
    roster = Roster(frozenset({"ada"}), frozenset({"ada"}), frozenset({("q", "ada")}))
    assert because(MemberSpec("ada", 1), roster) == "inactive"
    assert because(MemberSpec("ada", 1), Roster(absent=roster.absent, paused=roster.paused)) == "paused"
    assert because(MemberSpec("ada", 1), Roster(absent=roster.absent)) == "absent"


def test_a_pause_holds_for_its_own_queue_only():
    assert because(MemberSpec("ada", 1), Roster(paused=frozenset({("other", "ada")}))) == ""


def test_a_condition_says_which_leads_a_member_takes():
    speaks_french = MemberSpec("ada", 1, condition=parse({"country": {"$in": ["FR", "BE"]}}))
    assert (because(speaks_french, country="FR"), because(speaks_french, country="DE")) == ("", "condition")


@pytest.mark.parametrize(("period", "name"), [("day", "2026-03-02"), ("week", "2026-W10"), ("month", "2026-03")])
def test_a_cap_is_reached_within_its_own_period_only(period, name):
    member = MemberSpec("ada", 1, caps=((period, 2),))
    assert because(member, taken={period: (name, 2)}) == f"cap_{period}"
    assert because(member, taken={period: (name, 1)}) == ""
    assert because(member, taken={period: ("an earlier one", 2)}) == ""


def test_a_cap_of_zero_takes_nothing():
    assert because(MemberSpec("ada", 1, caps=(("day", 0),))) == "cap_day"


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=40))
def test_what_was_taken_is_what_was_given_in_the_present_period_and_not_back(events):
    taken: dict = {}
    given: list[datetime] = []
    now = NOW
    for hours, is_back in events:
        now += hours * HOUR
        if is_back and given:
            taken = given_back(taken, periods_at(given.pop(), BERLIN))
        else:
            given.append(now)
            taken = taken_after(taken, periods_at(now, BERLIN), 1)
    for period in ("day", "week", "month"):
        member = MemberSpec("ada", 1, caps=((period, 3),))
        present = getattr(periods_at(now, BERLIN), period)
        true_count = sum(getattr(periods_at(at, BERLIN), period) == present for at in given)
        assert bool(cap_reached(member, taken, periods_at(now, BERLIN))) == (true_count >= 3)


# Caps


def test_a_full_member_is_passed_over(db):
    sellers("ada", "ben")
    change_member("ada", cap_day=1)
    assert takers(4) == ["ada", "ben", "ben", "ben"]


def test_a_cap_begins_anew_at_midnight_in_the_reps_zone(db):
    sellers("ada")
    change_rep("ada", time_zone="America/New_York")
    change_member("ada", cap_day=1)
    last_minute = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo("America/New_York"))
    assert takers(2, last_minute) == ["ada", "dan"]
    assert takers(2, last_minute + timedelta(minutes=1)) == ["ada", "dan"]


def test_who_was_full_makes_up_for_nothing(db):
    sellers("ada", "ben")
    change_member("ada", cap_day=1)
    takers(5)
    assert takers(2, NOW + DAY) == ["ada", "ben"]


def test_a_queue_that_is_full_falls_back_with_the_reason(db):
    sellers("ada")
    change_member("ada", cap_week=1)
    first, second = send(), send()
    assert (first.decision.reason, second.decision.reason, second.queue_key) == ("rule", "fallback_queue", "desk")
    assert second.decision.pools[0]["members"][0]["unavailable"] == "cap_week"


def taken_within_caps(caps: dict[str, dict[str, int]], zone: str) -> list[str]:
    """Counted anew from entries and times of assignments, whatever standings say: who has more than a cap allows."""
    given = (
        LedgerEntry.objects.filter(ledger__key="sellers", assignment__isnull=False)
        .values_list("rep__key", "assignment__created_at")
        .annotate(total=Sum("credit"))
        .filter(total__gt=0)
        .order_by()
    )
    leads = Counter(
        (rep, period, getattr(periods_at(at, zone), period)) for rep, at, _ in given for period in caps.get(rep, {})
    )
    return [str(key) for key, number in leads.items() if number > caps[key[0]][key[1]]]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=stories)
def test_no_cap_is_ever_exceeded_whatever_happens(db, events):
    caps = {"ada": {"day": 1, "week": 3}, "ben": {"day": 2}, "cyd": {"month": 3}}
    with undone_afterwards():
        sellers(*REPS)
        change_rep(*REPS, time_zone=BERLIN)
        for key, limits in caps.items():
            change_member(key, **{f"cap_{period}": limit for period, limit in limits.items()})
        story = Story()
        for event in events:
            story.play(*event)
            assert taken_within_caps(caps, BERLIN) == []


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_exceed_a_cap():
    sellers("ada", "ben")
    change_member("ada", cap_day=3)
    change_member("ben", cap_day=4)
    leads = iter([LeadFactory() for _ in range(16)])
    in_threads(lambda: send(lead=next(leads)), 16)
    assert counts() == {"ada": 3, "ben": 4}
    assert Assignment.objects.filter(rep__key="dan").count() == 9


# Absences


def test_who_is_absent_is_passed_over_until_the_absence_ends(db):
    sellers("ada", "ben")
    away("ada", NOW, NOW + DAY)
    assert takers(3) == ["ben", "ben", "ben"]
    assert set(takers(2, NOW + DAY)) == {"ada", "ben"}


def test_an_absence_that_has_not_begun_matters_to_nobody(db):
    sellers("ada")
    away("ada", NOW + HOUR, NOW + DAY)
    assert takers(1) == ["ada"]


# Conditions


def test_only_members_whose_condition_holds_are_asked(db):
    sellers("ada", "ben")
    change_member("ada", condition={"country": "FR"})
    assert takers(2) == ["ben", "ben"]
    assert "ada" in takers(2, values={"country": "FR"})


# Working hours


def office_hours(policy: str) -> None:
    """ada works from nine to five in Berlin, ben always."""
    sellers("ada", "ben", working_hours=policy)
    change_rep("ada", time_zone=BERLIN, working_hours=WEEK)


MORNING, NIGHT = NOW, NOW + 12 * HOUR


@pytest.mark.parametrize("policy", ["prefer", "require"])
def test_who_is_at_work_comes_first(db, policy):
    office_hours(policy)
    assert takers(2, NIGHT) == ["ben", "ben"]
    assert takers(2, MORNING) == ["ada", "ben"]


def test_a_queue_may_ignore_working_hours(db):
    office_hours("ignore")
    assert takers(2, NIGHT) == ["ada", "ben"]


def test_where_nobody_is_at_work_preferring_gives_the_lead_all_the_same(db):
    office_hours("prefer")
    change_rep("ben", time_zone=BERLIN, working_hours=WEEK)
    assert takers(2, NIGHT) == ["ada", "ben"]


def test_where_nobody_is_at_work_requiring_falls_back(db):
    office_hours("require")
    change_rep("ben", time_zone=BERLIN, working_hours=WEEK)
    assert takers(2, NIGHT) == ["dan", "dan"]


def test_preferring_never_gives_to_who_is_at_work_but_full(db):
    office_hours("prefer")
    change_member("ben", cap_day=0)
    assert takers(1, NIGHT) == ["ada"]


# Shared counts


def two_queues(shared: str) -> None:
    queue_with("desk", "dan", is_default=True)
    for country, key in (("DE", "german"), ("FR", "french")):
        RuleFactory(key=key, condition={"country": country}, queue=queue_with(key, "ada", "ben", shared_count=shared))
    publish_plan(now=NOW)


def test_queues_that_share_a_count_are_fair_between_them(db):
    two_queues("everybody")
    first = send(values={"country": "DE"}).rep
    assert send(values={"country": "FR"}).rep != first
    assert counts("everybody") == {"ada": 1, "ben": 1}


def test_queues_with_counts_of_their_own_know_nothing_of_each_other(db):
    two_queues("")
    takers(2, values={"country": "DE"})
    assert (sum(counts("german").values()), sum(counts("french").values())) == (2, 0)


def test_a_cap_counts_the_leads_of_every_queue_that_shares_the_count(db):
    two_queues("everybody")
    Member.objects.filter(rep__key="ada").update(cap_day=1)
    publish_plan(now=NOW)
    assert [*takers(2, values={"country": "DE"}), *takers(2, values={"country": "FR"})].count("ada") == 1


# Joining


def join(key: str, weight: int = 1) -> None:
    MemberFactory(queue=Queue.objects.get(key="sellers"), rep=RepFactory(key=key), weight=weight)
    publish_plan(now=NOW)


def test_who_joins_a_count_in_use_begins_with_the_average_and_is_not_flooded(db):
    sellers("ada", "ben")
    takers(10)
    MemberFactory(
        queue_id=Member.objects.filter(queue__key="sellers").values_list("queue_id")[0][0], rep=RepFactory(key="new")
    )
    publish_plan(now=NOW)
    assert counts() == {"ada": 5, "ben": 5, "new": 5}
    assert Counter(takers(9)) == {"ada": 3, "ben": 3, "new": 3}


def test_a_newcomer_of_double_weight_begins_with_double_the_average(db):
    sellers("ada", "ben")
    takers(10)
    join("new", weight=2)
    entry = LedgerEntry.objects.get(reason="calibration")
    assert (entry.rep.key, entry.credit) == ("new", 10)
    assert Standing.objects.get(rep__key="new", ledger__key="sellers").shortfall == 0


# What counts


def test_owned_leads_take_no_credit_unless_the_queue_says_so(db):
    sellers("ada", "ben")
    send(values={"country": "DE", "account_owner": "ada"})
    assert counts() == {"ada": 0, "ben": 0}


def test_owned_leads_count_where_the_queue_says_so(db):
    sellers("ada", "ben", counts=["owned"])
    send(values={"country": "DE", "account_owner": "ada"})
    assert counts() == {"ada": 1, "ben": 0}
    assert takers(1) == ["ben"]


def test_a_lead_that_comes_again_counts_only_where_the_queue_says_so(db):
    sellers("ada", counts=["duplicate"])
    held = send()
    send(lead=held.lead)
    assert counts() == {"ada": 2}
    assert list(LedgerEntry.objects.values_list("reason", flat=True).order_by("id")) == [
        "assigned",
        "duplicate_counted",
    ]


def test_by_default_a_lead_that_comes_again_counts_once(db):
    sellers("ada")
    send(lead=send().lead)
    assert counts() == {"ada": 1}


def test_tests_count_only_where_the_queue_says_so(db):
    sellers("ada", counts=["test"])
    send(is_test=True)
    assert list(LedgerEntry.objects.values_list("reason", "credit")) == [("test", 1)]
