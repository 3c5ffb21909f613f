"""Rules and territories are moved by place, by step and beside each other."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from foundation.models import AuditEntry
from routing.errors import DraftChanged, NoSuchEntry
from routing.models import Rule, Territory
from routing.models.draft import draft_revision
from routing.services.reorder import move_beside, move_by, move_to, room_between
from tests.routing.factories import NOW, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules() -> None:
    queue = queue_with("sellers", "ada", is_default=True)
    for key in "abcd":
        RuleFactory(key=key, queue=queue)


def order() -> str:
    return "".join(Rule.objects.values_list("key", flat=True))


def now_and_here() -> dict[str, object]:
    return {"revision": draft_revision(), "user": None, "now": NOW}


@pytest.mark.parametrize(("place", "expected"), [(1, "cabd"), (2, "acbd"), (4, "abdc"), (99, "abdc"), (-5, "cabd")])
def test_a_rule_is_moved_to_a_place(rules, place, expected):
    move_to(kind="rule", key="c", place=place, **now_and_here())
    assert order() == expected


def test_a_move_says_where_the_rule_is_now(rules):
    assert str(move_to(kind="rule", key="c", place=1, **now_and_here())) == "Rule c is now 1st of 4."


@pytest.mark.parametrize(("key", "steps", "expected"), [("b", -1, "bacd"), ("b", 1, "acbd"), ("a", -1, "abcd")])
def test_a_rule_is_moved_by_steps_as_far_as_there_are_any(rules, key, steps, expected):
    move_by(kind="rule", key=key, steps=steps, **now_and_here())
    assert order() == expected


@pytest.mark.parametrize(("after", "expected"), [(False, "bdac"), (True, "bcda")])
def test_a_rule_is_moved_beside_another_one(rules, after, expected):
    move_to(kind="rule", key="a", place=4, **now_and_here())
    assert order() == "bcda"
    if not after:
        move_beside(kind="rule", key="d", neighbour="c", after=False, **now_and_here())
        move_beside(kind="rule", key="a", neighbour="c", after=False, **now_and_here())
    assert order() == expected


def test_nothing_is_moved_when_the_draft_has_changed_meanwhile(rules):
    stale = draft_revision()
    Rule.objects.filter(key="b").update(name="B")
    with pytest.raises(DraftChanged):
        move_to(kind="rule", key="c", place=1, revision=stale, user=None, now=NOW)
    assert order() == "abcd"


@pytest.mark.parametrize("wrong", [{"kind": "rule", "key": "gone"}, {"kind": "lead", "key": "a"}])
def test_what_is_not_there_is_refused(rules, wrong):
    with pytest.raises(NoSuchEntry):
        move_to(**wrong, place=1, **now_and_here())


def test_a_move_is_in_the_audit(rules, admin_user):
    move_to(kind="rule", key="c", place=1, revision=draft_revision(), user=admin_user, now=NOW)
    entry = AuditEntry.objects.get(action="moved")
    assert (entry.label, entry.user, entry.changes) == ("c", admin_user, {"place": [3, 1]})


def test_a_move_to_the_same_place_changes_nothing(rules):
    before = draft_revision()
    move_to(kind="rule", key="c", place=3, **now_and_here())
    assert draft_revision() == before
    assert not AuditEntry.objects.filter(action="moved").exists()


def test_a_territory_is_moved_among_those_of_its_parent():
    emea, apac = TerritoryFactory(key="emea"), TerritoryFactory(key="apac")
    for key, parent in (("a", emea), ("x", apac), ("b", emea), ("y", apac), ("c", emea)):
        TerritoryFactory(key=key, parent=parent)
    assert str(move_to(kind="territory", key="c", place=1, **now_and_here())) == "Territory c is now 1st of 3."
    keys = list(Territory.objects.values_list("key", flat=True))
    assert [key for key in keys if key in "abc"] == ["c", "a", "b"]
    assert [key for key in keys if key in "xy"] == ["x", "y"]
    with pytest.raises(NoSuchEntry):
        move_beside(kind="territory", key="c", neighbour="x", after=True, **now_and_here())


def test_once_positions_have_room_a_move_writes_one_row(rules):
    move_to(kind="rule", key="c", place=1, **now_and_here())
    revision = draft_revision()
    with CaptureQueriesContext(connection) as captured:
        move_to(kind="rule", key="d", place=2, revision=revision, user=None, now=NOW)
    assert order() == "cdab"
    assert sum('UPDATE "routing_rule"' in query["sql"] for query in captured) == 1


def test_a_thousand_rules_are_renumbered_with_few_queries(rules):
    queue = Rule.objects.first().queue
    Rule.objects.bulk_create(Rule(key=f"r{n}", name=f"r{n}", queue=queue) for n in range(996))
    revision = draft_revision()
    with CaptureQueriesContext(connection) as captured:
        move_to(kind="rule", key="r995", place=2, revision=revision, user=None, now=NOW)
    assert order().startswith("ar995bcd")
    assert len(captured) <= 30  # SQLite takes a hundred rows at a time


ENDS = st.none() | st.tuples(st.integers(0, 5), st.integers(1, 9))


@given(ENDS, ENDS, st.integers(1, 9))
def test_a_position_with_room_puts_the_row_between(before, after, pk):
    position = room_between(before, after, pk)
    if position is not None:
        assert position >= 0
        assert before is None or before < (position, pk)
        assert after is None or (position, pk) < after
