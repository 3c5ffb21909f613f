"""Content-Security-Policy by part of the site: strict for visitors, wider where ready-made pages need it."""

from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

# Unfold evaluates Alpine expressions and styles inline; Swagger's page starts itself inline. Both are for people
# who have signed in or who read documentation, never for what visitors typed.
_WIDER: dict[str, list[str]] = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
_PREFIXES = ("/admin/", "/api/docs/")


class WiderPolicyMiddleware:
    """Sits inside of django-csp's middleware and tells it which policy to write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(_PREFIXES):
            response._csp_replace = _WIDER  # type: ignore[attr-defined]
        return response
