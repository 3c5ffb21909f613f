"""What holds of every walk, over random forms and answers."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forms_engine.answers import answers_from_text, examine, usable_known
from forms_engine.schema import Definition, localise, parse_definition
from forms_engine.schema.public import logic, public_definition
from forms_engine.words.keys import SERVERS_REFUSALS
from tests.forms_engine.strategies import TODAY, Form, contexts, forms

FORMS = settings(max_examples=40, deadline=None)


def definition_of(form: Form) -> Definition:
    return parse_definition(form.document)


def walked(data: st.DataObject, form: Form) -> tuple[Definition, dict[str, Any], Any]:
    """(definition, what else the walk was given, what it found)"""
    definition = definition_of(form)
    given_too = {"context": data.draw(contexts()), "known": data.draw(form.known()), "today": TODAY}
    return definition, given_too, examine(definition, data.draw(form.answers()), **given_too)


@FORMS
@given(forms(), st.data())
def test_nothing_is_stored_of_a_field_that_is_neither_visible_nor_known(form: Form, data: st.DataObject) -> None:
    _, _, found = walked(data, form)

    assert found.answers.keys() <= {*found.visible, *found.known}


@FORMS
@given(forms(), st.data())
def test_only_fields_of_steps_on_the_path_are_visible_or_known(form: Form, data: st.DataObject) -> None:
    definition, _, found = walked(data, form)

    steps = {definition.index_of_step_with[key] for key in (*found.visible, *found.known)}

    assert steps <= set(found.path)


@FORMS
@given(forms(), st.data())
def test_a_walk_over_its_own_answers_finds_the_same(form: Form, data: st.DataObject) -> None:
    definition, raw, known = definition_of(form), data.draw(form.answers()), data.draw(form.known())
    found = examine(definition, raw, known=known, today=TODAY)
    refused = {key: raw[key] for key in found.codes if key in raw}
    asked = {key: value for key, value in found.answers.items() if key not in found.known}

    assert examine(definition, {**refused, **asked}, known=known, today=TODAY) == found


@FORMS
@given(forms(), st.data())
def test_what_is_sent_for_fields_that_are_not_visible_changes_nothing(form: Form, data: st.DataObject) -> None:
    definition = definition_of(form)
    raw = data.draw(form.answers())
    found = examine(definition, raw, today=TODAY)

    bare = examine(definition, {key: raw[key] for key in raw if key in found.visible}, today=TODAY)

    assert bare == found


@FORMS
@given(forms(), st.data())
def test_what_a_page_can_hold_is_refused_for_nothing_that_only_servers_see(form: Form, data: st.DataObject) -> None:
    definition = definition_of(form)
    known = usable_known(definition, data.draw(form.known()))

    found = examine(definition, data.draw(form.page_answers(known)), known=known, today=TODAY)

    assert {code for codes in found.codes.values() for code in codes}.isdisjoint(SERVERS_REFUSALS)


@FORMS
@given(forms(), st.data())
def test_what_is_usable_of_known_answers_is_all_that_counts(form: Form, data: st.DataObject) -> None:
    """Whatever is typed beside them, also what is refused: a refused answer may keep later steps away."""
    definition, typed = definition_of(form), data.draw(form.answers())
    given_too = {"context": data.draw(contexts()), "known": data.draw(form.known()), "today": TODAY}

    usable = usable_known(definition, given_too["known"])

    found = examine(definition, typed, **given_too)
    assert examine(definition, typed, **{**given_too, "known": usable}).known == found.known


@FORMS
@given(forms(), st.data())
def test_an_answer_changes_nothing_before_it(form: Form, data: st.DataObject) -> None:
    definition, raw = definition_of(form), data.draw(form.answers())
    whole = examine(definition, raw, today=TODAY)

    part = examine(definition, raw, today=TODAY, up_to_step=0)

    assert whole.visible[: len(part.visible)] == part.visible


@FORMS
@given(forms(), st.data())
def test_right_answers_come_back_from_the_texts_of_a_page(form: Form, data: st.DataObject) -> None:
    definition, _, found = walked(data, form)

    assert answers_from_text(definition, {key: texts_of(value) for key, value in found.answers.items()}) == {
        key: value for key, value in found.answers.items() if value is not False
    }


def texts_of(value: object) -> list[str]:
    """As a page sends an answer: one text per tick, and nothing for a box without one."""
    if isinstance(value, list):
        return value
    return [] if value is False else ["on"] if value is True else [str(value)]


@FORMS
@given(forms())
def test_another_language_asks_the_same(form: Form) -> None:
    document = {**form.document, "translations": {"de": {"title": "Titel"}}}

    definition = parse_definition(document)
    german = localise(definition, "de-AT")

    assert {**logic(german), "words": {}, "language": ""} == {**logic(definition), "words": {}, "language": ""}


@FORMS
@given(forms())
def test_what_is_told_outside_is_json(form: Form) -> None:
    definition = definition_of(form)

    for told in (logic(definition), public_definition(definition)):
        assert json.loads(json.dumps(told)) == told
