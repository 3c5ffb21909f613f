import pytest

from enrichment.providers.base import Subject
from enrichment.providers.dataset import DatasetProvider
from enrichment.providers.inference import (
    GENERIC_COUNTRY_CODES,
    InferenceProvider,
    country_of_domain,
    country_of_phone,
)
from tests.enrichment.factories import DatasetFactory, RecordFactory


def looked_up(domain: str | None) -> dict[str, tuple[object, float]]:
    found = DatasetProvider().lookup(Subject(email_domain=domain or "gmail.com", company_domain=domain))
    assert {(finding.subject, finding.source) for finding in found} <= {("company", "enrichment")}
    return {finding.attribute: (finding.value, finding.confidence) for finding in found}


def inferred(email_domain: str, *, company_domain: str | None = None, phone: str | None = None) -> list[tuple]:
    found = InferenceProvider().lookup(Subject(email_domain, company_domain=company_domain, phone=phone))
    assert {(finding.subject, finding.source) for finding in found} == {("person", "inferred")}
    return [(finding.attribute, finding.value, finding.confidence) for finding in found]


@pytest.mark.django_db
def test_a_dataset_says_what_it_knows_with_its_confidence():
    RecordFactory(domain="acme.com", attributes={"employees": 10}, dataset__confidence=0.7)
    assert looked_up("acme.com") == {"employees": (10, 0.7)}


@pytest.mark.django_db
def test_a_company_nobody_knows_is_no_error():
    assert looked_up("acme.com") == {}


@pytest.mark.django_db
def test_of_two_datasets_the_higher_priority_wins_attribute_by_attribute():
    RecordFactory(domain="acme.com", attributes={"employees": 10, "industry": "media"}, dataset__priority=1)
    RecordFactory(domain="acme.com", attributes={"employees": 99, "country": "DE"}, dataset__priority=5)
    assert {name: value for name, (value, _) in looked_up("acme.com").items()} == {
        "employees": 99,
        "country": "DE",
        "industry": "media",
    }


@pytest.mark.django_db
def test_of_two_datasets_of_one_priority_the_older_wins():
    older, newer = DatasetFactory(), DatasetFactory()
    RecordFactory(domain="acme.com", attributes={"employees": 99}, dataset=newer)
    RecordFactory(domain="acme.com", attributes={"employees": 10}, dataset=older)
    assert looked_up("acme.com") == {"employees": (10, 0.9)}


@pytest.mark.django_db
def test_a_dataset_that_is_off_says_nothing():
    RecordFactory(domain="acme.com", attributes={"employees": 10}, dataset__enabled=False)
    assert looked_up("acme.com") == {}


@pytest.mark.django_db
def test_free_mail_is_not_looked_up(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert looked_up(None) == {}


@pytest.mark.django_db
def test_a_look_up_is_one_query(django_assert_num_queries):
    RecordFactory.create_batch(3, domain="acme.com", attributes={"employees": 10})
    with django_assert_num_queries(1):
        looked_up("acme.com")


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+49 30 23125 123", "DE"),
        ("+1 212 555 0123", "US"),
        ("+1 416 555 0123", "CA"),
        ("+44 20 7946 0123", "GB"),
        ("030 23125 123", None),
        ("+49 1", None),
        ("+800 1234 5678", None),
        ("call me", None),
        ("", None),
        (None, None),
    ],
)
def test_an_international_number_gives_its_country_away(phone, country):
    assert country_of_phone(phone) == country


@pytest.mark.parametrize(
    ("domain", "country"),
    [
        ("acme.de", "DE"),
        ("acme.co.uk", "GB"),
        ("ACME.FR", "FR"),
        ("acme.com", None),
        ("acme.xn--p1ai", None),
        ("acme.zz", None),
        ("localhost", None),
    ],
)
def test_a_country_code_domain_gives_its_country_away(domain, country):
    assert country_of_domain(domain) == country


@pytest.mark.parametrize("suffix", sorted(GENERIC_COUNTRY_CODES))
def test_a_country_code_used_for_its_sound_or_price_gives_nothing_away(suffix):
    assert country_of_domain(f"acme.{suffix}") is None


def test_phone_and_domain_are_both_said_and_the_phone_is_surer():
    assert inferred("acme.de", company_domain="acme.de", phone="+33 1 99 00 12 34") == [
        ("free_mail", False, 1.0),
        ("country", "FR", 0.8),
        ("country", "DE", 0.6),
    ]


def test_free_mail_is_told():
    assert inferred("gmail.com") == [("free_mail", True, 1.0)]


def test_free_mail_of_a_country_gives_the_country_away():
    assert ("country", "DE", 0.6) in inferred("web.de")


def test_a_domain_that_stands_for_a_company_is_not_free_mail():
    assert inferred("easypost.com", company_domain="easypost.com") == [("free_mail", False, 1.0)]


def test_throw_away_mail_is_not_called_free_mail():
    assert inferred("mailinator.com") == [("free_mail", False, 1.0)]
