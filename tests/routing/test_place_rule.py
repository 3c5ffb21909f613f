"""Rules are put first, last or after another, and the order of the others stays."""

import pytest

from routing.models import Rule
from routing.services.place_rule import place_rule
from tests.routing.factories import RuleFactory

pytestmark = pytest.mark.django_db


def rules(**positions: int) -> dict[str, Rule]:
    return {key: RuleFactory(key=key, position=position) for key, position in positions.items()}


def order() -> list[str]:
    return list(Rule.objects.order_by("position", "id").values_list("key", flat=True))


def new() -> Rule:
    return RuleFactory.build(key="new", queue=None, owner=None)


def test_a_rule_is_last_unless_said_otherwise():
    rules(a=3, b=7)
    place_rule(rule=new()).save()
    assert order() == ["a", "b", "new"]


def test_the_very_first_rule_needs_no_others():
    place_rule(rule=new()).save()
    assert order() == ["new"]


@pytest.mark.parametrize("positions", [{"a": 0, "b": 0}, {"a": 0, "b": 1}, {"a": 5, "b": 9}])
def test_a_rule_is_put_first(positions):
    rules(**positions)
    place_rule(rule=new(), first=True).save()
    assert order() == ["new", "a", "b"]


@pytest.mark.parametrize(
    "positions",
    [{"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 2}, {"a": 0, "b": 8, "c": 9}, {"a": 2, "b": 3, "c": 9}],
)
def test_a_rule_is_put_after_another(positions):
    found = rules(**positions)
    place_rule(rule=new(), after=found["a"]).save()
    assert order() == ["a", "new", "b", "c"]


def test_a_rule_moves_among_the_others():
    found = rules(a=0, b=0, c=0)
    place_rule(rule=found["c"], after=found["a"]).save()
    assert order() == ["a", "c", "b"]
    place_rule(rule=Rule.objects.get(key="a")).save()
    assert order() == ["c", "b", "a"]


def test_rules_behind_enough_room_are_not_touched():
    found = rules(a=0, b=5)
    place_rule(rule=new(), after=found["a"]).save()
    assert Rule.objects.get(key="b").history.count() == 1


def test_who_made_room_is_in_the_history():
    found = rules(a=0, b=0)
    place_rule(rule=new(), first=True).save()
    assert found["a"].history.first().history_change_reason == "Made room for another rule"
