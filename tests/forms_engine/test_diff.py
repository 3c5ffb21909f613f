"""What changed between two versions, in plain words."""

import copy
from typing import Any

import pytest

from forms_engine.schema import parse_definition
from forms_engine.schema.diff import differences
from tests.forms_engine.documents import demo_document, document, field


def told(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [change.text for change in differences(parse_definition(old), parse_definition(new))]


def edited(**changes: Any) -> dict[str, Any]:
    """The demo document with the employees field changed."""
    new = demo_document()
    new["steps"][1]["fields"][1].update(changes)
    return new


def test_nothing_is_told_where_nothing_changed():
    assert told(demo_document(), demo_document()) == []


def test_a_new_field_is_told_with_its_step():
    new = demo_document()
    new["steps"][2]["fields"].insert(0, field("team", required=True))
    assert told(demo_document(), new) == [
        "“Team” (team) is asked, as a required field, in the step “One last thing” (last)."
    ]


def test_a_field_that_is_gone_is_told():
    new = demo_document()
    del new["steps"][2]["fields"][0]
    assert told(demo_document(), new) == ["“Message” (message) is not asked any more."]


def test_a_renamed_field_keeps_its_identity():
    assert told(demo_document(), edited(key="headcount", id="employees")) == [
        "“Employees” (headcount) was renamed from employees to headcount."
    ]


def test_a_field_in_another_step_has_moved():
    new = demo_document()
    new["steps"][2]["fields"].insert(0, new["steps"][1]["fields"].pop(1))
    (text,) = told(demo_document(), new)
    assert text.startswith("“Employees” (employees) moved to the step “One last thing” (last)")
    assert text.endswith("(it was in the step “Your company” (company)).")


def test_only_the_field_that_moved_is_said_to_have_moved():
    fields = [field(name) for name in ("one", "two", "three", "four")]
    moved = [fields[3], *fields[:3]]
    assert told(document(*fields), document(*moved)) == ["“Four” (four) comes at another place in its step."]


def test_what_only_follows_a_new_field_has_not_moved():
    assert told(document(field("two")), document(field("one"), field("two"))) == [
        "“One” (one) is asked in the step one."
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"label": "Headcount"}, "“Headcount” (employees): its label is now “Headcount” (it was “Employees”)."),
        ({"required": False}, "“Employees” (employees) is optional now."),
        ({"min": 10}, "“Employees” (employees): the lowest number is now 10 (it was 1)."),
        ({"max": 99}, "“Employees” (employees): the highest number is now 99 (there was none)."),
        ({"help": "Roughly."}, "“Employees” (employees): its help is now “Roughly.” (there was none)."),
        ({"visible_when": {"country": "AT"}}, "it was if Country is Germany"),
        ({"maps_to": None}, "the lead attribute it gives is gone (it was “employees”)"),
    ],
)
def test_what_changed_in_a_field_is_said(changes, text):
    (change,) = told(demo_document(), edited(**changes))
    assert text in change


def test_a_condition_taken_away_is_said():
    new = demo_document()
    del new["steps"][1]["fields"][1]["visible_when"]
    (change,) = told(demo_document(), new)
    assert change == "“Employees” (employees): when it is asked is gone (it was if Country is Germany)."


def choices(*values: str) -> dict[str, Any]:
    return document(field("team", "select", choices=[{"value": value, "label": value.title()} for value in values]))


def test_choices_that_come_go_and_move_are_told():
    assert told(choices("a", "b", "x", "c"), choices("c", "a", "b", "d")) == [
        "“Team” (team): the choice “D” is new.",
        "“Team” (team): the choice “X” is gone.",
        "“Team” (team): the choice “C” comes at another place.",
    ]


def test_steps_are_told_by_their_titles():
    new = demo_document()
    new["steps"][0]["title"] = "You"
    new["steps"].append({"key": "more", "title": "More", "fields": [field("more")]})
    assert told(demo_document(), new) == [
        "The step “More” (more) is new.",
        "The step “You” (you): its title is now “You” (it was “About you”).",
        "“More” (more) is asked in the step “More” (more).",
    ]


def test_jumps_are_told_in_words():
    new = demo_document()
    new["steps"][0]["jumps"] = [{"when": {"full_name": "Jo"}, "to": "last"}]
    assert told(demo_document(), new) == [
        "The step “About you” (you): where it jumps is now: to the step last if Full name is Jo (it was: nowhere)."
    ]


def test_texts_of_the_form_and_its_ending_are_told():
    new = {**demo_document(), "title": "See it"}
    new["success"] = {"title": "Thanks!", "message": "We read every request."}
    first, second = told(demo_document(), new)
    assert first == "The title is now “See it” (it was “Book a demo”)."
    assert second.endswith("its title is now “Thanks!” (it was “Thank you!”).")


def test_a_translation_is_told_by_language_and_count():
    new = copy.deepcopy(demo_document())
    new["translations"] = {"de": {"title": "Demo buchen"}}
    assert told(demo_document(), new) == ["The form speaks de now."]
    newer = {**new, "translations": {"de": {"title": "Demo ansehen", "intro": "Mit Ihren Zahlen."}}}
    assert told(new, newer) == ["The translation de: 2 texts changed."]
