"""Middleware for people who sign in, left out where nobody does: on the public pages and in the public API.

No cookie gives a request any power there, so session, user, messages and history have nothing to do. Whoever reads
`request.session` or `request.user` there fails at once.
"""

from collections.abc import Callable
from typing import cast

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from simple_history.middleware import HistoryRequestMiddleware

_PUBLIC = ("/api/v1/", "/f/")

Answer = Callable[[HttpRequest], HttpResponseBase]


def is_public(request: HttpRequest) -> bool:
    return request.path_info.startswith(_PUBLIC)


class _ForSignedIn(MiddlewareMixin):
    """Stands before the middleware that is left out."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request) if is_public(request) else super().__call__(request)
        return cast("HttpResponseBase", answer)


class SessionMiddleware(_ForSignedIn, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(_ForSignedIn, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(_ForSignedIn, messages.MessageMiddleware):
    pass


def history_middleware(get_response: Answer) -> Answer:
    """Notes who changes something in the admin."""
    noting = HistoryRequestMiddleware(get_response)
    return lambda request: get_response(request) if is_public(request) else noting(request)
