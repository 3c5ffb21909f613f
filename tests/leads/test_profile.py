from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Source
from leads.profile import RANKS, Fact, resolve

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def fact(value="DE", source="answer", *, attribute="country", confidence=1.0, age_h=0, provider=""):
    return Fact(attribute, value, source, confidence, NOON - timedelta(hours=age_h), provider)


any_fact = st.builds(
    fact,
    value=st.sampled_from(["DE", "US", 7, True, None, ["a"]]),
    source=st.sampled_from(sorted(RANKS)),
    attribute=st.sampled_from(["country", "employees", "phone"]),
    confidence=st.sampled_from([0.0, 0.5, 1.0]),
    age_h=st.integers(0, 3),
    provider=st.sampled_from(["", "dataset:a", "dataset:b"]),
)
facts = st.lists(any_fact, max_size=12)


def test_every_source_has_a_rank():
    assert set(RANKS) == set(Source.values)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("answer", "hidden"),
        ("hidden", "crm"),
        ("crm", "enrichment"),
        ("enrichment", "inferred"),
        ("inferred", "default"),
    ],
)
def test_the_better_source_wins_however_old_and_unsure(better, worse):
    old = fact("US", better, confidence=0.1, age_h=500)
    assert resolve([old, fact("DE", worse)]).value("country") == "US"


def test_among_equal_sources_the_surer_one_wins():
    assert resolve([fact("US", confidence=0.9, age_h=9), fact("DE", confidence=0.8)]).value("country") == "US"


def test_among_equally_sure_ones_the_newest_wins():
    assert resolve([fact("US"), fact("DE", age_h=1)]).value("country") == "US"


def test_an_erased_value_leaves_the_next_best():
    assert resolve([fact(None), fact("DE", "inferred")]).value("country") == "DE"


def test_an_attribute_nobody_observed_has_the_given_default():
    profile = resolve([fact()])
    assert profile.fact("employees") is None
    assert profile.value("employees", 0) == 0


def test_false_and_zero_are_values():
    assert resolve([fact(False, attribute="free_mail"), fact(0, attribute="employees")]).values() == {
        "free_mail": False,
        "employees": 0,
    }


@given(facts.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_observations_does_not_matter(pair):
    some, shuffled = pair
    assert list(resolve(some)) == list(resolve(shuffled))


@given(facts)
def test_resolving_a_profile_again_changes_nothing(some):
    profile = resolve(some)
    assert resolve(profile) == profile


@given(facts)
def test_whatever_is_believed_was_observed_by_the_best_source_there_is(some):
    for believed in resolve(some):
        rivals = [rival for rival in some if rival.attribute == believed.attribute and rival.value is not None]
        assert believed in rivals
        assert RANKS[believed.source] == min(RANKS[rival.source] for rival in rivals)


@given(facts, facts)
def test_parts_may_be_resolved_apart(some, others):
    assert resolve([*resolve(some), *resolve(others)]) == resolve([*some, *others])
