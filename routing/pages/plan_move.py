"""One step in the order of rules or territories: a plain form's post, or a script's that wants JSON back."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from foundation.admin_pages import acting, admin_page
from routing.errors import DraftChanged, NoSuchEntry
from routing.models.draft import draft_revision
from routing.services.reorder import MODELS, Moved, move_beside, move_by, move_to

_LARGEST = 1_000_000


@require_POST
@admin_page("routing.view_plan")
def plan_move(request: HttpRequest) -> HttpResponse:
    """`kind`, `key`, `revision`, and one of `place`, `steps`, `before` and `after`. 409 where the draft has changed."""
    kind = request.POST.get("kind", "")
    if kind not in MODELS:
        raise BadRequest("There is no order of that kind.")
    if not request.user.has_perm(f"routing.change_{kind}"):
        raise PermissionDenied
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    try:
        moved = _move(request, kind)
    except (DraftChanged, NoSuchEntry) as refused:
        if wants_json:
            return JsonResponse({"code": refused.code, "message": refused.message}, status=refused.status)
        messages.error(request, refused.message)
        return redirect(_back(request.POST, None))
    address = _back(request.POST, moved)
    if wants_json:
        return JsonResponse({"message": str(moved), "address": address, "id": f"{moved.kind}-{moved.key}"})
    return redirect(address)


def _move(request: HttpRequest, kind: str) -> Moved:
    post = request.POST
    common = {
        "kind": kind,
        "key": post.get("key", "")[:100],
        "revision": post.get("revision", "")[:100],
        "user": acting(request),
        "now": timezone.now(),
    }
    for name in ("before", "after"):
        if post.get(name):
            return move_beside(neighbour=post[name][:100], after=name == "after", **common)  # type: ignore[arg-type]
    if "steps" in post:
        return move_by(steps=_number(post, "steps"), **common)  # type: ignore[arg-type]
    return move_to(place=_number(post, "place"), **common)  # type: ignore[arg-type]


def _number(post: QueryDict, name: str) -> int:
    text = post.get(name, "").strip()
    if not text.removeprefix("-").isdecimal() or len(text) > len(str(_LARGEST)):
        raise BadRequest(f"{name} must be a whole number.")
    return int(text)


def _back(post: QueryDict, moved: Moved | None) -> str:
    """The page as it was looked at, with what was moved, so that it can be undone there."""
    query: Mapping[str, str] = {
        name: value for name, value in parse_qsl(post.get("query", "")[:500]) if name in ("view", "kind", "q", "page")
    }
    if moved is None:
        return f"{reverse('routing_pages:plan')}?{urlencode(query)}"
    told = {"moved": f"{moved.kind}:{moved.key}", "from": str(moved.place_before), "at": draft_revision()}
    if post.get("undo"):
        told["undone"] = "1"
    return f"{reverse('routing_pages:plan')}?{urlencode({**query, **told})}#{moved.kind}-{moved.key}"
