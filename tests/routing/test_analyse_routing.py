"""`analyse_plan`: gaps, overlaps and what is never reached, each with a lead that shows it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.analysis import Finding, Report, analyse_plan
from routing.contract import inputs_by_hand
from routing.engine import find
from routing.geography import countries_of_region
from routing.plan import Plan, Rule
from routing.plan_document import parse_plan
from routing.territories import Criteria, parse_postal_area, territory_condition
from tests.routing.documents import CONTRACT, plan_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LARGE = {"employees": {"$gte": 100}}
DE, FR, US = {"country": "DE"}, {"country": "FR"}, {"country": "US"}


def territory(key: str, condition: dict[str, Any], parent: str | None = None, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key.upper(), "parent": parent, "condition": condition, **more}


def rule(key: str, condition: dict[str, Any], scope: str | None = None, queue: str = "big") -> dict[str, Any]:
    return {"key": key, "name": key.title(), "territory": scope, "condition": condition, "queue": queue}


def plan(*, territories: list[dict[str, Any]] = (), rules: list[dict[str, Any]]) -> Plan:  # type: ignore[assignment]
    return parse_plan(plan_document(territories=list(territories), rules=rules, account_lists=[]))


def analysed(chosen: Plan, now: datetime = NOW) -> Report:
    return analyse_plan(chosen, now)


def found(report: Report, kind: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


def subjects(report: Report, kind: str) -> list[tuple[str, ...]]:
    return [finding.subjects for finding in found(report, kind)]


def reason_of(chosen: Plan, finding: Finding) -> str:
    assert finding.witness is not None
    return find(chosen, inputs_by_hand(finding.witness, chosen.contract), NOW).reason


def test_a_plan_that_takes_every_lead_once_has_no_findings():
    report = analysed(plan(rules=[rule("german", DE), rule("rest", {}, queue="small")]))
    assert report == Report(findings=(), undecided=(), more=())


def test_a_gap_shows_a_lead_that_nothing_decides():
    chosen = plan(rules=[rule("all-but-france", {"country": {"$ne": "FR"}})])
    gap = found(analysed(chosen), "gap")[0]
    assert gap.text == "Nothing decides where Country is France; such leads go to “Desk”."
    assert reason_of(chosen, gap) == "no_match"


def test_a_lead_that_shows_a_finding_has_all_required_inputs():
    chosen = plan(rules=[rule("large", {"employees": {"$gte": 100}})])
    (gap,) = found(analysed(chosen), "gap")
    assert reason_of(chosen, gap) == "no_match"


def test_lists_of_closed_choices_are_decided():
    contract = [{"key": "tags", "type": "list", "choices": {"a": "A", "b": "B"}}]
    rules = [
        rule("tagged", {"tags": {"$in": ["a", "b"]}}),
        rule("unknown", {"tags": {"$exists": False}}, queue="small"),
        rule("none", {"tags": {"$size": 0}}, queue="small"),
    ]
    chosen = parse_plan(plan_document(contract=contract, territories=[], rules=rules, account_lists=[]))
    assert analysed(chosen) == Report(findings=(), undecided=(), more=())


def test_a_rule_leaves_open_what_lies_outside_of_its_territory():
    chosen = plan(territories=[territory("emea", {"country": {"$in": ["DE", "FR"]}})], rules=[rule("all", {}, "emea")])
    gap = found(analysed(chosen), "gap")[0]
    assert gap.witness is not None
    assert gap.witness["country"] not in ("DE", "FR")
    assert reason_of(chosen, gap) == "no_match"


def test_a_territory_with_a_target_leaves_no_gap_within_it():
    territories = [
        territory("germany", DE, queue="big"),
        territory("abroad", {"country": {"$ne": "DE"}}, queue="small"),
    ]
    assert analysed(plan(territories=territories, rules=[])).findings == ()


def test_a_territory_that_inherits_a_target_decides_too():
    territories = [territory("world", {}, queue="big"), territory("germany", DE, "world")]
    assert analysed(plan(territories=territories, rules=[])).findings == ()


def test_two_rules_that_send_one_lead_elsewhere_overlap():
    chosen = plan(
        rules=[rule("german", DE), rule("large", {"employees": {"$gte": 100}}, queue="small"), rule("all", {})]
    )
    overlap = found(analysed(chosen), "overlap")[0]
    assert overlap.subjects == ("rule:german", "rule:large")
    assert overlap.witness is not None
    assert all(each.condition.matches(overlap.witness) for each in chosen.rules[:2])


def test_rules_do_not_overlap_where_an_earlier_one_decides():
    rules = [rule("first", DE, queue="desk"), rule("second", DE), rule("third", DE, queue="small"), rule("all", {})]
    pairs = [("rule:first", "rule:second"), ("rule:first", "rule:third")]
    assert subjects(analysed(plan(rules=rules)), "overlap") == pairs


def test_rules_do_not_overlap_where_a_territory_decides():
    rules = [rule("first", DE), rule("second", DE, queue="small"), rule("all", {})]
    chosen = plan(territories=[territory("germany", DE, queue="desk")], rules=rules)
    assert subjects(analysed(chosen), "overlap") == []


def test_rules_of_one_target_do_not_overlap():
    chosen = plan(rules=[rule("german", DE), rule("large", {"employees": {"$gte": 100}}), rule("all", {})])
    assert found(analysed(chosen), "overlap") == []


def test_a_rule_for_whatever_is_left_of_a_territory_is_a_fallback_and_no_overlap():
    territories = [territory("germany", DE)]
    rules = [rule("large", {"employees": {"$gte": 100}}, "germany"), rule("all", {}, "germany", queue="small")]
    assert subjects(analysed(plan(territories=territories, rules=rules)), "overlap") == []


def test_rules_of_territories_apart_do_not_overlap():
    territories = [territory("germany", DE), territory("france", FR)]
    rules = [
        rule("de", {"employees": {"$gte": 1}}, "germany"),
        rule("fr", {"employees": {"$gte": 2}}, "france", "small"),
    ]
    assert subjects(analysed(plan(territories=territories, rules=rules)), "overlap") == []


def test_a_rule_behind_a_wider_one_is_never_reached():
    chosen = plan(rules=[rule("all", {}), rule("german", DE, queue="small")])
    assert subjects(analysed(chosen), "shadowed") == [("rule:german", "rule:all")]


def test_a_rule_may_be_shadowed_by_earlier_ones_only_together():
    rules = [
        rule("small", {"employees": {"$lt": 100}}),
        rule("large", {"employees": {"$gte": 100}}),
        rule("german", DE, queue="small"),
    ]
    shadowed = found(analysed(plan(rules=rules)), "shadowed")[0]
    assert shadowed.text == "Rule “German” never decides: rule “Small”, rule “Large” together take all of it."


def test_a_rule_behind_a_territory_that_decides_is_never_reached():
    chosen = plan(territories=[territory("germany", DE, queue="small")], rules=[rule("german", DE), rule("all", {})])
    assert subjects(analysed(chosen), "shadowed") == [("rule:german", "territory:germany")]


def test_a_rule_that_its_territory_contradicts_is_never_reached():
    chosen = plan(territories=[territory("germany", DE)], rules=[rule("us", US, "germany"), rule("all", {})])
    shadowed = found(analysed(chosen), "shadowed")[0]
    assert (shadowed.subjects, shadowed.witness) == (("rule:us",), None)


def test_a_territory_that_its_parent_contradicts_is_told():
    chosen = plan(territories=[territory("germany", DE), territory("paris", FR, "germany")], rules=[rule("all", {})])
    assert found(analysed(chosen), "shadowed")[0].text == "No lead can be in territory “PARIS”."


def test_territories_of_one_depth_that_share_leads_overlap():
    territories = [
        territory("europe", {"country": {"$in": ["DE", "FR"]}}),
        territory("large", {"employees": {"$gte": 9}}),
    ]
    overlap = found(analysed(plan(territories=territories, rules=[rule("all", {})])), "overlap")[0]
    assert overlap.subjects == ("territory:europe", "territory:large")
    assert "their order decides for “EUROPE”" in overlap.text


@pytest.mark.parametrize(
    "large",
    [
        territory("large", {"employees": {"$gte": 9}}, tie_break=1),
        territory("large", {"employees": {"$gte": 9}}, valid_from="2026-04-01"),
    ],
)
def test_a_tie_break_or_another_time_settles_an_overlap(large):
    europe = territory("europe", DE, valid_to="2026-03-31")
    assert subjects(analysed(plan(territories=[europe, large], rules=[rule("all", {})])), "overlap") == []


def test_a_territory_and_its_parent_are_no_overlap():
    territories = [territory("world", {}), territory("germany", DE, "world"), territory("france", FR, "world")]
    assert subjects(analysed(plan(territories=territories, rules=[rule("all", {})])), "overlap") == []


def test_a_territory_without_criteria_may_come_last_but_not_first():
    world, germany = territory("world", {}), territory("germany", DE)
    rules = [rule("all", {})]
    assert subjects(analysed(plan(territories=[germany, world], rules=rules)), "overlap") == []
    found_first = subjects(analysed(plan(territories=[world, germany], rules=rules)), "overlap")
    assert found_first == [("territory:world", "territory:germany")]


def test_a_territory_without_criteria_takes_leads_from_one_behind_it():
    territories = [territory("world", {}), territory("germany", {}, queue="big")]
    assert len(found(analysed(plan(territories=territories, rules=[])), "gap")) == 1


def test_a_rule_does_not_get_what_a_better_territory_of_another_branch_takes():
    """Munich's large leads are in `key`, which lies deeper: the rule of `germany` never sees them."""
    territories = [
        territory("germany", DE),
        territory("world", {}),
        territory("key", {"employees": {"$gte": 100}}, "world"),
    ]
    rules = [rule("large", {"employees": {"$gte": 500}}, "germany"), rule("all", {}, queue="small")]
    shadowed = found(analysed(plan(territories=territories, rules=rules)), "shadowed")
    assert [finding.subjects for finding in shadowed] == [("rule:large",)]


def test_a_territory_counts_on_its_days_only():
    territories = [territory("germany", DE, queue="small", valid_to="2026-03-31")]
    chosen = plan(territories=territories, rules=[rule("german", DE), rule("all", {})])
    assert subjects(analysed(chosen), "shadowed") == [("rule:german", "territory:germany")]
    assert subjects(analysed(chosen, NOW.replace(month=4)), "shadowed") == []


def test_a_region_says_its_country():
    """No lead is in California and in Germany."""
    rules = [rule("german", DE), rule("california", {"region": "US-CA"}, queue="small"), rule("all", {})]
    pairs = subjects(analysed(plan(rules=rules)), "overlap")
    assert ("rule:german", "rule:california") not in pairs


@pytest.mark.parametrize(
    ("region", "countries"), [("US-CA", {"US"}), ("US-PR", {"US", "PR"}), ("NL-BQ1", {"NL", "BQ"})]
)
def test_territories_that_are_countries_too_may_be_given_as_either(region, countries):
    assert countries_of_region(region) == countries


def test_what_can_not_be_decided_is_said_and_no_finding():
    pattern = {"company_domain": {"$exists": True, "$regex": "shop"}}
    other = {"company_domain": {"$exists": True, "$regex": "store"}}
    rules = [rule("shops", pattern), rule("stores", other, queue="small"), rule("all", {})]
    report = analysed(plan(rules=rules))
    assert report.findings == ()
    assert "rule “Stores”" in " ".join(report.undecided)


def test_what_is_in_doubt_is_named_as_people_know_it():
    """The list that is searched has the territory first, so that places in it mean nothing to anybody."""
    shops, known = ({"company_domain": {"$exists": True, "$regex": each}} for each in ("^shop", "^sho"))
    rules = [rule("shops", shops), rule("known", known), rule("all", {})]
    report = analysed(plan(territories=[territory("france", FR, queue="desk")], rules=rules))
    (undecided,) = [text for text in report.undecided if "never reached of rule “Known”" in text]
    why = "rule “Shops”: “company_domain is known and matches the pattern ^shop” can't be decided for all values; rule"
    assert why in undecided
    assert not any("with territory" in text for text in report.undecided)


def test_a_rule_keeps_its_name_in_a_sentence():
    rules = [rule("a", DE), rule("this and Rule", LARGE, queue="small"), rule("all", {})]
    rules[1] |= {"key": "b", "name": "This and Rule"}
    (overlap,) = found(analysed(plan(rules=rules)), "overlap")
    meeting = "A lead can meet both rule “A” and rule “This and Rule”, which send it elsewhere; the first decides."
    assert overlap.text == meeting


POSTAL_CONTRACT = [*CONTRACT, {"key": "postal_code", "type": "string", "label": "Postal code"}]


def in_areas(*texts: str) -> dict[str, Any]:
    return territory_condition(Criteria(postal_areas=tuple(map(parse_postal_area, texts))))


def postal_plan(territories: list[dict[str, Any]], *rules: dict[str, Any]) -> Plan:
    every = [*rules, rule("all", {})]
    return parse_plan(plan_document(contract=POSTAL_CONTRACT, territories=territories, rules=every, account_lists=[]))


def test_territories_whose_postal_areas_share_a_code_overlap():
    territories = [territory("bavaria", in_areas("DE 80..86")), territory("munich", in_areas("DE 81"))]
    chosen = postal_plan(territories)
    report = analysed(chosen)
    (overlap,) = found(report, "overlap")
    assert (overlap.subjects, report.undecided) == (("territory:bavaria", "territory:munich"), ())
    assert overlap.witness == {"country": "DE", "postal_code": "81"}
    assert all(each.condition.matches(overlap.witness) for each in chosen.territories)


@pytest.mark.parametrize("other", ["DE 87", "DE 79", "DE 8", "AT 81", "DE 860", "GB 86A"])
def test_postal_areas_overlap_where_a_code_lies_in_both(other):
    territories = [territory("bavaria", in_areas("DE 80..86", "DE 9")), territory("other", in_areas(other))]
    report = analysed(postal_plan(territories))
    assert report.undecided == ()
    assert bool(found(report, "overlap")) is (other in ("DE 8", "DE 860"))


def test_many_postal_areas_are_decided():
    north = territory("north", in_areas(*(f"DE {code}" for code in range(10, 60, 2)), "AT 1", "AT 3"))
    south = territory("south", in_areas(*(f"DE {code}" for code in range(11, 60, 2)), "AT 2"))
    report = analysed(postal_plan([north, south]))
    assert (report.findings, report.undecided) == ((), ())


WEST, EAST = in_areas("DE 80..82"), in_areas("DE 83..86")


def test_a_territory_may_lie_in_the_postal_areas_of_two_others_only_together():
    territories = [
        territory("west", WEST, queue="big"),
        territory("east", EAST, queue="small"),
        territory("middle", in_areas("DE 81..84"), queue="desk"),
    ]
    report = analysed(postal_plan(territories))
    (shadowed,) = found(report, "shadowed")
    takers = "territory “WEST”, territory “EAST” together take all of it"
    assert shadowed.text == f"Territory “MIDDLE” never decides: {takers}."
    assert (shadowed.witness, report.undecided) == ({"country": "DE", "postal_code": "81"}, ())


def test_a_territory_that_reaches_beyond_two_others_is_reached():
    territories = [
        territory("west", WEST, queue="big"),
        territory("east", EAST, queue="small"),
        territory("middle", in_areas("DE 81..87"), queue="desk"),
    ]
    assert found(analysed(postal_plan(territories)), "shadowed") == []


def test_a_territory_that_its_children_share_out_among_them_is_no_finding():
    territories = [
        territory("south", in_areas("DE 80..86"), queue="desk"),
        territory("west", WEST, "south", queue="big"),
        territory("east", EAST, "south", queue="small"),
    ]
    report = analysed(postal_plan(territories))
    assert (report.findings, report.undecided) == ((), ())


def test_a_rule_in_the_postal_areas_of_two_territories_is_never_reached():
    territories = [territory("west", WEST, queue="small"), territory("east", EAST, queue="desk")]
    report = analysed(postal_plan(territories, rule("munich", in_areas("DE 81", "DE 85"))))
    assert subjects(report, "shadowed") == [("rule:munich", "territory:west", "territory:east")]


def test_codes_that_no_postal_area_holds_are_a_gap():
    territories = [
        territory("most", in_areas("DE 0..4", "DE 6..9"), queue="big"),
        territory("rest", {"$or": [{"country": {"$ne": "DE"}}, {"postal_code": {"$exists": False}}]}, queue="small"),
    ]
    chosen = parse_plan(plan_document(contract=POSTAL_CONTRACT, territories=territories, rules=[], account_lists=[]))
    gaps = found(analysed(chosen), "gap")
    assert [reason_of(chosen, gap) for gap in gaps] == ["no_match"]
    assert gaps[0].text.startswith("Nothing decides where Country is Germany and ")


SMALL_CONTRACT = [
    {"key": "country", "type": "string", "choices": {"DE": "Germany", "FR": "France", "US": "United States"}},
    {"key": "employees", "type": "number"},
    {"key": "tags", "type": "list", "choices": {"a": "A", "b": "B"}},
]
EVERY_LEAD = [
    {key: value for key, value in zip(("country", "employees", "tags"), values, strict=True) if value is not None}
    for values in product(
        (None, "DE", "FR", "US"),
        (None, 5, 10, 15, 20, 25),
        (None, [], ["a"], ["b"], ["a", "a"], ["b", "b"], ["a", "b"], ["b", "a", "b"]),
    )
]
small_conditions = st.sampled_from(
    [
        *({}, {"country": "DE"}, {"country": {"$in": ["DE", "FR"]}}, {"country": {"$exists": False}}),
        *({"employees": {"$exists": True, "$gte": 10}}, {"employees": {"$exists": True, "$lt": 20}}),
        {"country": "US", "employees": {"$exists": True, "$gte": 10}},
        *(
            {"tags": {"$in": ["a"]}},
            {"tags": {"$in": ["a", "b"]}},
            {"tags": {"$exists": False}},
            {"tags": {"$size": 0}},
        ),
        *({"tags": {"$all": ["a", "b"]}}, {"tags": {"$size": {"$gt": 1}}}),
    ]
)


@st.composite
def small_plans(draw: st.DrawFn) -> Plan:
    """Up to five territories in a few branches, some of which decide by themselves, and up to five rules."""
    territories: list[dict[str, Any]] = []
    for i in range(draw(st.integers(0, 5))):
        parent = draw(st.sampled_from([None, *(each["key"] for each in territories)]))
        target = draw(st.sampled_from([{}, {}, {"queue": "big"}, {"queue": "small"}]))
        more = {"tie_break": draw(st.integers(0, 1)), **target}
        territories.append(territory(f"t{i}", draw(small_conditions), parent, **more))
    scopes = st.sampled_from([None, *(each["key"] for each in territories)])
    queues = st.sampled_from(["big", "small"])
    rules = [rule(f"r{i}", draw(small_conditions), draw(scopes), draw(queues)) for i in range(draw(st.integers(0, 5)))]
    return parse_plan(plan_document(contract=SMALL_CONTRACT, territories=territories, rules=rules, account_lists=[]))


@settings(max_examples=200, deadline=None)
@given(small_plans())
def test_findings_are_what_the_engine_does_with_every_possible_lead(chosen):
    report = analysed(chosen)
    chains = [find(chosen, inputs_by_hand(lead, chosen.contract), NOW) for lead in EVERY_LEAD]
    assert report.undecided == ()
    assert all(inputs_by_hand(each.witness, chosen.contract) for each in report.findings if each.witness is not None)
    assert bool(found(report, "gap")) == any(chain.reason == "no_match" for chain in chains)
    assert all(reason_of(chosen, gap) == "no_match" for gap in found(report, "gap"))
    never = {f"rule:{each.key}" for each in chosen.rules} - {f"rule:{chain.rule}" for chain in chains}
    shadowed = {finding[0] for finding in subjects(report, "shadowed")}
    assert {subject for subject in shadowed if subject.startswith("rule:")} == never
    assert not shadowed & {f"territory:{chain.territory}" for chain in chains}


def rules_that_hold(alone: list[Plan], lead: Mapping[str, Any]) -> list[str]:
    """Of plans with one rule each, the rules that the engine would follow."""
    chains = [find(each, lead, NOW) for each in alone]
    return [chain.rule for chain in chains if chain.rule is not None]


def always_holds(chosen: Plan, each: Rule) -> bool:
    within = chosen.lineage(each.territory) if each.territory else ()
    return not any(part.condition.document for part in (each, *within))


@settings(max_examples=200, deadline=None)
@given(small_plans())
def test_overlaps_are_what_the_engine_decides_by_order_alone(chosen):
    targets = {each.key: each.target for each in chosen.rules}
    fallbacks = {each.key for each in chosen.rules if not each.condition.document}
    alone = [replace(chosen, rules=(each,)) for each in chosen.rules]

    def decided_by_order(lead: Mapping[str, Any]) -> set[tuple[str, str]]:
        first, *others = rules_that_hold(alone, inputs_by_hand(lead, chosen.contract)) or [""]
        return {
            (f"rule:{first}", f"rule:{other}")
            for other in others
            if other not in fallbacks and targets[other] != targets[first]
        }

    overlaps = [each for each in found(analysed(chosen), "overlap") if each.subjects[0].startswith("rule:")]
    assert all(each.subjects in decided_by_order(each.witness) for each in overlaps)
    every = set().union(*map(decided_by_order, EVERY_LEAD))
    missed = {first for first, _ in every - {each.subjects for each in overlaps}}
    assert missed <= {f"rule:{each.key}" for each in chosen.rules if always_holds(chosen, each)}
