"""Rows of a CSV file as submissions: the same way in as a visitor's post, with origin `import`.

Columns are named by field key. A row is known by its form and canonical answers, so that importing a file again, or
after it was cut off, changes nothing. Reads as it goes: memory doesn't grow with the file.
"""

import csv
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.utils import timezone

from forms_engine.answers import answers_from_text, validate_answers
from forms_engine.canonical import keyed_digest
from forms_engine.errors import AnswersInvalid, Gated, ImportInvalid, UnknownForm
from forms_engine.models import Form
from forms_engine.schema import Definition
from forms_engine.services.submit import submit
from leads.origins import Origin
from pipeline.selectors import RunState, run_ids_of, run_states
from pipeline.services.advance_run import advance_runs

# Longer than the lease that a killed process leaves on a run.
PATIENCE_S = 45.0
PAUSE_S = 0.5
# Rows that go their way together: what one transaction costs is shared, and a visitor waits for none of them long.
BATCH = 50

# No record that people mean spans more lines; a quote that is never closed would take in the rest of the file.
MOST_LINES = 500


class _Records:
    """CSV records, each with the lines it took. What follows the first line can be put back and read on its own."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self._taken: list[str] = []
        self._before = 0

    @property
    def first_line(self) -> int:
        """Where the record read last begins, counting from 1."""
        return self._before + 1

    @property
    def last_line(self) -> int:
        return self._before + len(self._taken)

    def read(self) -> list[str] | None:
        """None at the end. Raises csv.Error."""
        self._before += len(self._taken)
        self._taken = []
        return next(csv.reader(self._feed()), None)

    def _feed(self) -> Iterator[str]:
        while (line := self._returned.popleft() if self._returned else next(self._lines, None)) is not None:
            self._taken.append(line)
            if len(self._taken) > MOST_LINES:
                raise csv.Error(f"a quote is not closed within {MOST_LINES} lines")
            yield line

    def keep_first_line_only(self) -> None:
        self._returned.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]


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
class Stored:
    line: int
    email: str
    submission_id: UUID
    created: bool


@dataclass(frozen=True)
class Imported(Stored):
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
    """Import row by row; results come in batches, when their rows are stored. With `wait` their runs are advanced to
    the end too.

    The header is checked at once: raises ImportInvalid before anything is done.
    """
    if form.active_version is None:
        raise UnknownForm("There is no form of this name.")
    records = _Records(lines)
    columns = _read_header(records, form.active_version.definition)
    results = _store_rows(form, records, columns, deliver, wait, clock)
    return _in_batches(results, wait, clock, waiting or Waiting())


def _store_rows(
    form: Form, records: _Records, columns: list[str], deliver: bool, wait: bool, clock: Callable[[], datetime]
) -> Iterator[Stored | Refused]:
    while True:
        try:
            row = _read_row(records, columns)
            if row is None:
                return
            stored = _store_row(form, row, deliver, wake_worker=not wait, now=clock())
        except (csv.Error, _RowInvalid) as error:
            yield _refuse(records, f"can't be read as CSV: {error}" if isinstance(error, csv.Error) else str(error))
        except (AnswersInvalid, Gated) as invalid:
            yield _refuse(records, _reason(invalid))
        else:
            yield stored


def _in_batches(
    results: Iterator[Stored | Refused], wait: bool, clock: Callable[[], datetime], waiting: Waiting
) -> Iterator[Imported | Refused]:
    while batch := list(islice(results, BATCH)):
        submissions = [result.submission_id for result in batch if isinstance(result, Stored)]
        if wait:
            _finish(submissions, clock, waiting)
        states = run_states(submissions)
        for result in batch:
            yield result if isinstance(result, Refused) else _imported(result, states[result.submission_id])


def _imported(stored: Stored, state: RunState) -> Imported:
    return Imported(stored.line, stored.email, stored.submission_id, stored.created, state)


def _finish(submissions: Sequence[UUID], clock: Callable[[], datetime], waiting: Waiting) -> None:
    left = set(run_ids_of(submissions).values())
    left -= advance_runs(run_ids=left, clock=clock)
    while left and waiting.pause():
        left -= advance_runs(run_ids=left, clock=clock)


def _refuse(records: _Records, reason: str) -> Refused:
    """A stray quote makes one record of many lines. Only the line it stands in is lost: the others are read again."""
    first, last = records.first_line, records.last_line
    if last > first:
        reason = f"{reason} (a quote joins it with the lines up to {last}, which are read on their own)"
        records.keep_first_line_only()
    return Refused(first, reason)


def _store_row(form: Form, row: Row, deliver: bool, *, wake_worker: bool, now: datetime) -> Stored:
    assert form.active_version is not None  # noqa: S101  checked when the import began
    definition = form.active_version.definition
    answers = validate_answers(definition, answers_from_text(definition, row.cells), today=now.date()).answers
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
    email = str(answers[definition.email_field.key])
    return Stored(line=row.line, email=email, submission_id=submitted.submission.pk, created=submitted.created)


def _read_header(records: _Records, definition: Definition) -> list[str]:
    try:
        header = records.read()
    except csv.Error:
        raise ImportInvalid("The first line can't be read as CSV.") from None
    if header is None:
        raise ImportInvalid("The file is empty.")
    columns = [name.strip() for name in header]
    answerable = [item.key for item in definition.answerable_fields]
    unknown = [name for name in columns if name not in answerable]
    if unknown:
        shown = ", ".join(repr(name[:60]) for name in unknown[:10])
        raise ImportInvalid(f"Unknown column {shown}; this form's fields are {', '.join(answerable)}.")
    if len(set(columns)) != len(columns):
        raise ImportInvalid("A column is named twice.")
    if definition.email_field.key not in columns:
        raise ImportInvalid(f"The column {definition.email_field.key} is missing.")
    return columns


class _RowInvalid(Exception):
    """The record isn't a row of this file; the text says why."""


def _read_row(records: _Records, columns: list[str]) -> Row | None:
    """The next row that isn't blank, or None at the end. Raises csv.Error and _RowInvalid."""
    while (cells := records.read()) is not None:
        if not cells:
            continue
        if len(cells) != len(columns):
            raise _RowInvalid(f"has {len(cells)} cells, the header has {len(columns)}")
        return Row(records.first_line, dict(zip(columns, cells, strict=True)))
    return None


def _reason(invalid: AnswersInvalid | Gated) -> str:
    if isinstance(invalid, Gated):
        return f"the form ends at {invalid.ending} for these answers, without a submission"
    return "; ".join(f"{key}: {' '.join(messages)}" for key, messages in invalid.fields.items())
