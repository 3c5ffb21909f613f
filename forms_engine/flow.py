"""Which page comes next when somebody fills in a form step by step. Pure.

The pages keep no state on the server: each carries every answer so far, and each turn looks at all of them again. A
step none of whose fields is visible is passed over, so the number of steps is honest for the answers given.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from forms_engine.answers import Examination, answers_from_text, examine
from forms_engine.schema import Definition

NEXT, BACK, REFRESH = "next", "back", "refresh"
GO_TO = "goto:"

Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class Turn:
    """Show step `step` (an index), or, where `answers` is given, submit them.

    `visible` are the keys of all visible fields, `steps` the indexes of all visible steps. `appeared` are fields the
    visitor hasn't seen yet on this step.
    """

    step: int
    steps: tuple[int, ...]
    visible: frozenset[str]
    errors: Errors = field(default_factory=dict)
    appeared: tuple[str, ...] = ()
    answers: Mapping[str, object] | None = None


def first_turn(definition: Definition, context: Mapping[str, object]) -> Turn:
    steps, found = _look(definition, {}, context)
    return _show(steps[0], steps, found)


def take_turn(
    definition: Definition,
    texts: Mapping[str, str],
    *,
    context: Mapping[str, object],
    step_key: str,
    action: str,
    shown: Collection[str],
) -> Turn:
    """What follows from a page's post. `texts` are all answers so far, `shown` the fields the posting page showed.

    Actions: next, back, refresh, `goto:<step key>`; anything else counts as next.
    """
    raw = answers_from_text(definition, texts)
    steps, found = _look(definition, raw, context)
    current = _step_named(definition, steps, step_key)
    if action == REFRESH:
        return _show(current, steps, found)
    if action == BACK:
        return _show(max((step for step in steps if step < current), default=steps[0]), steps, found)
    if action.startswith(GO_TO):
        wanted = _step_named(definition, steps, action.removeprefix(GO_TO))
        return _show(min(wanted, _first_wrong(definition, found, wanted - 1, wanted)), steps, found)
    return _go_on(definition, raw, current, steps, found, shown)


def _go_on(
    definition: Definition,
    raw: Mapping[str, object],
    current: int,
    steps: tuple[int, ...],
    found: Examination,
    shown: Collection[str],
) -> Turn:
    here = [item.key for item in definition.steps[current].shown_fields if item.key in found.visible]
    appeared = tuple(key for key in here if key not in shown)
    wrong = _first_wrong(definition, found, current, current)
    errors = _errors_on(definition, found, wrong)
    if wrong == current:
        # Nobody is blamed for leaving out a question that wasn't there yet.
        errors = {key: texts for key, texts in errors.items() if key not in appeared}
    if errors or appeared:
        return _show(wrong, steps, found, errors=errors, appeared=appeared if wrong == current else ())
    following = next((step for step in steps if step > current), None)
    if following is not None:
        return _show(following, steps, found)
    return _show(current, steps, found, answers=raw)


def turn_to_errors(
    definition: Definition, texts: Mapping[str, str], *, context: Mapping[str, object], errors: Errors
) -> Turn:
    """The first step with one of these errors: for answers that were refused when submitting."""
    steps, found = _look(definition, answers_from_text(definition, texts), context)
    wrong = min((definition.index_of_step_with[key] for key in errors if key in definition.by_key), default=steps[0])
    return _show(wrong, steps, found, errors={key: list(messages) for key, messages in errors.items()})


def _look(
    definition: Definition, raw: Mapping[str, object], context: Mapping[str, object]
) -> tuple[tuple[int, ...], Examination]:
    found = examine(definition, raw, context=context)
    visible = set(found.visible)
    steps = tuple(i for i, step in enumerate(definition.steps) if any(item.key in visible for item in step.all_fields))
    return steps, found


def _show(step: int, steps: tuple[int, ...], found: Examination, **more: object) -> Turn:
    return Turn(step=step, steps=steps, visible=frozenset(found.visible), **more)  # type: ignore[arg-type]


def _step_named(definition: Definition, steps: tuple[int, ...], key: str) -> int:
    return next((i for i in steps if definition.steps[i].key == key), steps[0])


def _first_wrong(definition: Definition, found: Examination, last: int, otherwise: int) -> int:
    """The first step up to `last` that holds an error."""
    wrong = (definition.index_of_step_with[key] for key in found.errors)
    return min((step for step in wrong if step <= last), default=otherwise)


def _errors_on(definition: Definition, found: Examination, step: int) -> dict[str, list[str]]:
    return {key: texts for key, texts in found.errors.items() if definition.index_of_step_with[key] == step}
