"""CSV files that commands write: whole or not at all, and safe to open in a spreadsheet."""

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

WriteRow = Callable[[Sequence[object]], None]


@contextmanager
def written_whole(path: Path | None, columns: Sequence[str]) -> Iterator[WriteRow]:
    """Gives a function that writes a row; None for a path writes nowhere.

    The file takes its name only once the block has ended well. Raises OSError, at once where it can't be written.
    """
    if path is None:
        yield lambda cells: None
        return
    if path.is_dir():
        raise IsADirectoryError(None, "Is a directory", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(None, "There is no such folder", str(path.parent))
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(columns)
            yield lambda cells: rows.writerow([safe_cell(cell) for cell in cells])
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same as one text, for a download. Begins with a byte-order mark, by which spreadsheets know UTF-8."""
    out = io.StringIO(newline="")
    out.write("\ufeff")
    written = csv.writer(out)
    written.writerow(columns)
    written.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe_cell(cell: object) -> object:
    """Spreadsheets run a text that begins like a formula; an apostrophe makes it text (OWASP, CSV injection)."""
    risky = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if risky else cell
