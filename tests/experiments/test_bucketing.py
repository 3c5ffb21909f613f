"""GrowthBook's published cases, and what holds for every visitor."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.bucketing import bucket_ranges, choose_variation, equal_weights, hash_value, in_namespace
from tests.conftest import SHARED

CASES = SHARED / "conformance" / "growthbook_cases.json"
PUBLISHED = json.loads(CASES.read_text(encoding="utf-8")) if CASES.exists() else {}

seeds = st.text(max_size=20)
visitors = st.text(min_size=1, max_size=40)
shares = st.lists(st.integers(1, 9), min_size=2, max_size=5).map(lambda parts: [part / sum(parts) for part in parts])


def published(section: str, *names: str):
    """One parameter for each published case; a test without cases is skipped by pytest, and says so."""
    return pytest.mark.parametrize(names, PUBLISHED.get(section, []), ids=str)


@published("hash", "seed", "value", "version", "expected")
def test_a_hash_is_the_published_one(seed, value, version, expected):
    assert hash_value(seed, value, version) == expected


@published("getBucketRange", "name", "arguments", "expected")
def test_ranges_are_the_published_ones(name, arguments, expected):
    count, coverage, weights = arguments
    ranges = bucket_ranges(count, coverage, weights)
    assert [bound for each in ranges for bound in each] == pytest.approx([bound for each in expected for bound in each])


@published("chooseVariation", "name", "number", "ranges", "expected")
def test_the_choice_is_the_published_one(name, number, ranges, expected):
    assert choose_variation(number, ranges) == expected


@published("inNamespace", "name", "visitor", "namespace", "expected")
def test_a_namespace_holds_whom_the_published_one_holds(name, visitor, namespace, expected):
    assert in_namespace(visitor, tuple(namespace)) is expected


@published("getEqualWeights", "count", "expected")
def test_equal_weights_are_the_published_ones(count, expected):
    assert equal_weights(count) == pytest.approx(expected)


# A clone has no outside material; these few of the published cases travel with it.
@pytest.mark.parametrize(
    ("seed", "value", "version", "expected"),
    [
        ("", "a", 1, 0.22),
        ("seed", "a", 2, 0.0505),
        ("()**(%$##$%#$#", '___)((*":&', 2, 0.0128),
        ("abc", "def", 99, None),
    ],
)
def test_a_hash_is_known_by_heart(seed, value, version, expected):
    assert hash_value(seed, value, version) == expected


@given(seeds, visitors)
def test_a_hash_is_at_least_0_and_below_1(seed, visitor):
    assert 0 <= hash_value(seed, visitor, 2) < 1


@given(seeds, visitors, shares)
def test_at_full_coverage_everybody_gets_a_variation(seed, visitor, weights):
    assert choose_variation(hash_value(seed, visitor, 2), bucket_ranges(len(weights), 1.0, weights)) >= 0


@given(st.integers(0, 9_999), shares, st.floats(0, 1), st.floats(0, 1))
def test_more_coverage_moves_nobody_to_another_variation(bucket, weights, one, other):
    narrow, wide = sorted((one, other))
    before, after = (
        choose_variation(bucket / 10_000, bucket_ranges(len(weights), share, weights)) for share in (narrow, wide)
    )
    assert before in (-1, after)


@pytest.mark.parametrize("weights", [[0.5, 0.5], [0.9, 0.1], [0.2, 0.3, 0.5]])
def test_weights_are_respected_over_many_visitors(weights):
    total = 20_000
    ranges = bucket_ranges(len(weights), 1.0, weights)
    seen = Counter(choose_variation(hash_value("demo", f"visitor-{each}", 2), ranges) for each in range(total))
    assert [seen[index] / total for index in range(len(weights))] == pytest.approx(weights, abs=0.01)


def test_experiments_with_similar_seeds_split_independently():
    total = 20_000
    both = Counter(
        tuple(hash_value(seed, f"visitor-{each}", 2) < 0.5 for seed in ("demo-1", "demo-2")) for each in range(total)
    )
    assert [both[pair] / total for pair in sorted(both)] == pytest.approx([0.25] * 4, abs=0.015)
