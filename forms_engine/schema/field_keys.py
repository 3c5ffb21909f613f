"""Which keys a field of each type may have, and which refusals it may word itself."""

from collections.abc import Mapping

FIELD_TYPES = frozenset(
    {
        *("text", "textarea", "email", "work_email", "tel", "number", "select", "radio", "checkboxes", "checkbox"),
        *("consent", "country", "region", "company", "url", "date", "statement", "hidden"),
    }
)
DECISIONS = frozenset({"routing", "prioritisation", "sales_context"})
SOURCE_KINDS = frozenset({"constant", "query", "utm", "referrer", "cookie", "data"})

KEYS_OF_EVERY_TYPE = frozenset({"key", "id", "type"})
KEYS_OF_VALUES = frozenset({"label", "maps_to", "decision"})
KEYS_OF_QUESTIONS = frozenset({"help", "tooltip", "required", "visible_when", "messages"})

_LINE = frozenset({"placeholder", "default", "autocomplete", "once"})
_LENGTHS = frozenset({"min_length", "max_length"})
KEYS_OF_TYPE: Mapping[str, frozenset[str]] = {
    "text": _LINE | _LENGTHS | {"pattern"},
    "textarea": _LENGTHS | {"placeholder", "default", "once"},
    "company": _LINE | _LENGTHS,
    "email": _LINE,
    "work_email": _LINE | {"allow_domains"},
    "tel": _LINE | {"country", "country_select"},
    "url": _LINE,
    "number": _LINE | {"min", "max", "whole"},
    "date": frozenset({"default", "autocomplete", "once", "min", "max"}),
    "select": _LINE | {"choices", "searchable"},
    "radio": frozenset({"default", "choices", "once"}),
    "checkboxes": frozenset({"default", "choices", "once", "min_choices", "max_choices"}),
    "checkbox": frozenset({"once"}),
    "consent": frozenset({"version"}),
    "country": _LINE | {"searchable"},
    "region": _LINE | {"country", "searchable"},
    "statement": frozenset({"statement", "visible_when"}),
    "hidden": frozenset({"source"}),
}

_TEXT = frozenset({"required", "too_long", "too_short", "characters"})
_EMAIL = frozenset({"required_email", "too_long", "characters", "email_syntax", "email_free", "email_disposable"})
REFUSALS_OF_TYPE: Mapping[str, frozenset[str]] = {
    "text": _TEXT | {"pattern"},
    "textarea": _TEXT,
    "company": _TEXT,
    "email": _EMAIL,
    "work_email": _EMAIL,
    "tel": frozenset({"required", "too_long", "characters", "phone"}),
    "url": frozenset({"required", "too_long", "characters", "url"}),
    "number": frozenset({"required", "not_number", "not_whole", "too_low", "too_high"}),
    "date": frozenset({"required", "date", "date_early", "date_late"}),
    "select": frozenset({"required_choice", "choice"}),
    "radio": frozenset({"required_choice", "choice"}),
    "checkboxes": frozenset({"required_choice", "choice", "too_few", "too_many"}),
    "checkbox": frozenset({"required_tick"}),
    "consent": frozenset({"required_tick"}),
    "country": frozenset({"required_choice", "country"}),
    "region": frozenset({"required_choice", "region"}),
}


def keys_of(kind: str) -> frozenset[str]:
    """Every key that a field of this type may have."""
    if kind == "statement":
        return KEYS_OF_EVERY_TYPE | KEYS_OF_TYPE[kind]
    of_questions = frozenset() if kind == "hidden" else KEYS_OF_QUESTIONS
    return KEYS_OF_EVERY_TYPE | KEYS_OF_VALUES | of_questions | KEYS_OF_TYPE[kind]
