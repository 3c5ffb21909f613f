"""The texts of a form in other languages: a part of the document that may leave out anything, but names nothing that
the form doesn't have."""

from collections.abc import Mapping
from typing import Any

from forms_engine.documents import Node
from forms_engine.errors import DefinitionInvalid
from forms_engine.schema.endings import url_is_allowed
from forms_engine.schema.field_keys import KEYS_OF_TYPE
from forms_engine.schema.fields import read_messages
from forms_engine.schema.languages import LANGUAGE_TAG
from forms_engine.schema.model import Definition, Ending, Field
from forms_engine.schema.statements import read_statement

Texts = Mapping[str, Any]

MOST_LANGUAGES = 60
_KEYS = frozenset({"title", "intro", "submit_label", "continue_label", "steps", "fields", "endings"})
_LENGTHS = {
    "title": 200,
    "intro": 2000,
    "submit_label": 60,
    "continue_label": 60,
    "description": 1000,
    "message": 2000,
    "label": 1000,
    "help": 1000,
    "tooltip": 1000,
    "placeholder": 200,
    "button": 60,
    "url": 2000,
}


def read_language(root: Node) -> str:
    language = root.text("language", max_length=35, default="en", required="language" in root)
    if not LANGUAGE_TAG.fullmatch(language):
        raise root.refuse("language", "must be a language tag such as de or pt-BR")
    return language


def read_translations(root: Node, definition: Definition) -> Mapping[str, Texts]:
    """Language -> checked texts. Raises DefinitionInvalid."""
    translations = root.values.get("translations", {})
    if not isinstance(translations, dict) or len(translations) > MOST_LANGUAGES:
        raise root.refuse("translations", f"must be an object of at most {MOST_LANGUAGES} languages")
    for language, texts in translations.items():
        path = f"{root.at('translations')}.{language}"
        if not LANGUAGE_TAG.fullmatch(language) or language == definition.language:
            raise DefinitionInvalid(path, "must be the tag of another language, such as de or pt-BR")
        _check(Node(texts, path, keys=_KEYS), definition)
    return translations


def _check(node: Node, definition: Definition) -> None:
    _check_texts(node, {"title", "intro", "submit_label", "continue_label"})
    steps = node.node("steps", keys={step.key for step in definition.steps})
    for key in steps.values:
        _check_texts(steps.node(key, keys={"title", "description"}))
    fields = node.node("fields", keys={item.key for item in definition.fields if not item.is_hidden})
    for key in fields.values:
        _check_field(fields, definition.by_key[key])
    endings = node.node("endings", keys=set(definition.ending_of))
    for key in endings.values:
        _check_ending(endings.node(key, keys={"title", "message", "button", "url"}), definition.ending_of[key])


def _check_texts(node: Node, names: set[str] | None = None) -> None:
    for name in node.values.keys() & (names or node.values.keys()):
        node.text(name, max_length=_LENGTHS[name], required=True)


def _check_field(fields: Node, item: Field) -> None:
    if item.statement is not None:
        _check_statement(fields.node(item.key, keys={"statement"}), item)
        return
    texts = {"label", "help", "tooltip"} | ({"placeholder"} & KEYS_OF_TYPE[item.type])
    node = fields.node(item.key, keys=texts | {"messages"} | ({"choices"} if item.choices else set()))
    _check_texts(node, texts)
    read_messages(node, item.type)
    choices = node.node("choices", keys={str(choice.value) for choice in item.choices})
    for value in choices.values:
        choices.text(value, max_length=300, required=True)


def _check_statement(node: Node, item: Field) -> None:
    assert item.statement is not None  # noqa: S101  the caller's question
    translated = read_statement(node)
    if translated.kind != item.statement.kind or len(translated.items) != len(item.statement.items):
        raise node.refuse("statement", "must have the shape of the statement that it translates")


def _check_ending(node: Node, ending: Ending) -> None:
    _check_texts(node)
    if "url" in node and not (ending.url and url_is_allowed(node.text("url", max_length=2000))):
        raise node.refuse("url", "must be an https address or a path, of an ending that has one")
