"""`match`: precedence, fallback and trace, as docs/routing.md says."""

from datetime import UTC, datetime

import pytest

from routing.contract import Inputs, inputs_by_hand
from routing.engine import MAX_SKIPPED_IN_TRACE, Chain, match
from routing.errors import InputsInvalid, PlanInvalid
from routing.plan import Plan
from routing.plan_document import parse_plan, plan_hash
from tests.routing.documents import plan_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def plan(**changes) -> Plan:
    return parse_plan(plan_document(**changes))


def decide(chosen: Plan | None = None, **values: object) -> Chain:
    chosen = chosen or plan()
    return match(chosen, inputs_by_hand(values, chosen.contract), NOW)


def first(chain: Chain) -> tuple[str, str]:
    return chain.steps[0].key, chain.reason


def test_the_first_rule_that_holds_decides():
    assert first(decide(country="FR", employees=500)) == ("big", "rule")


def test_a_later_rule_decides_where_earlier_ones_fail():
    chain = decide(country="FR", employees=5)
    assert (chain.rule, *first(chain)) == ("small", "small", "rule")


def test_a_default_stands_in_for_an_unknown_value():
    chosen = plan()
    inputs = inputs_by_hand({"country": "FR"}, chosen.contract)
    assert (inputs.values["employees"], inputs.sources["employees"]) == (10, "default")
    assert match(chosen, inputs, NOW).rule == "small"


def test_the_deepest_territory_is_the_leads():
    assert decide(country="DE").territory == "dach"


def test_a_rule_of_an_outer_territory_applies_within_inner_ones():
    assert decide(country="DE", employees=500).rule == "big"


def test_a_rule_of_another_territory_is_not_asked():
    assert first(decide(country="US", employees=500)) == ("desk", "no_match")


def test_a_territory_with_a_target_decides_before_rules():
    territories = plan_document()["territories"]
    territories[0]["owner"] = "ben"
    assert first(decide(plan(territories=territories), country="DE", employees=500)) == ("ben", "territory")


def test_an_account_owner_comes_before_everything():
    assert first(decide(country="DE", company_domain="acme.com", account_owner="ada@seller.example")) == (
        "ada",
        "account_owner",
    )


def test_an_account_owner_who_is_no_rep_is_passed_over_and_said():
    chain = decide(country="FR", account_owner="gone@seller.example")
    assert chain.reason == "rule"
    assert chain.trace[0].note == "the account's owner is not a rep of this plan"


def test_a_named_account_goes_to_its_own_owner():
    assert first(decide(country="DE", company_domain="acme.com")) == ("ben", "named_account")


def test_a_named_account_without_owner_goes_to_the_lists_queue():
    chain = decide(country="DE", company_domain="zeta.com")
    assert (first(chain), chain.account_list) == (("big", "named_account"), "strategic")


def test_a_named_account_needs_no_other_input():
    assert decide(company_domain="acme.com").reason == "named_account"


def test_missing_required_inputs_go_to_the_default_queue_by_name():
    chain = decide(employees=500)
    assert first(chain) == ("desk", "missing_inputs")
    assert "country" in chain.trace[-1].note


def test_no_match_goes_to_the_default_queue():
    assert first(decide(country="JP")) == ("desk", "no_match")


def test_behind_a_queue_stand_its_fallbacks_and_the_default():
    assert decide(country="FR", employees=500).queues == ("big", "small", "desk")


def test_behind_an_owner_stands_the_default_queue():
    assert [step.key for step in decide(company_domain="acme.com").steps] == ["ben", "desk"]


def test_the_trace_says_why_a_rule_was_skipped():
    skipped = next(
        entry for entry in decide(country="FR", employees=5).trace if entry.key == "big" and entry.stage == "rule"
    )
    assert skipped.outcome == "skipped"
    assert skipped.clauses[0] == {"text": "Employees is at least 100", "held": False, "seen": 5}


def test_a_long_list_of_skipped_rules_is_cut_and_counted():
    rules = [
        {
            "key": f"r{i}",
            "name": f"R{i}",
            "territory": None,
            "condition": {"employees": {"$gt": 10_000 + i}},
            "queue": "big",
        }
        for i in range(MAX_SKIPPED_IN_TRACE + 10)
    ]
    rules.append({"key": "all", "name": "All", "territory": None, "condition": {}, "queue": "small"})
    chain = decide(plan(rules=rules), country="US")
    assert chain.rule == "all"
    assert any(entry.note == "10 further rules did not apply" for entry in chain.trace)


@pytest.mark.parametrize("given", [{"contry": "DE"}, {"country": "XX"}, {"employees": "many"}, {"employees": True}])
def test_inputs_by_hand_are_checked(given):
    with pytest.raises(InputsInvalid):
        inputs_by_hand(given, plan().contract)


def test_inputs_survive_storing():
    inputs = inputs_by_hand({"country": "DE"}, plan().contract)
    assert Inputs.from_document(inputs.as_document()) == inputs


def broken(**changes) -> dict:
    return plan_document(**changes)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"default_queue": "nowhere"}, "default_queue"),
        (
            {"rules": [{"key": "r", "name": "R", "condition": {"contry": "DE"}, "queue": "big"}]},
            "rules[0].condition.contry",
        ),
        ({"rules": [{"key": "r", "name": "R", "condition": {}, "queue": "nowhere"}]}, "rules[0].queue"),
        ({"rules": [{"key": "r", "name": "R", "condition": {}}]}, "rules[0]"),
        ({"rules": [{"key": "r", "name": "R", "condition": {}, "queue": "big", "owner": "ada"}]}, "rules[0]"),
        (
            {"rules": [{"key": "r", "name": "R", "territory": "mars", "condition": {}, "queue": "big"}]},
            "rules[0].territory",
        ),
        (
            {"territories": [{"key": "a", "name": "A", "parent": "a", "condition": {}}], "rules": []},
            "territories[0].parent",
        ),
        ({"account_lists": [{"key": "l", "name": "L", "accounts": {"a.com": {}}}]}, "account_lists[0]"),
        ({"contract": [{"key": "x", "type": "number", "default": "many"}]}, "contract[0].default"),
        ({"queues": {"desk": {"name": "D", "fallback": "desk", "members": []}}}, "queues.desk.fallback"),
        ({"queues": {"desk": {"name": "D", "members": [{"rep": "zoe", "weight": 1}]}}}, "queues.desk.members"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused_with_the_path(changes, path):
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(broken(**changes))
    assert refused.value.path == path


def test_an_unguarded_order_comparison_is_refused():
    contract = [
        entry | {"default": None} if entry["key"] == "employees" else entry for entry in plan_document()["contract"]
    ]
    with pytest.raises(PlanInvalid, match="may be missing"):
        parse_plan(broken(contract=contract))


def test_equal_plans_have_equal_hashes_whatever_the_order_of_keys():
    document = plan_document()
    assert plan_hash(document) == plan_hash(dict(reversed(document.items())))
