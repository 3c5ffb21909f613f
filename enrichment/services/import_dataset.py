"""Read a table of companies into a dataset. Repeating an import changes nothing."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction

from enrichment.errors import DatasetInvalid
from enrichment.models import Dataset, DatasetRecord
from enrichment.normalise import normalise, to_country, to_industry, to_region, to_revenue_from_millions
from leads.identity import registrable_domain

BATCH = 1_000


@dataclass
class ImportReport:
    """`skipped` lists (line number, reason); the header is line 1."""

    imported: int = 0
    unchanged: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def import_dataset(*, key: str, name: str, lines: Iterable[str], now: datetime) -> ImportReport:
    """Upsert every row by domain. Raises DatasetInvalid where there is no `domain` column."""
    reader = csv.DictReader(_without_mark(lines))
    if "domain" not in (reader.fieldnames or ()):
        raise DatasetInvalid("The first line must name the columns, among them `domain`.")
    dataset, _ = Dataset.objects.get_or_create(key=key, defaults={"name": name, "created_at": now})
    report = ImportReport()
    rows = _records(reader, report)
    while batch := dict(islice(rows, BATCH)):
        _upsert(dataset, batch, report)
    dataset.imported_at = now
    dataset.save(update_fields=["imported_at"])
    return report


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    """Spreadsheets put a byte-order mark before the first column's name."""
    iterator = iter(lines)
    first = next(iterator, "")
    yield first.removeprefix("\ufeff")
    yield from iterator


def _records(reader: "csv.DictReader[str]", report: ImportReport) -> Iterator[tuple[str, dict[str, object]]]:
    """(domain, attributes) of each usable row."""
    for row in reader:
        domain = registrable_domain(row["domain"] or "")
        if domain is None:
            report.skipped.append((reader.line_num, "no registrable domain"))
            continue
        yield domain, attributes_of(row)


def attributes_of(row: dict[str, str | None]) -> dict[str, object]:
    """A row's values in our words; what isn't understood is left out."""
    cells = {column: (cell or "").strip() for column, cell in row.items() if isinstance(cell, str)}
    country = to_country(cells.get("country_code") or cells.get("country", ""))
    found = {
        "company_name": cells.get("name") or None,
        "employees": normalise("employees", cells.get("employees", "")),
        "revenue": to_revenue_from_millions(cells.get("revenue_usd_m", "")),
        "industry": _industry(cells),
        "country": country,
        "region": to_region(cells["region"], country) if cells.get("region") else None,
        "postal_code": normalise("postal_code", cells.get("postal_code", "")),
    }
    return {attribute: value for attribute, value in found.items() if value is not None}


def _industry(cells: dict[str, str]) -> str | None:
    """The industry column, else the first tag that means an industry."""
    labels = [cells.get("industry", ""), *cells.get("tags", "").split("|")]
    return next((industry for label in labels if (industry := to_industry(label))), None)


def _upsert(dataset: Dataset, batch: dict[str, dict[str, object]], report: ImportReport) -> None:
    existing = dict(DatasetRecord.objects.filter(dataset=dataset, domain__in=batch).values_list("domain", "attributes"))
    changed = {domain: attributes for domain, attributes in batch.items() if existing.get(domain) != attributes}
    DatasetRecord.objects.bulk_create(
        [
            DatasetRecord(dataset=dataset, domain=domain, attributes=attributes)
            for domain, attributes in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["dataset", "domain"],
        update_fields=["attributes"],
    )
    report.imported += len(changed)
    report.unchanged += len(batch) - len(changed)
