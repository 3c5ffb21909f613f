"""What a form is: one validated document of steps and fields. `parse_definition` reads one, `model` says what comes out."""

from forms_engine.schema.model import (
    EMAIL_TYPES,
    Choice,
    Definition,
    Ending,
    Field,
    HiddenSource,
    Step,
    ValueType,
)
from forms_engine.schema.parsing import parse_definition

__all__ = [
    "EMAIL_TYPES",
    "Choice",
    "Definition",
    "Ending",
    "Field",
    "HiddenSource",
    "Step",
    "ValueType",
    "parse_definition",
]
