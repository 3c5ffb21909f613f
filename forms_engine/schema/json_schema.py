"""The JSON Schema of form documents (draft 2020-12), for editors and for who writes documents by program. Pure.

It says the shape: keys, types, bounds. What depends on the rest of a document (keys that are named must exist,
conditions look back only, exactly one field gives the e-mail) is the parser's to say, which is stricter: every document
the parser takes is valid by this schema.
"""

from collections.abc import Iterable
from typing import Any

from forms_engine.schema.field_keys import DECISIONS, FIELD_TYPES, REFUSALS_OF_TYPE, SOURCE_KINDS, keys_of
from forms_engine.schema.fields import AUTOCOMPLETE, LONGEST_ANSWER, MAIL_RULES
from leads.attributes import ATTRIBUTES

Schema = dict[str, Any]

ADDRESS = "/api/v1/form-schema.json"

_KEY: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_LANGUAGE: Schema = {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"}
_CONDITION: Schema = {
    "type": "object",
    "description": 'A condition over earlier fields, such as {"country": "DE", "employees": {"$gte": 200}}.',
}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": ["integer", "null"], "minimum": 1}
_DATE: Schema = {"type": "string", "pattern": r"^(today|\d{4}-\d{2}-\d{2})$"}
_DOMAINS: Schema = {
    "type": "array",
    "maxItems": 500,
    "items": {"type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"},
}


def document_schema() -> Schema:
    """A fresh dictionary, ready for JSON."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Switchyard form",
        **_object(
            {
                "title": _text(200),
                "intro": _text(2000),
                "submit_label": _text(60),
                "continue_label": _text(60),
                "language": _LANGUAGE,
                "email": _email_rules(),
                "steps": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"$ref": "#/$defs/step"}},
                "success": _object({"title": _text(200), "message": _text(2000)}),
                "endings": {"type": "array", "maxItems": 50, "items": {"$ref": "#/$defs/ending"}},
                "translations": {
                    "type": "object",
                    "maxProperties": 60,
                    "propertyNames": _LANGUAGE,
                    "additionalProperties": {"$ref": "#/$defs/translation"},
                },
            },
            required=["title", "steps"],
        ),
        "$defs": {
            "step": _step(),
            "field": _any_field(),
            "ending": _ending(),
            "translation": _translation(),
            "choice": _object(
                {"value": {"type": ["string", "integer"]}, "label": _text(300)}, required=["value", "label"]
            ),
            "statement": _statement(),
            **{f"{kind}_field": _field(kind) for kind in sorted(FIELD_TYPES)},
        },
    }


def _object(properties: dict[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "additionalProperties": False, "properties": properties, **needed}


def _text(longest: int) -> Schema:
    return {"type": "string", "maxLength": longest}


def _email_rules() -> Schema:
    rule: Schema = {"enum": sorted(MAIL_RULES)}
    return _object({"free_mail": rule, "disposable": rule, "allow_domains": _DOMAINS})


def _step() -> Schema:
    fields: Schema = {"type": "array", "maxItems": 60, "items": {"$ref": "#/$defs/field"}}
    return _object(
        {
            "key": _KEY,
            "title": _text(200),
            "description": _text(1000),
            "visible_when": _CONDITION,
            "fields": {**fields, "minItems": 1},
            "further": fields,
            "jumps": _rules({"to": _KEY}),
            "gates": _rules({"ending": _KEY}),
        },
        required=["key", "fields"],
    )


def _rules(properties: dict[str, Schema]) -> Schema:
    rule = _object({"when": _CONDITION, **properties}, required=["when", *properties])
    return {"type": "array", "items": rule}


def _any_field() -> Schema:
    """By type, so that an editor complains about the one thing that is wrong and not about eighteen alternatives."""
    by_type = [
        {"if": {"properties": {"type": {"const": kind}}}, "then": {"$ref": f"#/$defs/{kind}_field"}}
        for kind in sorted(FIELD_TYPES)
    ]
    properties = {"key": _KEY, "type": {"enum": sorted(FIELD_TYPES)}}
    return {"type": "object", "required": ["key", "type"], "properties": properties, "allOf": by_type}


def _field(kind: str) -> Schema:
    required = ["key", "type"]
    required += [] if kind in {"hidden", "statement"} else ["label"]
    required += [name for name in ("source", "choices", "statement") if name in keys_of(kind)]
    properties = {name: _property(name, kind) for name in sorted(keys_of(kind))}
    return _object({**properties, "type": {"const": kind}}, required=required)


_PROPERTIES: dict[str, Schema] = {
    "key": _KEY,
    "id": _KEY,
    "type": {},
    "label": _text(1000),
    "help": _text(1000),
    "tooltip": _text(1000),
    "placeholder": _text(200),
    "required": _FLAG,
    "visible_when": _CONDITION,
    "once": _FLAG,
    "searchable": _FLAG,
    "whole": _FLAG,
    "country_select": _FLAG,
    "country": _KEY,
    "min_length": {**_COUNT, "maximum": LONGEST_ANSWER},
    "max_length": {**_COUNT, "maximum": LONGEST_ANSWER},
    "min_choices": _COUNT,
    "max_choices": _COUNT,
    "pattern": {"type": "string", "minLength": 1, "maxLength": 1000},
    "version": _text(60),
    "maps_to": {"enum": [None, *ATTRIBUTES]},
    "decision": {"enum": [None, *sorted(DECISIONS)]},
    "autocomplete": {"enum": [None, *sorted(AUTOCOMPLETE)]},
    "allow_domains": _DOMAINS,
    "choices": {"type": "array", "minItems": 1, "maxItems": 500, "items": {"$ref": "#/$defs/choice"}},
    "statement": {"$ref": "#/$defs/statement"},
}


def _property(name: str, kind: str) -> Schema:
    if name == "messages":
        return _object({code: _text(300) for code in sorted(REFUSALS_OF_TYPE[kind])})
    if name == "source":
        return _source()
    if name in {"min", "max"}:
        return _DATE if kind == "date" else {"type": ["number", "null"]}
    if name == "default":
        return _default(kind)
    if name == "label" and kind == "hidden":
        return _text(300)
    return _PROPERTIES[name]


def _default(kind: str) -> Schema:
    if kind == "number":
        return {"type": ["number", "null"]}
    if kind == "checkboxes":
        return {"type": ["array", "null"], "items": {"type": ["string", "integer"]}}
    if kind in {"select", "radio"}:
        return {"type": ["string", "integer", "null"]}
    return {"type": ["string", "null"], "maxLength": LONGEST_ANSWER}


def _source() -> Schema:
    values: dict[str, Schema] = {kind: {"type": "string"} for kind in sorted(SOURCE_KINDS)}
    values["constant"] = {"type": ["string", "number", "boolean"]}
    values["referrer"] = {"const": True}
    return {**_object(values), "minProperties": 1, "maxProperties": 1}


def _statement() -> Schema:
    question = _object({"question": _text(500), "answer": _text(5000)}, required=["question", "answer"])
    return {
        "oneOf": [
            _object({"text": _text(5000)}, required=["text"]),
            _object({"quote": _text(5000), "author": _text(200), "role": _text(200)}, required=["quote"]),
            _object({"faq": {"type": "array", "minItems": 1, "maxItems": 30, "items": question}}, required=["faq"]),
        ]
    }


def _ending() -> Schema:
    return _object(
        {
            "key": _KEY,
            "kind": {"enum": [None, "message", "redirect", "form"]},
            "when": _CONDITION,
            "title": _text(200),
            "message": _text(2000),
            "url": _text(2000),
            "form": _text(60),
            "button": _text(60),
        },
        required=["key"],
    )


def _translation() -> Schema:
    step = _object({"title": _text(200), "description": _text(1000)})
    ending = _object({"title": _text(200), "message": _text(2000), "button": _text(60), "url": _text(2000)})
    texts = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 300}}
    field = _object(
        {
            "label": _text(1000),
            "help": _text(1000),
            "tooltip": _text(1000),
            "placeholder": _text(200),
            "messages": texts,
            "choices": texts,
            "statement": {"$ref": "#/$defs/statement"},
        }
    )
    return _object(
        {
            "title": _text(200),
            "intro": _text(2000),
            "submit_label": _text(60),
            "continue_label": _text(60),
            "steps": {"type": "object", "additionalProperties": step},
            "fields": {"type": "object", "additionalProperties": field},
            "endings": {"type": "object", "additionalProperties": ending},
        }
    )
