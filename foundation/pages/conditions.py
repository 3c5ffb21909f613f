"""What condition builders ask for: the vocabulary, an attribute's choices, and what a condition says and holds for.

A room registers one address for its vocabulary, `path("conditions/", condition_page(...))`, and names it in its fields:
`ConditionField(builder="room_pages:conditions")`.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from conditions import ConditionInvalid, Vocabulary
from foundation.admin_pages import View, admin_page
from foundation.condition_builder import Counter, NotJson, listed, preview, problem, told


def condition_page(
    permission: str,
    vocabulary: Callable[[], Vocabulary],
    *,
    is_open: bool = False,
    count: Counter | None = None,
    lists: Callable[[str], Mapping[str, str] | None] = lambda name: None,
) -> View:
    """GET tells the vocabulary, with `?choices=NAME` the choices of an attribute or of one of `lists`.

    POST reads `condition`; with `count=yes` it says too how many past cases it holds for. What doesn't parse is 422
    with its path, what is no JSON 400. `is_open`: the vocabulary only suggests, and conditions are read leniently.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST":
            return _read(request, None if is_open else vocabulary(), count)
        if "choices" in request.GET:
            return _choices(request.GET["choices"], vocabulary(), lists)
        return JsonResponse(told(vocabulary(), is_open=is_open))

    return admin_page(permission)(require_http_methods(["GET", "POST"])(answer))


def _choices(name: str, vocabulary: Vocabulary, lists: Callable[[str], Mapping[str, str] | None]) -> JsonResponse:
    attribute = vocabulary.get(name)
    choices = attribute.choices if attribute else lists(name)
    if choices is None:
        return JsonResponse({"message": "There are no choices of that name."}, status=404)
    return JsonResponse(listed(choices), safe=False)


def _read(request: HttpRequest, vocabulary: Vocabulary | None, count: Counter | None) -> JsonResponse:
    wanted = count if request.POST.get("count") else None
    try:
        return JsonResponse(preview(request.POST.get("condition", ""), vocabulary, wanted))
    except NotJson as error:
        return JsonResponse({"message": str(error)}, status=400)
    except ConditionInvalid as invalid:
        return JsonResponse(problem(invalid), status=422)
