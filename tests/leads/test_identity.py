import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads import identity
from leads.errors import EmailInvalid
from leads.identity import company_domain_of, is_disposable, is_free_mail, normalise_email, registrable_domain

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    ("typed", "known_as"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("  Ann.Lee@ACME.Example \n", "ann.lee@acme.example"),
        ("ann+demo@acme.example", "ann+demo@acme.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("Jürgen@acme.example", "jürgen@acme.example"),
    ],
)
def test_an_address_has_one_normal_form(typed, known_as):
    assert normalise_email(typed) == known_as


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "ann@",
        "@acme.example",
        "ann@acme",
        "ann@@acme.example",
        "ann lee@acme.example",
        "Ann <ann@acme.example>",
    ],
)
def test_what_is_not_an_address_is_refused(typed):
    with pytest.raises(EmailInvalid):
        normalise_email(typed)


@pytest.mark.parametrize(
    "typed", ["ann@localhost", "ann@printer.local", "ann@erased.invalid", f"{'a' * 400}@acme.example"]
)
def test_an_address_no_mail_could_reach_is_refused(typed):
    with pytest.raises(EmailInvalid):
        normalise_email(typed)


def test_a_refusal_does_not_repeat_the_address():
    with pytest.raises(EmailInvalid) as refusal:
        normalise_email("secret-name@@acme.example")
    assert "secret" not in refusal.value.message


@given(local=st.text(LETTERS, min_size=1, max_size=30), domain=st.text(LETTERS, min_size=1, max_size=30))
def test_normalising_twice_changes_nothing(local, domain):
    once = normalise_email(f"{local}@{domain}.example")
    assert normalise_email(once) == once


# Of what decides about an address: cases, digits, signs, dots, hyphens, what isn't ASCII, and reserved domains.
PIECES = [*"aZ09.-_+'@ ", "..", "--", "xn--", "é", "\u212a", "ı", "a" * 62, ".test", ".local", ".example", ".com", ".c"]


@given(
    local=st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    domain=st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    end=st.sampled_from([".com", ".example", ".co.uk", ".onion", ".x1", ""]),
)
def test_a_plain_address_is_what_the_library_makes_of_it(local, domain, end):
    address = f"{local}@{domain}{end}"
    assert outcome(normalise_email, address) == outcome(identity._normalised_by_library, address)


def outcome(read, text):
    try:
        return read(text.strip())
    except EmailInvalid:
        return None


@pytest.mark.parametrize(
    ("given_as", "domain"),
    [
        ("ann@mail.eu.acme.com", "acme.com"),
        ("www.acme.co.uk", "acme.co.uk"),
        ("ACME.COM.", "acme.com"),
        ("https://www.acme.com/about", "acme.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("ann@straße.de", "xn--strae-oqa.de"),
        ("mail.eu.acme.example", "acme.example"),
        ("http://www.acme.brandnewtld:8080/", "acme.brandnewtld"),
        ("co.uk", None),
        ("192.0.2.7", None),
        ("[2001:db8::1]", None),
        ("example", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_a_company_is_known_by_its_registrable_domain(given_as, domain):
    assert registrable_domain(given_as) == domain


def test_address_and_website_of_a_company_lead_to_the_same_domain():
    assert registrable_domain(normalise_email("ann@Bücher.de")) == registrable_domain("www.bücher.de")


def test_a_disposable_domain_is_not_called_free_mail_too():
    assert is_disposable("mailinator.com")
    assert not is_free_mail("mailinator.com")


def test_free_mail_is_recognised_in_any_case():
    assert is_free_mail("GMail.com")
    assert not is_free_mail("acme.com")


@pytest.mark.parametrize("email", ["ann@gmail.com", "ann@mailinator.com", "ann@sub.mailinator.com"])
def test_free_and_disposable_mail_stand_for_no_company(email):
    assert company_domain_of(email) is None


def test_a_listed_company_overrules_the_lists():
    assert company_domain_of("ann@gmail.com", known_companies=["gmail.com"]) == "gmail.com"
