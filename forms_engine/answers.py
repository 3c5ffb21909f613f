"""Do these answers fit this form, and what is to be stored of them? Pure.

One pass in the form's order: a field is visible if its condition holds over the canonical values of the fields before
it. A skipped field (its condition doesn't hold) is neither required nor stored, even when sent; a field whose value was
refused counts as absent for later conditions. The result is canonical: the same meaning gives the same answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms_engine.errors import AnswersInvalid, UnknownField
from forms_engine.schema import Definition, Field
from forms_engine.values import Value, ValueRefused, canonical_value, from_text, hidden_value

Answers = dict[str, Value]

_BLANK_MESSAGE = {
    "checkbox": "Tick this box to go on.",
    "select": "Choose one of the options.",
    "radio": "Choose one of the options.",
    "country": "Choose a country.",
    "email": "Enter your e-mail address.",
    "work_email": "Enter your work e-mail address.",
}
_LONGEST_KEY_SHOWN = 60
_MOST_KEYS_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """`answers` by field key, as given; `hidden` by field key, from the context. Both map on to lead attributes."""

    answers: Answers
    hidden: Answers
    attributes: Answers
    hidden_attributes: Answers

    @property
    def stored(self) -> Answers:
        return {**self.answers, **self.hidden}


@dataclass
class Examination:
    """Everything found out in one pass, right or wrong. `visible` holds keys of shown fields in order."""

    answers: Answers = field(default_factory=dict)
    hidden: Answers = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    visible: list[str] = field(default_factory=list)


def validate_answers(
    definition: Definition,
    raw: Mapping[str, object],
    *,
    context: Mapping[str, object] | None = None,
    up_to_step: int | None = None,
) -> Checked:
    """The canonical answers, of all steps or of those up to an index.

    `context` ({"utm": {name: text}, "query": {name: text}}) feeds hidden fields. Raises UnknownField where a key isn't
    a field that can be answered, and AnswersInvalid with a message per field.
    """
    refuse_unknown_fields(definition, raw)
    found = examine(definition, raw, context=context, up_to_step=up_to_step)
    if found.errors:
        raise AnswersInvalid("Some answers need another look.", fields=found.errors)
    return Checked(
        answers=found.answers,
        hidden=found.hidden,
        attributes=_mapped(definition, found.answers),
        hidden_attributes=_mapped(definition, found.hidden),
    )


def refuse_unknown_fields(definition: Definition, raw: Mapping[str, object]) -> None:
    unknown = [key for key in raw if key not in definition.by_key or definition.by_key[key].is_hidden]
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
    up_to_step: int | None = None,
) -> Examination:
    """Like validate_answers, but reports what is wrong instead of raising."""
    found = Examination()
    steps = definition.steps if up_to_step is None else definition.steps[: up_to_step + 1]
    for item in (item for step in steps for item in step.fields):
        if item.is_hidden:
            _keep(found.hidden, item.key, hidden_value(item, context or {}))
        elif item.visible_when is None or item.visible_when.matches({**found.hidden, **found.answers}):
            found.visible.append(item.key)
            _examine_field(definition, item, raw.get(item.key), found)
    return found


def attributes_of(definition: Definition, stored: Mapping[str, object]) -> tuple[Answers, Answers]:
    """Stored answers as lead attributes: those the visitor gave, and those of hidden fields."""
    given = {key: value for key, value in stored.items() if key in definition.by_key}
    hidden = {key: value for key, value in given.items() if definition.by_key[key].is_hidden}
    visible = {key: value for key, value in given.items() if key not in hidden}
    return _mapped(definition, visible), _mapped(definition, hidden)


def answers_from_text(definition: Definition, texts: Mapping[str, str]) -> dict[str, object]:
    """Raw answers from a page's or a file's texts. Names that aren't fields, and blanks, are left out."""
    return {
        item.key: from_text(item, texts[item.key])
        for item in definition.fields
        if not item.is_hidden and texts.get(item.key, "").strip()
    }


def _examine_field(definition: Definition, item: Field, raw: object, found: Examination) -> None:
    try:
        value = canonical_value(item, raw, country=_country_answered(definition, found.answers))
    except ValueRefused as refused:
        found.errors[item.key] = [refused.message]
        return
    if item.type == "checkbox":
        # Not ticked is an answer too: what somebody did not agree to is worth keeping.
        value = bool(value)
    if item.required and (value is None or value is False):
        found.errors[item.key] = [_BLANK_MESSAGE.get(item.type, "Fill in this field.")]
        return
    _keep(found.answers, item.key, value)


def _country_answered(definition: Definition, answers: Answers) -> str | None:
    return next((str(value) for key, value in answers.items() if definition.by_key[key].type == "country"), None)


def _keep(kept: Answers, key: str, value: Value | None) -> None:
    if value is not None:
        kept[key] = value


def _mapped(definition: Definition, values: Mapping[str, object]) -> Answers:
    return {
        attribute: value
        for key, value in values.items()
        if (attribute := definition.by_key[key].maps_to) and isinstance(value, str | int | float | bool)
    }


def _showable(key: str) -> str:
    """A name somebody sent, safe to send back: short, and encodable even where it holds half a character."""
    return str(key)[:_LONGEST_KEY_SHOWN].encode("utf-8", "replace").decode()
