"""Turns every error into `{code, message, fields}`, whatever raised it."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from foundation.errors import FieldErrors, SwitchyardError

_CODES: dict[type[Exception], tuple[str, str]] = {
    exceptions.ParseError: ("malformed_json", "The request body is not valid JSON."),
    exceptions.NotFound: ("not_found", "There is nothing at this address."),
    Http404: ("not_found", "There is nothing at this address."),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not take that method."),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send the body as application/json."),
    exceptions.Throttled: ("rate_limited", "Too many requests from this address; try again later."),
    exceptions.NotAuthenticated: ("not_authenticated", "Sign in first."),
    exceptions.AuthenticationFailed: ("not_authenticated", "Sign in first."),
    exceptions.PermissionDenied: ("permission_denied", "You may not do this."),
    PermissionDenied: ("permission_denied", "You may not do this."),
}


def error_body(code: str, message: str, fields: FieldErrors | None = None) -> dict[str, object]:
    return {"code": code, "message": message, "fields": {name: list(texts) for name, texts in (fields or {}).items()}}


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Returns None, and so a 500 without details, for what isn't known."""
    if isinstance(exc, SwitchyardError):
        return Response(error_body(exc.code, exc.message, exc.fields), status=exc.status)
    if isinstance(exc, RequestDataTooBig):
        return Response(error_body("body_too_large", "The request body is too large."), status=413)
    response = drf_exception_handler(exc, context)
    if response is not None:
        code, message = next(
            (known for kind, known in _CODES.items() if isinstance(exc, kind)),
            ("bad_request", "The request is not valid."),
        )
        response.data = error_body(code, message)
    return response


def not_found_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse(error_body("not_found", "There is nothing at this address."), status=404)
