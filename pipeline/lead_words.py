"""What pages say of leads: their clock, their age, why somebody has them, what is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.admin import attribute_label, value_in_words
from leads.attributes import ATTRIBUTES
from leads.models import Lead, Observation, Source
from leads.profile import Fact, resolve
from leads.selectors import as_fact
from routing.errors import NoActivePlan
from routing.models import Assignment
from routing.plan import Plan
from routing.selectors import active_plan
from routing.vocabularies import named_vocabulary

_SOURCES = dict(Source.choices)
_VOCABULARIES = {"country": "countries", "region": "regions"}
_ORDER = {key: place for place, key in enumerate(ATTRIBUTES)}


@dataclass(frozen=True)
class ClockWords:
    """`state`: running, overdue, stopped or none."""

    state: str
    text: str
    due_at: datetime | None = None


def clock_words(held: Assignment | None, now: datetime) -> ClockWords:
    if held is None:
        return ClockWords("none", "Nobody has the lead")
    if held.clock_stopped_at is not None:
        return ClockWords("stopped", held.get_clock_stopped_by_display())
    if held.due_at is None:
        return ClockWords("none", "Protected: it stays with its owner" if held.protected else "No clock")
    if held.due_at <= now:
        return ClockWords("overdue", f"Overdue for {span(now - held.due_at)}", held.due_at)
    return ClockWords("running", f"{span(held.due_at - now)} left to accept", held.due_at)


def span(length: timedelta) -> str:
    """In the two largest units that say something: 3 days 4 h, 1 h 20 min, 12 min."""
    minutes = max(0, int(length.total_seconds()) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        named = f"{days} day{'' if days == 1 else 's'}"
        return f"{named} {hours} h" if hours and days < 7 else named
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "less than a minute"


def plan_now() -> Plan | None:
    """For names; before the first publish there is none."""
    try:
        return active_plan().plan
    except NoActivePlan:
        return None


def queue_name(plan: Plan | None, key: str) -> str:
    return plan.queues[key].name if plan and key in plan.queues else key


@dataclass(frozen=True)
class FactRow:
    """`value` as the database has it; None was erased."""

    attribute: str
    label: str
    value: object
    source: str
    provider: str
    confidence: float
    observed_at: datetime
    subject: str
    is_believed: bool

    @property
    def words(self) -> str:
        vocabulary = named_vocabulary(_VOCABULARIES.get(self.attribute, ""))
        return (vocabulary or {}).get(str(self.value)) or value_in_words(self.value)


def fact_rows(observations: Iterable[Observation]) -> list[FactRow]:
    """By attribute, what is believed first, then what it outweighs, the newest first."""
    pairs = [(row, as_fact(row)) for row in observations]
    believed = resolve(fact for _, fact in pairs)
    rows = [_row(row, fact, fact is believed.fact(fact.attribute)) for row, fact in pairs]
    rows.sort(key=lambda row: (_ORDER.get(row.attribute, len(_ORDER)), row.attribute, not row.is_believed, -_at(row)))
    return rows


def _row(row: Observation, fact: Fact, is_believed: bool) -> FactRow:
    return FactRow(
        attribute=fact.attribute,
        label=attribute_label(fact.attribute),
        value=fact.value,
        source=_SOURCES.get(fact.source, fact.source),
        provider=fact.provider,
        confidence=fact.confidence,
        observed_at=fact.observed_at,
        subject="company" if row.company_id is not None else "person",
        is_believed=is_believed,
    )


def _at(row: FactRow) -> float:
    return row.observed_at.timestamp()


def value_of(rows: Sequence[FactRow], attribute: str) -> str:
    """What is believed of it, or ""."""
    found = next((row for row in rows if row.attribute == attribute and row.is_believed), None)
    return found.words if found else ""


def status_words(lead: Lead) -> str:
    if lead.status == Lead.Status.OPEN:
        return "Open"
    return f"Closed: {lead.get_closed_because_display().lower()}" if lead.closed_because else "Closed"
