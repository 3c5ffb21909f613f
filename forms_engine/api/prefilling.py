"""`POST /api/v1/forms/{slug}/prefill`: a link that opens the form with answers in it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema

from forms_engine.api.public_view import PublicView, admit, json_answer
from forms_engine.api.reading import refuse_unknown_keys, refuse_wrong_types
from forms_engine.api.shapes import PREFILL, SLUG, PrefilledSerializer, errors
from forms_engine.api.submissions import bearer
from forms_engine.errors import OriginNotAllowed, RequestInvalid
from forms_engine.request_body import read_json_object
from forms_engine.selectors import form_by_slug
from forms_engine.services.prefill import LONGEST_LIFETIME, USUAL_LIFETIME, make_prefill, prefilled_address
from forms_engine.services.server_tokens import use_token
from forms_engine.services.submit import open_version

_TYPES = {"answers": dict, "expires_in_s": int}
_SHORTEST_S = 60
_EXAMPLE = {"answers": {"email": "ada@example.com"}, "expires_in_s": 2_592_000}


class Prefills(PublicView):
    methods = ("POST",)

    @extend_schema(
        operation_id="prefill",
        summary="Make a link that opens the form with answers in it",
        request={"application/json": PREFILL},
        parameters=[SLUG],
        responses={
            201: PrefilledSerializer,
            **errors(
                _400="malformed_json invalid_request",
                _401="server_token_required",
                _403="origin_not_allowed",
                _404="unknown_form",
                _405="method_not_allowed",
                _413="body_too_large",
                _415="unsupported_media_type",
                _422="invalid_answers unknown_field",
            ),
        },
        examples=[
            OpenApiExample("For a month", value={"answers": {"email": "ada@example.com"}, "expires_in_s": 2592000})
        ],
        auth=[{"serverToken": []}],  # type: ignore[list-item]
    )
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Needs a server token. Nothing is stored; whoever has the link can read the answers."""
        form = form_by_slug(slug)
        if admit(request, form):
            raise OriginNotAllowed("Prefilled links are made by servers; a page must not hold their token.")
        now = timezone.now()
        use_token(form=form, presented=bearer(request.headers.get("Authorization", "")), now=now)
        body = read_json_object(request, max_bytes=settings.MAX_SUBMISSION_BYTES)
        refuse_unknown_keys(body, _TYPES)
        refuse_wrong_types(body, _TYPES, required=("answers",))
        token = make_prefill(
            form=form,
            version=open_version(form, None, now),
            raw_answers=body["answers"],
            lifetime=_lifetime(body),
            now=now,
        )
        return json_answer({"prefill": token, "url": prefilled_address(form, token)}, status=201)


def _lifetime(body: dict[str, Any]) -> timedelta:
    seconds = body.get("expires_in_s")
    if seconds is None:
        return USUAL_LIFETIME
    longest_s = int(LONGEST_LIFETIME.total_seconds())
    if not _SHORTEST_S <= seconds <= longest_s:
        raise RequestInvalid(
            "The request is not of the documented shape.",
            fields={"expires_in_s": [f"This must be from {_SHORTEST_S} to {longest_s}."]},
        )
    return timedelta(seconds=seconds)
