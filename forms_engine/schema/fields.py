"""One field of the document: its type says which keys it may have and what each means."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import get_args

from forms_engine.documents import Node, refuse_repeated
from forms_engine.errors import DefinitionInvalid
from forms_engine.places import all_regions, countries
from forms_engine.schema.asking import read_condition
from forms_engine.schema.field_keys import DECISIONS, FIELD_TYPES, REFUSALS_OF_TYPE, SOURCE_KINDS, keys_of
from forms_engine.schema.model import CHOICE_TYPES, EMAIL_TYPES, Choice, Field, HiddenSource, MailRule
from forms_engine.schema.patterns import why_not_portable
from forms_engine.schema.scope import MailRules, Scope
from forms_engine.schema.statements import read_statement
from leads.attributes import ATTRIBUTES

DEFAULT_MAX_LENGTH = {"text": 200, "textarea": 5000, "url": 1000}
LONGEST_ANSWER = 10_000
# What is kept apart from the observations has columns of its own with this length.
LONGEST_NAME = 200
MAIL_RULES = frozenset(get_args(MailRule))
TODAY = "today"
# The rules of a type where the document has none: (free mail, disposable).
_MAIL_RULES_OF_TYPE: Mapping[str, tuple[MailRule, MailRule]] = {
    "work_email": ("block", "block"),
    "email": ("allow", "allow"),
}

# A control of this name would stand before the form's own property or method of the same name
# (https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem), which our script and others' rely on.
RESERVED_KEYS = frozenset(
    {
        *("action", "after", "append", "attributes", "before", "blur", "children", "click", "closest", "constructor"),
        *("contains", "dataset", "dir", "elements", "focus", "hidden", "inert", "lang", "matches", "method", "part"),
        *("prepend", "remove", "reset", "slot", "submit"),
    }
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
# Names of cookies that tools set, such as _ga.
_COOKIE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill-field (what a lead form can ask)
AUTOCOMPLETE = frozenset(
    {
        *("off", "on", "language", "url", "email", "tel", "tel-national", "organization", "organization-title"),
        *("name", "honorific-prefix", "given-name", "additional-name", "family-name", "honorific-suffix", "nickname"),
        *("street-address", "address-line1", "address-line2", "address-line3", "address-level1", "address-level2"),
        *("country", "country-name", "postal-code", "bday"),
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
_AUTOCOMPLETE_OF_TYPE = {
    "email": "email",
    "work_email": "email",
    "tel": "tel",
    "country": "country",
    "region": "address-level1",
    "company": "organization",
    "url": "url",
}


def read_field(entry: object, path: str, scope: Scope, *, further: bool = False) -> Field:
    """The checked field, which then stands before what is read next. Raises DefinitionInvalid."""
    node = Node(entry, path, keys=keys_of(_field_type(entry, path)))
    if further:
        _refuse_as_further(node)
    item = _READERS.get(node.values["type"], _read_question)(node, scope)
    if item.key in RESERVED_KEYS:
        raise node.refuse("key", f"{item.key} is what browsers call something of every form; choose another one")
    item = replace(item, once=True) if further else item
    scope.place(item, path, further=further)
    _check_mapping(item, path, further=further)
    return item


def read_key(node: Node, name: str = "key", *, default: str = "") -> str:
    key = node.text(name, max_length=40, required=not default, default=default)
    if not _KEY.fullmatch(key):
        raise node.refuse(name, "must begin with a small letter and hold small letters, digits and _ only")
    return key


def read_domains(node: Node) -> frozenset[str]:
    entries = node.items("allow_domains", at_least=0, at_most=500)
    for path, entry in entries:
        if not isinstance(entry, str) or not _DOMAIN.fullmatch(entry):
            raise DefinitionInvalid(path, "must be a domain in small letters, such as gmail.com")
    return frozenset(str(entry) for _, entry in entries)


def read_messages(node: Node, kind: str) -> Mapping[str, str]:
    """Code -> the field's own words for it."""
    messages = node.node("messages", keys=REFUSALS_OF_TYPE.get(kind, frozenset()))
    return {code: messages.text(code, max_length=300, required=True) for code in messages.values}


def _field_type(entry: object, path: str) -> str:
    if not isinstance(entry, dict):
        raise DefinitionInvalid(path, "must be an object")
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in FIELD_TYPES:
        raise DefinitionInvalid(f"{path}.type", f"must be one of {', '.join(sorted(FIELD_TYPES))}")
    return kind


def _refuse_as_further(node: Node) -> None:
    if node.values["type"] in {"hidden", "statement", "consent"}:
        raise node.refuse("type", "must be a question that can be asked in place of another")
    if "once" in node:
        raise node.refuse("once", "must be left out: a further question is always asked once")


def _read_hidden(node: Node, scope: Scope) -> Field:
    key = read_key(node)
    return Field(
        key=key,
        id=read_key(node, "id", default=key),
        type="hidden",
        label=node.text("label", max_length=300),
        maps_to=_attribute(node),
        decision=node.one_of("decision", DECISIONS),
        source=_source(node),
        max_length=500,
    )


def _read_statement(node: Node, scope: Scope) -> Field:
    key = read_key(node)
    return Field(
        key=key,
        id=read_key(node, "id", default=key),
        type="statement",
        visible_when=read_condition(node, "visible_when", scope, of="field"),
        statement=read_statement(node),
    )


def _read_question(node: Node, scope: Scope) -> Field:
    kind, key, maps_to = node.values["type"], read_key(node), _attribute(node)
    label = node.text("label", max_length=1000, required=True)
    choices = _choices(node, kind) if kind in CHOICE_TYPES else ()
    minimum, maximum = (node.number("min"), node.number("max")) if kind == "number" else (None, None)
    earliest, latest = (_bound(node, "min"), _bound(node, "max")) if kind == "date" else ("", "")
    min_length, max_length = _lengths(node, kind, maps_to)
    min_choices, max_choices = _choice_counts(node, len(choices))
    free_mail, disposable = _mail_rules(kind, scope.mail)
    country_key = _country_key(node, kind, scope)
    return _in_order(node, Field(
        key=key,
        id=read_key(node, "id", default=key),
        type=kind,
        label=label,
        help=node.text("help", max_length=1000),
        tooltip=node.text("tooltip", max_length=1000),
        placeholder=node.text("placeholder", max_length=200),
        required=node.flag("required"),
        maps_to=maps_to,
        decision=node.one_of("decision", DECISIONS),
        visible_when=read_condition(node, "visible_when", scope, of="field"),
        once=node.flag("once"),
        choices=choices,
        searchable=node.flag("searchable"),
        min_length=min_length,
        max_length=max_length,
        minimum=minimum,
        maximum=maximum,
        whole=node.flag("whole"),
        earliest=earliest,
        latest=latest,
        min_choices=min_choices,
        max_choices=max_choices,
        pattern=_pattern(node),
        default=_default(node, kind, choices),
        autocomplete=_autocomplete(node, kind, maps_to),
        free_mail=free_mail,
        disposable=disposable,
        allow_domains=read_domains(node) | scope.mail.allow_domains if kind in EMAIL_TYPES else frozenset(),
        country_key=country_key,
        country_select=kind == "tel" and node.flag("country_select", default=not _asked_beside(country_key, scope)),
        consent_version=_consent_version(node, label) if kind == "consent" else "",
        messages=read_messages(node, kind),
    ))  # fmt: skip


def _in_order(node: Node, item: Field) -> Field:
    """Refuses bounds the wrong way round."""
    pairs = (
        ("max", item.minimum, item.maximum),
        ("max_length", item.min_length, item.max_length),
        ("max_choices", item.min_choices, item.max_choices),
    )
    for key, low, high in pairs:
        if low is not None and high is not None and low > high:
            raise node.refuse(key, f"must not be below {key.replace('max', 'min')}")
    if isinstance(item.default, int | float) and not _is_within(item.default, item.minimum, item.maximum):
        raise node.refuse("default", "must be from min to max")
    if TODAY not in {item.earliest, item.latest} and item.latest and item.earliest > item.latest:
        raise node.refuse("max", "must not be before min")
    return item


def _is_within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _attribute(node: Node) -> str | None:
    return node.one_of("maps_to", ATTRIBUTES.keys())


def _lengths(node: Node, kind: str, maps_to: str | None) -> tuple[int | None, int]:
    longest = LONGEST_NAME if maps_to in {"full_name", "phone"} else LONGEST_ANSWER
    usual = DEFAULT_MAX_LENGTH.get(kind, LONGEST_NAME)
    return (
        node.whole_number("min_length", low=1, high=longest),
        node.whole_number("max_length", low=1, high=longest) or min(usual, longest),
    )


def _choice_counts(node: Node, count: int) -> tuple[int | None, int | None]:
    return (
        node.whole_number("min_choices", low=1, high=count),
        node.whole_number("max_choices", low=1, high=count),
    )


def _bound(node: Node, key: str) -> str:
    """An ISO date, `today`, or nothing."""
    text = node.text(key, max_length=10)
    if text in {"", TODAY} and (text or key not in node):
        return text
    return _iso_date(node, key, text)


def _iso_date(node: Node, key: str, text: str) -> str:
    try:
        # The one spelling that sorts as it reads; Python would take others.
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise node.refuse(key, "must be a date such as 2030-01-31") from None


def _pattern(node: Node) -> str:
    pattern = node.text("pattern", max_length=1000, required="pattern" in node)
    reason = why_not_portable(pattern)
    if reason:
        raise node.refuse("pattern", reason)
    return pattern


def _mail_rules(kind: str, of_form: MailRules) -> tuple[MailRule, MailRule]:
    free_mail, disposable = _MAIL_RULES_OF_TYPE.get(kind, ("allow", "allow"))
    if kind not in EMAIL_TYPES:
        return free_mail, disposable
    return of_form.free_mail or free_mail, of_form.disposable or disposable


def _country_key(node: Node, kind: str, scope: Scope) -> str:
    """The country field that a region or a phone number is read with."""
    if kind not in {"region", "tel"}:
        return ""
    given = node.text("country", max_length=40)
    if given and (given not in scope.placed or scope.placed[given].field.type != "country"):
        raise node.refuse("country", "must be the key of an earlier field of type country")
    nearest = given or scope.nearest_country()
    if nearest is None and kind == "region":
        raise node.refuse("country", "is missing: a region needs an earlier field of type country")
    return nearest or ""


def _asked_beside(country_key: str, scope: Scope) -> bool:
    """Whether the country stands in the same step for everybody: nobody is asked for it twice on one page."""
    placed = scope.placed.get(country_key)
    return placed is not None and placed.step == scope.step and placed.field.visible_when is None


def _consent_version(node: Node, label: str) -> str:
    """As given; else a digest of the text, so that another text is always another version."""
    return node.text("version", max_length=60) or hashlib.sha256(label.encode()).hexdigest()[:12]


def _source(node: Node) -> HiddenSource:
    if "source" not in node:
        raise node.refuse("source", "is required")
    source = Node(node.values["source"], node.at("source"), keys=SOURCE_KINDS)
    if len(source.values) != 1:
        raise node.refuse("source", f"must have exactly one of {', '.join(sorted(SOURCE_KINDS))}")
    kind, value = next(iter(source.values.items()))
    if kind == "constant":
        return HiddenSource(kind, _constant(source, value))
    if kind == "referrer":
        if value is not True:
            raise source.refuse(kind, "must be true")
        return HiddenSource(kind, value=True)
    allowed = _COOKIE if kind == "cookie" else _PARAMETER
    if not isinstance(value, str) or not allowed.fullmatch(value):
        raise source.refuse(kind, f"must be the name of a {'cookie' if kind == 'cookie' else 'parameter'}")
    return HiddenSource(kind, value)


def _constant(source: Node, value: object) -> str | int | float | bool:
    if isinstance(value, str):
        source.text("constant", max_length=500, required=True)
        return value
    if isinstance(value, bool):
        return value
    number = source.number("constant")
    if number is None:
        raise source.refuse("constant", "must be a text, a number, true or false")
    return number


def _choices(node: Node, kind: str) -> tuple[Choice, ...]:
    choices = tuple(_choice(entry, path) for path, entry in node.items("choices", at_least=1, at_most=500))
    if len({type(choice.value) for choice in choices}) > 1:
        raise node.refuse("choices", "must have values of one type, all texts or all whole numbers")
    refuse_repeated(node.at("choices"), [choice.value for choice in choices], "value")
    if kind == "checkboxes":
        _check_values_for_lists(node, choices)
    return choices


def _check_values_for_lists(node: Node, choices: tuple[Choice, ...]) -> None:
    for i, choice in enumerate(choices):
        if not isinstance(choice.value, str) or set(choice.value) & set(";\n"):
            raise node.refuse(f"choices[{i}].value", "must be a text without ; and line ends, which part a list")


def _choice(entry: object, path: str) -> Choice:
    node = Node(entry, path, keys={"value", "label"})
    value = node.values.get("value")
    number = node.whole_number("value", low=-(10**12), high=10**12) if isinstance(value, int) else None
    return Choice(
        value=number if number is not None else node.text("value", max_length=200, required=True),
        label=node.text("label", max_length=300, required=True),
    )


def _default(node: Node, kind: str, choices: tuple[Choice, ...]) -> str | int | float | tuple[str, ...] | None:
    """What a field shows before it is touched. It is never filled in for a visitor who clears it."""
    if node.values.get("default") is None:
        return None
    if kind == "number":
        return node.number("default")
    if kind == "checkboxes":
        return _default_list(node, choices)
    if choices:
        value = node.values["default"]
        if isinstance(value, bool) or value not in [choice.value for choice in choices]:
            raise node.refuse("default", "must be one of the choices' values")
        return value  # type: ignore[no-any-return]
    return _default_text(node, kind)


def _default_list(node: Node, choices: tuple[Choice, ...]) -> tuple[str, ...]:
    wanted = [entry for _, entry in node.items("default", at_least=0, at_most=len(choices))]
    known = [str(choice.value) for choice in choices]
    if any(entry not in known for entry in wanted):
        raise node.refuse("default", "must be a list of the choices' values")
    return tuple(value for value in known if value in wanted)


def _default_text(node: Node, kind: str) -> str:
    text = node.text("default", max_length=LONGEST_ANSWER)
    if kind == "country" and text not in countries():
        raise node.refuse("default", "must be an ISO 3166 two-letter code")
    if kind == "region" and text not in all_regions():
        raise node.refuse("default", "must be an ISO 3166-2 code such as DE-BE")
    return _iso_date(node, "default", text) if kind == "date" else text


def _autocomplete(node: Node, kind: str, maps_to: str | None) -> str:
    given = node.one_of("autocomplete", AUTOCOMPLETE)
    return given or _AUTOCOMPLETE_OF_TYPE.get(kind, "") or _AUTOCOMPLETE_OF_ATTRIBUTE.get(maps_to or "", "")


def _check_mapping(item: Field, path: str, *, further: bool) -> None:
    if item.maps_to is None:
        return
    if item.maps_to == "email":
        _check_gives_email(item, path, further=further)
    expected = ATTRIBUTES[item.maps_to].type
    if item.value_type != expected:
        raise DefinitionInvalid(
            f"{path}.maps_to", f"{item.maps_to} is a {expected}, this field gives a {item.value_type}"
        )


def _check_gives_email(item: Field, path: str, *, further: bool) -> None:
    if item.type not in EMAIL_TYPES:
        raise DefinitionInvalid(f"{path}.maps_to", "only a field of type email or work_email may map to email")
    if not item.required or item.visible_when is not None or further:
        raise DefinitionInvalid(path, "the field that maps to email must be required and always visible")


_READERS = {"hidden": _read_hidden, "statement": _read_statement}
