from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from enrichment import registry
from enrichment.errors import EnrichmentError, PermanentProviderError, RetryableProviderError
from enrichment.providers.base import Finding, Subject
from enrichment.services.enrich import ProviderFailure, Result, as_observations, find

ANN = Subject(email_domain="acme.com", company_domain="acme.com")
WANTED = frozenset({"employees"})
TEN = Finding("employees", 10, 0.9, subject="company", source="enrichment")


@dataclass
class FakeProvider:
    """Stands at the edge, where a vendor would."""

    answer: Callable[[], Sequence[Finding]] = lambda: (TEN,)
    key: str = "fake"
    supplies: frozenset[str] = WANTED
    asked: list[Subject] = field(default_factory=list)

    def lookup(self, subject: Subject) -> Sequence[Finding]:
        self.asked.append(subject)
        return self.answer()


def failing(error: Exception) -> FakeProvider:
    def fail() -> Sequence[Finding]:
        raise error

    return FakeProvider(answer=fail, key="broken")


def ask(*providers: FakeProvider, wanted: frozenset[str] = WANTED) -> Result:
    return find(subject=ANN, wanted=wanted, providers=providers)


def test_a_finding_carries_the_provider_s_key():
    assert ask(FakeProvider()) == Result(findings=(("fake", TEN),))


def test_a_provider_is_told_whom_to_look_up():
    provider = FakeProvider()
    ask(provider)
    assert provider.asked == [ANN]


def test_a_provider_that_supplies_nothing_wanted_is_not_asked():
    provider = FakeProvider(supplies=frozenset({"country"}))
    assert ask(provider) == Result(findings=())
    assert provider.asked == []


def test_what_a_provider_says_besides_is_kept():
    country = Finding("country", "DE", 0.9, subject="company", source="enrichment")
    assert ask(FakeProvider(answer=lambda: (TEN, country))).findings == (("fake", TEN), ("fake", country))


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (RetryableProviderError("down"), ProviderFailure("broken", "provider_unavailable", retryable=True)),
        (PermanentProviderError("no"), ProviderFailure("broken", "provider_refused", retryable=False)),
        (EnrichmentError("hm"), ProviderFailure("broken", "enrichment_error", retryable=True)),
        (KeyError("x"), ProviderFailure("broken", "unexpected:KeyError", retryable=True)),
    ],
)
def test_a_provider_that_fails_is_named_and_does_not_stop_the_others(error, failure):
    result = ask(failing(error), FakeProvider())
    assert (result.failures, result.findings) == ((failure,), (("fake", TEN),))


def test_a_vendor_s_surprise_is_logged_without_its_text(caplog):
    ask(failing(ValueError("ann@acme.com is unknown")))
    assert "broken failed: ValueError" in caplog.text
    assert "ann@acme.com" not in caplog.text


def test_findings_become_observations_with_their_source():
    (observation,) = as_observations(Result(findings=(("fake", TEN),)))
    assert (observation.attribute, observation.value, observation.confidence) == ("employees", 10, 0.9)
    assert (observation.source, observation.provider, observation.subject) == ("enrichment", "fake", "company")


def test_data_is_asked_before_anything_is_inferred():
    assert [provider.key for provider in registry.active_providers()] == ["dataset", "inference"]


def test_a_room_above_may_add_a_provider(monkeypatch):
    monkeypatch.setattr(registry, "_providers", {})
    provider = FakeProvider()
    registry.register_provider(provider)
    assert find(subject=ANN, wanted=WANTED).findings == (("fake", TEN),)
