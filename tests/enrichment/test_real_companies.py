"""Directories of real companies, where a checkout has them beside it."""

import csv

import pytest

from enrichment.models import DatasetRecord
from enrichment.services.import_dataset import ImportReport, attributes_of, import_dataset
from tests.conftest import shared_file
from tests.enrichment.factories import NOW

# Tags that name an audience, a business model or a cause, and trades that several of our industries could mean.
SAYS_NO_INDUSTRY = {
    *("b2b", "consumer", "enterprise", "india", "kids", "remote-work", "subscriptions"),
    *("climate", "climatetech", "sustainability"),
    *("design", "legal"),
}


@pytest.fixture(scope="module")
def companies() -> list[dict[str, str]]:
    with shared_file("data", "companies.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def labels(row: dict[str, str]) -> set[str]:
    return {label for label in (row["industry"], *row["tags"].split("|")) if label}


def test_nearly_every_company_with_a_label_gets_an_industry(companies):
    labelled = [row for row in companies if labels(row)]
    mapped = [row for row in labelled if "industry" in attributes_of(row)]
    print(f"industries: {len(mapped)} of {len(labelled)} labelled companies, {len(mapped) / len(labelled):.1%}")
    assert len(mapped) / len(labelled) >= 0.985


def test_what_stays_without_an_industry_says_none(companies):
    without = [row for row in companies if "industry" not in attributes_of(row)]
    assert {label for row in without for label in labels(row)} <= SAYS_NO_INDUSTRY


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        ("employees", "employees"),
        ("country_code", "country"),
        ("region", "region"),
        ("revenue_usd_m", "revenue"),
        ("name", "company_name"),
    ],
)
def test_every_filled_cell_is_understood(companies, column, attribute):
    filled = [row for row in companies if row[column] not in ("", "0")]
    assert [row[column] for row in filled if attribute not in attributes_of(row)] == []


@pytest.mark.django_db
def test_the_whole_directory_is_imported_and_again_without_a_change():
    def load() -> ImportReport:
        with shared_file("data", "companies.csv").open(encoding="utf-8", newline="") as lines:
            return import_dataset(key="directory", name="Directory", lines=lines, now=NOW)

    first, second = load(), load()
    assert (first.imported, first.skipped) == (DatasetRecord.objects.count(), [])
    assert (second.imported, second.unchanged) == (0, first.imported)
