from typing import Any

from forms_engine.schema import localise, parse_definition
from forms_engine.schema.public import logic, public_definition
from tests.forms_engine.documents import demo_document, document, email, field

CHOICES = [{"value": 1, "label": "One"}, {"value": 2, "label": "Two"}]


def logic_of(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    """What the browser is told of each field but the e-mail."""
    told: list[dict[str, Any]] = logic(parse_definition(document(*fields)))["steps"][0]["fields"][1:]
    return told


def test_what_has_its_default_is_left_out() -> None:
    assert logic_of(field("x", "number")) == [{"key": "x", "type": "number"}]


def test_the_browser_is_told_what_it_checks() -> None:
    told = logic_of(field("x", "number", required=True, min=0, max=9, whole=True, messages={"required": "Please"}))

    bounds = {"min": 0, "max": 9, "whole": True}
    assert told == [{"key": "x", "type": "number", "required": True, **bounds, "messages": {"required": "Please"}}]


def test_the_browser_is_told_of_dates_and_ticks_by_the_same_names() -> None:
    texts = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]

    told = logic_of(field("x", "date", min="today"), field("y", "checkboxes", choices=texts, max_choices=1))

    assert [(item.get("min"), item.get("max")) for item in told] == [("today", None), (None, 1)]


def test_the_browser_is_told_which_choices_are_numbers() -> None:
    assert logic_of(field("x", "select", choices=CHOICES))[0]["numeric"] is True


def test_the_browser_is_told_conditions_as_they_were_written() -> None:
    condition = {"x": {"$exists": True}}

    assert logic_of(field("x"), field("y", visible_when=condition))[1]["when"] == condition


def test_the_browser_is_told_the_ways_of_a_step() -> None:
    gate = {"when": {"email": {"$exists": False}}, "ending": "no"}
    step = {"key": "one", "fields": [email()], "gates": [gate], "jumps": [{"when": {}, "to": "end"}]}

    told = logic(parse_definition(document(steps=[step], endings=[{"key": "no", "title": "No"}])))["steps"][0]

    assert (told["gates"], told["jumps"]) == ([[gate["when"], "no"]], [[{}, "end"]])


def test_countries_with_regions_are_told_where_a_region_is_asked() -> None:
    with_region = logic(parse_definition(document(field("c", "country"), field("r", "region"))))

    assert "DE" in with_region["countries_with_regions"].split()
    assert "countries_with_regions" not in logic(parse_definition(document()))


def test_words_are_those_of_the_language() -> None:
    definition = localise(parse_definition(document(translations={"ar": {}})), "ar")

    assert logic(definition)["words"]["step_of"] == "الخطوة {number} من {total}"


def test_words_are_only_those_that_the_browser_comes_to_say() -> None:
    said = logic(parse_definition(document()))["words"]

    assert "email_syntax" in said
    assert {"too_low", "email_free", "done_parked"}.isdisjoint(said)


def test_callers_are_not_told_what_answers_are_for() -> None:
    told = str(public_definition(parse_definition(demo_document())))

    assert "maps_to" not in told
    assert "decision" not in told


def test_callers_read_the_form_as_it_is_written() -> None:
    told = public_definition(parse_definition(demo_document()))

    assert [step["title"] for step in told["steps"]] == ["About you", "Your company", "One last thing"]
    assert told["endings"] == [
        {"key": "success", "kind": "message", "title": "Thank you!", "message": "We read every request."}
    ]


def test_callers_are_told_the_direction_of_the_language() -> None:
    definition = localise(parse_definition(document(translations={"ar": {}})), "ar")

    assert (public_definition(definition)["language"], public_definition(definition)["direction"]) == ("ar", "rtl")
