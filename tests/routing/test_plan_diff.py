"""Two plan documents compared entry by entry."""

import copy
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.plan_diff import account_counts, compare, longest_ascent, ordinal, summary
from routing.plan_document import plan_hash
from tests.routing.documents import plan_document


def words(before, after) -> dict[str, tuple[str, ...]]:
    changes = compare(before, after).changes
    return {f"{kind}:{key}": change.words for (kind, key), change in changes.items()}


def changed(**changes):
    """The plan with entries of these sections changed by a function."""
    document = copy.deepcopy(plan_document())
    for section, change in changes.items():
        change(document[section])
    return document


def test_equal_plans_have_no_differences():
    found = compare(plan_document(), plan_document())
    assert (len(found), summary(found)) == (0, "No differences")


def test_a_changed_condition_is_told_before_and_after():
    document = changed(rules=lambda rules: rules[0].update(condition={"employees": {"$gte": 500}}))
    said = ("changed: When from Employees is at least 100 to Employees is at least 500",)
    assert words(plan_document(), document) == {"rule:big": said}


def test_of_a_long_list_only_what_differs_is_told():
    document = changed(territories=lambda all_: all_[0].update(condition={"country": {"$in": ["DE", "IT", "ES"]}}))
    said = ("changed: Where: Italy and Spain added; France removed",)
    assert words(plan_document(), document) == {"territory:emea": said}


def test_accounts_are_compared_one_by_one():
    document = changed(
        account_lists=lambda lists: lists[0]["accounts"].update({"acme.com": {"owner": "ada"}, "n.com": {}})
    )
    said = ("changed: Accounts: n.com added; acme.com (owner Ada) changed",)
    assert words(plan_document(), document) == {"account_list:strategic": said}


def test_accounts_are_told_apart_by_their_domains():
    more = {f"{number}.com": {"owner": "ada"} for number in range(12)}
    document = changed(account_lists=lambda lists: lists[0]["accounts"].update(more))
    (said,) = words(plan_document(), document)["account_list:strategic"]
    assert said.startswith("changed: Accounts: 0.com (owner Ada), 1.com (owner Ada), ")


def test_accounts_are_counted_over_all_lists():
    document = changed(
        account_lists=lambda lists: lists[0].update(
            accounts={"acme.com": {}, **{f"{at}.com": {} for at in range(1200)}}
        )
    )
    changes = compare(plan_document(), document).changes.values()
    assert account_counts(changes) == {"added": 1200, "removed": 1, "changed": 1}


def test_a_member_who_joins_changes_the_shares_of_the_others():
    before = changed(queues=lambda queues: queues["big"]["members"].append({"rep": "ben", "weight": 1}))
    after = copy.deepcopy(before)
    after["queues"]["big"]["members"].append({"rep": "cyd", "weight": 2})
    said = (
        "changed: Member Cyd now weight 2 (50%)",
        "changed: the shares of others with it: Ada from 50% to 25% and Ben from 50% to 25%",
    )
    assert words(before, after) == {"queue:big": said}


def test_a_member_who_joins_is_told_with_the_share():
    document = changed(queues=lambda queues: queues["big"]["members"].append({"rep": "ben", "weight": 3}))
    assert words(plan_document(), document) == {
        "queue:big": (
            "changed: Member Ben now weight 3 (75%)",
            "changed: the shares of others with it: Ada from 100% to 25%",
        )
    }


def test_a_change_of_the_default_queue_is_one_of_both_queues():
    found = words(plan_document(), plan_document(default_queue="small"))
    assert found["queue:desk"][0] == "changed: Default no longer gets every lead that nothing else matches"
    assert found["queue:small"][0] == "changed: Default now gets every lead that nothing else matches"


def test_what_was_added_and_removed_is_told_as_such():
    rule = {"key": "new", "name": "New", "territory": None, "condition": {}, "queue": "small"}
    found = words(plan_document(), changed(rules=lambda rules: rules.__setitem__(0, rule)))
    assert found == {"rule:new": ("added",), "rule:big": ("removed",)}


def test_a_removed_entry_stands_behind_what_it_stood_behind():
    rows = compare(plan_document(), changed(rules=lambda rules: rules.pop(1))).rows
    rules = [(row.before and row.before.key, row.after and row.after.key) for row in rows if row.entry.kind == "rule"]
    assert rules == [("big", "big"), ("small", None)]


def test_a_moved_rule_is_told_with_its_places():
    assert words(plan_document(), changed(rules=lambda rules: rules.reverse()))["rule:small"] == (
        "moved from 2nd to 1st",
    )


def test_a_moved_territory_is_told_among_its_siblings():
    siblings = [{"key": key, "name": key, "parent": "emea", "condition": {}} for key in "abc"]
    emea = plan_document()["territories"][0]
    before = plan_document(territories=[emea, *siblings])
    after = plan_document(territories=[emea, siblings[2], *siblings[:2]])
    assert words(before, after) == {"territory:c": ("moved from 3rd to 1st in EMEA",)}


def test_the_same_condition_written_otherwise_is_told_as_that():
    document = changed(territories=lambda all_: all_[1].update(condition={"country": {"$in": ["DE"]}}))
    assert words(plan_document(), document) == {
        "territory:dach": ("changed: written otherwise, with the same meaning",)
    }


def test_namesakes_in_one_queue_are_told_apart():
    document = changed(reps=lambda reps: reps["ben"].update(name="Ada"))
    document["queues"]["big"]["members"].append({"rep": "ben", "weight": 1})
    other = copy.deepcopy(document)
    other["queues"]["big"]["members"][1]["weight"] = 2
    said = "changed: Member Ada (ben) from weight 1 (50%) to weight 2 (66.7%)"
    assert words(document, other)["queue:big"][0] == said


def test_differences_are_counted_by_sort():
    document = changed(rules=lambda rules: rules.reverse(), queues=lambda queues: queues["big"].update(name="Huge"))
    assert summary(compare(plan_document(), document)) == "2 differences: 1 changed, 1 moved"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (21, "21st")]
)
def test_places_are_told_as_ordinals(number, text):
    assert ordinal(number) == text


# Properties

CONDITIONS = st.sampled_from(
    [{}, {"country": "DE"}, {"country": {"$in": ["DE"]}}, {"employees": {"$gte": 1}}, {"employees": {"$gte": True}}]
)
KEYS = st.lists(st.sampled_from("abcdef"), unique=True)


@st.composite
def documents(draw):
    territories = [
        {"key": key, "name": key, "parent": draw(st.sampled_from([None, *"abcdef"])), "condition": draw(CONDITIONS)}
        for key in draw(KEYS)
    ]
    rules = [
        {"key": key, "name": key, "territory": None, "condition": draw(CONDITIONS), "queue": "big"}
        for key in draw(KEYS)
    ]
    members = [
        {"rep": rep, "weight": draw(st.sampled_from([0, 1, 2]))} for rep in draw(st.permutations(["ada", "ben"]))
    ]
    queues = {**plan_document()["queues"], "big": {"name": "Big", "members": members}}
    return plan_document(territories=territories, rules=rules, queues=queues)


@settings(max_examples=150, deadline=None)
@given(documents(), documents())
def test_no_entry_differs_exactly_where_the_hashes_are_equal(one, other):
    found = compare(one, other)
    assert (len(found) == 0) is (plan_hash(one) == plan_hash(other))
    assert all(change.words for change in found.changes.values())


@settings(max_examples=100, deadline=None)
@given(documents(), documents())
def test_each_entry_of_either_plan_stands_in_one_row(one, other):
    found = compare(one, other)
    befores = [row.before for row in found.rows if row.before]
    assert sorted(map(str, befores)) == sorted(map(str, found.before))
    assert [row.after for row in found.rows if row.after] == list(found.after)


@settings(max_examples=100, deadline=None)
@given(documents(), documents())
def test_what_is_not_told_as_moved_keeps_its_order(one, other):
    found = compare(one, other)
    for kind, section in (("rule", "rules"), ("territory", "territories")):
        stay = {
            entry.key
            for entry in found.after.entries[kind]
            if (kind, entry.key) in found.before.by_key
            and not ((change := found.changes.get((kind, entry.key))) and change.move)
        }
        orders = [[each["key"] for each in document[section] if each["key"] in stay] for document in (one, other)]
        assert orders[0] == orders[1]


@given(st.lists(st.integers(0, 9), max_size=8, unique=True))
def test_the_longest_ascent_is_ascending_and_none_is_longer(numbers):
    found = [numbers[place] for place in sorted(longest_ascent(numbers))]
    assert found == sorted(found)
    longer = combinations(numbers, len(found) + 1)
    assert not any(list(run) == sorted(run) for run in longer)
