"""One field as markup: compiled once, then filled with what was typed and what is wrong with it. Pure.

A field at rest (nothing typed, nothing wrong) is a ready text, once visible and once hidden.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape

from forms_engine.flow import Turn
from forms_engine.rendering.chunks import Hole, Template
from forms_engine.rendering.controls import Control, Texts, control_of
from forms_engine.rendering.inline import inline_html, plain_text
from forms_engine.rendering.statements import statement_html
from forms_engine.schema import Field
from forms_engine.words import say

_KINDS: Mapping[str, str] = {
    "textarea": "textarea",
    "select": "select",
    "country": "select",
    "region": "select",
    "radio": "radio",
    "checkboxes": "checkboxes",
    "checkbox": "checkbox",
    "consent": "consent",
    "statement": "statement",
}
_STATE, _HIDDEN, _ERROR = Hole("state"), Hole("hidden"), Hole("error")
Say = Callable[..., str]


def field_id(field: Field) -> str:
    return f"f-{field.key}"


def first_control_id(field: Field) -> str:
    """What an error in the summary leads to."""
    return f"{field_id(field)}-0" if field.type in {"radio", "checkboxes"} else field_id(field)


class FieldMarkup:
    """The markup of one field in one language."""

    def __init__(self, field: Field, *, language: str) -> None:
        self.field = field
        self._control = control_of(field, language=language)
        self._template = Template(*_parts(field, self._control, partial(say, language)))
        at_rest = self._control.at_rest()
        self._at_rest = {
            True: self._template.fill(at_rest),
            False: self._template.fill({**at_rest, _HIDDEN.name: " hidden"}),
        }

    def html(self, turn: Turn, texts: Texts) -> str:
        key = self.field.key
        errors: Sequence[str] = turn.errors.get(key, ())
        is_visible = key in turn.visible
        has_appeared = key in turn.appeared
        if not (errors or has_appeared or self._control.is_touched(texts, turn.answered)):
            return self._at_rest[is_visible]
        holes = self._control.fill(texts, turn.answered)
        if errors:
            holes |= {"invalid": ' aria-invalid="true"', _ERROR.name: escape(" ".join(errors))}
        holes[_STATE.name] = (" wrong" if errors else "") + (" new" if has_appeared else "")
        holes[_HIDDEN.name] = "" if is_visible else " hidden"
        return self._template.fill(holes)


def _parts(field: Field, control: Control, words: Say) -> tuple[str | Hole, ...]:
    kind = _KINDS.get(field.type, "input")
    if field.statement:
        kind = f"{kind} {field.statement.kind}"
    return (
        f'<div class="field {kind}',
        _STATE,
        f'" part="field" data-field="{field.key}" data-type="{field.type}"',
        _HIDDEN,
        ">",
        *_body(field, control, words),
        "</div>\n",
    )


def _body(field: Field, control: Control, words: Say) -> tuple[str | Hole, ...]:
    if field.statement:
        return (statement_html(field.statement),)
    error = (f'<p class="error" part="error" id="{field_id(field)}-error">', _ERROR, "</p>")
    if field.type in {"radio", "checkboxes"}:
        head = f'<legend dir="auto">{_label(field, words)}</legend>{_tip(field, words)}{_help(field)}'
        return (*control.opening, ">", head, *control.parts, "</fieldset>", *error)
    if field.is_tick:
        text = f'<span dir="auto">{_label(field, words)}</span></label>{_tip(field, words)}{_help(field)}'
        return (f'<label class="tick" for="{field_id(field)}">', *control.parts, text, *error)
    label = f'<label for="{field_id(field)}" dir="auto">{_label(field, words)}</label>'
    return (label, _tip(field, words), _help(field), *control.parts, *error)


def _label(field: Field, words: Say) -> str:
    optional = "" if field.required else f' <span class="optional">{escape(words("optional"))}</span>'
    return inline_html(field.label) + optional


def _help(field: Field) -> str:
    return f'<p class="help" id="{field_id(field)}-help" dir="auto">{inline_html(field.help)}</p>' if field.help else ""


def _tip(field: Field, words: Say) -> str:
    if not field.tooltip:
        return ""
    name = escape(words("tooltip_label", label=plain_text(field.label)))
    return (
        f'<details class="tip"><summary aria-label="{name}"><span aria-hidden="true">?</span></summary>'
        f'<p class="tip-text" dir="auto">{inline_html(field.tooltip)}</p></details>'
    )
