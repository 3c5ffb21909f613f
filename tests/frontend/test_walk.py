"""The browser's walk: the same cases as the server's, and the same as the server over whatever anybody fills in."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms_engine.answers import examine, usable_known
from forms_engine.schema import Definition, parse_definition
from forms_engine.schema.public import logic
from tests.forms_engine.strategies import TODAY, Form, contexts, forms
from tests.forms_engine.test_walk_cases import GOLDEN

CASES = [case for case in GOLDEN["cases"] if not case.get("server_only")]


def told(definition: Definition) -> Any:
    """What the browser is told of the form, as it reads it from the markup."""
    return json.loads(json.dumps(logic(definition)))


def held(definition: Definition, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers as the page's controls hold them: ticks stand in the order of the choices, each once."""
    ticked = {
        item.key: [choice.value for choice in item.choices if choice.value in answers[item.key]]
        for item in definition.fields
        if item.type == "checkboxes" and isinstance(answers.get(item.key), list)
    }
    return {**answers, **ticked}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_browser_walks_as_the_cases_say(browser, case: dict[str, Any]) -> None:
    definition = parse_definition(GOLDEN["documents"][case["document"]])
    filled = {
        "raw": held(definition, case["answers"]),
        "known": case.get("known") or {},
        "context": case.get("context") or {},
        "today": case.get("today", TODAY.isoformat()),
    }

    found = browser.call("walk", told(definition), filled)

    expected = case["expect"]
    assert found == {
        "path": expected["path"],
        "steps": found["steps"],
        "visible": expected["visible"],
        "answers": {**expected["hidden"], **expected["answers"]},
        "gate": expected["gate"],
        "codes": expected["codes"],
    }


FORMS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FORMS
@given(form=forms(), data=st.data())
def test_browser_and_server_agree_on_every_form_and_filling(browser, form: Form, data: st.DataObject) -> None:
    definition = parse_definition(form.document)
    known = usable_known(definition, data.draw(form.known()))
    raw = held(definition, data.draw(form.page_answers(known)))
    given_too = {"context": data.draw(contexts()), "known": known}

    found = browser.call("walk", told(definition), {"raw": raw, **given_too, "today": TODAY.isoformat()})

    server = examine(definition, raw, **given_too, today=TODAY)
    assert (found["path"], found["visible"], found["gate"]) == (server.path, server.visible, server.gate)
    assert found["answers"] == {**server.answers, **server.hidden}
    assert found["codes"] == {key: codes[0] for key, codes in server.codes.items()}
    assert found["steps"] == steps_with_something_visible(definition, server.path, server.visible)


def steps_with_something_visible(definition: Definition, path: list[int], visible: list[str]) -> list[int]:
    """Those that progress counts."""
    return [index for index in path if any(item.key in visible for item in definition.steps[index].all_fields)]
