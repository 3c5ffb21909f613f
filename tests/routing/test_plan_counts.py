"""How much differs between two plans, kind by kind."""

from hypothesis import given
from hypothesis import strategies as st

from routing.plan_counts import count_differences
from routing.plan_document import parse_plan
from tests.routing.documents import plan_document

RULES = plan_document()["rules"]
MORE = [{**RULES[1], "key": f"rule-{number}"} for number in range(6)]


def counted(before: dict, after: dict) -> dict[str, str]:
    return {each.kind: each.in_words for each in count_differences(parse_plan(before), parse_plan(after))}


def test_equal_plans_do_not_differ():
    assert counted(plan_document(), plan_document()) == {}


def test_what_was_added_removed_and_changed_is_counted_by_kind():
    queues = plan_document()["queues"]
    changed = {**queues, "big": {**queues["big"], "name": "Bigger"}, "new": {**queues["desk"], "name": "New"}}
    after = plan_document(queues=changed, rules=RULES[:1], account_lists=[])
    assert counted(plan_document(), after) == {
        "Rules": "1 removed",
        "Queues": "1 added, 1 changed",
        "Named-account lists": "1 removed",
    }


def test_a_rep_and_an_input_count_too():
    reps = {**plan_document()["reps"], "ada": {"name": "Ada L.", "email": "ada@seller.example"}}
    contract = [*plan_document()["contract"], {"key": "tier", "type": "string"}]
    assert counted(plan_document(), plan_document(reps=reps, contract=contract)) == {
        "Reps": "1 changed",
        "Inputs": "1 added",
    }


def test_one_rule_that_goes_to_the_front_is_one_that_moved():
    assert counted(plan_document(rules=MORE), plan_document(rules=[MORE[-1], *MORE[:-1]])) == {"Rules": "1 moved"}


@given(st.permutations(MORE))
def test_no_more_are_moved_than_there_are_and_none_only_in_the_same_order(order):
    found = count_differences(parse_plan(plan_document(rules=MORE)), parse_plan(plan_document(rules=order)))
    moved = sum(each.moved for each in found)
    assert moved < len(MORE)
    assert (moved == 0) == (order == MORE)
