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
    UnknownVersion,
)
from forms_engine.filling import Filling, read_filling, sign_filling
from forms_engine.flow import NEXT, Turn, Visit, first_turn, take_turn, turn_to_errors
from forms_engine.models import Form, FormVersion
from forms_engine.rendering import CompiledForm, compiled_form
from forms_engine.rendering.controls import Texts
from forms_engine.rendering.look import look_of
from forms_engine.rendering.page import Frame, hosted_form, session_block
from forms_engine.schema import Ending
from forms_engine.selectors import form_by_slug, is_expired
from forms_engine.services.begin_filling import begin_filling
from forms_engine.services.submit_filling import submit_filling
from forms_engine.views.done import ending_address, ending_page
from forms_engine.views.pages import chosen_language, let_be_framed, ready_page, with_error_pages
from forms_engine.views.visitor import remember, stranger, visitor_of
from foundation.throttles import SUBMISSIONS, is_within_rate

# Percent-encoding makes one character of a non-Latin script nine bytes of body: the API's bound, in page terms.
ENCODING_GROWTH = 4
TRAP = "_website"


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@dataclass(frozen=True)
class Opened:
    """A form as one visitor has it before them. `texts` are all answers so far; empty on a fresh page."""

    form: Form
    version: FormVersion
    compiled: CompiledForm
    filling: Filling
    token: str
    texts: Texts

    @property
    def visit(self) -> Visit:
        return Visit(context=self.filling.context)


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
        filling = begin_filling(
            form=form,
            visitor_id=visitor.id,
            sticky=visitor.sticky,
            context=_context_of(request),
            now=timezone.now(),
        )
        version = _version(form, filling)
        compiled = compiled_form(version, chosen_language(request, version.definition))
        opened = Opened(form, version, compiled, filling, sign_filling(filling), texts={})
        turn = first_turn(compiled.definition, opened.visit, compiled.default_texts)
        response = _form_page(request, opened, turn, framed)
        remember(response, visitor)
        return response

    def post(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponseBase:
        opened = _open(request, form_by_slug(slug))
        definition = opened.compiled.definition
        turn = take_turn(
            definition,
            opened.visit,
            opened.texts,
            step_key=request.POST.get("_step", ""),
            action=request.POST.get("_action", NEXT),
            shown=request.POST.get("_shown", "").split(","),
        )
        if turn.gate:
            return _ended(request, opened, definition.ending_of[turn.gate], framed)
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
            now=timezone.now(),
        )
    except AnswersInvalid as invalid:
        turn = turn_to_errors(opened.compiled.definition, opened.visit, opened.texts, errors=invalid.fields)
        return _form_page(request, opened, turn, framed)
    return _see(ending_address(opened.compiled.definition, submitted.submission, framed=framed))


def _ended(request: HttpRequest, opened: Opened, ending: Ending, framed: bool) -> HttpResponseBase:
    """At a gate: nothing is stored."""
    if ending.kind == "message":
        return ending_page(request, opened.form, opened.compiled.definition, ending, framed=framed)
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
    return {"session_id": opened.filling.nonce, "api": "/api/v1"}


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
    texts = {name: request.POST.getlist(name) for name in compiled.names}
    return Opened(form, version, compiled, filling, token, texts)


def _version(form: Form, filling: Filling) -> FormVersion:
    version = form.active_version
    if version is None or version.pk != filling.version_id:
        version = FormVersion.objects.filter(pk=filling.version_id, form=form).first()
    if version is None:
        raise UnknownVersion("This form has no such published version.")
    version.form = form
    return version


def _context_of(request: HttpRequest) -> dict[str, Any]:
    return gather_context(
        page=settings.PUBLIC_URL + request.get_full_path(),
        referrer=request.headers.get("Referer", ""),
        language=request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip(),
    )
