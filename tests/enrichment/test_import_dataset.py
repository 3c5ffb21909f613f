from datetime import timedelta

import pytest
from django.db import transaction

from enrichment.errors import DatasetInvalid
from enrichment.models import Dataset, DatasetRecord
from enrichment.services.import_dataset import ImportReport, import_dataset
from tests.enrichment.factories import NOW

pytestmark = pytest.mark.django_db


def load(text: str, *, key="companies", name="Companies", now=NOW) -> ImportReport:
    return import_dataset(key=key, name=name, lines=text.splitlines(keepends=True), now=now)


def stored(domain: str) -> dict[str, object]:
    return DatasetRecord.objects.get(domain=domain).attributes


FULL = """domain,name,employees,revenue_usd_m,industry,country_code,region,postal_code
acme.com,Acme,"1,200",250.5,SaaS,us,California,94103
"""


def test_a_row_is_stored_in_our_words():
    load(FULL)
    assert stored("acme.com") == {
        "company_name": "Acme",
        "employees": 1200,
        "revenue": 250_500_000,
        "industry": "software",
        "country": "US",
        "region": "US-CA",
        "postal_code": "94103",
    }


def test_the_domain_is_the_registrable_one():
    load("domain\nhttps-free.www.acme.co.uk\n")
    assert DatasetRecord.objects.get().domain == "acme.co.uk"


def test_importing_again_changes_nothing():
    assert load(FULL).imported == 1
    rows = list(DatasetRecord.objects.values())
    again = load(FULL, now=NOW + timedelta(days=1))
    assert (again.imported, again.unchanged, again.skipped) == (0, 1, [])
    assert list(DatasetRecord.objects.values()) == rows


def test_a_changed_row_is_updated_and_the_others_stay():
    load("domain,employees\nacme.com,10\nother.com,20\n")
    report = load("domain,employees\nacme.com,11\n")
    assert (report.imported, report.unchanged) == (1, 0)
    assert (stored("acme.com"), stored("other.com")) == ({"employees": 11}, {"employees": 20})


def test_an_existing_dataset_keeps_its_name_and_learns_the_time():
    load(FULL, name="First")
    load(FULL, name="Second", now=NOW + timedelta(days=1))
    dataset = Dataset.objects.get()
    assert (dataset.name, dataset.created_at, dataset.imported_at) == ("First", NOW, NOW + timedelta(days=1))


def test_two_datasets_may_know_one_company():
    load(FULL, key="one")
    load(FULL, key="two")
    assert DatasetRecord.objects.filter(domain="acme.com").count() == 2


def test_bad_rows_are_named_by_line_and_reason_and_lose_no_good_one():
    report = load(
        "domain,name\nacme.com,Acme\nlocalhost,Nobody\n,Blank\nwww.acme.com,Twice\nother.com,O\x00ther\nlast.com,Last\n"
    )
    assert report.skipped == [
        (3, "no registrable domain"),
        (4, "no registrable domain"),
        (5, "acme.com was named before"),
        (6, "a cell holds a null character"),
    ]
    assert report.imported == 2
    assert set(DatasetRecord.objects.values_list("domain", flat=True)) == {"acme.com", "last.com"}


def test_of_two_rows_with_one_domain_the_first_is_kept():
    load("domain,employees\nacme.com,10\nacme.com,99\n")
    assert stored("acme.com") == {"employees": 10}


def test_a_quoted_line_break_counts_as_lines():
    report = load('domain,name\nacme.com,"Acme\nLtd"\nlocalhost,Nobody\n')
    assert report.skipped == [(4, "no registrable domain")]


def test_a_byte_order_mark_is_not_part_of_the_first_column():
    assert load("\ufeff" + FULL).imported == 1


def test_columns_nobody_knows_are_left_aside():
    load("domain,employees,city,mood\nacme.com,10,Rome,good\n")
    assert stored("acme.com") == {"employees": 10}


def test_cells_beyond_the_header_are_left_aside_and_missing_ones_are_blank():
    load("domain,employees,name\nacme.com,10,Acme,more,and more\nshort.com\n")
    assert stored("acme.com") == {"employees": 10, "company_name": "Acme"}
    assert stored("short.com") == {}


def test_a_value_that_is_not_understood_is_left_out_and_the_row_kept():
    load("domain,employees,country_code\nacme.com,many,DE\n")
    assert stored("acme.com") == {"country": "DE"}


def test_a_country_may_be_written_out():
    load("domain,country,region\nacme.com,Germany,Bayern\n")
    assert stored("acme.com") == {"country": "DE", "region": "DE-BY"}


def test_the_first_tag_that_means_an_industry_stands_in_for_one():
    load("domain,industry,tags\nacme.com,b2b,b2b|kids|fintech|saas\n")
    assert stored("acme.com") == {"industry": "financial_services"}


@pytest.mark.parametrize("text", ["", "name,employees\nAcme,10\n", "Domain\nacme.com\n"])
def test_a_file_without_a_domain_column_is_refused_with_nothing_stored(text):
    with pytest.raises(DatasetInvalid, match="among them `domain`"):
        load(text)
    assert not Dataset.objects.exists()


def test_a_cell_no_csv_may_hold_refuses_the_whole_file_with_its_line():
    with pytest.raises(DatasetInvalid, match="Line 3 can't be read as CSV"):
        load(f"domain,name\nacme.com,Acme\nother.com,{'x' * 200_000}\n")
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("not a slug", "Fine"),
        ("x" * 61, "Fine"),
        ("fine", "x" * 121),
        ("", "Fine"),
    ],
)
def test_a_key_or_name_that_can_not_be_one_is_refused(key, name):
    with pytest.raises(DatasetInvalid) as refused:
        load(FULL, key=key, name=name)
    assert set(refused.value.fields) <= {"key", "name"}
    assert not Dataset.objects.exists()


def test_a_failure_in_the_middle_stores_nothing(monkeypatch):
    monkeypatch.setattr("enrichment.services.import_dataset.BATCH", 1)
    upsert = DatasetRecord.objects.bulk_create
    calls = []

    def fail_at_the_second(rows, **options):
        calls.append(rows)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return upsert(rows, **options)

    monkeypatch.setattr(DatasetRecord.objects, "bulk_create", fail_at_the_second)
    with pytest.raises(OSError, match="full"), transaction.atomic():
        load("domain\nacme.com\nother.com\n")
    assert not Dataset.objects.exists()
    assert not DatasetRecord.objects.exists()


def test_many_rows_are_stored_in_portions(monkeypatch):
    monkeypatch.setattr("enrichment.services.import_dataset.BATCH", 2)
    assert load("domain\n" + "".join(f"company{number}.com\n" for number in range(5))).imported == 5
    assert DatasetRecord.objects.count() == 5
