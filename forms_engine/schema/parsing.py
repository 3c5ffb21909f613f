"""What a form is: one validated document of steps and fields.

Pure: no Django models, no clock, no network. `parse_definition` answers one question, does this document hold
together, and either returns a frozen `Definition` or raises `DefinitionInvalid` with the path to the first thing that
doesn't. What it guarantees of a definition:

- keys of steps and of fields are unique, and each field maps to at most one lead attribute of its own type;
- exactly one required, unconditional e-mail field maps to `email`, since a lead is a person with an address;
- every condition names only fields that come before it, with their types and choices, so there are no cycles and one
  pass in order decides what is visible;
- nothing unknown is in the document, so a typing error can't pass for an absent setting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pycountry

from conditions import Attribute, Condition, ConditionInvalid, Vocabulary, parse
from forms_engine.canonical import content_hash
from forms_engine.documents import Node
from forms_engine.errors import DefinitionInvalid
from leads.attributes import ATTRIBUTES

ValueType = Literal["string", "number", "boolean"]

FIELD_TYPES = frozenset(
    {"text", "textarea", "email", "work_email", "tel", "number", "select", "radio", "checkbox", "country", "hidden"}
)
EMAIL_TYPES = frozenset({"email", "work_email"})
DECISIONS = frozenset({"routing", "prioritisation", "sales_context"})
SOURCE_KINDS = frozenset({"constant", "query", "utm"})

_KEYS_OF_EVERY_TYPE = frozenset({"key", "type", "maps_to", "decision"})
_KEYS_OF_VISIBLE = frozenset({"label", "help", "required", "visible_when"})
_KEYS_OF_TYPE: Mapping[str, frozenset[str]] = {
    "text": frozenset({"placeholder", "max_length", "default", "autocomplete"}),
    "textarea": frozenset({"placeholder", "max_length", "default"}),
    "email": frozenset({"placeholder", "default", "autocomplete"}),
    "work_email": frozenset({"placeholder", "default", "autocomplete", "allow_domains"}),
    "tel": frozenset({"placeholder", "default", "autocomplete"}),
    "number": frozenset({"placeholder", "default", "autocomplete", "min", "max"}),
    "select": frozenset({"placeholder", "default", "autocomplete", "choices"}),
    "radio": frozenset({"default", "choices"}),
    "checkbox": frozenset(),
    "country": frozenset({"placeholder", "default", "autocomplete"}),
}
DEFAULT_MAX_LENGTH = {"text": 200, "textarea": 5000}
LONGEST_ANSWER = 10_000
# What is kept apart from the observations has columns of its own with this length.
LONGEST_NAME = 200

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill-field (what a lead form can ask)
AUTOCOMPLETE = frozenset(
    {
        *("off", "on", "language", "url", "email", "tel", "tel-national", "organization", "organization-title"),
        *("name", "honorific-prefix", "given-name", "additional-name", "family-name", "honorific-suffix", "nickname"),
        *("street-address", "address-line1", "address-line2", "address-line3", "address-level1", "address-level2"),
        *("country", "country-name", "postal-code"),
    }
)
_AUTOCOMPLETE_OF_ATTRIBUTE = {
    "full_name": "name",
    "company_name": "organization",
    "job_title": "organization-title",
    "postal_code": "postal-code",
    "region": "address-level1",
    "language": "language",
}
_AUTOCOMPLETE_OF_TYPE = {"email": "email", "work_email": "email", "tel": "tel", "country": "country"}


@dataclass(frozen=True)
class Choice:
    """`value` is what is stored: a text, or a number where the field feeds a numeric attribute."""

    value: str | int
    label: str


@dataclass(frozen=True)
class HiddenSource:
    """Where a hidden field's value comes from: a constant, a query parameter of the page, or a utm parameter."""

    kind: str
    value: str | int | float | bool


@dataclass(frozen=True)
class Field:
    key: str
    type: str
    label: str = ""
    help: str = ""
    placeholder: str = ""
    required: bool = False
    maps_to: str | None = None
    decision: str | None = None
    visible_when: Condition | None = None
    choices: tuple[Choice, ...] = ()
    max_length: int = LONGEST_NAME
    minimum: int | float | None = None
    maximum: int | float | None = None
    default: str | int | float | None = None
    autocomplete: str = ""
    allow_domains: frozenset[str] = frozenset()
    source: HiddenSource | None = None

    @property
    def is_hidden(self) -> bool:
        """A hidden field, never shown; not to be confused with a skipped one, whose condition doesn't hold."""
        return self.type == "hidden"

    @property
    def value_type(self) -> ValueType:
        if self.type == "checkbox":
            return "boolean"
        if self.type == "number" or (self.choices and isinstance(self.choices[0].value, int)):
            return "number"
        if self.source and self.source.kind == "constant" and not isinstance(self.source.value, str):
            return "boolean" if isinstance(self.source.value, bool) else "number"
        return "string"

    @property
    def always_answered(self) -> bool:
        """Conditions may rely on a value: required, or a checkbox (unticked is false), and never skipped."""
        return self.visible_when is None and (self.required or self.type == "checkbox")

    @cached_property
    def choice_of(self) -> Mapping[str | int, Choice]:
        return {choice.value: choice for choice in self.choices}


@dataclass(frozen=True)
class Step:
    key: str
    fields: tuple[Field, ...]
    title: str = ""
    description: str = ""

    @property
    def shown_fields(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.is_hidden)


@dataclass(frozen=True)
class Definition:
    title: str
    steps: tuple[Step, ...]
    intro: str
    submit_label: str
    success_title: str
    success_message: str
    content_hash: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for step in self.steps for field in step.fields)

    @cached_property
    def by_key(self) -> Mapping[str, Field]:
        return {field.key: field for field in self.fields}

    @cached_property
    def email_field(self) -> Field:
        return next(field for field in self.fields if field.maps_to == "email")

    @cached_property
    def index_of_step_with(self) -> Mapping[str, int]:
        """Field key -> index of its step."""
        return {field.key: i for i, step in enumerate(self.steps) for field in step.fields}

    @cached_property
    def deciding_keys(self) -> frozenset[str]:
        """Fields that some condition asks for: a change of theirs may show or hide others."""
        return frozenset(key for field in self.fields if field.visible_when for key in field.visible_when.attributes)


def parse_definition(document: object) -> Definition:
    """The checked form. Raises DefinitionInvalid."""
    digest = _digest(document)
    root = Node(document, "", keys={"title", "intro", "submit_label", "steps", "success"})
    earlier: dict[str, Field] = {}
    later = _all_field_keys(root)
    steps = tuple(
        _parse_step(entry, path, earlier, later) for path, entry in root.items("steps", at_least=1, at_most=20)
    )
    _refuse_repeated("steps", [step.key for step in steps], "step")
    _check_email_field(steps)
    success = Node(root.values.get("success", {}), "success", keys={"title", "message"})
    return Definition(
        title=root.text("title", max_length=200, required=True),
        intro=root.text("intro", max_length=2000),
        submit_label=root.text("submit_label", max_length=60) or "Send",
        steps=steps,
        success_title=success.text("title", max_length=200) or "Thank you",
        success_message=success.text("message", max_length=2000),
        content_hash=digest,
    )


def _digest(document: object) -> str:
    try:
        return content_hash(document)
    except (TypeError, ValueError, RecursionError):
        raise DefinitionInvalid("", "must be plain JSON, without NaN and not nested deeply") from None


def _all_field_keys(root: Node) -> frozenset[str]:
    """Every field key of the document, leniently: only to tell "comes later" from "doesn't exist"."""
    steps = root.values.get("steps")
    fields = [
        field
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict) and isinstance(step.get("fields"), list)
        for field in step["fields"]
    ]
    return frozenset(str(field["key"]) for field in fields if isinstance(field, dict) and "key" in field)


def _parse_step(entry: object, path: str, earlier: dict[str, Field], all_keys: frozenset[str]) -> Step:
    node = Node(entry, path, keys={"key", "title", "description", "fields"})
    key = _key(node)
    fields = []
    for field_path, value in node.items("fields", at_least=1, at_most=60):
        field = _parse_field(value, field_path, earlier, all_keys)
        earlier[field.key] = field
        fields.append(field)
    if all(field.is_hidden for field in fields):
        raise node.refuse("fields", "must hold at least one field that is not hidden")
    return Step(
        key=key,
        title=node.text("title", max_length=200),
        description=node.text("description", max_length=1000),
        fields=tuple(fields),
    )


def _parse_field(entry: object, path: str, earlier: Mapping[str, Field], all_keys: frozenset[str]) -> Field:
    kind = _field_type(entry, path)
    if kind == "hidden":
        field = _parse_hidden(Node(entry, path, keys=_KEYS_OF_EVERY_TYPE | {"label", "source"}))
    else:
        node = Node(entry, path, keys=_KEYS_OF_EVERY_TYPE | _KEYS_OF_VISIBLE | _KEYS_OF_TYPE[kind])
        field = _parse_shown(node, kind, earlier, all_keys)
    if field.key in earlier:
        raise DefinitionInvalid(f"{path}.key", f"{field.key} is already the key of another field")
    _check_mapping(field, path, earlier)
    return field


def _field_type(entry: object, path: str) -> str:
    kind = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(entry, dict):
        raise DefinitionInvalid(path, "must be an object")
    if not isinstance(kind, str) or kind not in FIELD_TYPES:
        raise DefinitionInvalid(f"{path}.type", f"must be one of {', '.join(sorted(FIELD_TYPES))}")
    return kind


def _parse_hidden(node: Node) -> Field:
    return Field(
        key=_key(node),
        type="hidden",
        label=node.text("label", max_length=300),
        maps_to=_attribute(node),
        decision=node.one_of("decision", DECISIONS),
        source=_source(node),
        max_length=500,
    )


def _parse_shown(node: Node, kind: str, earlier: Mapping[str, Field], all_keys: frozenset[str]) -> Field:
    maps_to = _attribute(node)
    longest = LONGEST_NAME if maps_to in {"full_name", "phone"} else LONGEST_ANSWER
    choices = _choices(node) if kind in {"select", "radio"} else ()
    field = Field(
        key=_key(node),
        type=kind,
        label=node.text("label", max_length=1000, required=True),
        help=node.text("help", max_length=1000),
        placeholder=node.text("placeholder", max_length=200),
        required=node.flag("required"),
        maps_to=maps_to,
        decision=node.one_of("decision", DECISIONS),
        visible_when=_condition(node, earlier, all_keys),
        choices=choices,
        max_length=node.whole_number("max_length", low=1, high=longest) or DEFAULT_MAX_LENGTH.get(kind, LONGEST_NAME),
        minimum=node.number("min"),
        maximum=node.number("max"),
        default=_default(node, kind, choices),
        autocomplete=_autocomplete(node, kind, maps_to),
        allow_domains=_domains(node),
    )
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        raise node.refuse("max", "must not be below min")
    return field


def _key(node: Node) -> str:
    key = node.text("key", max_length=40, required=True)
    if not _KEY.fullmatch(key):
        raise node.refuse("key", "must begin with a small letter and hold small letters, digits and _ only")
    return key


def _attribute(node: Node) -> str | None:
    return node.one_of("maps_to", ATTRIBUTES.keys())


def _source(node: Node) -> HiddenSource:
    if "source" not in node:
        raise node.refuse("source", "is required")
    source = Node(node.values["source"], node.at("source"), keys=SOURCE_KINDS)
    if len(source.values) != 1:
        raise node.refuse("source", f"must have exactly one of {', '.join(sorted(SOURCE_KINDS))}")
    kind, value = next(iter(source.values.items()))
    if kind == "constant":
        if isinstance(value, str):
            source.text("constant", max_length=500, required=True)
        elif not isinstance(value, bool):
            source.number("constant")
        if value is None:
            raise source.refuse("constant", "must be a text, a number, true or false")
        return HiddenSource(kind, value)
    if not isinstance(value, str) or not _PARAMETER.fullmatch(value):
        raise source.refuse(kind, "must be the name of a parameter")
    return HiddenSource(kind, value)


def _choices(node: Node) -> tuple[Choice, ...]:
    choices = tuple(_choice(entry, path) for path, entry in node.items("choices", at_least=1, at_most=500))
    if len({type(choice.value) for choice in choices}) > 1:
        raise node.refuse("choices", "must have values of one type, all texts or all whole numbers")
    _refuse_repeated(node.at("choices"), [choice.value for choice in choices], "value")
    return choices


def _choice(entry: object, path: str) -> Choice:
    node = Node(entry, path, keys={"value", "label"})
    value = node.values.get("value")
    number = node.whole_number("value", low=-(10**12), high=10**12) if isinstance(value, int) else None
    return Choice(
        value=number if number is not None else node.text("value", max_length=200, required=True),
        label=node.text("label", max_length=300, required=True),
    )


def _default(node: Node, kind: str, choices: tuple[Choice, ...]) -> str | int | float | None:
    """What a field shows before it is touched. It is never filled in for a visitor who clears it."""
    if node.values.get("default") is None:
        return None
    if kind == "number":
        return node.number("default")
    if choices:
        value = node.values["default"]
        if isinstance(value, bool) or value not in {choice.value for choice in choices}:
            raise node.refuse("default", "must be one of the choices' values")
        return value  # type: ignore[no-any-return]
    text = node.text("default", max_length=LONGEST_ANSWER)
    if kind == "country" and pycountry.countries.get(alpha_2=text) is None:
        raise node.refuse("default", "must be an ISO 3166 two-letter code")
    return text


def _autocomplete(node: Node, kind: str, maps_to: str | None) -> str:
    given = node.one_of("autocomplete", AUTOCOMPLETE)
    return given or _AUTOCOMPLETE_OF_TYPE.get(kind, "") or _AUTOCOMPLETE_OF_ATTRIBUTE.get(maps_to or "", "")


def _domains(node: Node) -> frozenset[str]:
    entries = node.items("allow_domains", at_least=0, at_most=500)
    for path, entry in entries:
        if not isinstance(entry, str) or not _DOMAIN.fullmatch(entry):
            raise DefinitionInvalid(path, "must be a domain in small letters, such as gmail.com")
    return frozenset(str(entry) for _, entry in entries)


def _condition(node: Node, earlier: Mapping[str, Field], all_keys: frozenset[str]) -> Condition | None:
    if "visible_when" not in node:
        return None
    document, path = node.values["visible_when"], node.at("visible_when")
    try:
        forward = sorted((parse(document).attributes & all_keys) - earlier.keys())
        if forward:
            raise DefinitionInvalid(path, f"{forward[0]} does not come before this field")
        return parse(document, Vocabulary(_as_attribute(field) for field in earlier.values()))
    except ConditionInvalid as invalid:
        raise DefinitionInvalid(f"{path}.{invalid.path}" if invalid.path else path, invalid.message) from invalid


def _as_attribute(field: Field) -> Attribute:
    return Attribute(
        name=field.key,
        type=field.value_type,
        choices=_text_choices(field),
        required=field.always_answered,
        label=field.label or field.key,
    )


def _text_choices(field: Field) -> dict[str, str] | None:
    if field.type == "country":
        return {country.alpha_2: country.name for country in pycountry.countries}
    return {choice.value: choice.label for choice in field.choices if isinstance(choice.value, str)} or None


def _check_mapping(field: Field, path: str, earlier: Mapping[str, Field]) -> None:
    if field.maps_to is None:
        return
    taken = next((other.key for other in earlier.values() if other.maps_to == field.maps_to), None)
    if taken:
        raise DefinitionInvalid(f"{path}.maps_to", f"{field.maps_to} is already given by {taken}")
    if field.maps_to == "email":
        _check_gives_email(field, path)
    expected = ATTRIBUTES[field.maps_to].type
    if field.value_type != expected:
        raise DefinitionInvalid(
            f"{path}.maps_to", f"{field.maps_to} is a {expected}, this field gives a {field.value_type}"
        )


def _check_gives_email(field: Field, path: str) -> None:
    if field.type not in EMAIL_TYPES:
        raise DefinitionInvalid(f"{path}.maps_to", "only a field of type email or work_email may map to email")
    if not field.required or field.visible_when is not None:
        raise DefinitionInvalid(path, "the field that maps to email must be required and always visible")


def _check_email_field(steps: tuple[Step, ...]) -> None:
    if not any(field.maps_to == "email" for step in steps for field in step.fields):
        raise DefinitionInvalid("steps", "exactly one field must map to email")


def _refuse_repeated(path: str, values: list[str] | list[str | int], what: str) -> None:
    seen: set[str | int] = set()
    for value in values:
        if value in seen:
            raise DefinitionInvalid(path, f"{value} is the {what} of two entries")
        seen.add(value)
