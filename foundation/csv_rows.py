"""CSV for people: safe to open in a spreadsheet. What commands write is there whole or not at all."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# OWASP, ASVS 1.2.10 and "CSV Injection". East Asian spreadsheets take wide signs for the same.
_RISKY = re.compile(r"'*[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
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
    """Spreadsheets run a text that begins like a formula; an apostrophe makes it text. Other cells stay."""
    return escaped(cell) if isinstance(cell, str) else cell


def escaped(text: str) -> str:
    """One apostrophe more, also where some stand before what is risky: so `unescaped` gives back every text."""
    return f"'{text}" if _RISKY.match(text) else text


def unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text
