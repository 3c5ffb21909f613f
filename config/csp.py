"""Content-Security-Policy by part of the site: strict for visitors, wider where ready-made pages need it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

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


_HEADER = "Content-Security-Policy"
_KNOWN = frozenset({"_csp_update", "_csp_replace"})
_Parts = tuple[tuple[str, tuple[str, ...]], ...]


class PolicyMiddleware(CSPMiddleware):
    """Writes django-csp's policies, each made once: there are as many as forms differ in what they need.

    What a response asks for with `_csp_update` and `_csp_replace` is heeded as there; pages with a nonce and what else
    django-csp offers are left to it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith(_PREFIXES):
            response._csp_replace = _WIDER  # type: ignore[attr-defined]
        if settings.DEBUG or hasattr(request, "_csp_nonce") or _asks_for_more(response):
            return super().process_response(request, response)
        if _HEADER not in response:
            response[_HEADER] = _policy(_parts(response, "_csp_update"), _parts(response, "_csp_replace"))
        return response


def _asks_for_more(response: HttpResponseBase) -> bool:
    return any(name.startswith("_csp_") and name not in _KNOWN for name in vars(response))


def _parts(response: HttpResponseBase, name: str) -> _Parts:
    parts: Mapping[str, Sequence[str]] = getattr(response, name, {})
    return tuple((directive, tuple(sources)) for directive, sources in parts.items())


@lru_cache(maxsize=512)
def _policy(update: _Parts, replace: _Parts) -> str:
    return build_policy(update=dict(update), replace=dict(replace))
