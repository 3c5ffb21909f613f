"""A form in one language: the document's own texts, overlaid with its translation, and our words where both say
nothing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from forms_engine.documents import Node
from forms_engine.schema.languages import choose_language, parents
from forms_engine.schema.model import Choice, Definition, Ending, Field, Statement, Step
from forms_engine.schema.statements import read_statement
from forms_engine.words import say

Texts = Mapping[str, Any]


def localise(definition: Definition, language: str) -> Definition:
    """The same form in the nearest language that it speaks: `pt-BR` from `pt-BR`, `pt`, or the document's own texts,
    text by text. Made once per definition and language."""
    original = definition.original or definition
    chosen = choose_language(original, [language])
    # Two threads may both make it; both make the same.
    if chosen not in original.localised:
        original.localised[chosen] = _localised(original, chosen)
    return original.localised[chosen]


def _localised(original: Definition, language: str) -> Definition:
    layers = [original.translations[tag] for tag in reversed(parents(language)) if tag in original.translations]
    texts = _merged(layers)
    translated = replace(
        _with(original, texts, "title", "intro", "submit_label", "continue_label"),
        steps=tuple(_step(step, texts) for step in original.steps),
        endings=tuple(_ending(ending, texts.get("endings", {}).get(ending.key, {})) for ending in original.endings),
        language=language,
        original=original,
    )
    return _with_our_words(translated)


def _merged(layers: Iterable[Texts]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            inner = merged.get(key)
            both = isinstance(value, Mapping) and isinstance(inner, Mapping)
            merged[key] = _merged([inner, value]) if both else value  # type: ignore[list-item]
    return merged


def _with(item: Any, texts: Texts, *names: str) -> Any:
    """A copy of a dataclass with those of the named texts that there are."""
    return replace(item, **{name: texts[name].strip() for name in names if name in texts})


def _step(step: Step, texts: Texts) -> Step:
    translated: Step = _with(step, texts.get("steps", {}).get(step.key, {}), "title", "description")
    fields = texts.get("fields", {})
    return replace(
        translated,
        fields=tuple(_field(item, fields.get(item.key, {})) for item in step.fields),
        further=tuple(_field(item, fields.get(item.key, {})) for item in step.further),
    )


def _field(item: Field, texts: Texts) -> Field:
    if not texts:
        return item
    labels = texts.get("choices", {})
    translated: Field = _with(item, texts, "label", "help", "tooltip", "placeholder")
    return replace(
        translated,
        choices=tuple(Choice(each.value, labels.get(str(each.value), each.label).strip()) for each in item.choices),
        messages={**item.messages, **texts.get("messages", {})},
        statement=_statement(item.statement, texts) if item.statement else None,
    )


def _statement(statement: Statement, texts: Texts) -> Statement:
    translated = read_statement(Node(texts, "", keys={"statement"}))
    return replace(translated, author=translated.author or statement.author, role=translated.role or statement.role)


def _ending(ending: Ending, texts: Texts) -> Ending:
    translated: Ending = _with(ending, texts, "title", "message", "button", "url")
    return translated


def _with_our_words(definition: Definition) -> Definition:
    language = definition.language
    thanks = say(language, "thank_you_title")
    return replace(
        definition,
        submit_label=definition.submit_label or say(language, "send"),
        continue_label=definition.continue_label or say(language, "continue"),
        endings=tuple(replace(ending, title=ending.title or thanks) for ending in definition.endings),
    )
