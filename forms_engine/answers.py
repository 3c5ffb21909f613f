"""Do these answers fit this form, and what is to be stored of them? Pure.

One pass in the form's order, the walk of docs/form-protocol.md: it says which steps are on the path and which fields
are visible, over the canonical values of the fields before. A skipped field is neither required nor stored, even when
sent; a field whose value was refused counts as absent for what comes later. The result is canonical: the same meaning
gives the same answers. The browser walks the same way (frontend/src/walk.ts); both are held to the same cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forms_engine.errors import AnswersInvalid, Gated, UnknownField
from forms_engine.places import countries_with_regions
from forms_engine.schema import EMAIL_TYPES, END, Definition, Ending, Field, Step
from forms_engine.values import (
    Surroundings,
    Value,
    ValueRefused,
    blank_code,
    canonical_value,
    from_text,
    hidden_value,
    mail_mark,
    phone_in_country,
)
from forms_engine.words import fill, say

Answers = dict[str, Value]

_LONGEST_KEY_SHOWN = 60
_MOST_KEYS_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """`answers` by field key, as given or known; `hidden` by field key, from the context. Both map on to lead
    attributes.

    `consents`: {"field", "given", "text", "version", "language"} of each consent that was asked for, with the text as
    shown. `flags`: marks that the form's rules want, sorted (`disposable`, `free_mail`).
    """

    answers: Answers
    hidden: Answers
    attributes: Answers
    hidden_attributes: Answers
    consents: list[dict[str, object]]
    flags: list[str]
    ending: Ending

    @property
    def stored(self) -> Answers:
        return {**self.answers, **self.hidden}


@dataclass
class Examination:
    """Everything found out in one walk, right or wrong.

    `visible`: keys of what is shown, in order, statements included. `known`: keys of fields not asked again; their
    values are among the answers. `path`: indexes of the steps on it. `gate`: key of the ending at which the walk
    stopped, or empty. `codes` are the refusals, `errors` the same in the form's language.
    """

    answers: Answers = field(default_factory=dict)
    hidden: Answers = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    visible: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    path: list[int] = field(default_factory=list)
    gate: str = ""
    jumped_to_end: bool = False


def validate_answers(
    definition: Definition,
    raw: Mapping[str, object],
    *,
    context: Mapping[str, object] | None = None,
    known: Mapping[str, object] | None = None,
    up_to_step: int | None = None,
    today: date | None = None,
) -> Checked:
    """The canonical answers, of all steps or of those up to an index.

    `context` (docs/form-protocol.md, "The session") feeds hidden fields; `known` are canonical answers that a
    recognised visitor gave before. Raises UnknownField where a key isn't a field that can be answered, AnswersInvalid
    with a message per field, and Gated where right answers end the form without a submission.
    """
    refuse_unknown_fields(definition, raw)
    found = examine(definition, raw, context=context, known=known, up_to_step=up_to_step, today=today)
    if found.errors:
        raise AnswersInvalid(say(definition.language, "errors_heading") + ".", fields=found.errors)
    if found.gate:
        raise Gated(found.gate)
    return Checked(
        answers=found.answers,
        hidden=found.hidden,
        attributes=_mapped(definition, found.answers),
        hidden_attributes=_mapped(definition, found.hidden),
        consents=_consents(definition, found.answers),
        flags=_flags(definition, found.answers),
        ending=ending_for(definition, {**found.answers, **found.hidden}),
    )


def refuse_unknown_fields(definition: Definition, raw: Mapping[str, object]) -> None:
    unknown = [key for key in raw if key not in definition.by_key or not definition.by_key[key].is_answerable]
    if unknown:
        raise UnknownField(
            "Some fields are not part of this form.",
            fields={_showable(key): ["This form has no such field."] for key in unknown[:_MOST_KEYS_SHOWN]},
        )


def examine(
    definition: Definition,
    raw: Mapping[str, object],
    *,
    context: Mapping[str, object] | None = None,
    known: Mapping[str, object] | None = None,
    up_to_step: int | None = None,
    today: date | None = None,
) -> Examination:
    """Like validate_answers, but reports what is wrong instead of raising."""
    walk = _Walk(definition, raw, context or {}, known or {}, today)
    steps = definition.steps if up_to_step is None else definition.steps[: up_to_step + 1]
    for index, step in enumerate(steps):
        walk.step(index, step)
        if walk.found.gate:
            break
    return walk.found


def ending_for(definition: Definition, values: Mapping[str, object]) -> Ending:
    """What a submission of these values ends with."""
    return next(
        ending
        for ending in definition.endings
        if not ending.gate_only and (ending.when is None or ending.when.matches(values))
    )


@dataclass
class _Walk:
    """One pass over a document. `values` are the answers and hidden values so far, which conditions ask."""

    definition: Definition
    raw: Mapping[str, object]
    context: Mapping[str, object]
    given_before: Mapping[str, object]
    today: date | None
    found: Examination = field(default_factory=Examination)
    values: Answers = field(default_factory=dict)
    target: str = ""

    def step(self, index: int, step: Step) -> None:
        if not self._is_on_path(step):
            for item in step.fields:
                if item.is_hidden:
                    self._hidden(item)
            return
        self.found.path.append(index)
        freed = sum(self._field(item) for item in step.fields)
        for item in step.further:
            freed -= self._further(item, freed)
        self._leave(step)

    def _is_on_path(self, step: Step) -> bool:
        if self.target not in {"", step.key}:
            return False
        self.target = ""
        return step.visible_when is None or step.visible_when.matches(self.values)

    def _leave(self, step: Step) -> None:
        gate = next((gate for gate in step.gates if gate.when.matches(self.values)), None)
        if gate is not None:
            self.found.gate = gate.ending
            return
        jump = next((jump for jump in step.jumps if jump.when.matches(self.values)), None)
        if jump is not None:
            self.target = jump.to
            self.found.jumped_to_end = jump.to == END

    def _field(self, item: Field) -> bool:
        """Whether the field's place is free for a further question."""
        if item.is_hidden:
            self._hidden(item)
        elif self._comes(item):
            if self._is_known(item):
                return True
            self._ask(item)
        return False

    def _further(self, item: Field, freed: int) -> bool:
        """Whether the question took a freed place. A known one neither takes a place nor frees one."""
        if not self._comes(item) or self._is_known(item) or not freed:
            return False
        self._ask(item)
        return True

    def _comes(self, item: Field) -> bool:
        if item.visible_when is not None and not item.visible_when.matches(self.values):
            return False
        return item.type != "region" or self.values.get(item.country_key) in countries_with_regions()

    def _is_known(self, item: Field) -> bool:
        """A value given before counts while today's rules take it."""
        if not item.once or item.key not in self.given_before:
            return False
        value = _still_right(item, self.given_before[item.key], self.values.get(item.country_key))
        if value is None:
            return False
        self.found.known.append(item.key)
        self._keep(item, value)
        return True

    def _ask(self, item: Field) -> None:
        self.found.visible.append(item.key)
        if item.statement is not None:
            return
        country = self.values.get(item.country_key)
        try:
            around = Surroundings(country=str(country) if country else None, today=self.today)
            value = canonical_value(item, self.raw.get(item.key), around)
        except ValueRefused as refused:
            self._refuse(item, refused)
            return
        if item.is_tick:
            # Not ticked is an answer too: what somebody did not agree to is worth keeping.
            value = bool(value)
        if item.required and (value is None or value is False):
            self._refuse(item, ValueRefused(blank_code(item)))
        elif value is not None:
            self._keep(item, value)

    def _hidden(self, item: Field) -> None:
        value = hidden_value(item, self.context)
        if value is not None:
            self.found.hidden[item.key] = self.values[item.key] = value

    def _keep(self, item: Field, value: Value) -> None:
        self.found.answers[item.key] = self.values[item.key] = value

    def _refuse(self, item: Field, refused: ValueRefused) -> None:
        own = item.messages.get(refused.code)
        language = self.definition.language
        text = fill(own, refused.parameters) if own else say(language, refused.code, **refused.parameters)
        self.found.errors[item.key] = [text]
        self.found.codes[item.key] = [refused.code]


def usable_known(definition: Definition, known: Mapping[str, object]) -> Answers:
    """Those of the answers given before that this form asks once and still takes, by field key: what a page may be
    told, so that it finds the same fields known as the walk here does."""
    usable: Answers = {}
    for item in definition.once_fields:
        # A region's country is asked once too and stands before it.
        value = _still_right(item, known.get(item.key), usable.get(item.country_key))
        if value is not None:
            usable[item.key] = value
    return usable


def _still_right(item: Field, raw: object, country: object) -> Value | None:
    """An answer given before, if the field still takes it; else None. What was not before `today` then stays right."""
    try:
        value = canonical_value(item, raw, Surroundings(country=str(country) if country else None))
    except ValueRefused:
        return None
    return None if item.required and value is False else value


def attributes_of(definition: Definition, stored: Mapping[str, object]) -> tuple[Answers, Answers]:
    """Stored answers as lead attributes: those the visitor gave, and those of hidden fields."""
    given = {key: value for key, value in stored.items() if key in definition.by_key}
    hidden = {key: value for key, value in given.items() if definition.by_key[key].is_hidden}
    visible = {key: value for key, value in given.items() if key not in hidden}
    return _mapped(definition, visible), _mapped(definition, hidden)


def answers_from_text(definition: Definition, texts: Mapping[str, str | Sequence[str]]) -> dict[str, object]:
    """Raw answers from a page's or a file's texts: one per field, or all of that name. Names that aren't fields, and
    blanks, are left out. A page's phone number is read with the country chosen beside it (`<key>__country`)."""
    answers: dict[str, object] = {}
    for item in definition.answerable_fields:
        given = texts.get(item.key, "")
        if not any(text.strip() for text in ([given] if isinstance(given, str) else given)):
            continue
        value = from_text(item, given)
        if item.country_select and isinstance(value, str):
            country = from_text(item, texts.get(f"{item.key}__country", ""))
            value = phone_in_country(value, str(country))
        answers[item.key] = value
    return answers


def _consents(definition: Definition, answers: Answers) -> list[dict[str, object]]:
    return [
        {
            "field": item.key,
            "given": answers[item.key] is True,
            "text": item.label,
            "version": item.consent_version,
            "language": definition.language,
        }
        for item in definition.fields
        if item.type == "consent" and item.key in answers
    ]


def _flags(definition: Definition, answers: Answers) -> list[str]:
    fields = [item for item in definition.fields if item.type in EMAIL_TYPES and item.key in answers]
    marks = {mail_mark(item, str(answers[item.key])) for item in fields}
    return sorted(marks - {""})


def _mapped(definition: Definition, values: Mapping[str, object]) -> Answers:
    return {
        attribute: value
        for key, value in values.items()
        if (attribute := definition.by_key[key].maps_to) and isinstance(value, str | int | float | bool)
    }


def _showable(key: str) -> str:
    """A name somebody sent, safe to send back: short, and encodable even where it holds half a character."""
    return str(key)[:_LONGEST_KEY_SHOWN].encode("utf-8", "replace").decode()
