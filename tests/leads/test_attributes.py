import pytest

from leads.attributes import ATTRIBUTES, is_personal


@pytest.mark.parametrize("key", ["email", "full_name", "phone", "job_title", "message"])
def test_what_tells_of_a_human_is_personal(key):
    assert is_personal(key)


@pytest.mark.parametrize("key", ["country", "employees", "seniority", "intent", "language"])
def test_what_tells_of_a_company_or_a_wish_is_not_personal(key):
    assert not is_personal(key)


def test_an_unknown_attribute_counts_as_personal():
    assert is_personal("shoe_size")


def test_nothing_about_a_company_is_personal():
    assert not [spec.key for spec in ATTRIBUTES.values() if spec.subject == "company" and spec.personal]


def test_each_attribute_is_listed_under_its_own_key():
    assert all(spec.key == key for key, spec in ATTRIBUTES.items())
