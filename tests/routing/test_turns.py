"""Who is next in a queue: members as they stand, and the order of the next leads."""

from datetime import UTC, datetime

import pytest

from routing.availability import Roster
from routing.balancing import UNIT
from routing.contract import Inputs
from routing.plan_document import parse_plan
from routing.pools import Footing, StandingRow
from routing.turns import largest_difference, next_turns, seats_of
from tests.routing.documents import plan_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GERMAN = Inputs({"country": "DE"}, {"country": "given"})


def plan_with(*members, **queue):
    sellers = {"name": "Sellers", "fallback": None, "members": list(members), **queue}
    return parse_plan(plan_document(queues={**plan_document()["queues"], "sellers": sellers}))


def footing(roster=None, **standings):
    rows = {("sellers", rep): row for rep, row in standings.items()}
    return Footing(rows, roster or Roster(), {"ada": 1, "ben": 2, "cyd": 3})


def member(rep, weight=1, **fields):
    return {"rep": rep, "weight": weight, **fields}


def order(plan, stand=None, count=4, inputs=GERMAN):
    return [
        turn.rep for turn in next_turns("sellers", plan, stand or footing(), inputs, now=NOW, seed="s", count=count)
    ]


def seat(plan, stand, rep="ada"):
    return next(each for each in seats_of("sellers", plan, stand, GERMAN, NOW) if each.spec.rep == rep)


def test_turns_follow_the_weights():
    assert sorted(order(plan_with(member("ada", 3), member("ben")))) == ["ada", "ada", "ada", "ben"]


def test_who_is_owed_most_comes_first():
    stand = footing(ben=StandingRow(2, shortfall=UNIT, count=0), ada=StandingRow(1, shortfall=-UNIT, count=2))
    assert order(plan_with(member("ada"), member("ben")), stand)[:2] == ["ben", "ben"]


def test_a_cap_ends_a_members_turns():
    assert order(plan_with(member("ada", 3, caps={"day": 1}), member("ben"))) == ["ada", "ben", "ben", "ben"]


def test_where_nobody_is_left_the_order_ends_with_nobody():
    assert order(plan_with(member("ada", caps={"week": 2}))) == ["ada", "ada", None]


def test_a_draw_is_marked_as_one():
    turns = next_turns(
        "sellers", plan_with(member("ada"), member("ben")), footing(), GERMAN, now=NOW, seed="s", count=2
    )
    assert [turn.tie_break == "draw" for turn in turns] == [True, False]


def test_a_member_with_a_condition_waits_for_leads_that_meet_it():
    plan = plan_with(member("ada", 9, condition={"country": "FR"}), member("ben"))
    assert set(order(plan)) == {"ben"}
    assert order(plan, inputs=Inputs({"country": "FR"}), count=1) == ["ada"]


def test_expected_is_what_was_received_and_what_is_owed():
    found = seat(plan_with(member("ada"), member("ben")), footing(ada=StandingRow(1, shortfall=-UNIT // 4, count=7)))
    assert (found.received, found.owed, found.expected) == (7, -0.25, 6.75)


def test_counts_of_an_earlier_day_are_over():
    taken = {"day": ("2026-03-01", 5), "week": ("2026-W10", 3), "month": ("2026-03", 8)}
    found = seat(plan_with(member("ada")), footing(ada=StandingRow(1, taken=taken)))
    assert found.taken == {"day": 0, "week": 3, "month": 8}


def test_caps_tell_how_much_is_left():
    taken = {"day": ("2026-03-02", 2), "week": ("2026-W10", 9), "month": ("2026-03", 9)}
    plan = plan_with(member("ada", caps={"day": 3, "week": 8}))
    assert seat(plan, footing(ada=StandingRow(1, taken=taken))).caps == [("day", 3, 1), ("week", 8, 0)]


@pytest.mark.parametrize(
    ("fields", "roster", "words"),
    [
        ({}, Roster(inactive={"ada"}), "inactive"),
        ({}, Roster(paused={("sellers", "ada")}), "paused here"),
        ({}, Roster(absent={"ada"}), "away"),
        ({"condition": {"country": "FR"}}, Roster(), "does not take such leads"),
        ({"caps": {"day": 0}}, Roster(), "has as many leads as a day allows"),
        ({"weight": 0}, Roster(), "weight 0: gets no leads"),
        ({}, Roster(), ""),
    ],
)
def test_why_a_member_cannot_take_the_lead(fields, roster, words):
    assert seat(plan_with({**member("ada"), **fields}, member("ben")), footing(roster)).why_not == words


def test_who_is_off_hours_gives_way_to_who_is_at_work():
    document = plan_document()
    document["reps"]["ada"]["working_hours"] = {"sun": ["09:00-10:00"]}
    members = [member("ada"), member("ben")]
    queues = {**document["queues"], "sellers": {"name": "Sellers", "fallback": None, "members": members}}
    plan = parse_plan({**document, "queues": queues})
    assert seat(plan, footing()).why_not == "outside working hours"


def test_fairness_is_the_largest_difference():
    stand = footing(ada=StandingRow(1, shortfall=-UNIT // 2), ben=StandingRow(2, shortfall=UNIT // 4))
    assert largest_difference(seats_of("sellers", plan_with(member("ada"), member("ben")), stand, GERMAN, NOW)) == 0.5
