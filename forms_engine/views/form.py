"""The hosted form, by itself (`/f/demo/`) or within another site's page (`/f/demo/frame/`).

A GET gives the whole form, ready for the script. Without JavaScript each post shows one step; hidden steps and fields
are in the page and carry their answers along.

No CSRF check: the pages are public and no cookie gives a post any power. What a post may do is in its signed token
(forms_engine/filling.py), which only our own page for this very form hands out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from forms_engine.context import gather_context
from forms_engine.errors import (
    AnswersInvalid,
    BodyTooLarge,
    FormVersionExpired,
    TooManySubmissions,
)
from forms_engine.filling import Filling, read_filling, sign_filling
from forms_engine.flow import NEXT, Turn, Visit, first_turn, take_turn, turn_to_errors
from forms_engine.models import Form, FormVersion
from forms_engine.rendering import CompiledForm, compiled_form
from forms_engine.rendering.controls import Texts, texts_of
from forms_engine.rendering.look import look_of
from forms_engine.rendering.page import Frame, hosted_form, session_block
from forms_engine.resuming import PREFILL_PARAMETER, RESUME_PARAMETER
from forms_engine.schema import Definition, Ending
from forms_engine.selectors import form_by_slug, is_expired, version_of
from forms_engine.services.begin_filling import Begun, begin_filling
from forms_engine.services.submit_filling import known_of, submit_filling
from forms_engine.views.done import ending_address, ending_page
from forms_engine.views.pages import let_be_framed, ready_page, wanted_languages, with_error_pages
from forms_engine.views.visitor import remember, stranger, visitor_of
from foundation.throttles import SUBMISSIONS, is_within_rate

# Percent-encoding makes one character of a non-Latin script nine bytes of body: the API's bound, in page terms.
ENCODING_GROWTH = 4
TRAP = "_website"
API = "/api/v1"


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@dataclass(frozen=True)
class Opened:
    """A form as one visitor has it before them. `texts` are all answers so far; empty on a fresh page. `known` are
    answers that aren't asked for again; `kept_step` is the step at which a visitor who comes back had left."""

    form: Form
    version: FormVersion
    compiled: CompiledForm
    filling: Filling
    token: str
    texts: Texts

    known: Mapping[str, object]
    kept_step: str = ""

    @property
    def definition(self) -> Definition:
        return self.compiled.definition

    @property
    def visit(self) -> Visit:
        return Visit(context=self.filling.context, known=self.known, today=timezone.now().date())


@method_decorator([csrf_exempt, with_error_pages], name="dispatch")
class FormView(View):
    http_method_names = ["get", "head", "post", "options"]

    def head(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponse:
        """Link checkers look too; they see no variant."""
        form_by_slug(slug)
        return HttpResponse(headers={"Cache-Control": "private, no-store"})

    def get(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponseBase:
        # Within another site's page nothing is kept, whatever was agreed to on ours.
        visitor = stranger() if framed else visitor_of(request)
        form = form_by_slug(slug)
        begun = begin_filling(
            form=form,
            visitor_id=visitor.id,
            sticky=visitor.sticky,
            context=_context_of(request),
            languages=wanted_languages(request),
            resume=request.GET.get(RESUME_PARAMETER, ""),
            prefill=request.GET.get(PREFILL_PARAMETER, ""),
            now=timezone.now(),
        )
        response = _form_page(request, *_opened(form, begun), framed)
        remember(response, visitor)
        return response

    def post(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponseBase:
        opened = _open(request, form_by_slug(slug))
        turn = take_turn(
            opened.definition,
            opened.visit,
            opened.texts,
            step_key=request.POST.get("_step", ""),
            action=request.POST.get("_action", NEXT),
            shown=request.POST.get("_shown", "").split(","),
        )
        if turn.gate:
            return _ended(request, opened, opened.definition.ending_of[turn.gate], framed)
        if turn.answers is not None:
            return _submit(request, opened, turn.answers, framed)
        return _form_page(request, opened, turn, framed)


def _submit(request: HttpRequest, opened: Opened, answers: Mapping[str, object], framed: bool) -> HttpResponseBase:
    if not is_within_rate(request, SUBMISSIONS):
        raise TooManySubmissions("Too many submissions from this address; try again later.")
    try:
        submitted = submit_filling(
            form=opened.form,
            version=opened.version,
            filling=opened.filling,
            raw_answers=answers,
            trap=request.POST.get(TRAP, ""),
            now=timezone.now(),
        )
    except AnswersInvalid as invalid:
        turn = turn_to_errors(opened.definition, opened.visit, opened.texts, errors=invalid.fields)
        return _form_page(request, opened, turn, framed)
    return _see(ending_address(submitted.submission, framed=framed))


def _ended(request: HttpRequest, opened: Opened, ending: Ending, framed: bool) -> HttpResponseBase:
    """At a gate: nothing is stored."""
    if ending.kind == "message":
        return ending_page(request, opened.form, opened.definition, ending, framed=framed)
    return _see(ending.url if ending.kind == "redirect" else form_address(ending.form, framed=framed))


def form_address(slug: str, *, framed: bool) -> str:
    return reverse("forms_engine:frame" if framed else "forms_engine:form", args=[slug])


def _see(address: str) -> HttpResponse:
    return HttpResponseSeeOther(address, headers={"Cache-Control": "private, no-store"})


def _form_page(request: HttpRequest, opened: Opened, turn: Turn, framed: bool) -> HttpResponse:
    hosted = hosted_form(opened.compiled, Frame(look_of(opened.form.brand), framed))
    response = ready_page(
        request,
        hosted.page(turn, opened.texts),
        session_block(_session_data(opened)),
        opened.token,
        status=422 if turn.errors else 200,
        csp=hosted.policy,
    )
    if framed:
        let_be_framed(response, opened.form)
    return response


def _session_data(opened: Opened) -> dict[str, object]:
    """Of what is known the script is told only which fields, and the values that conditions ask."""
    deciding = opened.definition.deciding_keys
    return {
        "session_id": opened.filling.nonce,
        "saves": opened.filling.saves,
        "known": {key: value if key in deciding else None for key, value in opened.known.items()},
        "resumed_step": opened.kept_step,
        "api": API,
    }


def _opened(form: Form, begun: Begun) -> tuple[Opened, Turn]:
    begun.version.form = form
    compiled = compiled_form(begun.version, begun.filling.language)
    typed = texts_of(begun.definition, begun.answers)
    opened = Opened(
        form=form,
        version=begun.version,
        compiled=compiled,
        filling=begun.filling,
        token=sign_filling(begun.filling),
        texts=typed,
        known=begun.known,
        kept_step=begun.kept_step,
    )
    texts = {**compiled.default_texts, **typed}
    return opened, first_turn(begun.definition, opened.visit, texts, finished=begun.kept_step)


def _open(request: HttpRequest, form: Form) -> Opened:
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
    return Opened(
        form=form,
        version=version,
        compiled=compiled,
        filling=filling,
        token=token,
        texts={name: request.POST.getlist(name) for name in compiled.names},
        known=known_of(filling, compiled.definition),
    )


def _version(form: Form, filling: Filling) -> FormVersion:
    """The filling's version; no query where it is the active one."""
    active = form.active_version
    version = active if active is not None and active.pk == filling.version_id else version_of(filling)
    version.form = form
    return version


def _context_of(request: HttpRequest) -> dict[str, Any]:
    return gather_context(
        page=settings.PUBLIC_URL + request.get_full_path(),
        referrer=request.headers.get("Referer", ""),
        language=request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip(),
    )
