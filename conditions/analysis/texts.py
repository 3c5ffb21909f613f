"""A text to stand for all those between two places in the order, such as people can read."""

from collections.abc import Collection, Iterator
from itertools import takewhile

from conditions.shapes import TextCut
from conditions.values import from_code_units

# What a text may go on with, so that it stands a little further on. The last is the least step that there is.
_READABLE = "0Aa- "
_LEAST = "\x00"


def another_text(name: str, low: TextCut | None, high: TextCut | None, listed: Collection[str]) -> str | None:
    """A text between the cuts that isn't listed; None if there is none."""
    start, side = low or ("", 0)
    candidates = _candidates(name, start, bool(side), high, len(listed) + 1)
    return next((text for text in map(from_code_units, candidates) if text not in listed), None)


def _candidates(name: str, start: str, beyond: bool, high: TextCut | None, count: int) -> Iterator[str]:
    """Texts between the cuts. Whatever `count` - 1 texts are refused, one of these isn't among them, if any isn't.

    For the texts that go on with least steps alone lie between, however many steps it are; or else no others do.
    """
    if not start:
        yield from _below((f"{'yet ' * n}another {name}" for n in range(count)), high)
    elif not beyond:
        yield start
    for step in _READABLE:
        yield from _below((start + step * n for n in range(1, count + 1)), high)
    yield from _below((start + _LEAST * n for n in range(int(beyond), count + 1)), high)


def _below(ascending: Iterator[str], high: TextCut | None) -> Iterator[str]:
    return takewhile(lambda text: high is None or (text, 0.5) < high, ascending)
