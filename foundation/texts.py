"""Lists as people have them: one per line, or between tabs, commas or semicolons; by code or by name. Pure.

`frontend/src/workbench/pasted.ts` reads them in the same way where a script runs.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_QUOTED = re.compile(r'"(.*)"', re.DOTALL)
# A name holds so many commas at most, less one.
_MOST_PIECES = 4


@dataclass(frozen=True)
class Unknown:
    """`line` counts from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class Texts:
    """`values` each once, in their order; `unknown` are kept aside as they were written."""

    values: tuple[str, ...]
    unknown: tuple[Unknown, ...] = ()


def plainly(text: str) -> str:
    """As it is written, whatever the case and the spaces."""
    return " ".join(text.casefold().split())


def read_texts(text: str, choices: Mapping[str, str] | None = None) -> Texts:
    """`choices` (value -> name) None: any text is a value. A name that several values have stands for none."""
    known = _by_name(choices) if choices is not None else None
    values: dict[str, None] = {}
    unknown: dict[str, Unknown] = {}
    for line, entry in _entries(text, lambda entry: known is not None and bool(known.get(_plain(_bare(entry))))):
        value = entry if known is None else known.get(_plain(entry))
        if value is None:
            unknown.setdefault(entry, Unknown(line, entry))
        else:
            values[value] = None
    return Texts(tuple(values), tuple(unknown.values()))


def _plain(text: str) -> str:
    """As one compares names: without accents, capitals and repeated spaces."""
    letters = (sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.category(sign).startswith("M"))
    return " ".join("".join(letters).lower().split())


def _by_name(choices: Mapping[str, str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for value, label in choices.items():
        name = _plain(label)
        found[name] = None if found.get(name, value) != value else value
    return {**found, **{_plain(value): value for value in choices}}


def _entries(text: str, is_known: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Cut at lines and tabs first: a name may hold a comma, as “Bolivia, Plurinational State of” does."""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        for cell in line.split("\t"):
            parts = [] if is_known(cell) else cell.split(";")
            whole = [entry for part in parts for entry in _at_commas(part, is_known)] or [cell]
            yield from ((number, bare) for entry in whole if (bare := _bare(entry)))


def _at_commas(text: str, is_known: Callable[[str], bool]) -> Iterator[str]:
    """The longest runs of pieces that are known together, each else by itself."""
    pieces = text.split(",")
    start = 0
    while start < len(pieces):
        end = min(start + _MOST_PIECES, len(pieces))
        while end > start + 1 and not is_known(",".join(pieces[start:end])):
            end -= 1
        yield ",".join(pieces[start:end])
        start = end


def _bare(entry: str) -> str:
    """Without the quotes that spreadsheets put around what holds a separator."""
    quoted = _QUOTED.fullmatch(entry.strip())
    return (quoted[1] if quoted else entry).strip()
