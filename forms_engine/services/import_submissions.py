"""Rows of a CSV file as submissions: the same way in as a visitor's post, with origin `import`.

Columns are named by field key. A row is known by its form and canonical answers, so that importing a file again, or
after it was cut off, changes nothing. Reads as it goes: memory doesn't grow with the file.
"""

import csv
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from forms_engine.answers import answers_from_text, validate_answers
from forms_engine.canonical import keyed_digest
from forms_engine.errors import AnswersInvalid, ImportInvalid, UnknownForm
from forms_engine.models import Form
from forms_engine.schema import Definition
from forms_engine.services.submit import submit
from leads.origins import Origin
from pipeline.selectors import RunState, run_id_of, run_state
from pipeline.services.advance_run import advance_run

# Longer than the lease that a killed process leaves on a run.
PATIENCE_S = 45.0
PAUSE_S = 0.5


class _CsvReader(Protocol):
    """What `csv.reader` gives; its class has no public name."""

    line_num: int

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class Row:
    """`line` is where the row begins in the file, counting from 1; cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Refused:
    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    line: int
    email: str
    submission_id: UUID
    created: bool
    state: RunState


@dataclass
class Waiting:
    """How long a whole import may still wait for runs that another process holds or that must be tried again."""

    left_s: float = PATIENCE_S
    sleep: Callable[[float], None] = field(default=time.sleep)

    def pause(self) -> bool:
        """False once patience is used up."""
        if self.left_s <= 0:
            return False
        self.left_s -= PAUSE_S
        self.sleep(PAUSE_S)
        return True


def import_submissions(
    *,
    form: Form,
    lines: Iterable[str],
    deliver: bool,
    wait: bool,
    clock: Callable[[], datetime] = timezone.now,
    waiting: Waiting | None = None,
) -> Iterator[Imported | Refused]:
    """Import row by row; each result comes when its row is stored. With `wait` its run is advanced to the end too.

    The header is checked at once: raises ImportInvalid before anything is done.
    """
    if form.active_version is None:
        raise UnknownForm("There is no form of this name.")
    reader = csv.reader(lines)
    columns = _read_header(reader, form.active_version.definition)
    return _import_rows(form, _read_rows(reader, columns), deliver, wait, clock, waiting or Waiting())


def _import_rows(
    form: Form,
    rows: Iterator[Row | Refused],
    deliver: bool,
    wait: bool,
    clock: Callable[[], datetime],
    waiting: Waiting,
) -> Iterator[Imported | Refused]:
    for row in rows:
        if isinstance(row, Refused):
            yield row
            continue
        try:
            imported = _import_row(form, row, deliver, wake_worker=not wait, now=clock())
        except AnswersInvalid as invalid:
            yield Refused(row.line, _reason(invalid))
            continue
        if wait:
            imported = _finish(imported, clock, waiting)
        yield imported


def _import_row(form: Form, row: Row, deliver: bool, *, wake_worker: bool, now: datetime) -> Imported:
    assert form.active_version is not None  # noqa: S101  checked when the import began
    definition = form.active_version.definition
    answers = validate_answers(definition, answers_from_text(definition, row.cells)).answers
    submitted = submit(
        form=form,
        version=None,
        raw_answers=answers,
        context={},
        origin=Origin.IMPORT,
        idempotency_key=f"import:{keyed_digest('import', answers)}",
        deliver=deliver,
        now=now,
        wake_worker=wake_worker,
    )
    return Imported(
        line=row.line,
        email=str(answers[definition.email_field.key]),
        submission_id=submitted.submission.pk,
        created=submitted.created,
        state=run_state(submitted.submission.pk),
    )


def _finish(imported: Imported, clock: Callable[[], datetime], waiting: Waiting) -> Imported:
    run_id = run_id_of(imported.submission_id)
    while not advance_run(run_id=run_id, clock=clock):
        if not waiting.pause():
            break
    return Imported(
        imported.line, imported.email, imported.submission_id, imported.created, run_state(imported.submission_id)
    )


def _read_header(reader: Iterator[list[str]], definition: Definition) -> list[str]:
    try:
        columns = [name.strip() for name in next(reader)]
    except StopIteration:
        raise ImportInvalid("The file is empty.") from None
    except csv.Error:
        raise ImportInvalid("The first line can't be read as CSV.") from None
    answerable = [item.key for item in definition.fields if not item.is_hidden]
    unknown = [name for name in columns if name not in answerable]
    if unknown:
        shown = ", ".join(repr(name[:60]) for name in unknown[:10])
        raise ImportInvalid(f"Unknown column {shown}; this form's fields are {', '.join(answerable)}.")
    if len(set(columns)) != len(columns):
        raise ImportInvalid("A column is named twice.")
    if definition.email_field.key not in columns:
        raise ImportInvalid(f"The column {definition.email_field.key} is missing.")
    return columns


def _read_rows(reader: _CsvReader, columns: list[str]) -> Iterator[Row | Refused]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refused(line, f"can't be read as CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(columns):
            yield Refused(line, f"has {len(cells)} cells, the header has {len(columns)}")
            continue
        yield Row(line, dict(zip(columns, cells, strict=True)))


def _reason(invalid: AnswersInvalid) -> str:
    return "; ".join(f"{key}: {' '.join(messages)}" for key, messages in invalid.fields.items())
