"""What a form is: one validated document of steps and fields.

Pure: no Django models, no clock, no network. `parse_definition` answers one question, does this document hold
together, and either returns a frozen `Definition` or raises `DefinitionInvalid` with the path to the first thing that
doesn't. What it guarantees of a definition:

- keys of steps, fields and endings are unique, and each field maps to at most one lead attribute of its own type;
- exactly one required field that nobody can miss maps to `email`, since a lead is a person with an address;
- every condition names only fields that come before it, with their types and choices, and jumps lead forward only, so
  there are no cycles and one pass in order decides what is visible;
- conditions and patterns mean the same in every browser as here;
- some ending holds for every submission;
- nothing unknown is in the document, so a typing error can't pass for an absent setting.
"""

from dataclasses import replace
from typing import cast

from forms_engine.canonical import content_hash
from forms_engine.documents import Node, refuse_repeated
from forms_engine.errors import DefinitionInvalid
from forms_engine.schema.endings import read_endings
from forms_engine.schema.fields import MAIL_RULES, read_domains
from forms_engine.schema.localising import localise
from forms_engine.schema.model import Definition, MailRule, Step
from forms_engine.schema.scope import MailRules, Scope, keys_in
from forms_engine.schema.steps import read_step
from forms_engine.schema.translations import read_language, read_translations
from leads.attributes import is_personal

MOST_STEPS = 20
_KEYS = frozenset(
    {
        *("title", "intro", "submit_label", "continue_label", "language", "steps", "success", "endings", "email"),
        "translations",
    }
)
# Types whose values a page may be told beforehand: they say nothing that could find a person.
_CLOSED_TYPES = frozenset({"select", "radio", "checkbox", "checkboxes", "country", "region", "number"})


def parse_definition(document: object) -> Definition:
    """The checked form, in its own language. Raises DefinitionInvalid."""
    digest = _digest(document)
    root = Node(document, "", keys=_KEYS)
    step_keys, field_keys = keys_in(root.values.get("steps"))
    scope = Scope(field_keys=field_keys, step_keys=step_keys, mail=_mail_rules(root))
    language = read_language(root)
    steps = _steps(root, scope)
    _check_email_field(scope)
    _check_asked_once(scope)
    _check_known_regions(scope)
    # Endings come after every step: what any of those may be without, an ending can't rely on.
    scope.step = len(steps)
    definition = Definition(
        title=root.text("title", max_length=200, required=True),
        steps=steps,
        intro=root.text("intro", max_length=2000),
        submit_label=root.text("submit_label", max_length=60),
        continue_label=root.text("continue_label", max_length=60),
        endings=read_endings(root, scope),
        language=language,
        languages=(language,),
        translations={},
        content_hash=digest,
    )
    translations = read_translations(root, definition)
    languages = (language, *sorted(translations))
    return localise(replace(definition, translations=translations, languages=languages), language)


def _digest(document: object) -> str:
    try:
        return content_hash(document)
    except (TypeError, ValueError, RecursionError):
        raise DefinitionInvalid("", "must be plain JSON, without NaN and not nested deeply") from None


def _mail_rules(root: Node) -> MailRules:
    node = root.node("email", keys={"free_mail", "disposable", "allow_domains"})
    return MailRules(
        free_mail=cast("MailRule | None", node.one_of("free_mail", MAIL_RULES)),
        disposable=cast("MailRule | None", node.one_of("disposable", MAIL_RULES)),
        allow_domains=read_domains(node),
    )


def _steps(root: Node, scope: Scope) -> tuple[Step, ...]:
    entries = root.items("steps", at_least=1, at_most=MOST_STEPS)
    steps = tuple(read_step(entry, path, scope, index=i) for i, (path, entry) in enumerate(entries))
    refuse_repeated("steps", [step.key for step in steps], "step")
    return steps


def _check_email_field(scope: Scope) -> None:
    found = next((placed for placed in scope.placed.values() if placed.field.maps_to == "email"), None)
    if found is None:
        raise DefinitionInvalid("steps", "exactly one field must map to email")
    if found.step in scope.jumps_over:
        raise DefinitionInvalid(scope.jumps_over[found.step], "must not lead past the field that maps to email")
    if found.step in scope.skippable:
        raise DefinitionInvalid(
            f"steps[{found.step}].visible_when", "the step of the field that maps to email must always come"
        )


def _check_asked_once(scope: Scope) -> None:
    """What conditions ask is told to the browser, also where a recognised visitor gave it before."""
    for placed in scope.placed.values():
        item = placed.field
        if item.key not in scope.asked or not item.once:
            continue
        if item.type not in _CLOSED_TYPES or (item.maps_to and is_personal(item.maps_to)):
            path = placed.path if placed.further else f"{placed.path}.once"
            raise DefinitionInvalid(path, "conditions ask this field, so its known value would be told to the browser")


def _check_known_regions(scope: Scope) -> None:
    """A region that is known must not meet another country than the one it was answered with."""
    asked_once = {key for key, placed in scope.placed.items() if placed.field.once}
    for placed in scope.placed.values():
        item = placed.field
        if item.type == "region" and item.once and item.country_key not in asked_once:
            path = placed.path if placed.further else f"{placed.path}.once"
            raise DefinitionInvalid(
                path, f"needs {item.country_key}, the country it is read with, to be asked once too"
            )
