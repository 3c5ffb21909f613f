"""Cross-origin answers: what the API says to pages of other sites, errors included.

A view that has found the page's origin to be allowed notes it on the request; this middleware then marks whatever
answer comes, also one that Django made of an exception. No cookies play a part, so credentials are never allowed.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_PREFIX = "/api/v1/"
ANY_ORIGIN = "*"
# Browsers cap it themselves: Chromium at two hours.
PREFLIGHT_MAX_AGE_S = 86_400


class CorsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(_PREFIX):
            # Also for requests without an Origin: a cache must not give their answer to a page.
            patch_vary_headers(response, ["Origin"])
            if allowed := getattr(request, "allowed_origin", ""):
                response["Access-Control-Allow-Origin"] = allowed
                response["Access-Control-Expose-Headers"] = "Retry-After"
        return response


def allow_origin(request: HttpRequest, origin: str) -> None:
    request.allowed_origin = origin  # type: ignore[attr-defined]


def preflight_answer(*, methods: str) -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
            "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE_S),
        },
    )
