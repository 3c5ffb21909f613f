"""What an analysis finds in a list of rules: gaps, overlaps and shadowed rules, each with a witness."""

import json
from dataclasses import asdict

import pytest

from conditions import Attribute, ConditionError, ConditionInvalid, Vocabulary, parse
from conditions.analysis import Dependency, Gap, Meeting, Meetings, Overlap, Shadowed, analyse, meetings

COUNTRIES = {"DE": "Germany", "AT": "Austria", "US": "United States"}
REGIONS = {"DE-BY": "Bavaria", "DE-BE": "Berlin", "US-CA": "California"}
VOCABULARY = Vocabulary(
    [
        Attribute("country", "string", COUNTRIES, required=True, label="Country"),
        Attribute("region", "string", REGIONS, label="Region"),
        Attribute("employees", "number", label="Employees", whole=True, minimum=0),
        Attribute("seats", "number", required=True, whole=True, minimum=1),
        Attribute("share", "number", required=True),
        Attribute("vip", "boolean"),
        Attribute("domain", "string", label="Domain"),
        Attribute("postal_code", "string"),
        Attribute("plate", "string", required=True),
        Attribute("languages", "list"),
        Attribute("topics", "list", {"a": "A", "b": "B"}, label="Topics"),
        Attribute("markets", "list", {f"m{i}": f"M{i}" for i in range(20)}),
    ]
)
OF_COUNTRY = Dependency("region", "country", lambda region: [region.split("-")[0]])


def rules(*documents):
    """Each with an outcome of its own."""
    return [(parse(document, VOCABULARY), i) for i, document in enumerate(documents)]


def found(*documents, **options):
    return analyse(rules(*documents), VOCABULARY, **options)


GERMANY, AUSTRIA, UNITED_STATES = {"country": "DE"}, {"country": "AT"}, {"country": "US"}
SMALL, LARGE = {"employees": {"$exists": True, "$lt": 50}}, {"employees": {"$exists": True, "$gte": 50}}


# Gaps


def test_a_choice_that_no_rule_names_is_a_gap():
    assert found(GERMANY, AUSTRIA).gaps == (
        Gap(region={"country": "US"}, text="Country is United States", witness={"country": "US"}),
    )


def test_rules_that_take_everything_leave_no_gap():
    assert not found(GERMANY, {"country": {"$nin": ["DE"]}}).gaps


def test_no_rules_leave_everything_open():
    assert found().gaps == (Gap(region={}, text="always", witness={}),)


def test_a_missing_value_is_a_gap_of_its_own():
    (gap,) = found(SMALL, LARGE).gaps
    assert gap == Gap(region={"employees": {"$exists": False}}, text="Employees is unknown", witness={})


def test_numbers_between_two_ranges_are_a_gap():
    (gap,) = found({"seats": {"$lt": 50}}, {"seats": {"$gt": 99}}).gaps
    assert gap.region == {"seats": {"$gte": 50, "$lte": 99}}
    assert gap.witness == {"seats": 50}


def test_there_is_no_gap_between_neighbouring_whole_numbers():
    assert not found({"seats": {"$lte": 49}}, {"seats": {"$gte": 50}}).gaps


def test_there_is_a_gap_between_neighbouring_whole_numbers_where_fractions_occur():
    (gap,) = found({"share": {"$lte": 49}}, {"share": {"$gte": 50}}).gaps
    assert gap.witness == {"share": 49.5}


def test_numbers_below_the_minimum_are_no_gap():
    assert not found({"seats": {"$gte": 1}}).gaps


def test_texts_that_no_rule_names_are_a_gap():
    (gap,) = found({"domain": {"$in": ["acme.example"]}}, {"domain": {"$exists": False}}).gaps
    assert gap.region == {"domain": {"$exists": True, "$nin": ["acme.example"]}}
    assert gap.witness == {"domain": "another domain"}


def test_texts_between_two_prefixes_are_a_gap():
    below, beyond = {"plate": {"$lt": "80"}}, {"plate": {"$gte": "87"}}
    (gap,) = found(below, beyond).gaps
    assert gap == Gap({"plate": {"$gte": "80", "$lt": "87"}}, "plate is at least 80 and is below 87", {"plate": "80"})


def test_a_gap_of_texts_says_which_it_leaves_out_and_which_lie_apart():
    (gap,) = found({"plate": {"$lt": "80", "$ne": "5"}}, {"plate": "81"}).gaps
    assert gap.region == {"$or": [{"plate": {"$gte": "80", "$nin": ["81"]}}, {"plate": "5"}]}


def test_neighbouring_prefixes_leave_no_gap():
    assert not found({"plate": {"$lt": "80"}}, {"plate": {"$gte": "80", "$lt": "81"}}, {"plate": {"$gte": "81"}}).gaps


def test_nothing_lies_below_the_empty_text_nor_between_a_text_and_the_next_one():
    assert not found({"plate": {"$gte": ""}}).gaps
    assert not found({"plate": {"$lte": "80"}}, {"plate": {"$gte": "80\0"}}).gaps


def test_upper_case_comes_before_lower_case():
    (gap,) = found({"plate": {"$lt": "a"}}, {"plate": {"$gte": "b"}}).gaps
    assert gap.witness == {"plate": "a"}
    assert not found({"plate": {"$lt": "a"}}, {"plate": {"$gte": "Z"}}).gaps


def test_texts_are_ordered_by_code_units_and_not_by_code_points():
    grinning, private = "\U0001f600", "\ue000"
    assert not found({"plate": {"$gte": private}}, {"plate": {"$lte": grinning}}, {"plate": {"$gt": grinning}}).gaps
    assert found({"plate": {"$gte": private}, "vip": True}, {"plate": grinning}).overlaps == ()


@pytest.mark.parametrize(
    ("others", "witness"),
    [
        (["$gte", "80"], "0"),
        (["$gte", "b"], "another plate"),
        (["$lte", "80"], "800"),
        (["$lt", "80"], "80"),
        (["$gte", "\x01"], ""),
    ],
)
def test_a_witness_is_a_text_that_people_can_read(others, witness):
    operator, bound = others
    (gap,) = found({"plate": {operator: bound}}).gaps
    assert gap.witness == {"plate": witness}


def test_lists_of_closed_choices_are_decided():
    rest = [{"topics": {"$exists": False}}, {"topics": {"$size": 0}}]
    analysis = found({"topics": {"$in": ["a", "b"]}}, *rest)
    assert (analysis.gaps, analysis.undecided) == ((), ())
    (gap,) = found({"topics": {"$in": ["a"]}}, *rest).gaps
    assert gap == Gap({"topics": {"$in": ["b"], "$nin": ["a"]}}, gap.text, {"topics": ["b"]})


def test_lists_of_too_many_kinds_are_undecided_and_shown_by_a_choice():
    analysis = found(*({"markets": {"$in": [f"m{i}"]}} for i in range(20)), {"markets": {"$exists": True}})
    assert [gap.witness for gap in analysis.gaps] == [{}]
    assert all(overlap.witness == {"markets": ["m0"]} for overlap in analysis.overlaps)
    assert {u.question for u in analysis.undecided} == {"overlap", "shadowed"}


def test_a_gap_may_need_several_attributes():
    (gap,) = found(AUSTRIA, UNITED_STATES, {**GERMANY, **LARGE}, {**GERMANY, "employees": {"$exists": False}}).gaps
    assert gap.region == {"country": "DE", "employees": {"$exists": True, "$lt": 50}}
    assert gap.text == "Country is Germany and Employees is known and is below 50"


def test_a_gap_becomes_a_rule_that_closes_it():
    documents = [{**GERMANY, **LARGE}, {"vip": True}]
    gaps = found(*documents).gaps
    assert not found(*documents, *(gap.region for gap in gaps)).gaps


def test_no_more_gaps_are_reported_than_asked_for():
    analysis = found({**GERMANY, **LARGE}, {**AUSTRIA, **SMALL}, limit=1)
    assert len(analysis.gaps) == 1
    assert analysis.more == ("gap",)


# Overlaps


def test_two_rules_that_can_hold_together_overlap():
    assert found(GERMANY, LARGE).overlaps == (Overlap(0, 1, {"country": "DE", "employees": 50}),)


def test_rules_of_different_values_do_not_overlap():
    assert not found(GERMANY, AUSTRIA, {**UNITED_STATES, **LARGE}, {**UNITED_STATES, **SMALL}).overlaps


def test_rules_with_one_outcome_do_not_count_as_overlapping():
    assert not analyse([(parse(document, VOCABULARY), "EMEA") for document in (GERMANY, LARGE)], VOCABULARY).overlaps


def test_a_rule_that_always_holds_is_a_fallback_and_not_an_overlap():
    assert not found(GERMANY, {}).overlaps


def test_two_rules_do_not_overlap_where_an_earlier_one_decides():
    assert [(o.first, o.second) for o in found(GERMANY, GERMANY, GERMANY).overlaps] == [(0, 1), (0, 2)]


def test_an_overlap_shows_an_input_that_the_first_of_its_rules_decides():
    *_, overlap = found({**GERMANY, **LARGE}, GERMANY, {"country": {"$in": ["DE", "AT"]}}).overlaps
    assert overlap == Overlap(1, 2, {"country": "DE", "employees": 0})


def test_an_overlap_that_an_earlier_rule_in_doubt_may_decide_is_undecided():
    analysis = found({"domain": {"$regex": "."}}, {"domain": {"$exists": True}}, {"domain": {"$ne": "acme.example"}})
    undecided = [(u.rules, u.others) for u in analysis.undecided if u.question == "overlap"]
    assert undecided == [((1,), (2,))]


def test_rules_meet_whatever_decides():
    conditions = [parse(document, VOCABULARY) for document in (GERMANY, AUSTRIA, GERMANY, {"country": {"$in": []}})]
    assert meetings(conditions, VOCABULARY) == Meetings((Meeting(0, 2, {"country": "DE"}),), (), (3,))


def test_what_the_budget_does_not_reach_may_meet():
    conditions = [parse(document, VOCABULARY) for document in (GERMANY, {**GERMANY, **LARGE}, LARGE)]
    assert meetings(conditions, VOCABULARY, node_budget=1).undecided == ((0, 1), (0, 2), (1, 2))


# Shadowed rules


def test_a_rule_within_an_earlier_one_is_shadowed():
    assert found(GERMANY, {**GERMANY, **LARGE}).shadowed == (
        Shadowed(1, by=(0,), witness={"country": "DE", "employees": 50}),
    )


def test_a_rule_is_shadowed_by_earlier_ones_only_together():
    (shadowed,) = found(
        {**GERMANY, **SMALL}, AUSTRIA, {**GERMANY, **LARGE}, {**GERMANY, "employees": {"$exists": True}}
    ).shadowed
    assert (shadowed.rule, shadowed.by) == (3, (0, 2))


def test_a_rule_that_some_input_reaches_is_not_shadowed():
    assert not found({**GERMANY, **SMALL}, {**GERMANY, **LARGE}, GERMANY).shadowed


def test_a_rule_that_no_input_can_match_is_shadowed_by_none():
    assert found({"seats": {"$gt": 9, "$lt": 10}}).shadowed == (Shadowed(0, by=(), witness=None),)


def test_everything_after_a_fallback_is_shadowed():
    assert [(s.rule, s.by) for s in found({}, GERMANY, LARGE).shadowed] == [(1, (0,)), (2, (0,))]


# What can't be decided


def test_a_gap_that_a_pattern_may_close_elsewhere_says_so():
    (gap,) = found({"domain": {"$regex": "^acme"}}, {"domain": {"$exists": False}}).gaps
    assert (gap.witness, gap.unless) == ({"domain": "another domain"}, (0,))


def test_a_pattern_that_holds_for_the_witness_leaves_the_gap_undecided():
    analysis = found({"domain": {"$regex": "o"}}, {"domain": {"$exists": False}})
    assert not analysis.gaps
    assert [(u.question, u.rules) for u in analysis.undecided] == [("gap", (0,))]


def test_a_pattern_over_closed_choices_is_decided():
    analysis = found({"country": {"$regex": "^[AD]"}}, AUSTRIA)
    assert not analysis.undecided
    assert [gap.region for gap in analysis.gaps] == [UNITED_STATES]
    assert [shadowed.rule for shadowed in analysis.shadowed] == [1]


def test_an_undecided_rule_is_named_with_the_reason():
    undecided = found({"domain": {"$regex": "^acme"}}, GERMANY).undecided
    assert [(u.question, u.rules, u.others) for u in undecided] == [("overlap", (0,), (1,)), ("shadowed", (0,), ())]
    assert undecided[0].reason == "“Domain matches the pattern ^acme” can't be decided for all values"


def test_a_rule_that_covers_nothing_for_certain_shadows_nothing():
    languages = {"languages": {"$in": ["de"]}}
    analysis = found(languages, {**languages, **GERMANY})
    assert not analysis.shadowed
    assert ("shadowed", (1,)) in [(u.question, u.rules) for u in analysis.undecided]


def test_what_the_budget_does_not_reach_is_undecided():
    analysis = found(GERMANY, {**GERMANY, **LARGE}, node_budget=1)
    assert {u.question for u in analysis.undecided if "budget" in u.reason} == {"gap", "overlap", "shadowed"}


def test_work_on_each_question_counts_against_its_budget():
    """Thirty rules of fifteen pairs over forty attributes."""
    names = [f"a{i}" for i in range(40)]
    vocabulary = Vocabulary(Attribute(name, "boolean", required=True) for name in names)
    documents = [
        {"$and": [{"$or": [{names[(i + 3 * j) % 40]: True}, {names[(7 * i + j) % 40]: False}]} for j in range(15)]}
        for i in range(30)
    ]
    pairs = [(parse(document, vocabulary), i) for i, document in enumerate(documents)]
    analysis = analyse(pairs, vocabulary, node_budget=100_000)
    assert {u.question for u in analysis.undecided if "budget" in u.reason} == {"gap", "overlap", "shadowed"}


# Dependent attributes


def test_a_region_of_another_country_is_no_gap():
    documents = [GERMANY, AUSTRIA, {"region": "US-CA"}, {"region": {"$exists": False}}]
    assert found(*documents).gaps
    assert not found(*documents, dependencies=[OF_COUNTRY]).gaps


def test_rules_on_a_region_and_another_country_do_not_overlap():
    assert not found({"region": "US-CA"}, GERMANY, dependencies=[OF_COUNTRY]).overlaps
    assert found({"region": "US-CA"}, UNITED_STATES, dependencies=[OF_COUNTRY]).overlaps


def test_a_rule_within_its_regions_country_is_shadowed():
    (shadowed,) = found(GERMANY, {"region": {"$in": ["DE-BY", "DE-BE"]}}, dependencies=[OF_COUNTRY]).shadowed
    assert shadowed == Shadowed(1, by=(0,), witness={"country": "DE", "region": "DE-BY"})


def test_two_attributes_that_say_different_countries_never_come_together():
    postal = Dependency("postal_code", "country", {"94016": ["US"], "10115": ["DE"]}.get)
    both = {"region": "DE-BE", "postal_code": "94016"}
    assert found(both, dependencies=[OF_COUNTRY, postal]).shadowed == (Shadowed(0, by=(), witness=None),)
    assert not found({**both, "postal_code": "10115"}, dependencies=[OF_COUNTRY, postal]).shadowed


def test_a_region_may_come_without_its_country_where_that_is_optional():
    vocabulary = Vocabulary([Attribute("country", "string"), Attribute("region", "string", REGIONS)])
    in_california = parse({"region": "US-CA", "country": {"$exists": False}}, vocabulary)
    assert not analyse([(in_california, 0)], vocabulary, dependencies=[OF_COUNTRY]).shadowed


def test_a_country_that_only_a_region_implies_is_its_witness():
    vocabulary = Vocabulary([Attribute("country", "string", required=True), Attribute("region", "string", REGIONS)])
    documents = [{"region": "US-CA"}, {"region": "US-CA", "country": {"$nin": ["DE"]}}]
    pairs = [(parse(document, vocabulary), i) for i, document in enumerate(documents)]
    (shadowed,) = analyse(pairs, vocabulary, dependencies=[OF_COUNTRY]).shadowed
    assert shadowed.witness == {"country": "US", "region": "US-CA"}


# Errors and form


def test_a_condition_over_another_vocabulary_is_refused():
    with pytest.raises(ConditionInvalid, match=r"^mood: isn't in the vocabulary"):
        analyse([(parse({"mood": "good"}), 0)], VOCABULARY)


def test_dependencies_in_a_circle_are_refused():
    circle = [OF_COUNTRY, Dependency("country", "region", lambda country: None)]
    with pytest.raises(ConditionError, match="circle among country, region"):
        found({"region": "US-CA"}, dependencies=circle)


def test_a_dotted_name_is_nested_in_the_witness():
    vocabulary = Vocabulary([Attribute("company.size", "number", required=True)])
    (gap,) = analyse([(parse({"company.size": {"$gte": 5}}, vocabulary), 0)], vocabulary).gaps
    assert gap.witness == {"company": {"size": 4}}


def test_an_analysis_can_be_written_as_json():
    analysis = found(GERMANY, {"domain": {"$regex": "^acme"}}, {**GERMANY, **LARGE})
    assert json.loads(json.dumps(asdict(analysis)))["shadowed"][0]["by"] == [0]
