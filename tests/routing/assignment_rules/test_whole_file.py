"""A file with each construct once: what becomes of every entry, and that no entry is lost."""

from pathlib import Path

import pytest

from routing.assignment_rules.service import RulesImport, Wishes, plan_import
from tests.routing.factories import QueueFactory, RepFactory

pytestmark = pytest.mark.django_db
FILE = (Path(__file__).parent / "files" / "Lead.assignmentRules-meta.xml").read_bytes()
BIG = {"$exists": True, "$gte": 1000}
RICH = {"$exists": True, "$gt": 50_000_000}
# number -> the condition, or a part of the reason why the entry is left out
BECOMES = {
    1: {"$or": [{"country": {"$in": ["DE", "AT", "CH"]}, "employees": BIG}, {"revenue": RICH}]},
    2: {
        "$and": [
            {"country": "US"},
            {
                "$not": {
                    "$or": [
                        {"region": {"$in": ["US-CA", "US-NV"]}},
                        {
                            "$or": [
                                {"postal_code": {"$exists": True, "$gte": "970", "$lt": "971"}},
                                {"postal_code": {"$exists": True, "$gte": "971", "$lt": "972"}},
                            ]
                        },
                    ]
                }
            },
        ]
    },
    3: {"country": {"$exists": False}, "industry": {"$exists": True}},
    4: {
        "$and": [
            {"$or": [{"use_case": {"$regexi": "migration"}}, {"use_case": {"$regexi": "scale, up"}}]},
            {"use_case": {"$notRegexi": "student"}},
        ]
    },
    5: "It has no assignee",
    6: "It is a formula",
    7: "it compares with another field, Lead.Billing_Country__c",
    8: "distances aren't known here",
    9: "User.Department is no input of the contract",
    10: "There is no queue “Gone_Team”",
    11: "It is switched off in the file.",
    12: {},
}


@pytest.fixture
def shown() -> RulesImport:
    QueueFactory(key="enterprise-dach")
    RepFactory(key="ann", email="ann@seller.example")
    return plan_import(content=FILE, wishes=Wishes())


def test_the_active_rule_is_read_and_no_entry_is_lost(shown):
    assert (shown.rule.name, shown.rule_names) == ("Standard", ("Retired in spring", "Standard"))
    assert [planned.number for planned in shown.planned] == list(BECOMES)
    assert shown.counts == {"new": 5, "changed": 0, "unchanged": 0, "left_out": 7}


def test_every_entry_becomes_a_condition_or_has_a_reason(shown):
    for planned in shown.planned:
        wanted = BECOMES[planned.number]
        if isinstance(wanted, str):
            assert wanted in " ".join(planned.problems)
        else:
            assert (planned.number, planned.translation.document) == (planned.number, wanted)


def test_what_has_no_counterpart_is_noted_beside_the_entry(shown):
    assert shown.planned[0].notes == ("Without counterpart, and not taken over: template.",)
    assert shown.planned[3].notes == ("Without counterpart, and not taken over: overrideExistingTeams.",)


def test_the_rule_that_is_not_active_is_read_when_named():
    assert plan_import(content=FILE, wishes=Wishes(rule="Retired in spring")).missing == ("Old_Team",)
