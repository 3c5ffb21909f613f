"""What the templates show of a step: plain values, ready to be escaped. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from forms_engine.flow import Turn
from forms_engine.places import countries
from forms_engine.schema import Definition, Field
from forms_engine.values import LONGEST_EMAIL, LONGEST_PHONE

_INPUT_TYPES = {"email": "email", "work_email": "email", "tel": "tel"}
_INPUT_MODES = {"email": "email", "work_email": "email", "tel": "tel", "number": "decimal"}
_MAX_LENGTHS = {"email": LONGEST_EMAIL, "work_email": LONGEST_EMAIL, "tel": LONGEST_PHONE, "number": 24}


@dataclass(frozen=True)
class Option:
    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FieldView:
    """One field as shown. `refreshes`: others on this step depend on it. `appeared`: it wasn't there before."""

    key: str
    widget: str
    input_type: str
    input_mode: str
    label: str
    help: str
    placeholder: str
    required: bool
    autocomplete: str
    max_length: int
    value: str
    checked: bool
    options: tuple[Option, ...]
    errors: tuple[str, ...]
    refreshes: bool
    appeared: bool

    @property
    def id(self) -> str:
        return f"f-{self.key}"

    @property
    def described_by(self) -> str:
        parts = [f"{self.id}-error", f"{self.id}-help" if self.help else ""]
        return " ".join(part for part in parts if part)

    @property
    def is_group(self) -> bool:
        return self.widget == "radio"

    @property
    def first_id(self) -> str:
        """What an error in the summary leads to."""
        return self.options[0].id if self.is_group and self.options else self.id


@dataclass(frozen=True)
class StepView:
    """`carried`: (name, value) of answers that other steps asked for. `number` and `total` count visible steps."""

    key: str
    title: str
    description: str
    fields: tuple[FieldView, ...]
    carried: tuple[tuple[str, str], ...]
    number: int
    total: int
    button: str

    @property
    def shown(self) -> str:
        return ",".join(field.key for field in self.fields)

    @property
    def wrong_fields(self) -> list[FieldView]:
        return [field for field in self.fields if field.errors]

    @property
    def has_appeared(self) -> bool:
        return any(field.appeared for field in self.fields)

    @property
    def segments(self) -> list[str]:
        """One per visible step; the present one counts as begun, not as done."""
        return ["done"] * (self.number - 1) + ["now"] + ["ahead"] * (self.total - self.number)


def step_view(definition: Definition, turn: Turn, texts: Mapping[str, str]) -> StepView:
    step = definition.steps[turn.step]
    shown = [item for item in step.shown_fields if item.key in turn.visible]
    shown_keys = {item.key for item in shown}
    is_last = turn.step == turn.steps[-1]
    number = turn.steps.index(turn.step) + 1 if turn.step in turn.steps else 1
    return StepView(
        key=step.key,
        title=step.title,
        description=step.description,
        fields=tuple(_field_view(definition, item, turn, texts) for item in shown),
        carried=tuple(
            (item.key, texts[item.key])
            for item in definition.fields
            if item.key in texts and item.key not in shown_keys and not item.is_hidden
        ),
        number=number,
        total=len(turn.steps),
        button=definition.submit_label if is_last else definition.continue_label,
    )


def _field_view(definition: Definition, item: Field, turn: Turn, texts: Mapping[str, str]) -> FieldView:
    value = texts.get(item.key, "" if item.default is None else str(item.default))
    return FieldView(
        key=item.key,
        widget=_widget(item),
        input_type=_INPUT_TYPES.get(item.type, "text"),
        input_mode=_INPUT_MODES.get(item.type, ""),
        label=item.label,
        help=item.help,
        placeholder=item.placeholder,
        required=item.required,
        autocomplete=item.autocomplete,
        max_length=_MAX_LENGTHS.get(item.type, item.max_length),
        value=value,
        checked=item.type == "checkbox" and bool(value),
        options=_options(item, value),
        errors=tuple(turn.errors.get(item.key, ())),
        refreshes=item.key in definition.deciding_keys and _decides_here(definition, turn.step, item.key),
        appeared=item.key in turn.appeared,
    )


def _decides_here(definition: Definition, step: int, key: str) -> bool:
    conditions = (item.visible_when for item in definition.steps[step].shown_fields)
    return any(condition is not None and key in condition.attributes for condition in conditions)


def _widget(item: Field) -> str:
    if item.type in {"select", "country"}:
        return "select"
    return item.type if item.type in {"textarea", "radio", "checkbox"} else "input"


def _options(item: Field, value: str) -> tuple[Option, ...]:
    pairs = (
        list(countries().items())
        if item.type == "country"
        else [(str(choice.value), choice.label) for choice in item.choices]
    )
    return tuple(
        Option(id=f"f-{item.key}-{i}", value=option, label=label, chosen=option == value)
        for i, (option, label) in enumerate(pairs)
    )
