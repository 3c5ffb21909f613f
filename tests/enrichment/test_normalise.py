"""Vendors' words into ours; what isn't understood becomes None rather than a guess."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.industry_labels import _LABELS, INDUSTRY_BY_LABEL
from enrichment.models import COMPANY_ATTRIBUTES
from enrichment.normalise import (
    INDUSTRIES,
    normalise,
    to_country,
    to_employees,
    to_industry,
    to_language,
    to_postal_code,
    to_region,
    to_revenue,
    to_revenue_from_millions,
)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("DE", "DE"),
        ("deu", "DE"),
        ("276", "DE"),
        (" Germany ", "DE"),
        ("UNITED STATES", "US"),
        ("United States of America", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("The Netherlands", "NL"),
        ("Côte d'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("South Korea", "KR"),
        ("Vietnam", "VN"),
        ("Atlantis", None),
        ("XX", None),
        ("", None),
    ],
)
def test_a_country_is_its_two_letter_code(text, country):
    assert to_country(text) == country


@pytest.mark.parametrize(
    ("text", "country", "region"),
    [
        ("US-CA", None, "US-CA"),
        ("us-ca", "US", "US-CA"),
        ("CA", "US", "US-CA"),
        ("California", "US", "US-CA"),
        ("Bayern", "DE", "DE-BY"),
        ("Île-de-France", "FR", "FR-IDF"),
        ("CA", None, None),
        ("US-CA", "DE", None),
        ("US-ZZ", "US", None),
        ("", "US", None),
    ],
)
def test_a_region_is_its_iso_code(text, country, region):
    assert to_region(text, country) == region


@pytest.mark.parametrize(
    ("text", "employees"),
    [
        ("250", 250),
        ("1,250", 1250),
        ("1 250 000", 1_250_000),
        ("1'250", 1250),
        ("12.0", 12),
        ("0", None),
        ("", None),
        ("50-100", None),
        ("10k", None),
        ("1.000", None),
        ("1,25", None),
        ("-5", None),
        ("about 20", None),
        ("٣", None),
    ],
)
def test_a_head_count_is_a_whole_number_or_unknown(text, employees):
    assert to_employees(text) == employees


@pytest.mark.parametrize(("text", "dollars"), [("1,000,000", 1_000_000), ("99.5", 100), ("0", None), ("$5m", None)])
def test_revenue_is_in_dollars(text, dollars):
    assert to_revenue(text) == dollars


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("24575", 24_575_000_000),
        ("1,204.5", 1_204_500_000),
        ("0.25", 250_000),
        ("1.250", 1_250_000),
        ("0", None),
        ("x", None),
    ],
)
def test_revenue_in_millions_is_in_dollars(text, dollars):
    assert to_revenue_from_millions(text) == dollars


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" sw1a  1aa ", "SW1A 1AA"),
        ("94103", "94103"),
        ("94103-1234", "94103-1234"),
        ("?", None),
        ("-1", None),
        ("1" * 13, None),
    ],
)
def test_a_postal_code_is_upper_case_with_single_spaces(text, code):
    assert to_postal_code(text) == code


@pytest.mark.parametrize(
    ("text", "language"),
    [("de", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("deu", "de"), ("German", "de"), ("Klingon", None), ("", None)],
)
def test_a_language_is_its_two_letter_code(text, language):
    assert to_language(text) == language


@pytest.mark.parametrize(
    ("label", "industry"),
    [
        ("software", "software"),
        ("Financial Services", "financial_services"),
        ("SaaS", "software"),
        ("Food-&-Beverage", "food_beverage"),
        ("machine-learning", "software"),
        ("Motor Vehicles & Parts", "automotive"),
        ("motor-vehicles-and-parts", "automotive"),
        ("Aerospace and defence", "aerospace_defense"),
        ("E-commerce", "retail"),
        ("b2b", None),
        ("consumer", None),
        ("", None),
    ],
)
def test_an_industry_is_one_of_ours(label, industry):
    assert to_industry(label) == industry


def test_every_label_leads_to_an_industry_of_ours():
    assert set(INDUSTRY_BY_LABEL.values()) <= set(INDUSTRIES)


def test_every_label_is_written_as_it_is_looked_up():
    assert [label for label in INDUSTRY_BY_LABEL if to_industry(label) is None] == []


def test_no_label_is_listed_under_two_industries():
    listed = Counter(
        label.strip() for lines in _LABELS.values() for line in lines.strip().splitlines() for label in line.split("|")
    )
    assert [label for label, times in listed.items() if label and times > 1] == []


@pytest.mark.parametrize("key", INDUSTRIES)
def test_our_own_key_and_name_are_understood(key):
    assert to_industry(key) == to_industry(INDUSTRIES[key]) == key


@given(st.sampled_from(sorted(COMPANY_ATTRIBUTES)), st.text(max_size=40))
def test_any_text_is_understood_or_refused_and_normalising_again_changes_nothing(attribute, text):
    value = normalise(attribute, text)
    assert value is None or normalise(attribute, str(value)) == value


def test_what_has_no_rules_of_its_own_is_trimmed():
    assert (normalise("company_name", "  Acme "), normalise("company_name", "  ")) == ("Acme", None)
