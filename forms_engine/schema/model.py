"""A parsed form as frozen data. Pure; what a document must be to become this is said in `parsing`.

Texts are those of one language: `localise` (localising.py) gives the same definition in another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from conditions import Condition

ValueType = Literal["string", "number", "boolean", "list"]
MailRule = Literal["block", "flag", "allow"]
EndingKind = Literal["message", "redirect", "form"]

EMAIL_TYPES = frozenset({"email", "work_email"})
CHOICE_TYPES = frozenset({"select", "radio", "checkboxes"})
TICK_TYPES = frozenset({"checkbox", "consent"})
# Where a jump leads when no further step is to come.
END = "end"


@dataclass(frozen=True)
class Choice:
    """`value` is what is stored: a text, or a number where the field feeds a numeric attribute."""

    value: str | int
    label: str


@dataclass(frozen=True)
class HiddenSource:
    """Where a hidden field's value comes from. `kind`: constant, query, utm, referrer, cookie or data (page data).

    `value` is the constant, or the name of the parameter, cookie or datum; True for the referrer.
    """

    kind: str
    value: str | int | float | bool


@dataclass(frozen=True)
class Statement:
    """What a statement field shows: a text, a quote with who said it, or questions with their answers."""

    kind: Literal["text", "quote", "faq"]
    text: str = ""
    author: str = ""
    role: str = ""
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Field:
    """`id` is the identity over versions and renames; it is the key where the document gives none.

    `visible_when` is the field's own condition. `minimum` and `maximum` bound numbers, `earliest` and `latest` dates
    (ISO, or `today`), `min_choices` and `max_choices` ticks. `pattern` is a portable one, matched against the whole
    text. `country_key` names the country field that a region field or a phone number is read with.
    """

    key: str
    type: str
    id: str = ""
    label: str = ""
    help: str = ""
    tooltip: str = ""
    placeholder: str = ""
    required: bool = False
    maps_to: str | None = None
    decision: str | None = None
    visible_when: Condition | None = None
    once: bool = False
    choices: tuple[Choice, ...] = ()
    searchable: bool = False
    min_length: int | None = None
    max_length: int = 200
    minimum: int | float | None = None
    maximum: int | float | None = None
    whole: bool = False
    earliest: str = ""
    latest: str = ""
    min_choices: int | None = None
    max_choices: int | None = None
    pattern: str = ""
    default: str | int | float | tuple[str, ...] | None = None
    autocomplete: str = ""
    free_mail: MailRule = "allow"
    disposable: MailRule = "block"
    allow_domains: frozenset[str] = frozenset()
    country_key: str = ""
    country_select: bool = False
    source: HiddenSource | None = None
    statement: Statement | None = None
    consent_version: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_hidden(self) -> bool:
        """A hidden field, never shown; not to be confused with a skipped one, whose condition doesn't hold."""
        return self.type == "hidden"

    @property
    def is_answerable(self) -> bool:
        """Whether a visitor can answer it: not a hidden field, not a statement."""
        return self.type not in {"hidden", "statement"}

    @property
    def is_tick(self) -> bool:
        """One box, whose answer is true or false and never missing."""
        return self.type in TICK_TYPES

    @property
    def value_type(self) -> ValueType:
        if self.is_tick:
            return "boolean"
        if self.type == "checkboxes":
            return "list"
        if self.type == "number" or (self.choices and isinstance(self.choices[0].value, int)):
            return "number"
        if self.source and self.source.kind == "constant" and not isinstance(self.source.value, str):
            return "boolean" if isinstance(self.source.value, bool) else "number"
        return "string"

    @cached_property
    def choice_of(self) -> Mapping[str | int, Choice]:
        return {choice.value: choice for choice in self.choices}


@dataclass(frozen=True)
class Jump:
    """On leaving the step, where `when` holds: on to step `to`, or to the end."""

    when: Condition
    to: str


@dataclass(frozen=True)
class Gate:
    """On leaving the step, where `when` holds: the form is over, with an ending and without a submission."""

    when: Condition
    ending: str


@dataclass(frozen=True)
class Step:
    """`further` are questions that come only in place of known ones."""

    key: str
    fields: tuple[Field, ...]
    title: str = ""
    description: str = ""
    visible_when: Condition | None = None
    jumps: tuple[Jump, ...] = ()
    gates: tuple[Gate, ...] = ()
    further: tuple[Field, ...] = ()

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        return self.fields + self.further

    @property
    def shown_fields(self) -> tuple[Field, ...]:
        return tuple(item for item in self.all_fields if not item.is_hidden)


@dataclass(frozen=True)
class Ending:
    """What comes after sending (or at a gate): a message, another page, or another form. The first whose condition
    holds; `when` None always does. Gates name endings by key; `gate_only` ones come after no submission."""

    key: str
    kind: EndingKind = "message"
    when: Condition | None = None
    title: str = ""
    message: str = ""
    url: str = ""
    form: str = ""
    button: str = ""
    gate_only: bool = False


@dataclass(frozen=True)
class Definition:
    """`languages` are those the document speaks, its own first. `endings` end with one that always holds.

    `language` is that of the texts. `original` is the definition whose texts are the document's own and nothing else;
    translations start from it.
    """

    title: str
    steps: tuple[Step, ...]
    intro: str
    submit_label: str
    continue_label: str
    endings: tuple[Ending, ...]
    language: str
    languages: tuple[str, ...]
    translations: Mapping[str, Mapping[str, Any]] = field(repr=False)
    content_hash: str
    original: "Definition | None" = field(default=None, repr=False, compare=False)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """In the order of the walk."""
        return tuple(item for step in self.steps for item in step.all_fields)

    @cached_property
    def answerable_fields(self) -> tuple[Field, ...]:
        return tuple(item for item in self.fields if item.is_answerable)

    @cached_property
    def by_key(self) -> Mapping[str, Field]:
        return {item.key: item for item in self.fields}

    @cached_property
    def email_field(self) -> Field:
        return next(item for item in self.fields if item.maps_to == "email")

    @cached_property
    def index_of_step_with(self) -> Mapping[str, int]:
        """Field key -> index of its step."""
        return {item.key: i for i, step in enumerate(self.steps) for item in step.all_fields}

    @cached_property
    def ending_of(self) -> Mapping[str, Ending]:
        return {ending.key: ending for ending in self.endings}

    @cached_property
    def deciding_keys(self) -> frozenset[str]:
        """Fields whose answer may change which step or field comes next: a browser must know their values."""
        of_steps = [step.visible_when for step in self.steps]
        of_jumps = [jump.when for step in self.steps for jump in step.jumps]
        of_gates = [gate.when for step in self.steps for gate in step.gates]
        conditions = [*of_steps, *of_jumps, *of_gates, *(item.visible_when for item in self.fields)]
        asked = {key for condition in conditions if condition is not None for key in condition.attributes}
        return frozenset(asked | {item.country_key for item in self.fields if item.type == "region"})

    @cached_property
    def last_ending(self) -> Ending:
        """What most submissions end with: the one without a condition."""
        return self.endings[-1]

    @cached_property
    def localised(self) -> dict[str, "Definition"]:
        """Language -> this definition in it: what `localise` has made so far."""
        return {}

    @cached_property
    def once_fields(self) -> tuple[Field, ...]:
        return tuple(item for item in self.fields if item.once)
