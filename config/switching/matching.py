"""A matching table becomes rules, in its order: a column for each input, one for the queue or owner. Pure.

A blank cell and `*` mean any. Several values are parted by `;` or `|`. Numbers may be ranges: `200-999`, `200+`, `<50`.
A text that ends in `*` is the beginning of a postal code.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.configuration.document import Configuration
from config.configuration.schema import Entry
from config.errors import TableUnclear
from config.switching.reading import BadLine, LineUnclear, Reading, named
from enrichment.normalise import normalise, to_region
from forms_engine.canonical import canonical_json
from leads.places import fold
from pipeline.shadow.incumbent import spellings
from routing.contract import Contract, InputSpec
from routing.transfer.tables import Row, Table

_TARGETS: tuple[str, ...] = (
    "queue",
    "owner",
    "target",
    "assign to",
    "assigned to",
    "route to",
    "queue name",
    "owner name",
    "owner email",
)
# What a rule has beside its condition and target.
_BESIDE: tuple[str, ...] = ("name", "rule", "territory")
# So many signs of a hash end the key of a table's rule.
_MARK = 10
_ANY = frozenset({"", "*", "any", "all"})
_NUMBER = r"\d[\d,]*"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|\.\.|to)\s*({_NUMBER})")
_BOUND = re.compile(rf"(>=|>|<=|<)\s*({_NUMBER})")
_FROM = re.compile(rf"({_NUMBER})\s*\+")


def read_matching_table(table: Table, present: Configuration, *, prefix: str) -> Reading:
    """Rules with keys that begin with `prefix` are replaced by the table's, at their place; new ones come last.

    Raises TableUnclear, also where some of those are not of an earlier table: they would be removed.
    """
    _refuse_others(present.entries("rules"), prefix)
    contract = Contract.from_document([{"key": key, **entry} for key, entry in present.entries("contract").items()])
    columns, names = _columns(table.columns, contract)
    rules: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    bad = []
    for row in table.rows:
        try:
            key, rule = _rule(row, columns, names, contract, present, prefix)
            if key in rules:
                raise LineUnclear(f"it asks for the same as line {lines[key]}, so it would never decide")
            rules[key], lines[key] = rule, row.number
        except LineUnclear as error:
            bad.append(BadLine(row.number, str(error)))
    unused = [
        each for place, each in enumerate(table.columns) if each and place not in {*columns.values(), *names.values()}
    ]
    wanted = Configuration({"rules": _in_place(present.entries("rules"), rules, f"{prefix}-")})
    return Reading(wanted, tuple(bad), (), len(table.rows), tuple(unused))


def _refuse_others(rules: Mapping[str, Entry], prefix: str) -> None:
    made = re.compile(rf"{re.escape(prefix)}-[0-9a-f]{{{_MARK}}}")
    others = [key for key in rules if key.startswith(f"{prefix}-") and not made.fullmatch(key)]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise TableUnclear(
            f"The rule “{others[0]}”{more} begins with “{prefix}-” too and is of no table, so it would be removed. "
            "Take another prefix."
        )


def _in_place(present: Mapping[str, Entry], rules: Mapping[str, Entry], prefix: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    is_placed = False
    for key, entry in present.items():
        if not key.startswith(prefix):
            found[key] = entry
        elif not is_placed:
            found.update(rules)
            is_placed = True
    return {**found, **rules}


def _columns(headers: Sequence[str], contract: Contract) -> tuple[dict[str, int], dict[str, int]]:
    """(input -> place, "target"s and "name" -> place)"""
    known = [fold(header) for header in headers]
    names = {what: known.index(what) for what in (*_BESIDE, *_TARGETS) if what in known}
    if not any(what in names for what in _TARGETS):
        raise TableUnclear("There is no column for where leads go. Head it “queue” or “owner”.")
    columns: dict[str, int] = {}
    for spec in contract.inputs:
        place = next((known.index(name) for name in spellings(spec) if name in known), None)
        if place is not None and place not in {*names.values(), *columns.values()}:
            columns[spec.key] = place
    if not columns:
        raise TableUnclear(f"No column is an input of the contract. Inputs are {', '.join(contract.by_key)}.")
    return columns, names


def _rule(
    row: Row,
    columns: Mapping[str, int],
    names: Mapping[str, int],
    contract: Contract,
    present: Configuration,
    prefix: str,
) -> tuple[str, Entry]:
    if row.problem:
        raise LineUnclear(row.problem)
    cells = {key: row.cells[place].strip() for key, place in columns.items()}
    asked = {key: text for key, text in cells.items() if text.lower() not in _ANY}
    condition: dict[str, Any] = {key: _asked(contract.by_key[key], text, asked) for key, text in asked.items()}
    others = {what: row.cells[place].strip() for what, place in names.items()}
    territory = _territory(others.get("territory", ""), present)
    mark = hashlib.sha256(canonical_json([condition, territory]).encode()).hexdigest()[:_MARK]
    told = ", ".join(f"{_label(contract.by_key[key])} {text}" for key, text in asked.items())
    name = others.get("name") or others.get("rule") or told or "Everything else"
    return f"{prefix}-{mark}", {
        "name": name[:120],
        "territory": territory,
        "condition": condition,
        **_target(others, present),
    }


def _label(spec: InputSpec) -> str:
    return (spec.label or spec.key).lower()


def _territory(text: str, present: Configuration) -> str | None:
    if text.lower() in _ANY:
        return None
    found = named(text, present.entries("territories"), "name")
    if found is None:
        raise LineUnclear(f"there is no territory {text[:60]!r}")
    return found


def _target(cells: Mapping[str, str], present: Configuration) -> dict[str, str | None]:
    """A queue comes before a rep of the same name."""
    text = next((cells[what] for what in _TARGETS if cells.get(what)), "")
    if not text:
        raise LineUnclear("it says neither queue nor owner")
    if queue := named(text, present.entries("queues"), "name"):
        return {"queue": queue, "owner": None}
    if owner := named(text, present.entries("reps"), "name", "email"):
        return {"queue": None, "owner": owner}
    raise LineUnclear(f"there is no queue and no rep {text[:60]!r}; import the queues first")


def _asked(spec: InputSpec, text: str, asked: Mapping[str, str]) -> object:
    if spec.type == "number":
        return _guarded(spec, _number_asked(text))
    if spec.key == "postal_code" and text.endswith("*"):
        return _guarded(spec, _beginning(text[:-1].upper()))
    values = [_value(spec, part.strip(), asked) for part in re.split(r"[;|]", text) if part.strip()]
    if not values:
        raise LineUnclear(f"{spec.key} isn't understood: {text[:60]!r}")
    if spec.type == "list":
        return {"$in": [item for value in values if isinstance(value, list) for item in value]}
    return values[0] if len(values) == 1 else {"$in": values}


def _guarded(spec: InputSpec, document: dict[str, object]) -> object:
    """An order comparison holds only where there is a value; the contract may promise one."""
    is_equal = set(document) == {"$eq"}
    return document["$eq"] if is_equal else document if spec.always_present else {"$exists": True, **document}


def _number_asked(text: str) -> dict[str, object]:
    plain = text.strip()
    if found := _RANGE.fullmatch(plain):
        low, high = _whole(found[1]), _whole(found[2])
        if low > high:
            raise LineUnclear(f"the range {plain} runs backwards")
        return {"$gte": low, "$lte": high}
    if found := _FROM.fullmatch(plain):
        return {"$gte": _whole(found[1])}
    if found := _BOUND.fullmatch(plain):
        return {{">=": "$gte", ">": "$gt", "<=": "$lte", "<": "$lt"}[found[1]]: _whole(found[2])}
    if re.fullmatch(_NUMBER, plain):
        return {"$eq": _whole(plain)}
    raise LineUnclear(f"{plain[:60]!r} is no number and no range such as 200-999")


def _whole(text: str) -> int:
    digits = text.replace(",", "")
    if len(digits) > 15:
        raise LineUnclear("a number is too large")
    return int(digits)


def _beginning(text: str) -> dict[str, object]:
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{0,10}", text):
        raise LineUnclear(f"{text[:20]!r} is not the beginning of a postal code")
    return {"$gte": text, "$lt": text[:-1] + chr(ord(text[-1]) + 1)}


def _value(spec: InputSpec, text: str, asked: Mapping[str, str]) -> object:
    value = next((each for each in _readings(spec, text, asked) if each is not None and spec.accepts(each)), None)
    if value is None:
        raise LineUnclear(f"{spec.key} isn't understood: {text[:60]!r}")
    return value


def _readings(spec: InputSpec, text: str, asked: Mapping[str, str]) -> Iterator[object]:
    if spec.type == "boolean":
        yield {"yes": True, "true": True, "no": False, "false": False}.get(text.lower())
        return
    if spec.key == "region":
        country = normalise("country", asked.get("country", ""))
        yield to_region(text, country if isinstance(country, str) else None)
    elif spec.type == "list":
        yield [text]
        return
    else:
        yield normalise("country" if spec.vocabulary == "countries" else spec.key, text)
    yield next((value for value, label in (spec.choices or {}).items() if label.lower() == text.lower()), None)
    yield text
