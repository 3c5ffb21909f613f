"""Postal areas, working hours and a golden lead's inputs, typed without JSON."""

import pytest
from django.core.exceptions import ValidationError

from routing.contract import Contract
from routing.form_fields import HoursField, InputsField, PostalAreasField, read_input

CONTRACT = Contract.from_document(
    [
        {"key": "country", "label": "Country", "type": "string", "vocabulary": "countries"},
        {"key": "region", "label": "Region", "type": "string", "vocabulary": "regions"},
        {"key": "employees", "label": "Employees", "type": "number"},
        {"key": "partner", "label": "Partner", "type": "boolean"},
        {"key": "topics", "label": "Topics", "type": "list", "choices": {"a": "Alpha", "b": "Beta"}},
        {"key": "city", "label": "City", "type": "string"},
    ]
)


def problems(field, value) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        field.clean(value)
    return refused.value.messages


@pytest.mark.parametrize(
    "text", ["DE 80\nDE 81..86", "de  80, DE 81..86", "DE 80;DE 81..86;DE 80", '["DE 80", "DE 81..86"]']
)
def test_postal_areas_are_read_however_they_are_parted(text):
    assert PostalAreasField().clean(text) == ["DE 80", "DE 81..86"]


def test_a_wrong_postal_area_is_named_with_its_line():
    first, second = problems(PostalAreasField(), "DE 80\n80331\nDE 9..1")
    assert first.startswith("Line 2: '80331' is not a postal area; write")
    assert second == "Line 3: 'DE 9..1' ends before it begins"


WEEK = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 09:00-12:00, 13:00-17:00",
        "monday – friday: 9-12; 13-17",
        "Mon-Thu 9:00-12:00\nMon-Thu 13:00-17:00\nfri 9-12, 13-17",
    ],
)
def test_hours_are_read_by_day_and_by_span_of_days(text):
    assert HoursField().clean(text) == WEEK


def test_midnight_at_the_end_is_the_end_of_the_day():
    assert HoursField().clean("Sat 22:00-00:00") == {"sat": ["22:00-24:00"]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Mon 9-17\nMoonday 9-17", "Line 2: 'Moonday' is not a weekday"),
        ("Mon", "Line 1: 'Mon' has no times"),
        ("Fri-Mon 9-17", "Line 1: 'Fri-Mon 9-17' ends before it begins"),
        ("Mon 9", "Line 1: '9' is not a span"),
        ("Mon 17-9", "mon: 17:00-09:00 ends before it begins"),
        ("Mon 9-17, 16-18", "mon: two spans overlap"),
        ("Mon 25-26", "mon: '25:00-26:00' is not a span"),
        ("at noon", "Line 1: 'at' is not a weekday"),
        ("!", "Line 1: '!' is no working time"),
    ],
)
def test_what_no_hours_are_is_said_in_words(text, problem):
    assert problems(HoursField(), text)[0].startswith(problem)


def test_stored_hours_are_shown_a_line_for_each_day():
    assert HoursField().prepare_value({"tue": ["09:00-17:00"], "mon": ["10:00-24:00"]}) == (
        "Mon 10:00-24:00\nTue 09:00-17:00"
    )


def inputs() -> InputsField:
    return InputsField(contract=CONTRACT)


def test_inputs_are_typed_field_by_field():
    typed = ["germany", "US-CA", "1,200", "true", "Alpha\nb", " Bonn ", ""]
    assert inputs().clean(typed) == {
        "country": "DE", "region": "US-CA", "employees": 1200, "partner": True, "topics": ["a", "b"], "city": "Bonn",
    }  # fmt: skip


def test_other_programs_may_send_the_document():
    sent = inputs().widget.value_from_datadict({"inputs": '{"country": "DE"}'}, {}, "inputs")
    assert inputs().clean(sent) == {"country": "DE"}


def test_what_is_shown_reads_back_with_nothing_lost():
    stored = {"country": "DE", "employees": 1.5, "partner": False, "topics": ["b"], "city": " x ", "gone": [1, {}]}
    assert inputs().clean(inputs().widget.decompress(stored)) == stored


def test_what_the_contract_does_not_have_is_shown_apart():
    html = inputs().widget.render("inputs", {"gone": 1})
    assert "{&quot;gone&quot;: 1}" in html
    assert (
        "Other inputs"
        not in inputs().widget.render("inputs", {"city": "Bonn"}).replace("<div hidden>", "<!--").split("<!--")[0]
    )


def test_a_wrong_input_is_named_by_its_label():
    assert problems(inputs(), ["Germny", "", "many", "maybe", "c", "", "["])
    named = problems(inputs(), ["Germny", "", "many", "maybe", "c", "", ""])
    assert [problem.split(":")[0] for problem in named] == ["Country", "Employees", "Partner", "Topics"]


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "9" * 400])
def test_a_number_beyond_all_bounds_is_none(text):
    assert problems(inputs(), ["", "", text, "", "", "", ""]) == ["Employees: this is not a number."]


@pytest.mark.parametrize(
    ("text", "number"), [("1,200", 1200), ("-1 200 000.5", -1200000.5), ("12,345,678", 12345678), ("1.5", 1.5)]
)
def test_thousands_may_be_set_apart(text, number):
    assert read_input(CONTRACT.by_key["employees"], text) == number


@pytest.mark.parametrize("text", ["1,5", "1,50", "1,2000", "1 200,5", "1,200 000", ",5", "1.000,5"])
def test_a_comma_that_parts_no_thousands_is_refused(text):
    assert problems(inputs(), ["", "", text, "", "", "", ""]) == [
        "Employees: this is not a number; write 1.5 or 1,500."
    ]
