"""From a territory's criteria to its condition. Pure.

Criteria are what sales ops think in. The geography is a union: a lead is inside if its country, its region or its
postal code is listed. Everything else narrows it: employees, revenue, industries, named accounts, a free condition.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_POSTAL = re.compile(r"([A-Z]{2}) ([A-Z0-9][A-Z0-9 -]{0,11}?)(?:\.\.([A-Z0-9][A-Z0-9 -]{0,11}))?")
# No country's codes have a dash between as many digits on either side.
_LIKE_A_RANGE = re.compile(r"\d\d-\d\d|\d{3}-\d{3}|\d{4}-\d{4}|\d{5}-\d{5}")
Range = tuple[int | None, int | None]
Document = dict[str, Any]


class PostalAreaInvalid(ValueError):
    """Not a postal area; the text says what to write."""


@dataclass(frozen=True)
class PostalArea:
    """Postal codes of a country, from one prefix to another: `DE 80..86` holds 80331 and 86999."""

    country: str
    low: str
    high: str

    def __str__(self) -> str:
        """As it is written; `parse_postal_area` reads it again."""
        return f"{self.country} {self.low}" if self.low == self.high else f"{self.country} {self.low}..{self.high}"

    @property
    def end(self) -> str:
        """The first text after all its codes."""
        return _just_after(self.high)

    def condition(self) -> Document:
        codes: Document = {"$exists": True, "$gte": self.low, "$lt": self.end}
        return {"country": self.country, "postal_code": codes}


@dataclass(frozen=True)
class Criteria:
    """Empty means: anything. A range is (at least, at most), None where it is open."""

    countries: Sequence[str] = ()
    regions: Sequence[str] = ()
    postal_areas: Sequence[PostalArea] = ()
    employees: Range = (None, None)
    revenue: Range = (None, None)
    industries: Sequence[str] = ()
    account_domains: Sequence[str] | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)


def parse_postal_area(text: str) -> PostalArea:
    """`DE 80` (a prefix), `US 94110` (a code) or `DE 80..86` (a range of prefixes). Raises PostalAreaInvalid."""
    found = _POSTAL.fullmatch(" ".join(text.upper().split()))
    if found is None:
        raise PostalAreaInvalid(f"{text!r} is not a postal area; write DE 80, US 94110 or DE 80..86")
    country, low, high = found[1], found[2].strip(), (found[3] or found[2]).strip()
    if _shape(low) != _shape(high):
        raise PostalAreaInvalid(
            f"{text!r} has ends of different shapes, which no order fits; write DE 80..86 or GB SW1..SW9"
        )
    if _just_after(high) <= low:
        raise PostalAreaInvalid(f"{text!r} ends before it begins")
    if _LIKE_A_RANGE.fullmatch(low):
        raise PostalAreaInvalid(f"{text!r} reads like a range; write {country} {low.replace('-', '..')}")
    return PostalArea(country, low, high)


def territory_condition(criteria: Criteria) -> Document:
    """One condition document; {} for a territory without criteria."""
    parts = [
        *_geography(criteria),
        *_range("employees", criteria.employees),
        *_range("revenue", criteria.revenue),
        *_one_of("industry", criteria.industries),
        *_one_of("company_domain", criteria.account_domains),
        *([dict(criteria.condition)] if criteria.condition else []),
    ]
    return parts[0] if len(parts) == 1 else {"$and": parts} if parts else {}


def _geography(criteria: Criteria) -> list[Document]:
    areas = [
        *_one_of("country", criteria.countries or None),
        *_one_of("region", criteria.regions or None),
        *(area.condition() for area in criteria.postal_areas),
    ]
    return areas if len(areas) < 2 else [{"$or": areas}]


def _one_of(attribute: str, values: Iterable[str] | None) -> list[Document]:
    """Nothing for None and for an empty tuple; an empty list of accounts is a territory that nobody is in."""
    if values is None or values == ():
        return []
    return [{attribute: {"$in": sorted(values)}}]


def _range(attribute: str, bounds: Range) -> list[Document]:
    low, high = bounds
    if low is None and high is None:
        return []
    tests = {operator: bound for operator, bound in (("$gte", low), ("$lte", high)) if bound is not None}
    return [{attribute: {"$exists": True, **tests}}]


def _shape(prefix: str) -> str:
    """Digits as 9 and letters as A: texts of one shape are in the order in which people count."""
    return "".join("9" if char.isdigit() else "A" if char.isalpha() else char for char in prefix)


def _just_after(prefix: str) -> str:
    """The first text after all that begin with the prefix: `86` -> `87`, `Z` -> `[`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
