"""Which plan decides a lead while another one is tried: by territory, or by a share of leads."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.contract import Inputs
from routing.plan_document import parse_plan
from routing.rollout import ALL_BP, Scope, place_of, takes
from tests.routing.documents import plan_document

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASE = parse_plan(plan_document())
WITH_FRANCE = parse_plan(
    plan_document(
        territories=[
            *plan_document()["territories"],
            {"key": "france", "name": "France", "parent": "emea", "condition": {"country": "FR"}},
        ]
    )
)
keys, leads = st.text(max_size=16), st.integers(1, 10**9)
shares = st.integers(1, ALL_BP - 1)


def is_taken(scope: Scope, lead: int = 1, country: str | None = "DE", key: str = "k", plan=WITH_FRANCE) -> bool:
    values = {"country": country} if country else {}
    inputs = Inputs(values=values, missing=() if country else ("country",))
    return takes(key, scope, lead=lead, inputs=inputs, plan=plan, base=BASE, now=NOW)


@given(keys, leads)
def test_a_leads_place_is_a_basis_point(key, lead):
    assert 0 <= place_of(key, lead) < ALL_BP


@given(keys, leads, shares, shares)
def test_a_greater_share_takes_nobody_out(key, lead, one, other):
    smaller, greater = sorted((one, other))
    assert is_taken(Scope(share_bp=greater), lead, key=key) or not is_taken(Scope(share_bp=smaller), lead, key=key)


@given(keys, leads, shares)
def test_the_same_lead_is_decided_the_same_way_whatever_it_says(key, lead, share):
    answers = {is_taken(Scope(share_bp=share), lead, country, key) for country in ("DE", "FR", "US", None)}
    assert len(answers) == 1


@pytest.mark.parametrize("share_bp", [500, 1_000, 2_500, 5_000, 9_000])
def test_a_share_is_about_that_share(share_bp):
    taken = sum(is_taken(Scope(share_bp=share_bp), lead) for lead in range(4_000))
    assert abs(taken - 4_000 * share_bp / ALL_BP) < 4 * 32  # four standard deviations, at most


def test_another_rollout_takes_other_leads():
    first, second = ({lead for lead in range(2_000) if place_of(key, lead) < 1_000} for key in ("one", "two"))
    assert len(first & second) < len(first) / 2


@pytest.mark.parametrize(
    ("territory", "country", "expected"),
    [
        ("emea", "DE", True),
        ("emea", "FR", True),
        ("dach", "DE", True),
        ("dach", "FR", False),
        ("dach", "US", False),
        ("france", "FR", True),
        ("france", "DE", False),
        ("emea", None, False),
    ],
)
def test_a_territory_takes_its_leads_and_those_below_it(territory, country, expected):
    assert is_taken(Scope(territory=territory), country=country) is expected


def test_a_territory_that_only_one_of_the_plans_has_is_asked_of_that_one():
    """So a plan that dissolves a territory can be tried on the leads that are in it now."""
    dissolved = parse_plan(plan_document(territories=plan_document()["territories"][:1]))
    assert is_taken(Scope(territory="dach"), country="DE", plan=dissolved)
    assert not is_taken(Scope(territory="dach"), country="FR", plan=dissolved)
