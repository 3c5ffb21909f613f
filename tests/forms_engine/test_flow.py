"""Which page follows on which answers."""

from typing import Any

from forms_engine.flow import Turn, Visit, first_turn, take_turn, turn_to_errors
from forms_engine.schema import Definition, localise, parse_definition
from tests.forms_engine.documents import document, email, field

YOU = {"email": ["ada@example.com"]}
CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]


def step(key: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "fields": list(fields), **more}


def steps(*given: dict[str, Any], **more: Any) -> Definition:
    return localise(parse_definition(document(steps=list(given), **more)), "en")


def go_on(
    definition: Definition, texts: dict[str, list[str]], *, at: str, shown: str = "", action: str = "next", **visit: Any
) -> Turn:
    """`shown` are keys that the posting page showed; by default all."""
    keys = shown.split() if shown else list(definition.by_key)
    return take_turn(definition, Visit(**visit), texts, step_key=at, action=action, shown=keys)


THREE = steps(
    step("one", email(), field("size", "radio", choices=CHOICES)), step("two", field("x")), step("three", field("y"))
)


def test_a_form_opens_at_its_first_step() -> None:
    turn = first_turn(THREE, Visit(), {})

    assert (turn.step, turn.steps, turn.number, turn.is_last) == (0, (0, 1, 2), 1, False)


def test_right_answers_lead_to_the_next_step() -> None:
    assert go_on(THREE, YOU, at="one").step == 1


def test_wrong_answers_stay_with_their_errors() -> None:
    turn = go_on(THREE, {"email": ["ada"]}, at="one")

    assert (turn.step, list(turn.errors)) == (0, ["email"])


def test_the_last_step_gives_the_answers_to_submit() -> None:
    assert go_on(THREE, YOU | {"y": ["1"]}, at="three").answers == {"email": "ada@example.com", "y": "1"}


def test_a_jump_leads_past_a_step() -> None:
    form = steps(
        step("one", email(), field("size", "radio", choices=CHOICES), jumps=[{"when": {"size": "a"}, "to": "three"}]),
        step("two", field("x")),
        step("three", field("y")),
    )

    turn = go_on(form, YOU | {"size": ["a"], "x": ["left from before"]}, at="one")
    assert (turn.step, turn.steps) == (2, (0, 2))
    assert go_on(form, YOU | {"size": ["b"]}, at="one").step == 1


def test_what_was_answered_on_a_step_jumped_over_is_not_submitted() -> None:
    form = steps(
        step("one", email(), field("size", "radio", choices=CHOICES), jumps=[{"when": {"size": "a"}, "to": "end"}]),
        step("two", field("x", required=True)),
    )

    assert "x" not in (go_on(form, YOU | {"size": ["a"], "x": ["1"]}, at="one").answers or {})


def test_a_jump_over_the_step_before_makes_back_lead_past_it_too() -> None:
    form = steps(
        step("one", email(), field("size", "radio", choices=CHOICES), jumps=[{"when": {"size": "a"}, "to": "three"}]),
        step("two", field("x")),
        step("three", field("y")),
    )

    assert go_on(form, YOU | {"size": ["a"]}, at="three", action="back").step == 0


def gated() -> Definition:
    return steps(
        step(
            "one", email(), field("size", "radio", choices=CHOICES), gates=[{"when": {"size": "a"}, "ending": "small"}]
        ),
        step("two", field("x")),
        endings=[{"key": "small", "title": "Sorry"}, {"key": "thanks", "title": "Thanks"}],
    )


def test_a_gate_ends_the_form_on_continue() -> None:
    turn = go_on(gated(), YOU | {"size": ["a"]}, at="one")

    assert (turn.gate, turn.answers) == ("small", None)


def test_a_gate_waits_until_the_step_is_right() -> None:
    turn = go_on(gated(), {"email": ["ada"], "size": ["a"]}, at="one")

    assert (turn.gate, list(turn.errors)) == ("", ["email"])


def test_a_gate_ahead_does_not_stop_the_steps_before_it() -> None:
    form = steps(
        step("one", email()),
        step("two", field("size", "radio", choices=CHOICES), gates=[{"when": {"size": "a"}, "ending": "small"}]),
        step("three", field("x")),
        endings=[{"key": "small", "title": "Sorry"}, {"key": "thanks"}],
    )

    assert go_on(form, YOU | {"size": ["a"]}, at="one").step == 1
    assert go_on(form, YOU | {"size": ["a"]}, at="two").gate == "small"


def test_questions_that_appear_are_shown_before_going_on() -> None:
    form = steps(
        step("one", email(), field("size", "radio", choices=CHOICES), field("why", visible_when={"size": "a"}))
    )
    answers = YOU | {"size": ["a"]}

    assert go_on(form, answers, at="one", shown="email size").appeared == ("why",)
    assert go_on(form, answers, at="one", shown="email size why").answers is not None


def test_nobody_is_blamed_for_what_was_not_shown() -> None:
    why = field("why", required=True, visible_when={"size": "a"})
    form = steps(step("one", email(), field("size", "radio", choices=CHOICES), why))

    turn = go_on(form, YOU | {"size": ["a"]}, at="one", shown="email size")
    assert (turn.errors, turn.appeared) == ({}, ("why",))


def test_an_error_further_back_comes_first() -> None:
    turn = go_on(THREE, {"email": [""]}, at="three")

    assert (turn.step, list(turn.errors)) == (0, ["email"])


def test_nobody_goes_past_an_error_by_address() -> None:
    assert go_on(THREE, {}, at="one", action="goto:three").step == 0
    assert go_on(THREE, YOU, at="one", action="goto:three").step == 2


def test_refreshing_blames_nobody() -> None:
    turn = go_on(THREE, {"email": ["ada"]}, at="one", action="refresh")

    assert (turn.step, turn.errors) == (0, {})


def test_a_known_answer_is_not_asked_and_a_further_question_takes_its_place() -> None:
    name, size = field("name", required=True, once=True), field("size", "radio", choices=CHOICES)
    form = steps(step("one", email(), name, further=[size]))

    stranger = first_turn(form, Visit(), {})
    friend = first_turn(form, Visit(known={"name": "Ada"}), {})
    assert stranger.visible == {"email", "name"}
    assert friend.visible == {"email", "size"}


def test_a_step_of_which_everything_is_known_is_passed_over() -> None:
    form = steps(step("one", email()), step("two", field("name", once=True)), step("three", field("y")))

    turn = go_on(form, YOU, at="one", known={"name": "Ada"})
    assert (turn.step, turn.number, turn.steps) == (2, 2, (0, 2))


def test_defaults_count_on_the_first_page() -> None:
    form = steps(
        step(
            "one",
            email(),
            field("size", "radio", choices=CHOICES, default="a"),
            field("why", visible_when={"size": "a"}),
        )
    )

    assert "why" in first_turn(form, Visit(), {"size": ["a"]}).visible


def test_who_comes_back_goes_on_after_the_step_that_was_finished() -> None:
    assert first_turn(THREE, Visit(), YOU, finished="one").step == 1
    assert first_turn(THREE, Visit(), {}, finished="two").step == 0
    assert first_turn(THREE, Visit(), YOU, finished="three").step == 2


def test_what_was_refused_on_sending_is_shown_at_its_step() -> None:
    turn = turn_to_errors(THREE, Visit(), YOU, errors={"x": ["No."], "y": ["No."]})

    assert (turn.step, dict(turn.errors)) == (1, {"x": ["No."], "y": ["No."]})
