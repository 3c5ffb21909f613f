"""What a form is: one validated document of steps and fields. `parse_definition` reads one, `model` says what comes
out, `localise` gives it in another language."""

from forms_engine.schema.field_keys import DECISIONS, FIELD_TYPES, SOURCE_KINDS, keys_of
from forms_engine.schema.languages import choose_language, direction
from forms_engine.schema.localising import localise
from forms_engine.schema.model import (
    CHOICE_TYPES,
    EMAIL_TYPES,
    END,
    TICK_TYPES,
    Choice,
    Definition,
    Ending,
    Field,
    Gate,
    HiddenSource,
    Jump,
    Statement,
    Step,
    ValueType,
)
from forms_engine.schema.parsing import parse_definition

__all__ = [
    "CHOICE_TYPES",
    "DECISIONS",
    "EMAIL_TYPES",
    "END",
    "FIELD_TYPES",
    "SOURCE_KINDS",
    "TICK_TYPES",
    "Choice",
    "Definition",
    "Ending",
    "Field",
    "Gate",
    "HiddenSource",
    "Jump",
    "Statement",
    "Step",
    "ValueType",
    "choose_language",
    "direction",
    "keys_of",
    "localise",
    "parse_definition",
]
