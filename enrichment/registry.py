"""The providers in use, in the order they are asked."""

from enrichment.providers.base import Provider
from enrichment.providers.dataset import DatasetProvider
from enrichment.providers.inference import InferenceProvider

_providers: dict[str, Provider] = {provider.key: provider for provider in (DatasetProvider(), InferenceProvider())}


def register_provider(provider: Provider) -> None:
    """Rooms above register theirs at start-up (a CRM's owner look-up, say)."""
    _providers[provider.key] = provider


def active_providers() -> tuple[Provider, ...]:
    return tuple(_providers.values())
