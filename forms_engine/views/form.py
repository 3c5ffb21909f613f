"""The hosted form: one step per page, with and without JavaScript.

No CSRF check: the pages are public and no cookie gives a post any power. What a post may do is in its signed token
(forms_engine/filling.py), which only our own page for this very form hands out.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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
from forms_engine.flow import NEXT, Turn, first_turn, take_turn, turn_to_errors
from forms_engine.models import Form, FormVersion
from forms_engine.pages import step_view
from forms_engine.schema import Definition
from forms_engine.selectors import form_by_slug, is_expired
from forms_engine.services.begin_filling import begin_filling
from forms_engine.services.submit_filling import submit_filling
from forms_engine.views.pages import page, with_error_pages
from forms_engine.views.visitor import remember, visitor_of
from foundation.throttles import SUBMISSIONS, is_within_rate

# Percent-encoding makes one character of a non-Latin script nine bytes of body: the API's bound, in page terms.
ENCODING_GROWTH = 4


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@dataclass(frozen=True)
class Opened:
    """A page's post, read: which form, version and filling, and every answer so far as text."""

    form: Form
    version: FormVersion
    filling: Filling
    texts: dict[str, str]

    @property
    def definition(self) -> Definition:
        return self.version.definition


@method_decorator([csrf_exempt, with_error_pages], name="dispatch")
class FormView(View):
    http_method_names = ["get", "head", "post", "options"]

    def head(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Link checkers look too; they see no variant."""
        form_by_slug(slug)
        return HttpResponse(headers={"Cache-Control": "private, no-store"})

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        form = form_by_slug(slug)
        visitor = visitor_of(request)
        filling = begin_filling(
            form=form,
            visitor_id=visitor.id,
            sticky=visitor.sticky,
            context=_context_of(request),
            now=timezone.now(),
        )
        opened = Opened(form, _version(filling), filling, texts={})
        response = _step_page(request, opened, first_turn(opened.definition, filling.context))
        remember(response, visitor)
        return response

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        opened = _open(request, form_by_slug(slug))
        turn = take_turn(
            opened.definition,
            opened.texts,
            context=opened.filling.context,
            step_key=request.POST.get("_step", ""),
            action=request.POST.get("_action", NEXT),
            shown=request.POST.get("_shown", "").split(","),
        )
        if turn.answers is None:
            return _step_page(request, opened, turn)
        return _submit(request, opened, turn.answers)


def _submit(request: HttpRequest, opened: Opened, answers: Any) -> HttpResponse:
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
        turn = turn_to_errors(
            opened.definition,
            opened.texts,
            context=opened.filling.context,
            errors={key: list(messages) for key, messages in invalid.fields.items()},
        )
        return _step_page(request, opened, turn)
    address = reverse("forms_engine:done", args=[opened.form.slug, str(submitted.submission.pk)])
    return HttpResponseSeeOther(address, headers={"Cache-Control": "private, no-store"})


def _open(request: HttpRequest, form: Form) -> Opened:
    """Raises BodyTooLarge, FillingInvalid, FillingExpired and FormVersionExpired."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > settings.MAX_SUBMISSION_BYTES * ENCODING_GROWTH:
        raise BodyTooLarge("The page's answers are too large.")
    filling = read_filling(request.POST.get("_token", ""), form_id=form.pk)
    version = _version(filling)
    if is_expired(version, now=timezone.now()):
        raise FormVersionExpired("This version of the form was replaced; start anew.")
    keys = [item.key for item in version.definition.answerable_fields]
    return Opened(form, version, filling, {key: request.POST[key] for key in keys if key in request.POST})


def _version(filling: Filling) -> FormVersion:
    version = FormVersion.objects.select_related("form").filter(pk=filling.version_id).first()
    if version is None or version.form_id != filling.form_id:
        raise UnknownVersion("This form has no such published version.")
    return version


def _step_page(request: HttpRequest, opened: Opened, turn: Turn) -> HttpResponse:
    context = {
        "form": opened.form,
        "definition": opened.definition,
        "step": step_view(opened.definition, turn, opened.texts),
        "token": sign_filling(opened.filling) if request.method == "GET" else request.POST["_token"],
    }
    status = 422 if turn.errors else 200
    return page(request, "forms_engine/form.html", context, brand=opened.form.brand, status=status)


def _context_of(request: HttpRequest) -> dict[str, Any]:
    return gather_context(
        page=settings.PUBLIC_URL + request.get_full_path(),
        referrer=request.headers.get("Referer", ""),
        language=request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip(),
    )
