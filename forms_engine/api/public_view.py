"""What the public endpoints share: who may call, how errors come back, and what they cost.

They are Django views that DRF's generator can describe: of APIView they keep the class, for the schema, and none of the
machinery for sessions, content negotiation and parsing, which takes longer than storing a submission.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from forms_engine.cors import allow_origin, preflight_answer
from forms_engine.errors import BodyTooLarge, MethodNotAllowed, OriginNotAllowed, UnknownForm
from forms_engine.models import Form
from forms_engine.origins import is_allowed
from forms_engine.selectors import form_by_slug
from foundation.api_errors import error_body
from foundation.errors import SwitchyardError


class PublicView(APIView):
    """Anybody may call; cookies play no part, so neither does CSRF. `methods` are those taken beside OPTIONS."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    methods: ClassVar[tuple[str, ...]] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if request.method == "OPTIONS":
                return self.preflight(request, **kwargs)
            if request.method not in self.methods:
                allowed = ", ".join((*self.methods, "OPTIONS"))
                raise MethodNotAllowed("This address does not take that method.", allowed=allowed)
            answer: HttpResponseBase = getattr(self, request.method.lower())(request, **kwargs)
        except SwitchyardError as error:
            self._admit_to_error(request, **kwargs)
            return error_answer(error)
        except RequestDataTooBig:
            return error_answer(BodyTooLarge("The request body is too large."))
        return answer

    def preflight(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A browser asks whether a page may call. Raises UnknownForm and OriginNotAllowed."""
        form = self.form_asked(**kwargs)
        if form is not None:
            admit(request, form)
        elif origin := request.headers.get("Origin", ""):
            # No form is named yet; the call itself names one, and is refused there.
            allow_origin(request, origin)
        return preflight_answer(methods=", ".join(self.methods))

    def form_asked(self, **kwargs: Any) -> Form | None:
        """The form that the address names, if it names one. Raises UnknownForm."""
        return form_by_slug(kwargs["slug"]) if "slug" in kwargs else None

    def _admit_to_error(self, request: HttpRequest, **kwargs: Any) -> None:
        """A page must be able to read why it was refused, also where that came before its form was looked at."""
        if "Origin" not in request.headers or hasattr(request, "allowed_origin"):
            return
        try:
            form = self.form_asked(**kwargs)
            if form is not None:
                admit(request, form)
        except (UnknownForm, OriginNotAllowed):
            return


def admit(request: HttpRequest, form: Form) -> str:
    """The page's origin; blank for a call without one, which isn't from a browser. Raises OriginNotAllowed."""
    # Not from `request.headers`, which reads all of them.
    origin: str = request.META.get("HTTP_ORIGIN", "")
    if not origin:
        return ""
    if origin != f"{request.scheme}://{request.get_host()}" and not is_allowed(form, origin):
        raise OriginNotAllowed("This site may not show the form; its origin isn't on the form's list.")
    allow_origin(request, origin)
    return origin


def error_answer(error: SwitchyardError, **more: object) -> HttpResponse:
    """`more` stands beside code, message and fields."""
    headers: Mapping[str, str] = getattr(error, "headers", {})
    body = {**error_body(error.code, error.message, error.fields), **more}
    return json_answer(body, status=error.status, headers=headers)


def json_answer(
    content: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Nobody may keep it, unless `headers` say otherwise."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return HttpResponse(
        body,
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "private, no-store", **(headers or {})},
    )


def public_address(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
