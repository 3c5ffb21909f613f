"""Which page comes next when somebody fills in a form step by step. Pure.

The pages keep no state on the server: each carries every answer so far, and each turn walks the form anew with them
(docs/form-protocol.md). A step with nothing visible on it is passed over, so the number of steps is honest for the
answers given.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from forms_engine.answers import Examination, answers_from_text, examine
from forms_engine.schema import Definition

NEXT, BACK, REFRESH = "next", "back", "refresh"
GO_TO = "goto:"

Errors = Mapping[str, Sequence[str]]
Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Turn:
    """Show step `step` (an index); or, where `gate` names an ending, show that; or, where `answers` is given, submit.

    `steps` are the indexes of all steps to come and gone that show something, `visible` the keys of all visible fields,
    `answered` the right answers so far. `appeared` are fields the visitor hasn't seen yet on this step.
    """

    step: int
    steps: tuple[int, ...]
    visible: frozenset[str]
    answered: Mapping[str, object] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    appeared: tuple[str, ...] = ()
    gate: str = ""
    answers: Mapping[str, object] | None = None

    @property
    def is_fresh(self) -> bool:
        """Nothing on the page depends on what was wrong before."""
        return not self.errors and not self.appeared

    @property
    def number(self) -> int:
        """The step's place among those that show something, from 1."""
        return self.steps.index(self.step) + 1 if self.step in self.steps else 1

    @property
    def is_last(self) -> bool:
        return not self.steps or self.step == self.steps[-1]


@dataclass(frozen=True)
class Visit:
    """What a walk needs beside the answers: the context for hidden fields, what is known already, and the day."""

    context: Mapping[str, object] = field(default_factory=dict)
    known: Mapping[str, object] = field(default_factory=dict)
    today: date | None = None


@dataclass(frozen=True)
class _Look:
    """One walk over the form with the answers so far."""

    definition: Definition
    raw: Mapping[str, object]
    found: Examination

    @cached_property
    def visible(self) -> frozenset[str]:
        return frozenset(self.found.visible)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        fields_of = self.definition.steps
        return tuple(i for i in self.found.path if any(item.key in self.visible for item in fields_of[i].shown_fields))

    @property
    def first(self) -> int:
        """A form may show nothing at all, where everything is known: then its last step asks to send it."""
        return self.steps[0] if self.steps else max(self.found.path, default=0)

    def named(self, key: str) -> int:
        return next((i for i in self.steps if self.definition.steps[i].key == key), self.first)

    def before(self, step: int) -> int:
        return max((i for i in self.steps if i < step), default=self.first)

    def after(self, step: int) -> int | None:
        return next((i for i in self.steps if i > step), None)

    def first_wrong(self, last: int) -> int | None:
        """The first step up to `last` that holds an error."""
        wrong = (self.definition.index_of_step_with[key] for key in self.found.errors)
        return min((step for step in wrong if step <= last), default=None)

    def errors_on(self, step: int) -> dict[str, Sequence[str]]:
        step_of = self.definition.index_of_step_with
        return {key: texts for key, texts in self.found.errors.items() if step_of[key] == step}

    def show(
        self,
        step: int,
        *,
        errors: Errors | None = None,
        appeared: tuple[str, ...] = (),
        gate: str = "",
        answers: Mapping[str, object] | None = None,
    ) -> Turn:
        return Turn(
            step,
            self.steps,
            self.visible,
            {**self.found.hidden, **self.found.answers},
            errors or {},
            appeared,
            gate,
            answers,
        )


def first_turn(definition: Definition, visit: Visit, texts: Texts, *, finished: str = "") -> Turn:
    """The page that somebody opens. `texts` is what it already holds: defaults, and what was filled in ahead.

    Who comes back goes on after the step that was `finished`, or at the first one before it that holds an error.
    """
    look = _look(definition, texts, visit)
    if not finished:
        return look.show(look.first)
    left = look.named(finished)
    following = look.after(left)
    return _go_to(look, left if following is None else following)


def take_turn(
    definition: Definition,
    visit: Visit,
    texts: Texts,
    *,
    step_key: str,
    action: str,
    shown: Collection[str],
) -> Turn:
    """What follows from a page's post. `texts` are all answers so far, `shown` the fields the posting page showed.

    Actions: next, back, refresh, `goto:<step key>`; anything else counts as next.
    """
    look = _look(definition, texts, visit)
    current = look.named(step_key)
    if action == REFRESH:
        return look.show(current)
    if action == BACK:
        return look.show(look.before(current))
    if action.startswith(GO_TO):
        return _go_to(look, look.named(action.removeprefix(GO_TO)))
    return _go_on(look, current, shown)


def turn_to_errors(definition: Definition, visit: Visit, texts: Texts, *, errors: Errors) -> Turn:
    """The first step with one of these errors: for answers that were refused when submitting."""
    look = _look(definition, texts, visit)
    steps = (definition.index_of_step_with[key] for key in errors if key in definition.by_key)
    return look.show(min(steps, default=look.first), errors=errors)


def _go_to(look: _Look, wanted: int) -> Turn:
    """Nobody jumps over a step that holds an error."""
    wrong = look.first_wrong(wanted - 1)
    return look.show(wanted if wrong is None else wrong)


def _go_on(look: _Look, current: int, shown: Collection[str]) -> Turn:
    here = [item.key for item in look.definition.steps[current].shown_fields if item.key in look.visible]
    appeared = tuple(key for key in here if key not in shown)
    wrong = look.first_wrong(current)
    if wrong is not None and wrong < current:
        return look.show(wrong, errors=look.errors_on(wrong))
    # Nobody is blamed for leaving out a question that wasn't there yet.
    errors = {key: texts for key, texts in look.errors_on(current).items() if key not in appeared}
    if errors or appeared:
        return look.show(current, errors=errors, appeared=appeared)
    following = look.after(current)
    if following is not None:
        return look.show(following)
    if look.found.gate:
        return look.show(current, gate=look.found.gate)
    return look.show(current, answers={key: look.raw[key] for key in look.raw if key in look.visible})


def _look(definition: Definition, texts: Texts, visit: Visit) -> _Look:
    raw = answers_from_text(definition, texts)
    found = examine(definition, raw, context=visit.context, known=visit.known, today=visit.today)
    return _Look(definition, raw, found)
