"""What Django calls when nothing else answers: JSON under /api/, else a page of the same look (config/urls.py)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from foundation.api_errors import error_body


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "bad_request", "The request is not valid.")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "permission_denied", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "server_error", "Something went wrong here; it was noted. Please try again.")


def _answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error_body(code, message), status=status)
    # Rendered without the request: an error page must not fail by what made the request fail.
    return render(None, f"{status}.html", status=status)
