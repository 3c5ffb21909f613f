"""From a territory's condition back to the criteria it was made of: `territory_condition` the other way round. Pure.

A plan keeps only the condition. What has the shape that criteria give it is told as criteria, all else as conditions;
either way it is the same condition that is told, whoever wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Where:
    """`kind`: country, region or postal; a postal area has its ends, both included. A region's code is in `country`."""

    kind: str
    country: str
    low: str = ""
    high: str = ""

    @property
    def key(self) -> str:
        return " ".join(filter(None, [self.country, self.low, self.high]))


@dataclass(frozen=True)
class CriteriaRead:
    """`ranges`: (label, at least, at most, unit). Industries and domains None: anything."""

    where: tuple[Where, ...] = ()
    ranges: tuple[tuple[str, float | None, float | None, str], ...] = ()
    industries: tuple[str, ...] | None = None
    domains: tuple[str, ...] | None = None
    others: tuple[Document, ...] = ()


_RANGES = {"employees": ("Employees", ""), "revenue": ("Revenue", " USD")}


def read_criteria(condition: Document) -> CriteriaRead:
    found: dict[str, Any] = {}
    others: list[Document] = []
    for clause in _clauses(condition):
        name, value = _criterion(clause)
        if name and name not in found:
            found[name] = value
        else:
            others.append(clause)
    return CriteriaRead(
        where=found.get("where", ()),
        ranges=tuple(found[name] for name in _RANGES if name in found),
        industries=found.get("industry"),
        domains=found.get("company_domain"),
        others=tuple(others),
    )


def _clauses(condition: Document) -> list[Document]:
    """Those that must all hold."""
    if set(condition) == {"$and"} and _are_documents(condition["$and"]):
        return list(condition["$and"])
    return [condition] if condition else []


def _are_documents(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _criterion(clause: Document) -> tuple[str, Any]:
    """The criterion's name with what it says; ("", None) for what no criterion makes."""
    if where := _geography(clause):
        return "where", where
    if len(clause) != 1:
        return "", None
    (name, test), *_ = clause.items()
    if name in _RANGES and (bounds := _bounds(test)):
        label, unit = _RANGES[name]
        return name, (label, *bounds, unit)
    if name in ("industry", "company_domain") and (values := _one_of(test)) is not None:
        return name, values
    return "", None


def _geography(clause: Document) -> tuple[Where, ...]:
    areas = clause["$or"] if set(clause) == {"$or"} and _are_documents(clause["$or"]) else [clause]
    found = [_area(area) for area in areas]
    return tuple(each for area in found for each in area) if all(found) else ()


def _area(area: Document) -> tuple[Where, ...]:
    for kind in ("country", "region"):
        if set(area) == {kind}:
            return tuple(Where(kind, code) for code in _one_of(area[kind]) or ())
    if set(area) == {"country", "postal_code"} and isinstance(area["country"], str):
        codes = area["postal_code"]
        if isinstance(codes, Mapping) and set(codes) == {"$exists", "$gte", "$lt"} and codes["$exists"] is True:
            low, after = codes["$gte"], codes["$lt"]
            if isinstance(low, str) and isinstance(after, str) and after:
                return (Where("postal", area["country"], low, f"{after[:-1]}{chr(max(ord(after[-1]) - 1, 0))}"),)
    return ()


def _one_of(test: Any) -> tuple[str, ...] | None:
    if isinstance(test, str):
        return (test,)
    if isinstance(test, Mapping) and set(test) == {"$in"} and isinstance(test["$in"], list):
        values = test["$in"]
        return tuple(values) if all(isinstance(value, str) for value in values) else None
    return None


def _bounds(test: Any) -> tuple[float | None, float | None] | None:
    """Both ends are included."""
    if not isinstance(test, Mapping) or not set(test) <= {"$exists", "$gte", "$lte"} or test.get("$exists") is not True:
        return None
    bounds = test.get("$gte"), test.get("$lte")
    if bounds == (None, None) or not all(bound is None or _is_number(bound) for bound in bounds):
        return None
    return bounds


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
