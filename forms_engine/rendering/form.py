"""A form as markup: compiled once per content and language, then filled for each page.

What a page of it needs that depends on nobody's answers (the fresh form, and every step of it with nothing typed) is
kept ready as two texts, one before and one after the token.
"""

import json
from functools import lru_cache, partial
from html import escape

from django.conf import settings

from forms_engine.flow import Turn
from forms_engine.models import FormVersion
from forms_engine.rendering.chunks import attributes
from forms_engine.rendering.controls import Texts, default_texts, names_of
from forms_engine.rendering.fields import FieldMarkup, first_control_id
from forms_engine.rendering.inline import inline_html, plain_text
from forms_engine.schema import Definition, Step, direction, localise
from forms_engine.schema.public import logic
from forms_engine.words import say

# How many fresh pages of one form are kept: each belongs to a step and a set of visible fields.
MOST_KEPT = 16


def compiled_form(version: FormVersion, language: str) -> "CompiledForm":
    """The form's markup in a language. Compiled on first use and kept; a kept one is found without the document."""
    return _compile(_ByContent(version), language)


class CompiledForm:
    """`definition` speaks `language`. `names` are what a page posts answers under.

    Thread-safe: what changes after compiling is a memory of texts that come out the same for everybody.
    """

    def __init__(self, definition: Definition, *, slug: str) -> None:
        self.definition = definition
        self.slug = slug
        self.language = language = definition.language
        self.direction = direction(language)
        self.logic = logic(definition)
        self.default_texts: Texts = {
            key: texts for item in definition.answerable_fields for key, texts in default_texts(item).items()
        }
        self.names = tuple(name for item in definition.answerable_fields for name in names_of(item))
        self._say = partial(say, language)
        self._fields = {
            item.key: FieldMarkup(item, language=language) for step in definition.steps for item in step.shown_fields
        }
        self._steps = tuple((_step_opening(step), _step_head(step), step) for step in definition.steps)
        self._end = self._trap() + f'<p class="saving" data-saving hidden>{self._saving_notice()}</p>\n'
        self._script = (
            '<p class="status" role="status" data-status></p>\n'
            f'<script type="application/json" data-logic>{script_json(self.logic)}</script>\n</form>\n'
        )
        # Countries that regions and phone numbers are read with: a hidden or known one may be answered on a fresh page.
        self._places = tuple(sorted({item.country_key for item in definition.fields if item.country_key}))
        self._kept: dict[tuple[object, ...], str] = {}

    def html(self, turn: Turn, texts: Texts, *, token: str, action: str = "") -> str:
        """The form at this turn. `texts` are what was typed, by name; a field that isn't in it shows its default."""
        before, after = self.around_token(turn, texts, action=action)
        return f"{before}{escape(token)}{after}"

    def around_token(self, turn: Turn, texts: Texts, *, action: str = "") -> tuple[str, str]:
        """The form's markup before and after the token's value."""
        return self._opening(action), self._fresh(turn) if turn.is_fresh and not texts else self._rest(turn, texts)

    def freshness(self, turn: Turn) -> tuple[object, ...]:
        """What two pages that nobody typed into have in common when they are the same page."""
        places = tuple(turn.answered.get(key) for key in self._places)
        return turn.step, turn.steps, turn.visible, places

    def _fresh(self, turn: Turn) -> str:
        key = self.freshness(turn)
        rest = self._kept.get(key)
        if rest is None:
            rest = self._rest(turn, {})
            if len(self._kept) < MOST_KEPT:
                self._kept[key] = rest
        return rest

    def _opening(self, action: str) -> str:
        opening = attributes(
            class_="sy",
            part="form",
            method="post",
            action=action,
            novalidate=True,
            lang=self.language,
            dir=self.direction,
            data_form=self.slug,
        )
        return f'<form{opening}>\n<input type="hidden" name="_token" value="'

    def _rest(self, turn: Turn, texts: Texts) -> str:
        step = self.definition.steps[turn.step]
        shown = ",".join(item.key for item in step.shown_fields if item.key in turn.visible)
        return "".join(
            (
                f'">\n<input type="hidden" name="_step" value="{step.key}">\n',
                f'<input type="hidden" name="_shown" value="{shown}">\n',
                self._progress(turn),
                self._summary(turn),
                self._notice(turn),
                *(self._step(i, turn, texts) for i in range(len(self._steps))),
                self._end,
                self._actions(turn),
                self._script,
            )
        )

    def _progress(self, turn: Turn) -> str:
        total = len(turn.steps)
        text = self._say("step_of", number=turn.number, total=total)
        # The present step counts as begun, not as done.
        marks = ["done"] * (turn.number - 1) + ["now"] + ["ahead"] * (total - turn.number)
        bar = "".join(f'<span class="{mark}"></span>' for mark in marks)
        return (
            f'<div class="progress" part="progress" data-progress{_hidden(total < 2)}>'
            f'<p data-progress-text>{escape(text)}</p><div class="bar" aria-hidden="true">{bar}</div></div>\n'
        )

    def _summary(self, turn: Turn) -> str:
        wrong = [item for item in self.definition.steps[turn.step].shown_fields if turn.errors.get(item.key)]
        heading = self._say("errors_heading_one" if len(wrong) == 1 else "errors_heading")
        links = "".join(
            f'<li><a href="#{first_control_id(item)}"><span dir="auto">{escape(plain_text(item.label))}</span>: '
            f"{escape(turn.errors[item.key][0])}</a></li>"
            for item in wrong
        )
        return (
            f'<div class="summary" role="alert" tabindex="-1" data-summary{_hidden(not wrong)}>'
            f"<h2>{escape(heading)}</h2><ul>{links}</ul></div>\n"
        )

    def _notice(self, turn: Turn) -> str:
        shown = bool(turn.appeared) and not turn.errors
        return (
            f'<p class="notice" role="status" tabindex="-1" data-notice{_hidden(not shown)}>'
            f"{escape(self._say('new_questions'))}</p>\n"
        )

    def _step(self, i: int, turn: Turn, texts: Texts) -> str:
        opening, head, step = self._steps[i]
        fields = "".join([self._fields[item.key].html(turn, texts) for item in step.shown_fields])
        return f"{opening}{_hidden(i != turn.step)}>{head}{fields}</div>\n</section>\n"

    def _actions(self, turn: Turn) -> str:
        proceed, send = escape(self.definition.continue_label), escape(self.definition.submit_label)
        label = send if turn.is_last else proceed
        return (
            '<div class="actions">\n<button class="primary" part="button" name="_action" value="next"'
            f' data-next="{proceed}" data-send="{send}">{label}</button>\n'
            f'<button class="quiet" part="back" name="_action" value="back"{_hidden(turn.number < 2)}>'
            f"{escape(self._say('back'))}</button>\n</div>\n"
        )

    def _trap(self) -> str:
        return (
            f'<div class="trap" aria-hidden="true"><label for="f-_website">{escape(self._say("trap_label"))}</label>'
            '<input id="f-_website" name="_website" tabindex="-1" autocomplete="off"></div>\n'
        )

    def _saving_notice(self) -> str:
        return escape(self._say("saving_notice", days=settings.PARTIAL_LIFETIME.days))


def script_json(value: object) -> str:
    """JSON that can stand within a script element: no `<` of it can end the element or begin a comment."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _step_opening(step: Step) -> str:
    return f'<section class="step" part="step" data-step="{step.key}"'


def _step_head(step: Step) -> str:
    title = (
        f'<h2 class="step-title" part="title" tabindex="-1" data-heading dir="auto">{inline_html(step.title)}</h2>'
        if step.title
        else ""
    )
    text = f'<p class="step-description" dir="auto">{inline_html(step.description)}</p>' if step.description else ""
    return f'{title}{text}\n<div class="fields">\n'


def _hidden(condition: bool) -> str:
    return " hidden" if condition else ""


class _ByContent:
    """A version as a key of the memory: two are the same if they hold the same document for the same form.

    The document itself is read only when it has to be compiled.
    """

    def __init__(self, version: FormVersion) -> None:
        self.version = version
        self._key = (version.form.slug, version.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByContent) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=256)
def _compile(source: _ByContent, language: str) -> CompiledForm:
    definition = localise(source.version.definition, language)
    return CompiledForm(definition, slug=source.version.form.slug)
