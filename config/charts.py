"""Stacked bars as plain SVG, each beside the same numbers as a table and a sentence that says what they show. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from insights.routing_health import Endings

# One bar takes ten units of the drawing's width; its height is a hundred.
STEP, WIDTH, HEIGHT = 10, 8, 100
PARTS = ("assigned", "fallback", "parked")


@dataclass(frozen=True)
class Segment:
    part: str
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Cell:
    """A number of the table; `address` leads to the rows it counts, "" where there are none."""

    label: str
    value: int
    address: str


@dataclass(frozen=True)
class Bar:
    """`tick` stands under the bar, "" where there is no room; `name` says when it was."""

    name: str
    tick: str
    words: str
    segments: tuple[Segment, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    sentence: str
    heading: str
    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        return len(self.bars) * STEP


@dataclass(frozen=True)
class Interval:
    """What a bar is about. `link`: the address of the rows that ended so, or of all for ""."""

    name: str
    tick: str
    endings: Endings
    link: Callable[[str], str]


def stacked(intervals: Sequence[Interval]) -> tuple[Bar, ...]:
    most = max((each.endings.leads for each in intervals), default=0)
    return tuple(_bar(place, each, most) for place, each in enumerate(intervals))


def _bar(place: int, interval: Interval, most: int) -> Bar:
    counts = [getattr(interval.endings, part) for part in PARTS]
    return Bar(
        name=interval.name,
        tick=interval.tick,
        words=f"{interval.name}: {in_words(interval.endings)}",
        segments=tuple(_segments(place, counts, most)),
        cells=(
            *(_cell(part.capitalize(), count, interval.link(part)) for part, count in zip(PARTS, counts, strict=True)),
            _cell("All", interval.endings.leads, interval.link("")),
        ),
    )


def _segments(place: int, counts: Sequence[int], most: int) -> list[Segment]:
    """From the ground up."""
    segments, top = [], float(HEIGHT)
    for part, count in zip(PARTS, counts, strict=True):
        height = HEIGHT * count / most if most else 0.0
        top -= height
        if count:
            segments.append(Segment(part, place * STEP + (STEP - WIDTH) / 2, round(top, 2), round(height, 2)))
    return segments


def _cell(label: str, value: int, address: str) -> Cell:
    return Cell(label, value, address if value else "")


def leads(count: int) -> str:
    return f"{count:,} lead" if count == 1 else f"{count:,} leads"


def in_words(endings: Endings) -> str:
    return f"{leads(endings.leads)}; {_or_none(endings.fallback)} in fallback, {_or_none(endings.parked)} parked"


def _or_none(count: int) -> str:
    return f"{count:,}" if count else "none"


def compared(count: int, before: int, when: str) -> str:
    """3 fewer than last Saturday by this hour."""
    if count == before:
        return f"as many as {when}"
    return f"{abs(count - before):,} {'more' if count > before else 'fewer'} than {when}"
