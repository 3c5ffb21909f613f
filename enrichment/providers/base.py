"""What a provider of company data is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Subject:
    """Whom to look up. `company_domain` is None for free mail; `known` holds the profile's values so far."""

    email_domain: str
    company_domain: str | None = None
    phone: str | None = None
    known: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One value, already in our words. `source` says whether it was looked up or inferred."""

    attribute: str
    value: object
    confidence: float
    subject: Literal["person", "company"]
    source: Literal["enrichment", "inferred"]


class Provider(Protocol):
    """`supplies` lets the service leave out providers that have nothing that is wanted."""

    key: str
    supplies: frozenset[str]

    def lookup(self, subject: Subject) -> Sequence[Finding]:
        """Findings, in any order. Raises RetryableProviderError or PermanentProviderError; nothing else."""
