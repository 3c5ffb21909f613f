"""A form as one visitor has it before them: just opened, or as their page's post brings it back."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from forms_engine.context import gather_context, with_cookies
from forms_engine.errors import BodyTooLarge, FormVersionExpired
from forms_engine.filling import Filling, read_filling, sign_filling
from forms_engine.flow import NEXT, Turn, Visit, first_turn, take_turn, turn_to_errors
from forms_engine.models import Form, FormVersion
from forms_engine.rendering import CompiledForm, compiled_form
from forms_engine.rendering.controls import Texts, texts_of
from forms_engine.resuming import PREFILL_PARAMETER, RESUME_PARAMETER
from forms_engine.schema import Definition
from forms_engine.selectors import is_expired, version_of
from forms_engine.services.begin_filling import Begun, begin_filling
from forms_engine.services.submit_filling import known_of
from forms_engine.session import challenge_for, country_of_visit, known_to_browser
from forms_engine.views.languages import dearest_language, wanted_languages
from forms_engine.views.visitor import Visitor

# Percent-encoding makes one character of a non-Latin script nine bytes of body: the API's bound, in page terms.
ENCODING_GROWTH = 4
API = "/api/v1"


@dataclass(frozen=True)
class Opened:
    """`texts` are the answers on the page so far; empty on a fresh one, whose fields show their defaults."""

    form: Form
    begun: Begun
    compiled: CompiledForm
    token: str
    texts: Texts
    cookies: Mapping[str, str]

    @property
    def context(self) -> dict[str, Any]:
        return with_cookies(self.begun.filling.context, self.cookies, definition=self.definition)

    @property
    def definition(self) -> Definition:
        return self.compiled.definition

    @property
    def visit(self) -> Visit:
        return Visit(context=self.context, known=self.begun.known, today=timezone.now().date())

    def first_turn(self) -> Turn:
        texts = {**self.compiled.default_texts, **self.texts}
        return first_turn(self.definition, self.visit, texts, finished=self.begun.kept_step)

    def turn_after(self, post: Mapping[str, str]) -> Turn:
        return take_turn(
            self.definition,
            self.visit,
            self.texts,
            step_key=post.get("_step", ""),
            action=post.get("_action", NEXT),
            shown=post.get("_shown", "").split(","),
        )

    def turn_to_errors(self, errors: Mapping[str, Any]) -> Turn:
        return turn_to_errors(self.definition, self.visit, self.texts, errors=errors)

    def session(self, turn: Turn) -> dict[str, object]:
        """What the page's script must know beside the token."""
        return {
            "session_id": self.begun.filling.nonce,
            "challenge": challenge_for(self.form, self.begun.filling),
            "saves": self.begun.filling.saves,
            "consented": self.begun.filling.sticky,
            "known": known_to_browser(self.begun),
            "resumed_step": self.definition.steps[turn.step].key if self.begun.kept_step else None,
            "api": API,
        }


def begin(request: HttpRequest, form: Form, visitor: Visitor) -> Opened:
    begun = begin_filling(
        form=form,
        visitor_id=visitor.id,
        sticky=visitor.sticky,
        context=_context_of(request),
        languages=wanted_languages(request),
        country=country_of_visit(request),
        resume=request.GET.get(RESUME_PARAMETER, ""),
        prefill=request.GET.get(PREFILL_PARAMETER, ""),
        now=timezone.now(),
    )
    # What is already at hand need not be asked of the database.
    begun.version.form = form
    return Opened(
        form=form,
        begun=begun,
        compiled=compiled_form(begun.version, begun.filling.language),
        token=sign_filling(begun.filling),
        texts=texts_of(begun.definition, begun.answers),
        cookies=request.COOKIES,
    )


def reopen(request: HttpRequest, form: Form) -> Opened:
    """Raises BodyTooLarge, FillingInvalid, FillingExpired and FormVersionExpired."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > settings.MAX_SUBMISSION_BYTES * ENCODING_GROWTH:
        raise BodyTooLarge("The page's answers are too large.")
    token = request.POST.get("_token", "")
    filling = read_filling(token, form_id=form.pk)
    version = _version(form, filling)
    if is_expired(version, now=timezone.now()):
        raise FormVersionExpired("This version of the form was replaced; start anew.")
    compiled = compiled_form(version, filling.language)
    known = known_of(filling, compiled.definition)
    return Opened(
        form=form,
        begun=Begun(filling, version, compiled.definition, known=known),
        compiled=compiled,
        token=token,
        texts={name: request.POST.getlist(name) for name in compiled.names},
        cookies=request.COOKIES,
    )


def _version(form: Form, filling: Filling) -> FormVersion:
    """The filling's version; no query where it is the active one."""
    active = form.active_version
    if active is not None and active.pk == filling.version_id:
        return active
    version = copy(version_of(filling))  # others look at the same one
    version.form = form
    return version


def _context_of(request: HttpRequest) -> dict[str, Any]:
    return gather_context(
        page=settings.PUBLIC_URL + request.get_full_path(),
        referrer=request.headers.get("Referer", ""),
        language=dearest_language(request),
    )
