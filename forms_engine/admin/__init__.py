"""The admin of forms: what people define, and what comes in."""

from forms_engine.admin import definitions, received

__all__ = ["definitions", "received"]
