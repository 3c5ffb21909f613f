"""Pages of the admin beside Django's lists and forms; docs/workbench.md, "Pages"."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

View = Callable[..., HttpResponseBase]
GET_OR_POST = ["GET", "HEAD", "POST"]


def admin_page(permission: str) -> Callable[[View], View]:
    """A view that only staff with the right may see: others are sent to sign in, or get 403. Nothing is cached."""

    def decorate(view: View) -> View:
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return admin.site.admin_view(checked)(request, *args, **kwargs)

        page.permission = permission  # type: ignore[attr-defined]
        return page

    return decorate


def render_page(request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any) -> HttpResponse:
    """A whole page; its template extends `workbench/base.html`."""
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "title": title, **context}, status=status
    )


def acting(request: HttpRequest) -> User | None:
    """Who is signed in, for services that note it."""
    return request.user if isinstance(request.user, User) else None
