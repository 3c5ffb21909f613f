"""Static HTML with holes, and lists of options one of which is chosen by a splice. Pure.

What is known when a form is compiled is joined then; filling a template joins what is left. Nothing here escapes:
static parts are escaped when they are made, and so is what is put into a hole.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby


@dataclass(frozen=True)
class Hole:
    """A place that depends on the filling; empty where no value is given."""

    name: str


Part = str | Hole


class Template:
    """Static text and holes in turn."""

    def __init__(self, *parts: Part) -> None:
        self._parts = tuple(_merged(parts))

    def fill(self, values: Mapping[str, str]) -> str:
        return "".join([part if isinstance(part, str) else values.get(part.name, "") for part in self._parts])


def _merged(parts: Iterable[Part]) -> Iterable[Part]:
    for is_text, group in groupby(parts, key=lambda part: isinstance(part, str)):
        if is_text:
            yield "".join(str(part) for part in group)
        else:
            yield from group


class Options:
    """The options of a select or of a group, none chosen; `mark` is what goes into the tag of a chosen one."""

    def __init__(self, entries: Iterable[tuple[str, str, str]], *, mark: str) -> None:
        """`entries` are (value, the tag up to where the mark goes, the rest of the markup)."""
        self._mark = mark
        self._offsets: dict[str, int] = {}
        pieces: list[str] = []
        length = 0
        for value, before, after in entries:
            self._offsets[value] = length + len(before)
            pieces += (before, after)
            length += len(before) + len(after)
        self._text = "".join(pieces)

    def choosing(self, values: Collection[str]) -> str:
        """The markup with these values chosen; values that aren't options choose nothing."""
        pieces: list[str] = []
        end = 0
        for offset in sorted({self._offsets[value] for value in values if value in self._offsets}):
            pieces += (self._text[end:offset], self._mark)
            end = offset
        return "".join((*pieces, self._text[end:])) if pieces else self._text


def attributes(**given: str | int | bool | None) -> str:
    """` name="value"` for each that has one; `True` gives the bare name. Underlines become hyphens."""
    return "".join(
        f" {name.strip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for name, value in given.items()
        if value not in (None, "", False)
    )
