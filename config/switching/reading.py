"""What both readers of another tool's tables share. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from config.configuration.document import Configuration
from config.configuration.schema import Entry
from foundation.texts import plainly


class LineUnclear(Exception):
    """Why a line can't be taken."""


@dataclass(frozen=True)
class BadLine:
    line: int
    why: str


@dataclass(frozen=True)
class Count:
    """How many leads a member has had of a queue. `ledger`: the queue's key, or that of the count it shares."""

    ledger: str
    rep: str
    count: int


@dataclass(frozen=True)
class Reading:
    """`wanted` holds the sections that the table is about, whole as they would be."""

    wanted: Configuration
    bad: tuple[BadLine, ...] = ()
    counts: tuple[Count, ...] = ()
    rows: int = 0
    unused: tuple[str, ...] = field(default=())


def key_from(name: str, taken: Iterable[str]) -> str:
    """A key as the admin would make one, numbered where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "entry"
    known = set(taken)
    return next(key for n in range(1, len(known) + 2) if (key := base if n == 1 else f"{base}-{n}") not in known)


def named(text: str, entries: Mapping[str, Entry], *fields: str) -> str | None:
    """The one entry of this key, or with this text in one of the fields; None where there is none or several."""
    if text in entries:
        return text
    wanted = _plain(text)
    found = [
        key for key, entry in entries.items() if any(_plain(str(entry.get(name) or "")) == wanted for name in fields)
    ]
    return found[0] if len(found) == 1 else None


# Asked of each rep and queue for each line.
_plain = lru_cache(maxsize=4096)(plainly)
