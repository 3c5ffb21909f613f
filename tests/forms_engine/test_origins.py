"""Which sites may show a form."""

import pytest
from django.core.exceptions import ValidationError

from forms_engine.models import Brand, Form
from forms_engine.origins import are_patterns, frame_ancestors, is_allowed

BRAND = Brand(name="Acme", allowed_domains=["acme.example"])


def form(*origins: str) -> Form:
    return Form(slug="demo", name="Demo", brand=BRAND, allowed_origins=list(origins))


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        ("https://www.example.com", "https://www.example.com", True),
        ("https://www.example.com", "HTTPS://WWW.EXAMPLE.COM", True),
        ("https://www.example.com", "https://www.example.com:443", True),
        ("https://www.example.com", "http://www.example.com", False),
        ("https://www.example.com", "https://www.example.com:8443", False),
        ("https://www.example.com", "https://example.com", False),
        ("https://www.example.com", "https://www.example.com.evil.example", False),
        ("https://*.example.com", "https://a.b.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://*.example.com", "https://evilexample.com", False),
        ("http://localhost:*", "http://localhost:3000", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://[::1]:3000", "http://[::1]:3000", True),
        ("https://bücher.example", "https://xn--bcher-kva.example", True),
        ("https://*.example.com", "https://*.example.com", False),
        ("http://localhost:*", "http://localhost:*", False),
        ("https://www.example.com", "null", False),
        ("https://www.example.com", "https://www.example.com/", False),
        ("https://www.example.com", "https://user@www.example.com", False),
        ("https://www.example.com", "\x00", False),
    ],
)
def test_an_origin_is_allowed_if_a_pattern_says_so(pattern: str, origin: str, allowed: bool) -> None:
    assert is_allowed(form(pattern), origin) is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://acme.example", True),
        ("https://www.acme.example", True),
        ("http://acme.example", False),
        ("https://notacme.example", False),
    ],
)
def test_the_brands_domains_are_allowed_by_https_with_all_below(origin: str, allowed: bool) -> None:
    assert is_allowed(form(), origin) is allowed


def test_our_own_pages_are_allowed() -> None:
    assert is_allowed(form(), "http://localhost:8000")


def test_the_same_list_says_who_may_frame_the_form() -> None:
    assert frame_ancestors(form("https://bücher.example")) == [
        "'self'",
        "https://xn--bcher-kva.example",
        "https://acme.example",
        "https://*.acme.example",
    ]


@pytest.mark.parametrize(
    "value",
    [
        ["example.com"],
        ["https://"],
        ["https://*"],
        ["https://a.example/path"],
        ["ftp://a.example"],
        ["*"],
        [5],
        "x",
        {},
    ],
    ids=str,
)
def test_what_is_no_list_of_origins_is_refused(value: object) -> None:
    assert not are_patterns(value)


def test_a_form_says_so_in_the_admin() -> None:
    with pytest.raises(ValidationError, match="list of origins"):
        form("https://a.example; script-src *").clean()
