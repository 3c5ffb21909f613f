"""What every public page shares: the brand's look, the language, the headers, and errors as pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from forms_engine.errors import UnknownForm
from forms_engine.models import Form
from forms_engine.origins import frame_ancestors
from forms_engine.rendering.compressing import Compressed
from forms_engine.rendering.look import Look, logo_policy, look_of
from forms_engine.rendering.page import Frame
from forms_engine.schema import direction
from forms_engine.selectors import form_by_slug
from forms_engine.views.languages import chosen_language
from forms_engine.words import words
from foundation.errors import SwitchyardError

_ENGLISH = "en"
# What to say of an error, by status: the keys of its heading and of its advice.
_SAYINGS: Mapping[int, tuple[str, str]] = {
    404: ("missing_heading", "missing_advice"),
    410: ("outdated_heading", "outdated_advice"),
    413: ("too_much_heading", "too_much_advice"),
    429: ("busy_heading", "busy_advice"),
}
_OTHER_SAYING = ("failed_heading", "failed_advice")
_START_ANEW_HELPS_NOT = frozenset({404, 413, 429})
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
_NO_STORE = {"Cache-Control": "private, no-store"}

View = Callable[..., HttpResponseBase]


def ready_page(
    request: HttpRequest,
    page: Compressed,
    *texts: str,
    status: int = 200,
    csp: Mapping[str, Sequence[str]] | None = None,
) -> HttpResponse:
    """A page that nobody may keep, compressed where the browser takes it. `csp` widens the site's policy."""
    parts = [text.encode() for text in texts]
    if _GZIP.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(page.gzip(*parts), status=status, headers=_NO_STORE)
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(page.plain(*parts), status=status, headers=_NO_STORE)
    patch_vary_headers(response, ["Accept-Encoding"])
    if csp:
        # Read by CSPMiddleware.
        response._csp_update = csp  # type: ignore[attr-defined]
    return response


def let_be_framed(response: HttpResponseBase, form: Form) -> None:
    """Only the sites that may show the form may show this page within theirs."""
    ancestors = frame_ancestors(form)
    response._csp_replace = {"frame-ancestors": ancestors}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True  # type: ignore[attr-defined]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    frame: Frame | None = None,
    language: str = _ENGLISH,
    status: int = 200,
) -> HttpResponse:
    """A page made from a template, for those that are rarely asked for."""
    frame = frame or Frame(Look())
    shared = {
        "look": frame.look,
        "framed": frame.framed,
        "language": language,
        "direction": direction(language),
        "words": words(language),
    }
    response = render(request, template, {**shared, **context}, status=status)
    response["Cache-Control"] = _NO_STORE["Cache-Control"]
    if policy := logo_policy(frame.look):
        response._csp_update = policy  # type: ignore[attr-defined]
    return response


def with_error_pages(view: View) -> View:
    """Turn our errors into pages of the same look, in the form's language where the form is known. The text is chosen
    by status; no detail of the error is shown."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SwitchyardError as error:
            form = _form_or_none(str(kwargs.get("slug", "")))
            return error_page(request, error.status, form=form, framed=bool(kwargs.get("framed")))

    return wrapped


def error_page(request: HttpRequest, status: int, *, form: Form | None = None, framed: bool = False) -> HttpResponse:
    language = chosen_language(request, form.active_version.definition) if form and form.active_version else _ENGLISH
    heading, advice = (words(language)[key] for key in _SAYINGS.get(status, _OTHER_SAYING))
    context = {
        "status": status,
        "heading": heading,
        "advice": advice,
        "form_slug": form.slug if form and status not in _START_ANEW_HELPS_NOT else "",
    }
    frame = Frame(look_of(form.brand if form else None), framed=framed)
    response = page(request, "forms_engine/error.html", context, frame=frame, language=language, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    if framed and form:
        let_be_framed(response, form)
    return response


def _form_or_none(slug: str) -> Form | None:
    try:
        return form_by_slug(slug)
    except UnknownForm:
        return None
