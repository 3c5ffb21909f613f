"""The search itself must find what hides, or the erase test proves nothing."""

import pytest

from tests.leads.factories import ObservationFactory, PersonFactory
from tests.leads.leftovers import leftovers

pytestmark = pytest.mark.django_db


def test_a_word_in_a_plain_column_is_found_whatever_its_case():
    person = PersonFactory(full_name="Ann Example")
    (found,) = leftovers("ann example")
    assert (found.table, found.column, found.row) == ("leads_person", "full_name", str(person.pk))


def test_a_word_deep_within_json_is_found_although_escaped():
    ObservationFactory(value={"lines": [{"said": "Grüße von Jürgen"}]})
    assert [found.column for found in leftovers("jürgen")] == ["value"]


def test_tables_of_other_apps_are_searched(admin_user):
    assert "auth_user" in {found.table for found in leftovers(admin_user.username)}


def test_nothing_is_found_where_nothing_is():
    PersonFactory(full_name="Ann Example")
    assert leftovers("quite another word", "") == []
