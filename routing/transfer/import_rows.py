"""A file's way in: looked at, shown, applied. The look and the application are jobs; docs/workbench.md, "Jobs".

Nothing is written until somebody has seen what changes. Applying looks again, and refuses where it would now change
something else than was shown. Looking holds no lock: whether the table is still what was looked at is asked once more
in the transaction that writes, by its fingerprint.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from tablib import Dataset

from foundation.audit import Way, record
from foundation.audit_history import one_entry_for_all
from foundation.csv_rows import csv_text, escaped
from foundation.jobs import Kind as JobKind
from foundation.jobs import Work, register_job, start_job
from foundation.models import Job
from routing.models import ContractInput, ImportFile, NamedAccountList, Queue, Rep, Territory
from routing.models.draft import locked_draft_revision, one_change
from routing.transfer.errors import ImportRefused, TableUnreadable
from routing.transfer.kinds import KINDS, Kind, guessed, lacking
from routing.transfer.report import Report
from routing.transfer.resource import PROBLEM, ROW, Tell, TransferResource
from routing.transfer.resources import RESOURCES, AccountResource
from routing.transfer.tables import MAX_BYTES, Table, read_table

CHECK, APPLY = "routing.import_check", "routing.import_apply"
WHAT_IS_WRONG = "what is wrong"
KEPT_FOR = timedelta(days=7)
_GONE = "The file is no longer here. Upload it again."
_CHANGED = "The working copy has changed since the file was checked. Nothing was imported; check the file again."


@dataclass(frozen=True)
class ImportChoices:
    """`mapping`: column name -> which of the file's columns; None: to be guessed from the headers."""

    mapping: Mapping[str, int] | None = None
    list_key: str = ""
    move: bool = False

    def as_document(self) -> dict[str, Any]:
        mapping = None if self.mapping is None else dict(self.mapping)
        return {"mapping": mapping, "list": self.list_key, "move": self.move}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ImportChoices":
        return cls(document.get("mapping"), document.get("list", ""), bool(document.get("move")))


@dataclass(frozen=True)
class Looked:
    """`lacking`: columns without which nothing could be read; then there is no resource."""

    table: Table
    mapping: Mapping[str, int]
    lacking: list[str] = field(default_factory=list)
    resource: TransferResource | None = None
    report: Report = field(default_factory=Report)


@transaction.atomic
def begin_import(
    *, kind: str, content: bytes, file_name: str, choices: ImportChoices, user: User | None, now: datetime
) -> ImportFile:
    """Keep the file and start looking at it. Raises TableUnreadable for what is too large."""
    if len(content) > MAX_BYTES:
        raise TableUnreadable(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if not content.strip():
        raise TableUnreadable("The file is empty.")
    upload = ImportFile.objects.create(
        kind=KINDS[kind].key, file_name=file_name[:200], content=content, user=user, created_at=now
    )
    upload.check_job_id = check_import(upload=upload, choices=choices, user=user, now=now).pk
    return upload


@transaction.atomic
def check_import(*, upload: ImportFile, choices: ImportChoices, user: User | None, now: datetime) -> Job:
    """Look at the file, perhaps again, by these choices. Raises ImportRefused where it was applied already."""
    locked = _locked(upload)
    job = start_job(CHECK, now=now, user=user, params={"import": str(upload.pk)}, file_name=upload.file_name)
    locked.choices, locked.bad_rows, locked.check_job_id = choices.as_document(), None, job.pk
    locked.save(update_fields=["choices", "bad_rows", "check_job_id"])
    return job


@transaction.atomic
def start_applying(
    *, upload: ImportFile, digest: str, only_if_good: bool, remove: bool, user: User | None, now: datetime
) -> Job:
    """Raises ImportRefused where it was applied already."""
    locked = _locked(upload)
    params = {"import": str(upload.pk), "digest": digest, "only_if_good": only_if_good, "remove": remove}
    job = start_job(APPLY, now=now, user=user, params=params, file_name=upload.file_name)
    locked.apply_job_id = job.pk
    locked.save(update_fields=["apply_job_id"])
    return job


def _locked(upload: ImportFile) -> ImportFile:
    """As it is now: what the page read may have been applied since. Without its content, which is large."""
    locked = ImportFile.objects.select_for_update().defer("content").filter(pk=upload.pk).first()
    if locked is None:
        raise ImportRefused(_GONE)
    if locked.applied_at:
        raise ImportRefused("This file has been imported already. Upload it again to import it again.")
    return locked


def look(kind: Kind, content: bytes, choices: ImportChoices, tell: Tell) -> Looked:
    """What the file would change. Raises TableUnreadable, and ImportRefused where the chosen list isn't there."""
    tell(0, 0, "Reading the file")
    table = read_table(content, lambda rows: tell(rows, 0, f"{rows:,} rows read"))
    mapping = choices.mapping if choices.mapping is not None else guessed(kind, table.columns)
    mapping = {name: place for name, place in mapping.items() if place < len(table.columns) and name in kind.labels}
    if missing := lacking(kind, mapping):
        return Looked(table, mapping, missing)
    resource = _resource(kind, choices, tell)
    report = resource.look(_dataset(table, mapping))
    return Looked(table, mapping, resource=resource, report=report)


def _resource(kind: Kind, choices: ImportChoices, tell: Tell) -> TransferResource:
    made = RESOURCES[kind.key]
    try:
        if made is AccountResource:
            return AccountResource(list_key=choices.list_key, move=choices.move, tell=tell)
        return made(tell=tell)
    except ValueError as error:
        raise ImportRefused(str(error)) from error


def _dataset(table: Table, mapping: Mapping[str, int]) -> Dataset:
    names, places = list(mapping), list(mapping.values())
    dataset = Dataset(headers=[*names, ROW, PROBLEM])
    for row in table.rows:
        cells = [row.cells[place] if place < len(row.cells) else "" for place in places]
        dataset.append([*cells, row.number, row.problem])
    return dataset


def check(work: Work) -> dict[str, Any]:
    upload = _upload(work)
    kind, choices = KINDS[upload.kind], ImportChoices.from_document(upload.choices)
    looked = look(kind, bytes(upload.content or b""), choices, work.tell)
    bad_rows = _bad_rows(looked) if looked.report.bad else None
    ImportFile.objects.filter(pk=upload.pk).update(bad_rows=bad_rows)
    return {
        "import": str(upload.pk),
        "columns": list(looked.table.columns),
        "mapping": dict(looked.mapping),
        "lacking": looked.lacking,
        "rows": len(looked.table.rows),
        "guessed": looked.table.guessed,
        **looked.report.as_document(),
    }


def _bad_rows(looked: Looked) -> bytes:
    """As CSV, with what is wrong in a column of its own, to be mended and imported again."""
    width = len(looked.table.columns)
    labels = looked.resource.kind.labels if looked.resource else {}
    rows = []
    for row in looked.table.rows:
        if (problems := looked.report.bad.get(row.number)) is not None:
            cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
            told = " ".join(f"{labels.get(name, name)}: {words}" if name else words for name, words in problems)
            rows.append([*cells, told])
    return csv_text([*map(escaped, looked.table.columns), WHAT_IS_WRONG], rows).encode()


def apply(work: Work) -> dict[str, Any]:
    """All or nothing, once: an attempt that was cut off after its commit is not made again."""
    upload = _upload(work)
    if upload.applied_at:
        return dict(upload.applied)
    kind, choices = KINDS[upload.kind], ImportChoices.from_document(upload.choices)
    before = fingerprint(kind)
    looked = look(kind, bytes(upload.content or b""), choices, work.tell)
    if looked.resource is None or looked.report.digest != work.params["digest"]:
        raise ImportRefused(_CHANGED)
    if work.params["only_if_good"] and looked.report.bad:
        raise ImportRefused(f"Bad rows: {len(looked.report.bad)}; all were to be good, so nothing was imported.")
    if work.params["remove"] and looked.report.bad:
        raise ImportRefused(
            f"Bad rows: {len(looked.report.bad)}; what the file doesn't have is removed only where all rows are good, "
            "so nothing was imported."
        )
    try:
        with one_change(), one_entry_for_all():
            return _store(work, upload, looked, looked.resource, before)
    except IntegrityError as error:
        raise ImportRefused(_CHANGED) from error


def _store(work: Work, upload: ImportFile, looked: Looked, resource: TransferResource, before: str) -> dict[str, Any]:
    kind, now = resource.kind, timezone.now()
    locked = ImportFile.objects.select_for_update().get(pk=upload.pk)
    if locked.applied_at:
        return dict(locked.applied)
    locked_draft_revision()
    resource.lock()
    if fingerprint(kind) != before:
        raise ImportRefused(_CHANGED)
    resource.write(remove=work.params["remove"])
    counts = dict(looked.report.as_document()["counts"])
    counts["removed"] = len(looked.report.removed) if work.params["remove"] else 0
    record(
        "imported",
        now=now,
        user=work.job.user,
        way=Way.IMPORT,
        kind=f"routing.{kind.model}",
        label=kind.title,
        changes={name: [0, count] for name, count in counts.items() if count},
        note=f"From the file {upload.file_name}; job {work.job.pk}",
    )
    locked.applied_at, locked.content = now, None
    locked.applied = {"import": str(upload.pk), "kind": kind.key, "counts": counts}
    locked.save(update_fields=["applied_at", "content", "applied"])
    return dict(locked.applied)


def fingerprint(kind: Kind) -> str:
    """Equal while the table, what its rows refer to and what their conditions may ask are as they were."""
    model = RESOURCES[kind.key].model
    hashed = hashlib.sha256()
    tables: list[type[Model]] = [model, Rep, Queue, NamedAccountList, Territory, ContractInput]
    for table in dict.fromkeys(tables):
        for row in table._default_manager.order_by("pk").values_list().iterator(chunk_size=5_000):
            hashed.update(repr(row).encode())
    if kind.key == "territories":
        lists = Territory.account_lists.through._default_manager.order_by("pk").values_list()
        hashed.update(repr(list(lists)).encode())
    return hashed.hexdigest()


def _upload(work: Work) -> ImportFile:
    upload = ImportFile.objects.filter(pk=UUID(work.params["import"])).first()
    if upload is None:
        raise ImportRefused(_GONE)
    return upload


def delete_old_files(*, now: datetime) -> int:
    """A sweep."""
    return ImportFile.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def register() -> None:
    from routing.pages.imports import applied_context, checked_context

    permission = "routing.change_namedaccount"
    register_job(
        JobKind(CHECK, "Checking the file", check, permission, "workbench/import/checked.html", checked_context)
    )
    register_job(JobKind(APPLY, "Importing", apply, permission, "workbench/import/applied.html", applied_context))
