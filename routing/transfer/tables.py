"""A file as a table: CSV of any usual encoding and separator, or the first sheet of an XLSX workbook. Pure.

Nobody's mistake may swallow rows: a quote that is never closed makes one bad row, and the rows below it are read as
if it weren't there. A workbook is measured before it is opened, and its formulas are never worked out.
"""

import csv
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Any

from foundation.csv_rows import unescaped
from routing.transfer.cells import as_text
from routing.transfer.errors import TableUnreadable, TooManyRows

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_CELL = 20_000
MAX_HEADER = 200
# What a workbook of the largest size takes when unpacked; a bomb takes far more.
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 2_000
# No cell that people mean spans more lines, and no file that people mean has more stray quotes.
MOST_LINES, MOST_STRAYS = 50, 1_000
# None of which stands in a name, though a cell may have several lines.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SEPARATORS = (",", ";", "\t", "|")
_ZIP, _SHEETS = b"PK\x03\x04", "xl/worksheets/"
# Of PDF, old and encrypted Office files, PNG, JPEG, GIF, RTF, gzip: what people choose in place of a table.
_OTHERS = (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b")
# Within a request: characters of a CSV, and unpacked bytes of a workbook.
GLANCE = 1_000_000


@dataclass(frozen=True)
class Row:
    """`number` is the line in the file, or the row in the sheet, counting from 1 with the header. `problem`: why it
    can't be read, else ""."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """`guessed`: the encoding, where nothing in the file says that it is this one."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    guessed: str = ""


def read_columns(content: bytes) -> tuple[str, ...] | None:
    """The header alone, for whoever waits for it. None for a workbook that takes long even to open. Raises
    TableUnreadable."""
    _refuse_at_sight(content)
    if not content.startswith(_ZIP):
        return _columns(_filled(_csv_rows(decoded(content)[0][:GLANCE])))
    with _parts(content) as (_, parts):
        is_large = sum(part.file_size for part in parts) > GLANCE
    return None if is_large else _columns(_filled(_sheet_rows(content, MAX_ROWS)))


def read_table(content: bytes, tell: Callable[[int], None] = lambda rows: None, *, most: int | None = None) -> Table:
    """Raises TableUnreadable. Blank rows are left out; cells are trimmed. `tell` hears now and then how far it is.

    With more than `most` rows, as a rule MAX_ROWS, it is refused without reading on.
    """
    _refuse_at_sight(content)
    most = MAX_ROWS if most is None else most
    if content.startswith(_ZIP):
        return _table(_filled(_sheet_rows(content, most)), tell, most)
    text, guessed = decoded(content)
    return replace(_table(_filled(_csv_rows(text)), tell, most), guessed=guessed)


def _refuse_at_sight(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise TableUnreadable(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if not content.strip():
        raise TableUnreadable("The file is empty.")
    if content.startswith(_OTHERS):
        raise TableUnreadable("This is no spreadsheet, whatever it is called. Save it as XLSX or CSV.")


def _filled(numbered: Iterable[Row]) -> Iterator[Row]:
    return (row for row in numbered if row.problem or any(row.cells))


def _columns(rows: Iterator[Row]) -> tuple[str, ...]:
    """The names in the first row, which is taken from `rows`."""
    header = next(rows, None)
    if header is None:
        raise TableUnreadable("The file has no rows.")
    if header.problem:
        raise TableUnreadable(f"The first row must name the columns, but {header.problem}.")
    columns = _trimmed_right(header.cells)
    if any(_CONTROL.search(column) or len(column) > MAX_HEADER for column in columns):
        raise TableUnreadable(
            "The first row must name the columns, but a name is too long or holds a control character. Is this a "
            "spreadsheet?"
        )
    if len(columns) > MAX_COLUMNS:
        raise TableUnreadable(f"The file has more than {MAX_COLUMNS} columns.")
    return columns


def _table(rows: Iterator[Row], tell: Callable[[int], None], most: int) -> Table:
    columns = _columns(rows)
    kept: list[Row] = []
    for row in rows:
        if len(kept) == most:
            raise TooManyRows(f"The file has more than {most:,} rows. Split it and import the parts.")
        kept.append(_fitted(row, len(columns)))
        if len(kept) % 1_000 == 0:
            tell(len(kept))
    return Table(columns, tuple(kept))


def _trimmed_right(cells: Sequence[str]) -> tuple[str, ...]:
    width = max((i for i, cell in enumerate(cells, 1) if cell), default=0)
    return tuple(cells[:width])


def _fitted(row: Row, width: int) -> Row:
    """As wide as the header, or with what is wrong."""
    if row.problem:
        return row
    if len(row.cells) > width and any(row.cells[width:]):
        found = len(_trimmed_right(row.cells))
        return Row(row.number, row.cells, f"it has {found} cells, and the header {width} columns")
    if any(len(cell) > MAX_CELL for cell in row.cells):
        return Row(
            row.number, tuple(cell[:100] for cell in row.cells), f"a cell is longer than {MAX_CELL:,} characters"
        )
    if any("\x00" in cell for cell in row.cells):
        return Row(row.number, tuple(cell.replace("\x00", "") for cell in row.cells), "a cell holds a null character")
    cells = row.cells[:width] + ("",) * (width - len(row.cells))
    return Row(row.number, cells)


# CSV


def _csv_rows(text: str) -> Iterator[Row]:
    # Not splitlines, which ends lines at signs that stand within cells.
    lines = re.split(r"\r\n|\n|\r", text)
    start, separator = 0, ""
    if lines and (named := re.fullmatch(r"sep=(.)", lines[0].strip())):
        start, separator = 1, named[1]
    first = next((line for line in lines[start:] if line.strip()), "")
    return _Lines(lines, start, separator or _separator(first)).rows()


def decoded(content: bytes) -> tuple[str, str]:
    """By its mark, else UTF-16 where every other byte is null, else UTF-8, else what Western spreadsheets write.

    The second is the last one's name where it is that: any bytes can be read so; what was meant is for people to see.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ""
    head = content[:2_000]
    if head[1::2].count(0) > len(head) // 4:
        return content.decode("utf-16-le", errors="replace"), ""
    if head[::2].count(0) > len(head) // 4:
        return content.decode("utf-16-be", errors="replace"), ""
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "Windows-1252"


def _separator(header: str) -> str:
    """The one that makes the most columns of the header; commas where none does."""
    return max(_SEPARATORS, key=lambda separator: len(_parsed(header, separator)))


def _parsed(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell beyond the parser's own bound, which is told of as too long
        return line.split(separator)


class _Lines:
    """Records from lines. `width` is the number of columns of the header, once it is read."""

    def __init__(self, lines: Sequence[str], start: int, separator: str) -> None:
        self._lines, self._at, self._separator = lines, start, separator
        self._width = self._strays = 0

    def rows(self) -> Iterator[Row]:
        while self._at < len(self._lines):
            number = self._at + 1
            cells, problem = self._record()
            row = Row(number, tuple(unescaped(cell.strip(" \xa0\ufeff")) for cell in cells), problem)
            if not self._width and any(row.cells):
                self._width = len(_trimmed_right(row.cells))
            yield row

    def _record(self) -> tuple[list[str], str]:
        line = self._lines[self._at]
        self._at += 1
        if '"' not in line:
            return line.split(self._separator), ""
        if self._is_closed([line]):
            return _parsed(line, self._separator), ""
        return self._of_several_lines(line)

    def _is_closed(self, lines: list[str]) -> bool:
        """Whether another line would begin another record. False for a cell beyond the parser's own bound."""
        try:
            return len(list(csv.reader([*(f"{line}\n" for line in lines), "x"], delimiter=self._separator))) == 2
        except csv.Error:
            return False

    def _of_several_lines(self, first: str) -> tuple[list[str], str]:
        """A cell may span lines, unless one of those would be a whole row by itself: then the quote is a stray one."""
        taken = [first]
        ahead = MOST_LINES if self._strays < MOST_STRAYS else 0
        for line in self._lines[self._at : self._at + ahead]:
            taken.append(line)
            if '"' in line and self._is_closed(taken):
                record = next(csv.reader([f"{each}\n" for each in taken], delimiter=self._separator))
                if self._fits(record, taken):
                    self._at += len(taken) - 1
                    return record, ""
                break
        self._strays += 1
        return first.split(self._separator), "a quote is not closed"

    def _fits(self, record: list[str], taken: list[str]) -> bool:
        inner = [len(line.split(self._separator)) for line in taken[1:-1]]
        whole = any(cells >= max(self._width, 2) for cells in inner) or self._width == 1
        return len(record) == self._width and not whole and len(taken[-1].split(self._separator)) < self._width


# XLSX


def _sheet_rows(content: bytes, most: int) -> Iterator[Row]:
    # Blank rows are none of them, but a sheet of nothing else must end too.
    last = 2 * most + 1
    # Slow to import, and most files are CSV.
    from openpyxl import load_workbook

    has_formulas = _has_formulas(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        unknown = _cells_without_a_kept_value(content, last) if has_formulas else frozenset()
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = tuple(unescaped(as_text(value).strip(" \xa0")) for value in values[: 2 * MAX_COLUMNS])
            problem = (
                "a formula has no kept value; save the workbook in a spreadsheet first" if number in unknown else ""
            )
            if number > last:
                raise TooManyRows(f"The sheet has more than {most:,} rows. Split it and import the parts.")
            yield Row(number, cells, problem)
    except TableUnreadable:
        raise
    # A broken workbook fails in many ways, none of which says more to the person who chose it.
    except Exception as error:
        raise TableUnreadable("The workbook can't be read. Save it as XLSX or CSV again.") from error


def _has_formulas(content: bytes) -> bool:
    with _parts(content) as (archive, parts):
        return any(_holds(archive, part, b"<f") for part in parts if part.filename.startswith(_SHEETS))


@contextmanager
def _parts(content: bytes) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """A workbook's. Raises TableUnreadable for what is no workbook, or would be too large unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise TableUnreadable("The workbook is too large when unpacked.")
            if not any(part.filename.startswith(_SHEETS) for part in parts):
                raise TableUnreadable("This is no XLSX workbook. Save it as XLSX or CSV.")
            yield archive, parts
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise TableUnreadable("The workbook can't be read. Save it as XLSX or CSV again.") from error


def _holds(archive: zipfile.ZipFile, part: zipfile.ZipInfo, wanted: bytes) -> bool:
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(1 << 20):
            if wanted in tail + chunk:
                return True
            tail = chunk[-len(wanted) :]
    return False


def _cells_without_a_kept_value(content: bytes, last: int) -> frozenset[int]:
    """Rows up to the `last` with a formula whose value nobody has kept: read as blank, it would empty what is there."""
    from openpyxl import load_workbook

    written = load_workbook(BytesIO(content), read_only=True, keep_links=False).worksheets[0]
    kept = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False).worksheets[0]
    found = set()
    pairs = zip(written.iter_rows(), kept.iter_rows(values_only=True), strict=False)
    for number, (cells, values) in enumerate(islice(pairs, last), 1):
        if any(cell.data_type == "f" and value is None for cell, value in zip(cells, values, strict=False)):
            found.add(number)
    return frozenset(found)
