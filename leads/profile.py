"""Many observations, one profile: the pure resolution of what to believe.

For each attribute the best source wins (answer, hidden, CRM, enrichment, inferred, default), then the greater
confidence, then the newer observation; provider and value break what ties remain, so that the result never depends
on the order of rows. Values that were erased (None) don't count.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

RANKS: Mapping[str, int] = {
    source: rank for rank, source in enumerate(("answer", "hidden", "crm", "enrichment", "inferred", "default"))
}


@dataclass(frozen=True)
class Fact:
    """One observed value. `confidence` is a share from 0 to 1; `provider` may be empty."""

    attribute: str
    value: object
    source: str
    confidence: float
    observed_at: datetime
    provider: str = ""


@dataclass(frozen=True)
class Profile:
    """Attribute -> the fact to believe."""

    facts: Mapping[str, Fact]

    def fact(self, attribute: str) -> Fact | None:
        return self.facts.get(attribute)

    def value(self, attribute: str, default: object = None) -> object:
        fact = self.facts.get(attribute)
        return default if fact is None else fact.value

    def values(self) -> dict[str, object]:
        return {attribute: fact.value for attribute, fact in self.facts.items()}

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts.values())


def resolve(facts: Iterable[Fact]) -> Profile:
    """The fact to believe for each attribute, attributes in alphabetical order."""
    best: dict[str, Fact] = {}
    for fact in facts:
        if fact.value is None:
            continue
        rival = best.get(fact.attribute)
        if rival is None or _strength(fact) > _strength(rival):
            best[fact.attribute] = fact
    return Profile(dict(sorted(best.items())))


def _strength(fact: Fact) -> tuple[int, float, datetime, str, str]:
    """Compared largest first. The value comes last and only makes the order total."""
    rank = RANKS.get(fact.source, len(RANKS))
    text = json.dumps(fact.value, sort_keys=True, default=str)
    return (-rank, fact.confidence, fact.observed_at, fact.provider, text)
