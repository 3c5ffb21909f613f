"""A configuration as text: strict, told with paths, and always the same text for the same configuration."""

import pytest
from hypothesis import given, settings

from config.configuration.document import ConfigurationInvalid, read, write
from tests.config.configurations import SMALL, configurations


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as refused:
        read(text)
    return [str(problem) for problem in refused.value.problems]


def small(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def test_defaults_are_filled_in():
    members = read(SMALL).entries("queues")["big"]["members"]
    assert (members["ada"]["weight"], members["ben"]["weight"], members["ben"]["cap_day"]) == (2, 1, 5)


def test_accounts_are_a_table():
    assert read(SMALL).entries("account_lists")["strategic"]["accounts"] == {
        "acme.com": {"company_name": "Acme Inc.", "owner": "ben"},
        "zeta.com": {"company_name": "Zeta, Works", "owner": None},
    }


@settings(max_examples=25, deadline=None)
@given(configurations())
def test_what_is_written_is_read_as_the_same(configuration):
    assert write(read(write(configuration))) == write(configuration)


@settings(max_examples=25, deadline=None)
@given(configurations())
def test_reading_gives_what_was_written(configuration):
    again = read(write(configuration))
    assert {key: again.entries(key) for key in again.sections} == dict(configuration.sections)


def test_a_section_that_is_left_out_is_not_an_empty_one():
    assert "rules" not in read("switchyard: 1\nreps: {}\n").sections


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("switchyard: 1", "switchyard: 2", "switchyard: must be 1"),
        ("brands: {}", "brand: {}", "brand: is not known here"),
        ("time_zone: Europe/Berlin", "zone: Europe/Berlin", "reps.ben.zone: is not known here"),
        ("{weight: 2}", "{weight: 1.5}", "queues.big.members.ada.weight: must be a whole number"),
        ("name: Ada, ", "", "reps.ada.name: is missing"),
        ("[DE, FR]", "[DE, NO]", "territories.emea.countries: must hold a text; put it in quotes"),
        ("key: dach", "key: emea", "territories.emea: stands here twice"),
        ("ben: {name", "7: {name", "reps.7: must have a text as its key"),
        ("queue: desk}", "queue: true}", "rules.rest.queue: must be a key; put it in quotes"),
        ("domain,company_name,owner", "domain,owner", "account_lists.strategic.accounts: must begin with the line"),
        ("zeta.com", "acme.com", "account_lists.strategic.accounts, line 3: acme.com stands here twice"),
        ("Acme Inc.,ben", "Acme Inc.", "account_lists.strategic.accounts, line 2: must have 3 cells"),
        ("name: EMEA", 'name: "EM\\0EA"', "The file holds a null character"),
        ("name: EMEA", 'name: "EM\\ud800EA"', "The file holds a null character or half a character"),
        ("reps:", "reps: []\nrops:", "reps: must be a mapping by key"),
        (
            "webhooks: {}",
            "webhooks: {x: {url: 'https://a.example', secret: abc}}",
            "webhooks.x.secret: must be `generate`",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(old, new, told):
    assert any(problem.startswith(told) for problem in problems(small(old, new)))


@pytest.mark.parametrize(
    "text", ["", "[]", "a: &x [1]\nb: *x", "{", "switchyard: 1\nreps: [", "switchyard: true", "\x00"]
)
def test_what_is_no_configuration_is_refused(text):
    assert problems(text)


def test_all_that_is_wrong_is_told_at_once():
    assert len(problems("switchyard: 1\nreps: {a: {}, b: {}}\n")) == 4


def test_a_version_that_the_file_lacks_is_refused():
    text = small("forms: {}", "forms: {demo: {name: Demo, brand: b, active: 3}}")
    assert problems(text) == ["forms.demo.active: there is no version 3 of the form in this file"]


def test_a_large_file_is_refused_unread():
    assert "larger than" in problems("#" * (21 * 1024 * 1024))[0]
