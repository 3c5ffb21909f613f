"""The hosted form, by itself (`/f/demo/`) or within another site's page (`/f/demo/frame/`).

A GET gives the whole form, ready for the script. Without JavaScript each post shows one step; hidden steps and fields
are in the page and carry their answers along.

No CSRF check: the pages are public and no cookie gives a post any power. What a post may do is in its signed token
(forms_engine/filling.py), which only our own page for this very form hands out.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from forms_engine.errors import AnswersInvalid
from forms_engine.flow import Turn
from forms_engine.limits import refuse_too_many, refuse_too_many_views, senders_of
from forms_engine.rendering.look import look_of
from forms_engine.rendering.page import Frame, hosted_form, session_block
from forms_engine.schema import Ending
from forms_engine.selectors import form_by_slug
from forms_engine.services.submit_filling import submit_filling
from forms_engine.views.done import ending_address, ending_page, form_address
from forms_engine.views.opening import Opened, begin, reopen
from forms_engine.views.pages import let_be_framed, ready_page, with_error_pages
from forms_engine.views.visitor import remember, stranger, visitor_of

TRAP = "_website"


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@method_decorator([csrf_exempt, with_error_pages], name="dispatch")
class FormView(View):
    http_method_names = ["get", "head", "post", "options"]

    def head(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponse:
        """Link checkers look too; they see no variant."""
        form_by_slug(slug)
        return HttpResponse(headers={"Cache-Control": "private, no-store"})

    def get(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponseBase:
        refuse_too_many_views(request)
        # Within another site's page nothing is kept, whatever was agreed to on ours.
        visitor = stranger() if framed else visitor_of(request)
        opened = begin(request, form_by_slug(slug), visitor)
        response = _form_page(request, opened, opened.first_turn(), framed)
        remember(response, visitor)
        return response

    def post(self, request: HttpRequest, slug: str, framed: bool = False) -> HttpResponseBase:
        opened = reopen(request, form_by_slug(slug))
        turn = opened.turn_after(request.POST)
        if turn.gate:
            return _ended(request, opened, opened.definition.ending_of[turn.gate], framed)
        if turn.answers is not None:
            return _submit(request, opened, turn.answers, framed)
        return _form_page(request, opened, turn, framed)


def _submit(request: HttpRequest, opened: Opened, answers: Mapping[str, object], framed: bool) -> HttpResponseBase:
    # The limits are those of the API, counted together with it.
    refuse_too_many(*senders_of(request, opened.form.slug))
    try:
        submitted = submit_filling(
            form=opened.form,
            version=opened.begun.version,
            filling=opened.begun.filling,
            raw_answers=answers,
            context=opened.context,
            trap=request.POST.get(TRAP, ""),
            now=timezone.now(),
        )
    except AnswersInvalid as invalid:
        return _form_page(request, opened, opened.turn_to_errors(invalid.fields), framed)
    return _see(ending_address(submitted.submission, framed=framed))


def _ended(request: HttpRequest, opened: Opened, ending: Ending, framed: bool) -> HttpResponseBase:
    """At a gate: nothing is stored."""
    if ending.kind == "message":
        return ending_page(request, opened.form, opened.definition, ending, framed=framed)
    return _see(ending.url if ending.kind == "redirect" else form_address(ending.form, framed=framed))


def _see(address: str) -> HttpResponse:
    return HttpResponseSeeOther(address, headers={"Cache-Control": "private, no-store"})


def _form_page(request: HttpRequest, opened: Opened, turn: Turn, framed: bool) -> HttpResponse:
    hosted = hosted_form(opened.compiled, Frame(look_of(opened.form.brand), framed))
    response = ready_page(
        request,
        hosted.page(turn, opened.texts),
        session_block(opened.session(turn)),
        opened.token,
        status=422 if turn.errors else 200,
        csp=hosted.policy,
    )
    if framed:
        let_be_framed(response, opened.form)
    return response
