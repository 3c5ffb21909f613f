"""What changed between two versions of a form, in plain words. Pure.

Fields are matched by identity (`id`, the key where none is given), steps, endings and choices by their keys. Each
change is one sentence that a marketer understands without the documents. What only stands elsewhere because something
before it came or went isn't said to have moved.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from conditions import Condition
from forms_engine.schema.model import Choice, Definition, Ending, Field, HiddenSource, Statement, Step

Kind = Literal["added", "removed", "changed", "moved"]
LONGEST_QUOTE = 120

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """`subject` is what it is about: form, step, field, ending or translation; `name` its key ("" for the form)."""

    kind: Kind
    subject: str
    name: str
    text: str


def differences(old: Definition, new: Definition) -> list[Change]:
    """Changes in reading order: the form, its steps, fields, endings, translations. Empty where nothing changed."""
    return [
        *_form_changes(old, new),
        *_step_changes(old, new),
        *_field_changes(old, new),
        *_ending_changes(old, new),
        *_translation_changes(old, new),
    ]


# The form and its steps


def _form_changes(old: Definition, new: Definition) -> Iterator[Change]:
    texts = {
        "title": "The title",
        "intro": "The introduction",
        "submit_label": "The button that sends",
        "continue_label": "The button that goes on",
        "language": "The form's own language",
    }
    for name, what in texts.items():
        yield from _if_changed("form", "", what, getattr(old, name), getattr(new, name))


def _step_changes(old: Definition, new: Definition) -> Iterator[Change]:
    added, removed, kept = _matched(old.steps, new.steps, _key)
    for step in added:
        yield Change("added", "step", step.key, f"The step {_step_name(step)} is new.")
    for step in removed:
        yield Change("removed", "step", step.key, f"The step {_step_name(step)} is gone.")
    for step in _moved([before for before, _ in kept], [after for _, after in kept], old.steps, _key):
        yield Change("moved", "step", step.key, f"The step {_step_name(step)} comes at another place.")
    for before, after in kept:
        yield from _within_step(before, after)


def _within_step(old: Step, new: Step) -> Iterator[Change]:
    name = f"The step {_step_name(new)}:"
    yield from _if_changed("step", new.key, f"{name} its title", old.title, new.title)
    yield from _if_changed("step", new.key, f"{name} its description", old.description, new.description)
    yield from _if_changed("step", new.key, f"{name} when it comes", old.visible_when, new.visible_when)
    jumps = [[f"to {_place(jump.to)} {_said(jump.when)}" for jump in step.jumps] for step in (old, new)]
    gates = [[f"with {gate.ending} {_said(gate.when)}" for gate in step.gates] for step in (old, new)]
    yield from _if_listed_otherwise("step", new.key, f"{name} where it jumps", jumps)
    yield from _if_listed_otherwise("step", new.key, f"{name} where the form ends early", gates)


def _place(to: str) -> str:
    return "the end" if to == "end" else f"the step {to}"


# Fields


def _field_changes(old: Definition, new: Definition) -> Iterator[Change]:
    added, removed, kept = _matched(old.fields, new.fields, _identity)
    for item in added:
        yield Change("added", "field", item.key, f"{_field_name(item)} {_is_asked(item)} in {_step_of(new, item)}.")
    for item in removed:
        gone = "is not filled any more" if item.is_hidden else "is not asked any more"
        yield Change("removed", "field", item.key, f"{_field_name(item)} {gone}.")
    yield from _field_moves(old, new, kept)
    for before, after in kept:
        yield from _within_field(before, after)


def _field_moves(old: Definition, new: Definition, kept: Sequence[tuple[Field, Field]]) -> Iterator[Change]:
    for before, after in kept:
        if _place_of(old, before) != _place_of(new, after):
            text = f"{_field_name(after)} moved to {_step_of(new, after)} (it was in {_step_of(old, before)})."
            yield Change("moved", "field", after.key, text)
    stayed = [(b, a) for b, a in kept if _place_of(old, b) == _place_of(new, a)]
    places = {_place_of(new, after) for _, after in stayed}
    for place in sorted(places):
        here = [(b, a) for b, a in stayed if _place_of(new, a) == place]
        for item in _moved([b for b, _ in here], [a for _, a in here], old.fields, _identity):
            yield Change("moved", "field", item.key, f"{_field_name(item)} comes at another place in its step.")


# What is said of a field, in this order: attribute and words. The key and the choices are said apart.
_FIELD_WORDS = {
    "type": "its type",
    "label": "its label",
    "help": "its help",
    "tooltip": "its tooltip",
    "placeholder": "its placeholder",
    "default": "what it holds at first",
    "visible_when": "when it is asked",
    "maps_to": "the lead attribute it gives",
    "decision": "the decision it serves",
    "minimum": "the lowest number",
    "maximum": "the highest number",
    "earliest": "the earliest date",
    "latest": "the latest date",
    "min_length": "the shortest text",
    "max_length": "the longest text",
    "min_choices": "the fewest ticks",
    "max_choices": "the most ticks",
    "pattern": "the pattern it must match",
    "free_mail": "what becomes of free-mail addresses",
    "disposable": "what becomes of throw-away addresses",
    "allow_domains": "the mail domains it always takes",
    "autocomplete": "what browsers fill in",
    "country_key": "the country it depends on",
    "source": "where its value comes from",
    "consent_version": "the version of the consent",
}
_FLAG_WORDS = {
    "required": ("is required now", "is optional now"),
    "once": ("isn't asked again once it is known", "is asked every time"),
    "searchable": ("can be searched now", "can't be searched any more"),
    "whole": ("takes whole numbers only", "takes fractions too"),
    "country_select": ("has a choice of country codes now", "has no choice of country codes any more"),
}


def _within_field(old: Field, new: Field) -> Iterator[Change]:
    name = _field_name(new)
    if old.key != new.key:
        yield Change("changed", "field", new.key, f"{name} was renamed from {old.key} to {new.key}.")
    for attribute, (on, off) in _FLAG_WORDS.items():
        if getattr(old, attribute) != getattr(new, attribute):
            yield Change("changed", "field", new.key, f"{name} {on if getattr(new, attribute) else off}.")
    for attribute, what in _FIELD_WORDS.items():
        yield from _if_changed("field", new.key, f"{name}: {what}", getattr(old, attribute), getattr(new, attribute))
    yield from _choice_changes(old, new)
    yield from _message_changes(old, new)
    if old.statement != new.statement:
        before, after = _statement(old.statement), _statement(new.statement)
        yield from _if_changed("field", new.key, f"{name}: what it says", before, after)


def _choice_changes(old: Field, new: Field) -> Iterator[Change]:
    name = _field_name(new)
    added, removed, kept = _matched(old.choices, new.choices, _value)
    for choice in added:
        yield Change("added", "field", new.key, f"{name}: the choice {_quote(choice.label)} is new.")
    for choice in removed:
        yield Change("removed", "field", new.key, f"{name}: the choice {_quote(choice.label)} is gone.")
    for before, after in kept:
        yield from _if_changed("field", new.key, f"{name}: the choice {after.value}", before.label, after.label)
    for choice in _moved([b for b, _ in kept], [a for _, a in kept], old.choices, _value):
        text = f"{name}: the choice {_quote(choice.label)} comes at another place."
        yield Change("moved", "field", new.key, text)


def _message_changes(old: Field, new: Field) -> Iterator[Change]:
    for code in sorted({*old.messages, *new.messages}):
        what = f"{_field_name(new)}: its words for {code}"
        yield from _if_changed("field", new.key, what, old.messages.get(code, ""), new.messages.get(code, ""))


def _is_asked(item: Field) -> str:
    if item.is_hidden:
        return "is filled"
    if not item.is_answerable:
        return "is shown"
    return "is asked, as a required field," if item.required else "is asked"


def _statement(statement: Statement | None) -> str:
    if statement is None:
        return ""
    questions = [f"{question} {answer}" for question, answer in statement.items]
    return " ".join(part for part in (statement.text, statement.author, statement.role, *questions) if part)


# Endings and translations


_ENDING_WORDS = {
    "kind": "its kind",
    "title": "its title",
    "message": "its message",
    "url": "its address",
    "form": "the form it leads to",
    "button": "its button",
    "when": "when it comes",
}


def _ending_changes(old: Definition, new: Definition) -> Iterator[Change]:
    added, removed, kept = _matched(old.endings, new.endings, _key)
    for ending in added:
        yield Change("added", "ending", ending.key, f"The ending {_ending_name(ending)} is new.")
    for ending in removed:
        yield Change("removed", "ending", ending.key, f"The ending {_ending_name(ending)} is gone.")
    for before, after in kept:
        for attribute, what in _ENDING_WORDS.items():
            what = f"The ending {after.key}: {what}"
            yield from _if_changed("ending", after.key, what, getattr(before, attribute), getattr(after, attribute))


def _translation_changes(old: Definition, new: Definition) -> Iterator[Change]:
    before, after = set(old.languages), set(new.languages)
    for language in sorted(after - before):
        yield Change("added", "translation", language, f"The form speaks {language} now.")
    for language in sorted(before - after):
        yield Change("removed", "translation", language, f"The form doesn't speak {language} any more.")
    for language in sorted(before & after):
        changed = _texts_changed(old.translations.get(language, {}), new.translations.get(language, {}))
        if changed:
            texts = "one text" if changed == 1 else f"{changed} texts"
            yield Change("changed", "translation", language, f"The translation {language}: {texts} changed.")


def _texts_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    before, after = dict(_flat(old)), dict(_flat(new))
    return sum(before.get(path) != after.get(path) for path in {*before, *after})


def _flat(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _flat(inner, (*path, str(i)))
    else:
        yield path, value


# Matching by key


def _matched(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], Hashable]
) -> tuple[list[T], list[T], list[tuple[T, T]]]:
    """Added, removed, and in both as (before, after) in the new order."""
    before, after = {key(item): item for item in old}, {key(item): item for item in new}
    added = [item for name, item in after.items() if name not in before]
    removed = [item for name, item in before.items() if name not in after]
    return added, removed, [(before[name], item) for name, item in after.items() if name in before]


def _moved(before: Sequence[T], after: Sequence[T], order: Sequence[T], key: Callable[[T], Hashable]) -> list[T]:
    """The fewest of `after` whose moving gives the new order: all but a longest run that kept its order.

    `before` are the same items as they were, in the new order; `order` is the old order of all.
    """
    position = {key(item): i for i, item in enumerate(order)}
    places = [position[key(item)] for item in before]
    kept = _longest_rising(places)
    return [item for i, item in enumerate(after) if i not in kept]


def _longest_rising(places: Sequence[int]) -> set[int]:
    """Indexes of a longest rising subsequence. Quadratic, which hundreds of fields don't feel."""
    ending_at: list[list[int]] = []
    for i, place in enumerate(places):
        ending_at.append([*_longest([chain for chain in ending_at if places[chain[-1]] < place]), i])
    return set(_longest(ending_at))


def _longest(chains: list[list[int]]) -> list[int]:
    return max(chains, key=len, default=[])


# Saying it


def _if_changed(subject: str, name: str, what: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        yield Change("changed", subject, name, f"{what} {_became(before, after)}.")


def _if_listed_otherwise(subject: str, name: str, what: str, lists: Sequence[list[str]]) -> Iterator[Change]:
    before, after = ("; ".join(entries) for entries in lists)
    if before != after:
        was, now = before or "nowhere", after or "nowhere"
        yield Change("changed", subject, name, f"{what} is now: {now} (it was: {was}).")


def _became(before: object, after: object) -> str:
    if _is_blank(before):
        return f"is now {_said(after)} (there was none)"
    if _is_blank(after):
        return f"is gone (it was {_said(before)})"
    return f"is now {_said(after)} (it was {_said(before)})"


def _is_blank(value: object) -> bool:
    return value is None or value in ("", (), frozenset())


def _said(value: object) -> str:
    if isinstance(value, Condition):
        return f"if {value.describe()}"
    if isinstance(value, HiddenSource):
        return _source(value)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)


_SOURCE_WORDS = {
    "constant": "always {}",
    "query": "the page's parameter {}",
    "utm": "the campaign parameter utm_{}",
    "referrer": "the referring page",
    "cookie": "the site's cookie {}",
    "data": "the page's datum {}",
}


def _source(source: HiddenSource) -> str:
    return _SOURCE_WORDS[source.kind].format(source.value)


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= LONGEST_QUOTE else flat[: LONGEST_QUOTE - 1] + '…'}”"


def _field_name(item: Field) -> str:
    return f"{_quote(item.label)} ({item.key})" if item.label else item.key


def _step_name(step: Step) -> str:
    return f"{_quote(step.title)} ({step.key})" if step.title else step.key


def _ending_name(ending: Ending) -> str:
    return f"{_quote(ending.title)} ({ending.key})" if ending.title else ending.key


def _step_of(definition: Definition, item: Field) -> str:
    step = definition.steps[definition.index_of_step_with[item.key]]
    place = " among its further questions" if item in step.further else ""
    return f"the step {_step_name(step)}{place}"


def _place_of(definition: Definition, item: Field) -> tuple[str, bool]:
    """The step it stands in, and whether among the further questions."""
    step = definition.steps[definition.index_of_step_with[item.key]]
    return step.key, item in step.further


def _identity(item: Field) -> str:
    return item.id or item.key


def _key(item: Step | Ending) -> str:
    return item.key


def _value(choice: Choice) -> str | int:
    return choice.value
