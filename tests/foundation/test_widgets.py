"""Lists, labels and values typed as people have them."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from foundation.widgets import (
    MOST_PROBLEMS,
    CheckedTextsField,
    JsonOrTextField,
    LabelledLinesField,
    LinesField,
    SearchableSelect,
    zones,
)

COUNTRIES = {"DE": "Germany", "AT": "Austria", "BO": "Bolivia, Plurinational State of"}


def countries() -> LinesField:
    return LinesField(required=False, choices=lambda: COUNTRIES)


def problems(field, text) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        field.clean(text)
    return refused.value.messages


@pytest.mark.parametrize(
    "text", ["DE\nAT", "germany\r\nAustria\n", "DE, AT", "DE;AT\tDE", '["DE", "AT"]', "Germany\n\n at "]
)
def test_a_list_is_read_by_name_and_code_however_it_is_parted(text):
    assert countries().clean(text) == ["DE", "AT"]


def test_unknown_entries_are_named_with_their_line():
    assert problems(countries(), "DE\nGermny, Atlantis") == [
        "Line 2: “Germny” is not known.",
        "Line 2: “Atlantis” is not known.",
    ]


def test_only_the_first_of_many_problems_are_listed():
    assert problems(countries(), "\n".join(f"x{n}" for n in range(40)))[MOST_PROBLEMS:] == ["30 more lines like these."]


def test_without_choices_a_line_may_hold_any_sign():
    assert LinesField().clean("student, or pupil\nspam\nspam") == ["student, or pupil", "spam"]


@pytest.mark.parametrize("text", ["", " \n", "null", "[]"])
def test_nothing_typed_is_an_empty_list(text):
    assert LinesField(required=False).clean(text) == []


@pytest.mark.parametrize("text", ["{}", "a\x00b", '["a\\u0000"]', "[1]", '[""]', "[", '["a", NaN]', '["\\ud800"]'])
def test_what_no_list_of_texts_is_is_refused(text):
    assert problems(LinesField(), text)


def test_a_stored_list_is_shown_one_a_line():
    assert countries().prepare_value(["DE", "BO"]) == "DE\nBO"


def test_what_lines_cannot_say_is_shown_as_json_and_read_back():
    stored = ["two\nlines", "[x"]
    shown = LinesField().prepare_value(stored)
    assert LinesField().clean(shown) == stored


def test_the_choices_come_with_the_box_and_far_ones_by_address():
    many = {f"R-{n}": f"Region {n}" for n in range(500)}
    form = forms.Form({"a": "", "b": ""})
    form.fields["a"] = countries()
    form.fields["b"] = LinesField(choices=lambda: many, source=lambda: "/regions/")
    assert '"Germany"' in form["a"].field.widget.build_attrs({})["data-choices"]
    assert form["b"].field.widget.build_attrs({})["data-source"] == "/regions/"


@pytest.mark.parametrize(
    "text",
    ["gold = Gold\nnone", "gold\tGold\nnone\tnone\n", '{"gold": "Gold", "none": "none"}', " gold=Gold \n\nnone="],
)
def test_values_with_labels_are_read_a_line_each(text):
    assert LabelledLinesField().clean(text) == {"gold": "Gold", "none": "none"}


def test_a_value_that_stands_twice_and_a_label_alone_are_named():
    assert problems(LabelledLinesField(), "a = A\na = B\n= C") == [
        "Line 2: “a” stands there twice.",
        "Line 3: there is no value before the label; write gold = Gold.",
    ]


@pytest.mark.parametrize("stored", [{"gold": "Gold"}, {"a=b": "x"}, {"a": "b\nc"}, {" a": "A"}, {}])
def test_labels_are_shown_so_that_they_read_back(stored):
    field = LabelledLinesField(required=False)
    assert field.clean(field.prepare_value(stored)) == stored


@pytest.mark.parametrize(
    ("text", "value"), [("demo", "demo"), ("3", 3), ('"3"', "3"), ("true", True), ('["a"]', ["a"]), ("", None)]
)
def test_a_value_needs_no_quotes_unless_it_would_be_something_else(text, value):
    field = JsonOrTextField(required=False)
    assert field.clean(text) == value
    assert field.clean(str(field.prepare_value(value))) == value


@pytest.mark.parametrize("text", ["[", '{"a"', '"a', "a\x00", '"\\u0000"'])
def test_a_value_that_was_begun_as_json_must_be_json(text):
    assert problems(JsonOrTextField(), text)


def test_only_known_texts_can_be_ticked():
    field = CheckedTextsField(choices=[("owned", "Owned")])
    assert field.clean(["owned"]) == ["owned"]
    assert problems(field, ["stolen"])


def test_a_stored_value_that_is_no_option_stays_one():
    html = SearchableSelect(lambda: [("a", "A")]).render("x", "gone")
    assert '<option value="gone" selected>gone</option>' in html


def test_time_zones_are_offered_by_their_places():
    assert ("America/New_York", "America/New York") in zones()
    assert zones()[0] == ("UTC", "UTC")
