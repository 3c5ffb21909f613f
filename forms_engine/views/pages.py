"""What every public page shares: the brand's look, the headers, and errors as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from forms_engine.models import Brand
from forms_engine.views.brand import theme_address
from foundation.errors import SwitchyardError

_HEADINGS = {
    404: "There is nothing here",
    410: "This page is out of date",
    413: "That is too much",
    429: "One moment, please",
}
_ADVICE = {
    404: "The form may have moved, or the address has a typing error.",
    410: "The form was renewed since you opened it. Your answers were not sent; it only takes a moment to start anew.",
    413: "What you sent is larger than this form takes. Go back and shorten your answers.",
    429: "Too many requests came from your network just now. Go back and send again in a minute: your answers stay.",
}

View = Callable[..., HttpResponseBase]


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, brand: Brand | None = None, status: int = 200
) -> HttpResponse:
    """A page in the brand's look that nobody may keep."""
    look = {"brand": brand, "theme": brand.look if brand else None, "theme_address": theme_address(brand)}
    response = render(request, template, {**look, **context}, status=status)
    response["Cache-Control"] = "private, no-store"
    if brand and brand.look.logo_origin:
        # Read by CSPMiddleware: this page alone may show the logo from where it lives.
        response._csp_update = {"img-src": [brand.look.logo_origin]}  # type: ignore[attr-defined]
    return response


def with_error_pages(view: View) -> View:
    """Turn our errors into pages of the same look. The text is chosen by status; no detail of the error is shown."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SwitchyardError as error:
            return error_page(request, error.status, form_slug=str(kwargs.get("slug", "")))

    return wrapped


def error_page(request: HttpRequest, status: int, *, form_slug: str = "") -> HttpResponse:
    context = {
        "status": status,
        "heading": _HEADINGS.get(status, "That did not work"),
        "advice": _ADVICE.get(status, "Something about the request was not right. Please start anew."),
        "form_slug": form_slug if status not in {404, 413, 429} else "",
    }
    response = page(request, "forms_engine/error.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response
