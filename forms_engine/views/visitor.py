"""Who is looking? A visitor id that outlives the page, only for those who agreed; for others one of this view alone."""

import re
import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CONSENT_COOKIE, VISITOR_COOKIE = "sy_consent", "sy_visitor"
GRANTED, DENIED = "granted", "denied"
_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_A_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Visitor:
    """`sticky`: the id is kept in a cookie. `answer`: consent given or withdrawn by this very request, else blank."""

    id: str
    sticky: bool
    answer: str = ""


def stranger() -> Visitor:
    """Somebody of whom nothing is kept and nothing read: an id of this view alone."""
    return Visitor(id=secrets.token_urlsafe(16), sticky=False)


def visitor_of(request: HttpRequest) -> Visitor:
    """Consent comes as cookie `sy_consent=granted`, or as `?consent=1` (given) and `?consent=0` (withdrawn)."""
    answer = {"1": GRANTED, "0": DENIED}.get(request.GET.get("consent", ""), "")
    if (answer or request.COOKIES.get(CONSENT_COOKIE)) != GRANTED:
        return replace(stranger(), answer=answer)
    kept = request.COOKIES.get(VISITOR_COOKIE, "")
    return Visitor(id=kept if _VISITOR_ID.fullmatch(kept) else secrets.token_urlsafe(16), sticky=True, answer=answer)


def remember(response: HttpResponse, visitor: Visitor) -> None:
    """Keep what was agreed to, and nothing else."""
    if visitor.sticky:
        _set(response, VISITOR_COOKIE, visitor.id)
        _set(response, CONSENT_COOKIE, GRANTED)
    elif visitor.answer == DENIED:
        response.delete_cookie(VISITOR_COOKIE)
        response.delete_cookie(CONSENT_COOKIE)


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_A_YEAR_S, httponly=True, samesite="Lax", secure=settings.SERVED_OVER_TLS)
