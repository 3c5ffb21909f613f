"""Ask every provider that may know something wanted. Calls out; never within a transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from enrichment.errors import EnrichmentError, PermanentProviderError
from enrichment.providers.base import Finding, Provider, Subject
from enrichment.registry import active_providers
from leads.services.record_observations import NewObservation

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProviderFailure:
    provider: str
    code: str
    retryable: bool


@dataclass(frozen=True)
class Result:
    """`findings` are (provider's key, finding)."""

    findings: tuple[tuple[str, Finding], ...]
    failures: tuple[ProviderFailure, ...] = ()


def find(*, subject: Subject, wanted: frozenset[str], providers: Sequence[Provider] | None = None) -> Result:
    """What the providers know. One that fails is named in `failures` and doesn't stop the others.

    `wanted` chooses whom to ask: a provider that supplies none of it isn't. What one that is asked says besides is
    kept, since it has cost nothing.
    """
    findings: list[tuple[str, Finding]] = []
    failures: list[ProviderFailure] = []
    for provider in active_providers() if providers is None else providers:
        if not provider.supplies & wanted:
            continue
        try:
            found = provider.lookup(subject)
        except EnrichmentError as error:
            failures.append(ProviderFailure(provider.key, error.code, not isinstance(error, PermanentProviderError)))
        except Exception as error:  # noqa: BLE001  a vendor's surprise must not hold a lead up
            logger.error("provider %s failed: %s", provider.key, type(error).__name__)
            failures.append(ProviderFailure(provider.key, f"unexpected:{type(error).__name__}", retryable=True))
        else:
            findings.extend((provider.key, finding) for finding in found)
    return Result(tuple(findings), tuple(failures))


def as_observations(result: Result) -> list[NewObservation]:
    return [
        NewObservation(
            attribute=finding.attribute,
            value=finding.value,
            source=finding.source,
            confidence=finding.confidence,
            provider=provider,
            subject=finding.subject,
        )
        for provider, finding in result.findings
    ]
