"""A plan document is read whole or refused with the path of what is wrong."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from routing.errors import PlanInvalid
from routing.plan import Plan
from routing.plan_document import parse_plan, plan_hash
from tests.routing.documents import plan_document


def changed(path: str, value: object) -> dict[str, Any]:
    """The small plan with a value put at the path, such as `queues.desk.members.0.weight`."""
    document = deepcopy(plan_document())
    *way, last = path.split(".")
    found: Any = document
    for key in way:
        found = found[int(key)] if isinstance(found, list) else found.setdefault(key, {})
    found[int(last) if isinstance(found, list) else last] = value
    return document


def parsed(path: str, value: object) -> Plan:
    return parse_plan(changed(path, value))


DESK, EMEA, ADA, MEMBER = "queues.desk", "territories.0", "reps.ada", "queues.desk.members.0"


@pytest.mark.parametrize(
    ("path", "value", "refused_at"),
    [
        # Reps
        (f"{ADA}.time_zone", "Mars/Olympus", "reps.ada.time_zone"),
        (f"{ADA}.working_hours", {"monday": ["09:00-17:00"]}, "reps.ada.working_hours"),
        (f"{ADA}.working_hours", {"mon": ["17:00-09:00"]}, "reps.ada.working_hours"),
        (f"{ADA}.working_hours", {"mon": ["09:00-12:00", "11:00-17:00"]}, "reps.ada.working_hours"),
        (f"{ADA}.working_hours", ["09:00-17:00"], "reps.ada.working_hours"),
        # Queues
        (f"{DESK}.working_hours", "sometimes", "queues.desk.working_hours"),
        (f"{DESK}.manager", "zoe", "queues.desk.manager"),
        (f"{DESK}.fallback", "nowhere", "queues.desk.fallback"),
        ("queues.small.fallback", "big", "queues.big.fallback"),
        (f"{DESK}.acceptance", {"within_min": "soon"}, "queues.desk.acceptance.within_min"),
        (f"{DESK}.acceptance", {"within_min": -1}, "queues.desk.acceptance.within_min"),
        (f"{DESK}.acceptance", {"remind_min": 2.5}, "queues.desk.acceptance.remind_min"),
        (f"{DESK}.acceptance", {"stagger_min": None}, "queues.desk.acceptance.stagger_min"),
        (f"{DESK}.acceptance", {"within_h": 1}, "queues.desk.acceptance.within_h"),
        (f"{DESK}.credit", {"counts": ["owned", "gifts"]}, "queues.desk.credit.counts"),
        (f"{DESK}.credit", {"gives_back": ["rep_no_show"]}, "queues.desk.credit.gives_back"),
        (f"{DESK}.credit", {"disqualify_reasons": "student"}, "queues.desk.credit.disqualify_reasons"),
        (f"{DESK}.credit", {"disqualify_cap_month": -1}, "queues.desk.credit.disqualify_cap_month"),
        (f"{DESK}.credit", {"refunds": []}, "queues.desk.credit.refunds"),
        # Members
        (f"{MEMBER}.rep", "zoe", "queues.desk.members"),
        (f"{MEMBER}.weight", -1, "queues.desk.members[0].weight"),
        (f"{MEMBER}.weight", 0.5, "queues.desk.members[0].weight"),
        (f"{MEMBER}.weight", True, "queues.desk.members[0].weight"),
        (f"{MEMBER}.priority", "high", "queues.desk.members[0].priority"),
        (f"{MEMBER}.caps", {"day": -1}, "queues.desk.members[0].caps.day"),
        (f"{MEMBER}.caps", {"week": "5"}, "queues.desk.members[0].caps.week"),
        (f"{MEMBER}.caps", {"year": 5}, "queues.desk.members[0].caps.year"),
        (f"{MEMBER}.condition", {"contry": "DE"}, "queues.desk.members[0].condition.contry"),
        (f"{DESK}.members", [{"rep": "cyd", "weight": 1}] * 2, "queues.desk.members"),
        # Territories
        (f"{EMEA}.time_zone", "Mars/Olympus", "territories[0].time_zone"),
        (f"{EMEA}.working_hours", {"mon": "09:00-17:00"}, "territories[0].working_hours"),
        (f"{EMEA}.tie_break", "first", "territories[0].tie_break"),
        (f"{EMEA}.valid_from", "2026-02-30", "territories[0].valid_from"),
        (f"{EMEA}.valid_to", 2026, "territories[0].valid_to"),
        (f"{EMEA}.condition", {"contry": "DE"}, "territories[0].condition.contry"),
        (f"{EMEA}.parent", "mars", "territories[0].parent"),
        (f"{EMEA}.parent", "dach", "territories[0].parent"),
        (f"{EMEA}.key", "dach", "territories"),
        (f"{EMEA}.queue", "nowhere", "territories[0].queue"),
        (f"{EMEA}.owner", "zoe", "territories[0].owner"),
        # Named accounts and rules
        ("account_lists.0.accounts.new", {"owner": "zoe"}, "account_lists[0].accounts.new"),
        ("account_lists.0.owner", "zoe", "account_lists[0]"),
        ("rules.0.key", "small", "rules"),
        ("rules.0.owner", "zoe", "rules[0]"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_path(path, value, refused_at):
    with pytest.raises(PlanInvalid) as refused:
        parsed(path, value)
    assert refused.value.path == refused_at


def test_a_territory_that_ends_before_it_begins_is_refused():
    document = changed(f"{EMEA}.valid_from", "2026-03-02")
    document["territories"][0]["valid_to"] = "2026-03-01"
    with pytest.raises(PlanInvalid) as refused:
        parse_plan(document)
    assert refused.value.path == "territories[0].valid_to"


def test_a_domain_on_two_lists_is_refused_by_the_name_of_the_first():
    document = plan_document()
    document["account_lists"].append({"key": "more", "name": "More", "queue": "big", "accounts": {"acme.com": {}}})
    with pytest.raises(PlanInvalid, match="is on the list 'strategic' too"):
        parse_plan(document)


def test_the_smallest_queue_has_the_documented_defaults():
    desk = parse_plan(plan_document()).queues["desk"]
    assert (desk.ledger, desk.working_hours, desk.manager) == ("desk", "prefer", None)
    assert desk.acceptance.within_min is None
    assert (desk.credit.counts, desk.credit.disqualify_cap_month) == (frozenset(), 0)
    assert desk.credit.gives_back == {"guest_no_show", "guest_cancelled", "duplicate"}


def test_a_queue_may_give_nothing_back():
    assert parsed(f"{DESK}.credit", {"gives_back": []}).queues["desk"].credit.gives_back == frozenset()


def test_a_shared_count_names_the_ledger():
    plan = parsed(f"{DESK}.shared_count", "sales")
    assert plan.queues["desk"].ledger == "sales"
    assert plan.ledger_keys == {"sales", "big", "small"}


def test_a_cap_that_is_empty_is_none():
    plan = parsed(f"{MEMBER}.caps", {"day": None, "week": 5, "month": None})
    assert plan.queues["desk"].members[0].caps == (("week", 5),)


def test_hours_are_read_in_the_zone_beside_them():
    document = changed(f"{ADA}.time_zone", "Europe/Berlin")
    document["reps"]["ada"]["working_hours"] = {"mon": ["09:00-17:00"]}
    hours = parse_plan(document).reps["ada"].hours
    assert (hours.zone, hours.week[0]) == ("Europe/Berlin", ((540, 1020),))


def test_days_of_a_territory_are_read():
    assert parsed(f"{EMEA}.valid_to", "2026-03-31").territories[0].valid_to == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{MEMBER}.weight", 2),
        (f"{MEMBER}.caps", {"day": 5}),
        (f"{EMEA}.tie_break", 1),
        (f"{DESK}.credit", {"counts": ["test"]}),
        (f"{ADA}.time_zone", "Europe/Berlin"),
    ],
)
def test_whatever_changes_a_decision_changes_the_hash(path, value):
    assert plan_hash(changed(path, value)) != plan_hash(plan_document())
