"""Lists pasted on a page are read as the server reads what was typed without a script."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.texts import read_texts
from routing.form_fields import HoursField

CHOICES = {
    "DE": "Germany",
    "AT": "Austria",
    "BO": "Bolivia, Plurinational State of",
    "CI": "Côte d'Ivoire",
    "BE-L": "Limburg",
    "NL-L": "Limburg",
}
PAIRS = list(CHOICES.items())


@pytest.mark.parametrize(
    ("text", "values", "unknown", "repeated"),
    [
        ("DE\nAT", ["DE", "AT"], [], 0),
        ("germany, austria;de", ["DE", "AT"], [], 1),
        ("Germany\tAustria\r\nGermny\r\n", ["DE", "AT"], ["Germny"], 0),
        ("Bolivia, Plurinational State of, Germany", ["BO", "DE"], [], 0),
        ('"Bolivia, Plurinational State of"\n', ["BO"], [], 0),
        ("COTE D'IVOIRE", ["CI"], [], 0),
        ("Limburg, NL-L", ["NL-L"], ["Limburg"], 0),
        (" , ;\n\t", [], [], 0),
    ],
)
def test_names_and_codes_are_found_and_the_unknown_named(browser, text, values, unknown, repeated):
    found = browser.call("readPasted", text, PAIRS)
    assert found == {"values": values, "unknown": unknown, "repeated": repeated}
    server = read_texts(text, CHOICES)
    assert (list(server.values), [each.text for each in server.unknown]) == (values, unknown)


def test_what_was_there_before_is_repeated(browser):
    assert browser.call("readPasted", "DE,AT", PAIRS, ["AT"]) == {"values": ["DE"], "unknown": [], "repeated": 1}


def test_any_text_is_a_value_where_there_are_no_choices(browser):
    assert browser.call("readPasted", "a.example; b.example\na.example", None)["values"] == ["a.example", "b.example"]


pieces = st.sampled_from([*CHOICES, *CHOICES.values(), "Germny", "x", '"', " ", "germany", "Plurinational State of"])
lists = st.lists(pieces | st.sampled_from([",", ";", "\t", "\n", "\r\n"]), max_size=12).map("".join)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists, st.booleans())
def test_page_and_server_read_every_list_alike(browser, text, is_closed):
    page = browser.call("readPasted", text, PAIRS if is_closed else None)
    server = read_texts(text, CHOICES if is_closed else None)
    assert (page["values"], page["unknown"]) == (list(server.values), [each.text for each in server.unknown])


spans = st.sampled_from([["09:00-17:00"], ["00:00-24:00"], ["08:00-12:00", "13:00-17:30"]])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["mon", "tue", "fri", "sun"]), spans))
def test_the_weekly_grid_reads_and_writes_what_the_server_does(browser, week):
    text = HoursField().prepare_value(week)
    assert HoursField(required=False).clean(browser.call("rewriteWeek", text)) == week
