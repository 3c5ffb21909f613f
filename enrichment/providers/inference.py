"""Infers what an address and a phone number give away, without asking anybody. Pure."""

from collections.abc import Iterator, Sequence

import phonenumbers

from enrichment.normalise import to_country
from enrichment.providers.base import Finding, Subject
from leads.identity import is_free_mail

# Country codes that the world uses for their sound or their price; an address there says nothing of a country.
GENERIC_COUNTRY_CODES = frozenset(
    {
        "ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "cm", "co", "cx", "dj", "fm", "gg", "gl", "gs", "hm", "im", "io", "is",
        "la", "ly", "md", "me", "ms", "mu", "nu", "pw", "sc", "sh", "so", "st", "tc", "to", "tv", "vc", "vg", "ws",
        "cf", "ga", "gq", "ml", "tk",  # were given away to anybody
        "eu", "su",  # aren't countries
    }
)  # fmt: skip
PHONE_CONFIDENCE = 0.8
DOMAIN_CONFIDENCE = 0.6


class InferenceProvider:
    key = "inference"
    supplies = frozenset({"country", "free_mail"})

    def lookup(self, subject: Subject) -> Sequence[Finding]:
        return tuple(_findings(subject))


def _findings(subject: Subject) -> Iterator[Finding]:
    # A domain that stands for a company (COMPANY_MAIL_DOMAINS) is none, whatever the list says.
    free = subject.company_domain is None and is_free_mail(subject.email_domain)
    yield Finding("free_mail", free, 1.0, subject="person", source="inferred")
    country = country_of_phone(subject.phone)
    if country:
        yield Finding("country", country, PHONE_CONFIDENCE, subject="person", source="inferred")
    country = country_of_domain(subject.email_domain)
    if country:
        yield Finding("country", country, DOMAIN_CONFIDENCE, subject="person", source="inferred")


def country_of_phone(phone: str | None) -> str | None:
    """The country of a number in international form; None where the number isn't valid or is nobody's (+800)."""
    if not phone:
        return None
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return to_country(phonenumbers.region_code_for_number(number) or "")


def country_of_domain(domain: str) -> str | None:
    """The country of a country-code top-level domain, unless the world uses that code for its sound or its price."""
    suffix = domain.rpartition(".")[2].lower()
    if len(suffix) != 2 or suffix in GENERIC_COUNTRY_CODES:
        return None
    return to_country(suffix)
