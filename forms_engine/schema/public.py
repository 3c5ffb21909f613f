"""A definition for those outside: `public_definition` for whoever calls the API, `logic` for the script in the
browser. Both leave out what is nobody else's business: attributes, decisions, e-mail rules.

What `logic` holds is said in docs/form-protocol.md, "The markup". Keys that have their default are left out.
"""

from typing import Any

from forms_engine.places import countries_with_regions
from forms_engine.schema.field_keys import REFUSALS_OF_TYPE
from forms_engine.schema.languages import direction
from forms_engine.schema.model import Definition, Ending, Field, HiddenSource, Statement, Step
from forms_engine.words import runtime_words, words
from forms_engine.words.keys import SERVERS_REFUSALS

Json = dict[str, Any]

# Types whose length the browser may judge.
_TEXT_TYPES = frozenset({"text", "textarea", "company", "url"})


def public_definition(definition: Definition) -> Json:
    """A localised definition as plain JSON, in the shape of a document."""
    return _filled(
        title=definition.title,
        intro=definition.intro,
        language=definition.language,
        languages=list(definition.languages),
        direction=direction(definition.language),
        submit_label=definition.submit_label,
        continue_label=definition.continue_label,
        steps=[_public_step(step) for step in definition.steps],
        endings=[_public_ending(ending) for ending in definition.endings],
    )


def logic(definition: Definition) -> Json:
    """What the runtime must know of a localised definition and can't read from its markup."""
    has_region = any(item.type == "region" for item in definition.fields)
    return _filled(
        steps=[_step_logic(step) for step in definition.steps],
        countries_with_regions=" ".join(sorted(countries_with_regions())) if has_region else "",
        words=_words(definition),
        language=definition.language,
    )


def _words(definition: Definition) -> dict[str, str]:
    refusals = {code for item in definition.fields for code in REFUSALS_OF_TYPE.get(item.type, ())}
    refusals -= SERVERS_REFUSALS
    table = words(definition.language)
    return {**{code: table[code] for code in sorted(refusals)}, **runtime_words(definition.language)}


def _step_logic(step: Step) -> Json:
    return _filled(
        key=step.key,
        when=_condition(step),
        jumps=[[jump.when.document, jump.to] for jump in step.jumps],
        gates=[[gate.when.document, gate.ending] for gate in step.gates],
        fields=[_field_logic(item) for item in step.fields],
        further=[_field_logic(item) for item in step.further],
    )


def _field_logic(item: Field) -> Json:
    low, high = _bounds(item)
    return _filled(
        key=item.key,
        type=item.type,
        required=item.required,
        when=_condition(item),
        min=low,
        max=high,
        min_length=item.min_length,
        max_length=item.max_length if item.type in _TEXT_TYPES else None,
        pattern=item.pattern,
        whole=item.whole,
        once=item.once,
        country=item.country_key,
        source=_source(item.source),
        messages=dict(item.messages),
        numeric=bool(item.choices) and item.value_type == "number",
    )


def _bounds(item: Field) -> tuple[object, object]:
    """Of numbers, dates or ticks, whichever the field has."""
    if item.type == "date":
        return item.earliest or None, item.latest or None
    if item.type == "checkboxes":
        return item.min_choices, item.max_choices
    return item.minimum, item.maximum


def _public_step(step: Step) -> Json:
    return _filled(
        key=step.key,
        title=step.title,
        description=step.description,
        visible_when=_condition(step),
        jumps=[{"when": jump.when.document, "to": jump.to} for jump in step.jumps],
        gates=[{"when": gate.when.document, "ending": gate.ending} for gate in step.gates],
        fields=[_public_field(item) for item in step.fields],
        further=[_public_field(item) for item in step.further],
    )


def _public_field(item: Field) -> Json:
    low, high = _bounds(item)
    return _filled(
        key=item.key,
        id=item.id,
        type=item.type,
        label=item.label,
        help=item.help,
        tooltip=item.tooltip,
        placeholder=item.placeholder,
        required=item.required,
        visible_when=_condition(item),
        once=item.once,
        choices=[{"value": choice.value, "label": choice.label} for choice in item.choices],
        min_length=item.min_length,
        max_length=item.max_length if item.type in _TEXT_TYPES else None,
        **_public_bounds(item, low, high),
        whole=item.whole,
        pattern=item.pattern,
        default=list(item.default) if isinstance(item.default, tuple) else item.default,
        country=item.country_key,
        version=item.consent_version,
        source=_source(item.source),
        statement=_statement(item.statement),
    )


def _public_bounds(item: Field, low: object, high: object) -> Json:
    names = ("min_choices", "max_choices") if item.type == "checkboxes" else ("min", "max")
    return dict(zip(names, (low, high), strict=True))


def _public_ending(ending: Ending) -> Json:
    return _filled(
        key=ending.key,
        kind=ending.kind,
        when=dict(ending.when.document) if ending.when else None,
        title=ending.title,
        message=ending.message,
        url=ending.url,
        form=ending.form,
        button=ending.button,
    )


def _condition(item: Field | Step) -> Json | None:
    return dict(item.visible_when.document) if item.visible_when else None


def _source(source: HiddenSource | None) -> Json | None:
    return {source.kind: source.value} if source else None


def _statement(statement: Statement | None) -> Json | None:
    if statement is None:
        return None
    if statement.kind == "text":
        return {"text": statement.text}
    if statement.kind == "quote":
        return _filled(quote=statement.text, author=statement.author, role=statement.role)
    return {"faq": [{"question": question, "answer": answer} for question, answer in statement.items]}


def _filled(**values: Any) -> Json:
    """Without what says nothing; 0 says something."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}) and value is not False}
