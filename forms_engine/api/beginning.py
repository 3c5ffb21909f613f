"""`GET /api/v1/forms/{slug}`: definition, markup, variant, session and challenge in one answer."""

import re
import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema

from forms_engine.api.assets import embedded_theme, stylesheet_address
from forms_engine.api.public_view import PublicView, admit, json_answer
from forms_engine.api.shapes import SLUG, BegunSerializer, errors, query
from forms_engine.context import gather_context
from forms_engine.filling import sign_filling
from forms_engine.flow import Visit, first_turn
from forms_engine.limits import refuse_too_many_views
from forms_engine.models import Form
from forms_engine.rendering import compiled_form
from forms_engine.rendering.controls import texts_of
from forms_engine.schema import direction
from forms_engine.schema.public import public_definition
from forms_engine.selectors import form_by_slug
from forms_engine.services.begin_filling import Begun, begin_filling
from forms_engine.session import challenge_for, country_of_visit, known_to_browser
from forms_engine.views.languages import dearest_language, wanted_languages

_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LONGEST_PARAMETER = 8_000
_MARKUP_ONLY = "markup"


class FormBeginning(PublicView):
    methods = ("GET", "HEAD")

    @extend_schema(
        operation_id="begin",
        summary="Begin a session",
        parameters=[
            SLUG,
            query("page", "Address of the page the form stands on; its query feeds hidden fields and the campaign."),
            query("referrer", "The page before."),
            query("language", "Wanted language, such as `de-AT`; else `Accept-Language` decides."),
            query("visitor", "The visitor's id, 16 to 64 letters, digits, `_` and `-`. Left out, one is made."),
            query("sticky", "1 where the visitor agreed to an id that outlives the page.", enum=["0", "1"]),
            query("time_zone", "The browser's, such as `Europe/Berlin`; tells the country where no header does."),
            query("prefill", "A token from `POST …/prefill`."),
            query("resume", "A token from a kept step."),
            query("only", "`markup` leaves the definition out.", enum=[_MARKUP_ONLY]),
        ],
        responses={
            200: BegunSerializer,
            **errors(_403="origin_not_allowed", _404="unknown_form", _405="method_not_allowed", _429="rate_limited"),
        },
        auth=[],
    )
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Nothing is stored but the exposure to a running experiment. What the query says is taken as far as it makes
        sense: an odd value never keeps the form from showing."""
        refuse_too_many_views(request)
        form = form_by_slug(slug)
        admit(request, form)
        begun = _begin(request, form)
        return json_answer(_answer(form, begun, with_definition=_parameter(request, "only") != _MARKUP_ONLY))

    def head(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Link checkers look too; they see no variant."""
        admit(request, form_by_slug(slug))
        return HttpResponse(content_type="application/json", headers={"Cache-Control": "private, no-store"})


def _begin(request: HttpRequest, form: Form) -> Begun:
    visitor = _parameter(request, "visitor")
    is_named = bool(_VISITOR_ID.fullmatch(visitor))
    language = _parameter(request, "language")
    return begin_filling(
        form=form,
        visitor_id=visitor if is_named else secrets.token_urlsafe(16),
        sticky=is_named and _parameter(request, "sticky") == "1",
        context=gather_context(
            page=_parameter(request, "page"),
            referrer=_parameter(request, "referrer"),
            language=language or dearest_language(request),
        ),
        languages=[language, *wanted_languages(request)] if language else wanted_languages(request),
        country=country_of_visit(request, _parameter(request, "time_zone")),
        resume=_parameter(request, "resume"),
        prefill=_parameter(request, "prefill"),
        now=timezone.now(),
    )


def _answer(form: Form, begun: Begun, *, with_definition: bool) -> dict[str, Any]:
    filling, definition = begun.filling, begun.definition
    token = sign_filling(filling)
    compiled = compiled_form(begun.version, definition.language)
    typed = texts_of(definition, begun.answers)
    visit = Visit(context=filling.context, known=begun.known, today=timezone.now().date())
    turn = first_turn(definition, visit, {**compiled.default_texts, **typed}, finished=begun.kept_step)
    answer: dict[str, Any] = {
        "form": form.slug,
        "name": form.name,
        "version": begun.version.number,
        "variant": filling.variant_key or None,
        "language": definition.language,
        "direction": direction(definition.language),
        "html": compiled.html(turn, typed, token=token, action=form.get_absolute_url()),
        "css": f"{settings.PUBLIC_URL}{stylesheet_address()}",
        "theme": embedded_theme(form.brand.look),
        "session": token,
        "session_id": filling.nonce,
        "challenge": challenge_for(form, filling),
        "saves": filling.saves,
        "known": known_to_browser(begun),
        "resumed_step": definition.steps[turn.step].key if begun.kept_step else None,
    }
    if with_definition:
        answer["definition"] = public_definition(definition)
    return answer


def _parameter(request: HttpRequest, name: str) -> str:
    """Whatever is too long means nothing; the parts that read it bound it further."""
    value = request.GET.get(name, "")
    return value if len(value) <= _LONGEST_PARAMETER else ""
