"""Split a territory along postal codes: cut a range, see that the halves don't overlap, count past leads. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conditions import Condition, parse
from routing.territories import Document, PostalArea, PostalAreaInvalid, parse_postal_area

_LONGEST_CODE = 12
_COUNTRY = re.compile(r"[A-Z]{2}")
# Where codes have a space or a dash between two groups, the digits of the first. Leads keep what was written, 123 60 as
# well as 12360, and these two stand on different sides of a cut at 12350: a space comes before all digits.
_FIRST_GROUP = {"BR": 5, "CZ": 3, "GR": 3, "IN": 3, "JP": 3, "NL": 4, "PL": 2, "PT": 4, "SE": 3, "SK": 3, "US": 5}
# More than any list of areas that people paste.
MOST_AREAS = 2_000


class SplitInvalid(ValueError):
    """The halves don't hold together; the text says what to write."""


@dataclass(frozen=True)
class Tally:
    """Past leads by where they would have gone. `unknown`: without a postal code; they stay like `neither`."""

    first: int
    second: int
    neither: int
    unknown: int

    @property
    def total(self) -> int:
        return self.first + self.second + self.neither + self.unknown


def parse_areas(text: str) -> tuple[PostalArea, ...]:
    """One a line, or with commas or semicolons between. Raises SplitInvalid, naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        for part in filter(None, map(str.strip, re.split("[,;\t]", line))):
            try:
                found.append(parse_postal_area(part))
            except PostalAreaInvalid as invalid:
                raise SplitInvalid(f"Line {number}: {invalid}") from invalid
    if len(found) > MOST_AREAS:
        raise SplitInvalid(f"These are {len(found):,} areas; {MOST_AREAS:,} are the most. Write ranges instead.")
    return tuple(dict.fromkeys(found))


def cut(area: str, at: str) -> tuple[PostalArea, PostalArea]:
    """`DE 80..86` at 83 gives DE 80..82 and DE 83..86; of a country alone, such as DE, all codes are cut.

    Only codes of digits have an order that people know. Raises SplitInvalid.
    """
    country, low, high = _ends(area)
    at = at.strip()
    if max(map(len, (low, high, at))) > (most := _FIRST_GROUP.get(country, _LONGEST_CODE)):
        raise SplitInvalid(f"Codes of {country} can be cut within their first {most} digits only.")
    if not all(end.isascii() and end.isdecimal() for end in (low, high, at)):
        raise SplitInvalid("Only postal codes of digits can be cut at a point. List the areas of each half instead.")
    width = max(map(len, (low, high, at)))
    first, last, point = low.ljust(width, "0"), high.ljust(width, "9"), at.ljust(width, "0")
    if not first < point <= last:
        raise SplitInvalid(f"{at} doesn't cut {area.strip()} in two; write a code after {low} and up to {high}.")
    before = str(int(point) - 1).zfill(width)
    return PostalArea(country, first, before), PostalArea(country, point, last)


def _ends(area: str) -> tuple[str, str, str]:
    text = area.strip().upper()
    if _COUNTRY.fullmatch(text):
        return text, "0", "9"
    try:
        found = parse_postal_area(text)
    except PostalAreaInvalid as invalid:
        raise SplitInvalid(f"{invalid}, or a country such as DE for all of it") from invalid
    return found.country, found.low, found.high


def overlap(areas: Sequence[PostalArea], others: Sequence[PostalArea]) -> tuple[PostalArea, PostalArea] | None:
    """Two that share codes, one of each side, if there are any."""
    tagged = sorted([*((area, 0) for area in areas), *((area, 1) for area in others)], key=lambda each: _start(each[0]))
    furthest: list[PostalArea | None] = [None, None]
    for area, side in tagged:
        rival = furthest[1 - side]
        if rival is not None and rival.country == area.country and area.low < rival.end:
            return (rival, area) if side else (area, rival)
        mine = furthest[side]
        if mine is None or (mine.country, mine.end) < (area.country, area.end):
            furthest[side] = area
    return None


def _start(area: PostalArea) -> tuple[str, str]:
    return area.country, area.low


def tally(
    first: Sequence[PostalArea], second: Sequence[PostalArea], leads: Iterable[tuple[object, object, int]]
) -> Tally:
    """`leads`: (country, postal code, how many). Asked as routing asks: with the condition that each half will have."""
    halves = _condition(first), _condition(second)
    counts = [0, 0, 0, 0]
    for country, code, number in leads:
        inputs = {"country": country, "postal_code": code}
        place = 3 if code is None else next((at for at, half in enumerate(halves) if half.matches(inputs)), 2)
        counts[place] += number
    return Tally(*counts)


def _condition(areas: Sequence[PostalArea]) -> Condition:
    documents: list[Document] = [area.condition() for area in areas]
    return parse(documents[0] if len(documents) == 1 else {"$or": documents})
