"""Documents typed into a box: what JSON doesn't know is refused, and shown again as it was typed."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from experiments.models import Experiment
from foundation.fields import ConditionField, JsonTextField
from foundation.strict_json import parse_strictly

DEEP = "[" * 100_000 + "]" * 100_000
NOT_JSON = [
    pytest.param("{", id="cut off"),
    pytest.param('{"a": NaN}', id="not a number"),
    pytest.param('{"a": 1e999}', id="infinite"),
    pytest.param('{"a": 1, "a": 2}', id="repeated key"),
    pytest.param('"\\ud800"', id="lone surrogate"),
    pytest.param(DEEP, id="nested deeply"),
]


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_strictly(text)


@pytest.mark.parametrize(("text", "number"), [("5.0", 5), ("5.5", 5.5), ("1e3", 1000)])
def test_whole_numbers_have_one_form(text: str, number: float) -> None:
    assert repr(parse_strictly(text)) == repr(number)


@pytest.mark.parametrize("text", NOT_JSON)
def test_a_box_refuses_it_too(text: str) -> None:
    with pytest.raises(ValidationError, match="not valid JSON"):
        JsonTextField().clean(text)


def test_a_box_refuses_what_postgresql_cannot_store() -> None:
    with pytest.raises(ValidationError, match="null character"):
        JsonTextField().clean('"a\\u0000b"')


def test_an_empty_box_means_what_its_field_says() -> None:
    assert JsonTextField(empty=dict, required=False).clean(" ") == {}
    assert JsonTextField(required=False).clean("") is None


@pytest.mark.parametrize(("empty", "text"), [(dict, "[]"), (list, "{}"), (list, '"DE"'), (dict, "1")])
def test_a_box_of_a_list_or_an_object_takes_nothing_else(empty, text: str) -> None:
    with pytest.raises(ValidationError, match=r"must be an? (list|object)"):
        JsonTextField(empty=empty, required=False).clean(text)


def test_null_is_an_empty_box() -> None:
    assert JsonTextField(empty=list, required=False).clean("null") == []


class Box(forms.Form):
    document = JsonTextField()


@pytest.mark.parametrize("text", ["{", DEEP, '{"a": NaN}'])
def test_what_was_refused_is_shown_again_as_typed(text: str) -> None:
    assert str(Box({"document": text})["document"].value()) == text


@pytest.mark.parametrize("document", [None, [], "", 0, False])
def test_nothing_but_an_object_is_a_condition(document: object) -> None:
    with pytest.raises(ValidationError):
        ConditionField().clean(document, None)


@pytest.mark.django_db
def test_an_emptied_condition_box_means_everybody() -> None:
    form = forms.modelform_factory(Experiment, fields=["segment"])({"segment": ""})
    assert "segment" not in form.errors
    assert form.cleaned_data["segment"] == {}


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["[]", '""', DEEP])
def test_a_condition_box_refuses_what_only_looks_empty(text: str) -> None:
    form = forms.modelform_factory(Experiment, fields=["segment"])({"segment": text})
    assert "segment" in form.errors
