"""The hosted page around a form. Compiled like the form itself, once per content, language and look.

A page that nobody has typed into yet is kept ready and compressed (see `compressing`); what differs per visitor is the
token and the session's data alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.urls import reverse

from forms_engine.flow import Turn
from forms_engine.rendering.compressing import AT_ONCE, Compressed
from forms_engine.rendering.controls import Texts
from forms_engine.rendering.form import MOST_KEPT, CompiledForm, script_json
from forms_engine.rendering.inline import inline_html, plain_text
from forms_engine.rendering.look import Look, logo_policy
from forms_engine.schema import Definition, direction
from forms_engine.words import say, words


@dataclass(frozen=True)
class Frame:
    """How a page stands: by itself, or within another site's page (`framed`), where it has no header and footer."""

    look: Look
    framed: bool = False


@lru_cache(maxsize=512)
def hosted_form(compiled: CompiledForm, frame: Frame) -> "HostedForm":
    return HostedForm(compiled, frame)


class HostedForm:
    def __init__(self, compiled: CompiledForm, frame: Frame) -> None:
        self.compiled = compiled
        self._frame = frame
        route = "forms_engine:frame" if frame.framed else "forms_engine:form"
        self._action = reverse(route, args=[compiled.slug])
        self.policy = _policy(compiled.definition, frame.look)
        self._kept: dict[object, Compressed] = {}

    def page(self, turn: Turn, texts: Texts) -> Compressed:
        """The page but for two texts: `session_block(…)` and the token, in this order."""
        if texts or not turn.is_fresh:
            return Compressed(*self._pieces(turn, texts), level=AT_ONCE)
        key = self.compiled.freshness(turn)
        kept = self._kept.get(key)
        if kept is None:
            kept = Compressed(*self._pieces(turn, texts))
            if len(self._kept) < MOST_KEPT:
                self._kept[key] = kept
        return kept

    def _pieces(self, turn: Turn, texts: Texts) -> tuple[bytes, bytes, bytes]:
        before_token, after_token = self.compiled.around_token(turn, texts, action=self._action)
        start, end = document(
            title=self._title(turn), language=self.compiled.language, frame=self._frame, with_script=True
        )
        return (start + self._intro()).encode(), before_token.encode(), (after_token + end).encode()

    def _title(self, turn: Turn) -> str:
        language, definition = self.compiled.language, self.compiled.definition
        prefix = f"{say(language, 'error_prefix')} " if turn.errors else ""
        total = len(turn.steps)
        step = f" ({say(language, 'step_of', number=turn.number, total=total)})" if total > 1 else ""
        return f"{prefix}{plain_text(definition.title)}{step} · {self._frame.look.name}"

    def _intro(self) -> str:
        definition = self.compiled.definition
        lead = f'<p class="lead" dir="auto">{inline_html(definition.intro)}</p>\n' if definition.intro else ""
        return f'<div class="intro">\n<h1 dir="auto">{inline_html(definition.title)}</h1>\n{lead}</div>\n'


def _policy(definition: Definition, look: Look) -> dict[str, list[str]]:
    """What this page needs beyond the site's content security policy: the logo's origin, and those that sending leads
    to, since Chromium holds `form-action` against redirects too."""
    targets = {urlsplit(ending.url) for ending in definition.endings if ending.kind == "redirect"}
    origins = sorted({f"{target.scheme}://{target.netloc}" for target in targets if target.netloc})
    return logo_policy(look) | ({"form-action": origins} if origins else {})


def session_block(data: Mapping[str, object]) -> str:
    """What the script must know of the session, beside the token: a data block, never run."""
    return f'<script type="application/json" data-session>{script_json(data)}</script>\n'


@lru_cache(maxsize=1024)
def document(
    *,
    title: str,
    language: str,
    frame: Frame,
    page_class: str = "",
    with_script: bool = False,
    reload_address: str = "",
) -> tuple[str, str]:
    """A whole page (templates/page.html) before and after what its `main` holds.

    `reload_address` is for browsers without scripts: `<seconds>;url=<address>`.
    """
    html = render_to_string(
        "page.html",
        {
            "title": title,
            "language": language,
            "direction": direction(language),
            "look": frame.look,
            "framed": frame.framed,
            "words": words(language),
            "page_class": page_class,
            "with_script": with_script,
            "reload_address": reload_address,
        },
    )
    # Every text in the page is escaped, so this can stand in it only once.
    start, _, end = html.partition("<!--main-->")
    return start, end
