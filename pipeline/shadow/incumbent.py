"""Another tool's leads with the owners it chose: which column is what, and each row as typed values. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from enrichment.normalise import normalise, to_region
from foundation.texts import plainly
from leads.errors import EmailInvalid
from leads.identity import normalise_email, registrable_domain
from leads.places import fold
from pipeline.errors import ColumnsUnclear
from routing.contract import Contract, InputSpec
from routing.plan import Plan
from routing.transfer.tables import Row, Table

EMAIL, OWNER, QUEUE, TIME, PHONE = "email", "owner", "queue", "time", "phone"
ROLES: Mapping[str, str] = {
    OWNER: "the owner that today's tool chose",
    QUEUE: "the queue that today's tool chose",
    TIME: "when the lead came in",
    EMAIL: "the lead's e-mail address",
    PHONE: "the lead's phone number",
}
# How other tools head their columns; folded. What isn't here may be named by hand.
HEADERS: Mapping[str, tuple[str, ...]] = {
    OWNER: ("owner", "lead owner", "assigned to", "owner name", "owner email", "assignee", "assigned rep", "routed to"),
    QUEUE: ("queue", "queue name", "assigned queue", "lead queue", "router", "pool", "round robin", "group"),
    TIME: (
        "time",
        "created",
        "created at",
        "created date",
        "create date",
        "date",
        "submitted at",
        "routed at",
        "timestamp",
    ),
    EMAIL: ("email", "e mail", "email address", "lead email", "contact email", "work email"),
    PHONE: ("phone", "phone number", "telephone", "mobile"),
    "company_name": ("company", "company name", "account name", "organization", "organisation"),
    "company_domain": ("domain", "website", "company domain", "company website", "email domain"),
    "country": ("country", "country code", "country region", "billing country"),
    "region": ("region", "state", "state province", "province", "state region", "billing state"),
    "postal_code": ("postal code", "zip", "zip code", "zip postal code", "postcode", "plz"),
    "employees": ("employees", "number of employees", "no of employees", "employee count", "company size", "headcount"),
    "revenue": ("revenue", "annual revenue", "revenue usd"),
    "industry": ("industry",),
    "account_owner": ("account owner", "company owner"),
    "language": ("language", "locale"),
}
_TRUE, _FALSE = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n"})
_TIMES = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y, %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y")


@dataclass(frozen=True)
class Columns:
    """`places`: what -> the column's place. `unused`: headers of columns that nothing was made of."""

    places: Mapping[str, int]
    headers: Sequence[str]

    @property
    def used(self) -> dict[str, str]:
        return {what: self.headers[place] for what, place in self.places.items()}

    @property
    def unused(self) -> list[str]:
        taken = set(self.places.values())
        return [header for place, header in enumerate(self.headers) if place not in taken and header]


def columns_of(headers: Sequence[str], contract: Contract, named: Mapping[str, str] | None = None) -> Columns:
    """By the headers; `named` (header -> what) comes first. Raises ColumnsUnclear."""
    folded = [fold(header) for header in headers]
    places: dict[str, int] = {}
    for header, what in (named or {}).items():
        if what not in ROLES and what not in contract.by_key:
            known = ", ".join([*ROLES, *contract.by_key])
            raise ColumnsUnclear(f"{what!r} is nothing a column can be; columns can be {known}.")
        if fold(header) not in folded:
            raise ColumnsUnclear(f"The file has no column {header!r}.")
        places[what] = folded.index(fold(header))
    for what, names in _candidates(contract):
        free = [place for name in names for place, header in enumerate(folded) if header == name]
        found = next((place for place in free if place not in places.values()), None)
        if what not in places and found is not None:
            places[what] = found
    if OWNER not in places:
        raise ColumnsUnclear(
            "No column says whom today's tool chose. Head it “owner”, or name it, such as “Routed rep = owner”."
        )
    return Columns(places, headers)


def _candidates(contract: Contract) -> Iterator[tuple[str, tuple[str, ...]]]:
    """An input's own key and label come before what others may call it."""
    for what in ROLES:
        yield what, HEADERS[what]
    for spec in contract.inputs:
        yield spec.key, spellings(spec)


def spellings(spec: InputSpec) -> tuple[str, ...]:
    """How a column may be headed that is this input, folded."""
    names = (fold(spec.key), fold(spec.label), *HEADERS.get(spec.key, ()))
    return tuple(name for name in names if name)


def named_columns(lines: Iterable[str]) -> dict[str, str]:
    """`Header = what`, one a line. Raises ColumnsUnclear."""
    found = {}
    for line in filter(str.strip, lines):
        header, equals, what = line.rpartition("=")
        if not equals or not header.strip():
            raise ColumnsUnclear(f"{line.strip()[:80]!r} must be written as “Header = what”.")
        found[header.strip()] = what.strip()
    return found


@dataclass(frozen=True)
class Incoming:
    """One row. `values` are typed, by input. `unread`: inputs whose cell says nothing that was understood."""

    line: int
    owner: str
    queue: str
    email: str
    phone: str
    at: datetime | None
    values: Mapping[str, object]
    unread: tuple[str, ...] = ()

    @property
    def email_domain(self) -> str:
        host = self.email.rpartition("@")[2]
        return registrable_domain(host) or host


@dataclass(frozen=True)
class BadRow:
    line: int
    why: str


@dataclass
class Reading:
    """`unread` counts, by input, cells that weren't understood."""

    rows: list[Incoming] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)


def read_rows(table: Table, columns: Columns, plan: Plan) -> Reading:
    """In the order of their times where all have one, else in that of the file."""
    reading = Reading()
    for row in table.rows:
        found = _read(row, columns, plan)
        if isinstance(found, BadRow):
            reading.bad.append(found)
        else:
            reading.rows.append(found)
            reading.unread.update(found.unread)
    if all(row.at for row in reading.rows):
        reading.rows.sort(key=lambda row: (row.at or datetime.min.replace(tzinfo=UTC), row.line))
    return reading


def _read(row: Row, columns: Columns, plan: Plan) -> Incoming | BadRow:
    if row.problem:
        return BadRow(row.number, row.problem)
    cells = {what: row.cells[place].strip() for what, place in columns.places.items()}
    try:
        email = normalise_email(cells[EMAIL]) if cells.get(EMAIL) else ""
    except EmailInvalid:
        return BadRow(row.number, "this is no e-mail address")
    at = time_of(cells[TIME]) if cells.get(TIME) else None
    if cells.get(TIME) and at is None:
        return BadRow(row.number, "the time isn't understood; write it as 2026-03-31 14:05")
    texts = {key: cells[key] for key in plan.contract.by_key if cells.get(key)}
    values = {key: _typed(plan.contract.by_key[key], text, texts, plan) for key, text in texts.items()}
    if not values and not email:
        return BadRow(row.number, "nothing is known of the lead")
    return Incoming(
        line=row.number,
        owner=cells[OWNER][:120],
        queue=cells.get(QUEUE, "")[:120],
        email=email,
        phone=cells.get(PHONE, ""),
        at=at,
        values={key: value for key, value in values.items() if value is not None},
        unread=tuple(key for key, value in values.items() if value is None),
    )


def time_of(text: str) -> datetime | None:
    """Without a zone it is UTC. None also for years of which no lead is: at the calendar's ends, zones go beyond it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = next((at for style in _TIMES if (at := _parsed(text, style))), None)  # type: ignore[assignment]
    if found is None or not 2000 <= found.year <= 2200:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _parsed(text: str, style: str) -> datetime | None:
    try:
        return datetime.strptime(text, style)  # noqa: DTZ007  UTC is put in by who asks
    except ValueError:
        return None


def _typed(spec: InputSpec, text: str, texts: Mapping[str, str], plan: Plan) -> object:
    """The cell as the input takes it, or None."""
    if spec.key == "account_owner":
        return owner_named(text, plan) or text
    value = _in_type(spec, text, texts)
    if value is not None and not spec.accepts(value):
        value = _by_label(spec, text)
    return value if value is not None and spec.accepts(value) else None


def _in_type(spec: InputSpec, text: str, texts: Mapping[str, str]) -> object:
    if spec.key == "region":
        country = normalise("country", texts.get("country", ""))
        return to_region(text, country if isinstance(country, str) else None)
    if spec.key == "company_domain":
        return registrable_domain(re.sub(r"^[a-z]+://", "", text.lower()).partition("/")[0])
    if spec.type == "boolean":
        return True if text.lower() in _TRUE else False if text.lower() in _FALSE else None
    if spec.type == "list":
        return [part.strip() for part in text.split(";") if part.strip()]
    if spec.type == "number" and spec.key not in ("employees", "revenue"):
        return normalise("employees", text) if text.strip() != "0" else 0
    return normalise(spec.key, text)


def _by_label(spec: InputSpec, text: str) -> str | None:
    """Exports often carry what people read instead of what is stored."""
    return next((value for value, label in (spec.choices or {}).items() if label.lower() == text.lower()), None)


def owner_named(text: str, plan: Plan) -> str | None:
    """A rep's key, by key, e-mail address or name; None where nobody or more than one is called so."""
    if text in plan.reps:
        return text
    wanted = plainly(text)
    if by_email := plan.rep_by_email.get(wanted):
        return by_email
    found = [key for key, rep in plan.reps.items() if plainly(rep.name) == wanted]
    return found[0] if len(found) == 1 else None


def queue_named(text: str, plan: Plan) -> str | None:
    if text in plan.queues:
        return text
    found = [key for key, queue in plan.queues.items() if queue.name.lower() == text.lower()]
    return found[0] if len(found) == 1 else None
