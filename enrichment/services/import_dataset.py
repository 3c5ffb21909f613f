"""Read a table of companies into a dataset. Repeating an import changes nothing."""

import csv
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction

from enrichment.errors import DatasetInvalid
from enrichment.models import Dataset, DatasetRecord
from enrichment.normalise import normalise, to_country, to_industry, to_region, to_revenue_from_millions
from leads.identity import registrable_domain

BATCH = 1_000
DOMAIN_LENGTH = 253


@dataclass
class ImportReport:
    """`skipped` lists (line number, reason); the header is line 1. A row that spans lines counts as its last one."""

    imported: int = 0
    unchanged: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)


def import_dataset(*, key: str, name: str, lines: Iterable[str], now: datetime) -> ImportReport:
    """Upsert every row by domain, all or nothing. Companies that the file doesn't name stay as they are.

    `name` names a new dataset; an existing one keeps its own. Raises DatasetInvalid, with nothing stored, where there
    is no `domain` column, where the text isn't CSV, or where key or name can't be a dataset's.
    """
    _refuse_bad_names(key, name, now)
    report = ImportReport()
    # Reading takes the longest, so it happens before the transaction: on SQLite that holds the only write lock.
    companies = _read(lines, report)
    with transaction.atomic():
        dataset, _ = Dataset.objects.get_or_create(key=key, defaults={"name": name, "created_at": now})
        rows = iter(companies.items())
        while batch := dict(islice(rows, BATCH)):
            _upsert(dataset, batch, report)
        dataset.imported_at = now
        dataset.save(update_fields=["imported_at"])
    return report


def _refuse_bad_names(key: str, name: str, now: datetime) -> None:
    try:
        Dataset(key=key, name=name, created_at=now).clean_fields()
    except ValidationError as error:
        raise DatasetInvalid("The dataset's key or name can't be used.", fields=error.message_dict) from error


def _read(lines: Iterable[str], report: ImportReport) -> dict[str, dict[str, object]]:
    """Domain -> attributes of every usable row; of rows with one domain the first."""
    reader = csv.DictReader(_without_mark(lines))
    companies: dict[str, dict[str, object]] = {}
    try:
        if "domain" not in (reader.fieldnames or ()):
            raise DatasetInvalid("The first line must name the columns, among them `domain`.")
        for row in reader:
            domain = registrable_domain(row["domain"] or "")
            if problem := _problem(domain, row, companies):
                report.skipped.append((reader.line_num, problem))
            elif domain is not None:
                companies[domain] = attributes_of(row)
    except csv.Error as error:
        raise DatasetInvalid(f"Line {reader.line_num + 1} can't be read as CSV.") from error
    return companies


def _problem(domain: str | None, row: Mapping[str, object], seen: Container[str]) -> str | None:
    if domain is None or len(domain) > DOMAIN_LENGTH:
        return "no registrable domain"
    if domain in seen:
        return f"{domain} was named before"
    if any("\x00" in cell for cell in row.values() if isinstance(cell, str)):
        return "a cell holds a null character"  # PostgreSQL stores none
    return None


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    """Spreadsheets put a byte-order mark before the first column's name."""
    iterator = iter(lines)
    first = next(iterator, "")
    yield first.removeprefix("\ufeff")
    yield from iterator


def attributes_of(row: Mapping[str, object]) -> dict[str, object]:
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
