"""Credit: which outcomes give it back, how often, and that counts always are the sum of their entries."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings

from routing.balancing import UNIT
from routing.credit import Answer, Outcome, answer
from routing.models import Assignment, LedgerEntry, Queue, Rule, Standing
from routing.plan import Credit
from routing.services.credit_outcome import credit_outcome
from routing.services.publish_plan import publish_plan
from routing.services.reassign_lead import reassign_lead
from tests.routing.clocked import (
    change_member,
    change_rep,
    counts,
    owed,
    rep,
    sellers,
    send,
    standings_that_are_not_their_entries_sum,
)
from tests.routing.factories import NOW, RuleFactory, queue_with
from tests.routing.test_acceptance import HOUR, in_threads
from tests.routing.whatever_happens import REPS, Story, stories, undone_afterwards

RULES = Credit(disqualify_reasons=frozenset({"student", "competitor"}), disqualify_cap_month=2)


# The judgement


@pytest.mark.parametrize("outcome", [Outcome.GUEST_NO_SHOW, Outcome.GUEST_CANCELLED, Outcome.DUPLICATE])
def test_what_is_not_the_reps_fault_gives_credit_back(outcome):
    assert answer(RULES, outcome, "", disqualified=0) == Answer.GIVEN_BACK


def test_the_reps_own_no_show_never_does():
    generous = Credit(gives_back=frozenset({"rep_no_show", "guest_no_show"}))
    assert answer(generous, Outcome.REP_NO_SHOW, "", disqualified=0) == Answer.OWN_FAULT


def test_a_queue_may_say_that_an_outcome_does_not():
    strict = Credit(gives_back=frozenset({"duplicate"}))
    assert answer(strict, Outcome.GUEST_NO_SHOW, "", disqualified=0) == Answer.NOT_LISTED


@pytest.mark.parametrize(
    ("reason", "used", "expected"),
    [
        ("student", 0, Answer.GIVEN_BACK),
        ("student", 1, Answer.GIVEN_BACK),
        ("student", 2, Answer.CAP_REACHED),
        ("too small", 0, Answer.NOT_LISTED),
        ("", 0, Answer.NOT_LISTED),
    ],
)
def test_a_disqualification_does_for_listed_reasons_up_to_the_cap(reason, used, expected):
    assert answer(RULES, Outcome.DISQUALIFIED, reason, disqualified=used) == expected


def test_without_a_cap_no_disqualification_does():
    unlimited = Credit(disqualify_reasons=frozenset({"student"}))
    assert answer(unlimited, Outcome.DISQUALIFIED, "student", disqualified=0) == Answer.CAP_REACHED


# The ledger


@pytest.fixture
def plan(db) -> None:
    sellers("ada", "ben", disqualify_reasons=["student"], disqualify_cap_month=2)


def credit(held: Assignment, outcome: str = "guest_no_show", reason: str = "", now: datetime = NOW) -> Answer:
    return credit_outcome(assignment=held, outcome=Outcome(outcome), reason=reason, now=now)


def test_leads_given_back_are_not_counted_and_owed_again(plan):
    adas = [held for held in [send() for _ in range(4)] if held.rep.key == "ada"]
    assert [credit(held) for held in adas] == [Answer.GIVEN_BACK] * 2
    assert counts() == {"ada": 0, "ben": 2}
    assert [send().rep.key for _ in range(2)] == ["ada", "ada"]


def test_the_entries_stay_and_another_says_why(plan):
    held = send()
    credit(held, "disqualified", "student")
    entries = LedgerEntry.objects.order_by("id").values_list("credit", "reason", "note")
    assert list(entries) == [(1, "assigned", ""), (-1, "disqualified", "student")]


@pytest.mark.parametrize("second", ["guest_no_show", "duplicate", "guest_cancelled"])
def test_credit_never_comes_back_twice(plan, second):
    held = send()
    credit(held)
    assert credit(held, second) == Answer.NOT_COUNTED
    assert LedgerEntry.objects.count() == 2


def test_a_lead_that_was_moved_away_gives_nothing_back(plan):
    held = send()
    other = "ben" if held.rep.key == "ada" else "ada"
    moved = reassign_lead(lead=held.lead, rep=rep(other), reason="Mine", user=None, now=NOW)
    assert credit(held) == Answer.NOT_COUNTED
    assert credit(moved) == Answer.GIVEN_BACK
    assert counts() == {"ada": 0, "ben": 0}


def test_a_test_has_nothing_to_give_back(plan):
    assert credit(send(is_test=True)) == Answer.NOT_COUNTED


def test_a_lead_given_back_frees_its_place_under_the_cap(plan):
    change_member("ada", cap_day=1)
    change_member("ben", weight=0)
    held = send()
    assert held.rep.key == "ada"
    credit(held)
    assert send().rep.key == "ada"


def test_a_lead_given_back_later_frees_no_place_in_a_period_it_was_not_given_in(plan):
    change_member("ben", weight=0)
    held = send()
    tomorrow = NOW + 24 * HOUR
    send(tomorrow)
    credit(held, now=tomorrow)
    taken = Standing.objects.get(rep__key="ada", ledger__key="sellers").taken
    assert (taken["day"][1], taken["week"][1], taken["month"][1]) == (1, 1, 1)


def test_disqualifications_give_back_up_to_the_cap_of_each_rep(plan):
    answers = {"ada": [], "ben": []}
    for held in [send() for _ in range(6)]:
        answers[held.rep.key].append(credit(held, "disqualified", "student"))
    expected = [Answer.GIVEN_BACK, Answer.GIVEN_BACK, Answer.CAP_REACHED]
    assert answers == {"ada": expected, "ben": expected}


def test_the_cap_is_the_reps_through_whatever_queue(plan):
    """ada sells in a second queue with a count of its own; two of all her leads may come back."""
    change_member("ben", weight=0)
    fields = {"disqualify_reasons": ["student"], "disqualify_cap_month": 2}
    RuleFactory(key="french", condition={"country": "FR"}, queue=queue_with("french", "ada", **fields), position=0)
    Rule.objects.filter(key="all").update(position=1)
    publish_plan(now=NOW)
    answers = [credit(send(values={"country": each}), "disqualified", "student") for each in ("DE", "FR", "DE", "FR")]
    assert answers == [Answer.GIVEN_BACK, Answer.GIVEN_BACK, Answer.CAP_REACHED, Answer.CAP_REACHED]


def test_the_cap_of_disqualifications_begins_anew_with_the_reps_own_month(plan):
    change_rep("ada", "ben", time_zone="America/New_York")
    march, still_march, april = (
        datetime(2026, month, day, hour, tzinfo=ZoneInfo("America/New_York"))
        for month, day, hour in ((3, 31, 10), (3, 31, 23), (4, 1, 0))
    )
    change_member("ben", weight=0)
    first, second, third = (send() for _ in range(3))
    assert credit(first, "disqualified", "student", march) == Answer.GIVEN_BACK
    assert credit(second, "disqualified", "student", march) == Answer.GIVEN_BACK
    assert credit(third, "disqualified", "student", still_march) == Answer.CAP_REACHED
    assert credit(third, "disqualified", "student", april) == Answer.GIVEN_BACK


def test_other_outcomes_do_not_use_up_the_cap_of_disqualifications(plan):
    change_member("ben", weight=0)
    for held in [send() for _ in range(3)]:
        credit(held)
    assert credit(send(), "disqualified", "student") == Answer.GIVEN_BACK


def test_a_lead_counted_by_ownership_gives_back_by_its_queues_rules(db):
    sellers("ada", "ben", counts=["owned"])
    held = send(values={"country": "DE", "account_owner": "ben@seller.example"})
    assert (held.queue_key, counts()["ben"]) == ("", 1)
    assert credit(held) == Answer.GIVEN_BACK
    assert counts()["ben"] == 0


def test_a_queue_that_left_the_plan_gives_nothing_back(plan):
    held = send()
    Queue.objects.filter(key="sellers").update(key="renamed")
    publish_plan(now=NOW)
    assert credit(held) == Answer.NOT_LISTED


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_outcomes_told_at_once_give_back_once():
    sellers("ada")
    held = send()
    in_threads(lambda: credit(held), 4)
    assert counts()["ada"] == 0
    assert LedgerEntry.objects.count() == 2


# Whatever happens


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=stories)
def test_every_count_is_the_sum_of_its_entries_whatever_happens(db, events):
    with undone_afterwards():
        every_kind = ["owned", "duplicate", "test"]
        sellers(*REPS, counts=every_kind, disqualify_reasons=["student"], disqualify_cap_month=1)
        story = Story()
        for event in events:
            story.play(*event)
            assert standings_that_are_not_their_entries_sum() == []
            assert (
                LedgerEntry.objects.filter(assignment__isnull=False)
                .values("ledger", "rep", "assignment")
                .annotate(total=Sum("credit"))
                .exclude(total__in=(0, 1))
                .count()
                == 0
            )


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=stories)
def test_claims_sum_to_nothing_whatever_happens(db, events):
    """What a member is owed others have had: also where a lead is given back, leaves a count or comes to it out of
    turn. Divisions hold back under a lead's billionth."""
    with undone_afterwards():
        sellers(*REPS, counts=["owned", "duplicate"])
        story = Story()
        for event in events:
            story.play(*event)
        assert abs(owed()) < UNIT // 10**9
