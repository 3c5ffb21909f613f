"""The example company's own table: small, public facts, every row of use."""

import csv
from pathlib import Path

import pytest

from enrichment.models import COMPANY_ATTRIBUTES
from enrichment.services.import_dataset import attributes_of
from leads.identity import company_domain_of, registrable_domain
from tests.conftest import ROOT

PATH: Path = ROOT / "example" / "companies.csv"
with PATH.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))

# What not every company has or publishes.
OPTIONAL = {"revenue", "region", "postal_code"}


def test_there_are_about_a_hundred():
    assert 90 <= len(ROWS) <= 150


def test_no_company_is_named_twice():
    assert len({row["domain"] for row in ROWS}) == len({row["name"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["domain"])
def test_a_row_is_understood_in_full(row):
    columns = {"name": "company_name", "revenue_usd_m": "revenue", "country_code": "country"}
    filled = {columns.get(column, column) for column, cell in row.items() if cell} & COMPANY_ATTRIBUTES
    found = attributes_of(row)
    assert set(found) == filled
    assert filled >= COMPANY_ATTRIBUTES - OPTIONAL


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["domain"])
def test_an_address_there_leads_to_the_row(row):
    assert registrable_domain(row["domain"]) == company_domain_of(f"ann@{row['domain']}") == row["domain"]
