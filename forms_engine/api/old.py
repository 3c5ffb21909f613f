"""The public API: send a submission, follow it to its owner. Described for people in docs/api.md."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forms_engine.context import check_context
from forms_engine.errors import IdempotencyKeyInvalid, RequestInvalid
from forms_engine.models import Form, FormVersion, Submission
from forms_engine.request_body import read_json_object
from forms_engine.selectors import form_by_slug, published_version, submission_by_id
from forms_engine.services.submit import submit
from foundation.api_errors import not_found_json
from foundation.throttles import SUBMISSIONS, ForgivingThrottle
from leads.origins import Origin
from pipeline.selectors import RunState, run_state

LONGEST_IDEMPOTENCY_KEY = 200
_KEYS = frozenset({"answers", "context", "version"})


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error has this body. `fields` is empty where the error isn't about fields."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people; may change.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class AcceptedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status_url = serializers.URLField()


class OwnerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    email = serializers.EmailField()


class StatusSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=["received", "processing", "assigned", "parked"], help_text="`assigned` and `parked` are final."
    )
    owner = OwnerSerializer(allow_null=True)
    queue = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


_REQUEST_SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["answers"],
    "additionalProperties": False,
    "properties": {
        "answers": {
            "type": "object",
            "description": "By field key. Null or an empty text means no answer.",
            "additionalProperties": {
                "oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]
            },
        },
        "context": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "page": {"type": "string", "maxLength": 2000},
                "referrer": {"type": "string", "maxLength": 2000},
                "language": {"type": "string", "maxLength": 35, "example": "de-AT"},
                "utm": {
                    "type": "object",
                    "maxProperties": 30,
                    "additionalProperties": {"type": "string", "maxLength": 300},
                },
            },
        },
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "The version the answers were given to; the active one if left out.",
        },
    },
}
_REQUEST_EXAMPLE = {
    "answers": {"email": "ada@example.com", "full_name": "Ada Lovelace"},
    "context": {
        "utm": {"source": "newsletter", "campaign": "spring"},
        "referrer": "https://news.example.com/",
        "page": "https://www.example.com/demo",
    },
}
_ERRORS_OF_SUBMIT = {
    400: "`malformed_json`, `invalid_request` (not an object, or unknown keys), `idempotency_key_invalid`",
    404: "`unknown_form`, `unknown_version`",
    405: "`method_not_allowed`",
    410: "`form_version_expired`",
    413: "`body_too_large`",
    415: "`unsupported_media_type`",
    422: "`invalid_answers`, `unknown_field`, `invalid_context`, `idempotency_key_reused`",
    429: "`rate_limited`",
}


def _errors(described: dict[int, str]) -> dict[int, OpenApiResponse]:
    return {status: OpenApiResponse(ErrorSerializer, description=text) for status, text in described.items()}


class AlwaysJson(BaseContentNegotiation):
    """The answer is JSON whatever was asked for: a lead must not be lost to an Accept header."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class PublicView(APIView):
    """Anybody may call; sessions play no part, so neither does CSRF."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AlwaysJson


class SubmissionsView(PublicView):
    throttle_classes = (ForgivingThrottle,)
    throttle_scope = SUBMISSIONS

    @extend_schema(
        operation_id="submit",
        summary="Send a submission",
        request={"application/json": _REQUEST_SCHEMA},
        parameters=[
            OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The form's name, such as `demo`."),
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "minLength": 1, "maxLength": LONGEST_IDEMPOTENCY_KEY, "pattern": "^[\\x20-\\x7e]+$"},
                OpenApiParameter.HEADER,
                description="Send it, and sending again is safe: the same key and body give the same submission.",
            ),
        ],
        responses={202: AcceptedSerializer, **_errors(_ERRORS_OF_SUBMIT)},
        examples=[OpenApiExample("A demo request", value=_REQUEST_EXAMPLE, request_only=True)],
        auth=[],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Answers as soon as the submission is stored; who owns the lead is known moments later at `status_url`."""
        key = _idempotency_key(request._request)
        body = read_json_object(request._request, max_bytes=settings.MAX_SUBMISSION_BYTES)
        form = form_by_slug(slug)
        answers, context, version = _read_request(form, body)
        submitted = submit(
            form=form,
            version=version,
            raw_answers=answers,
            context=context,
            origin=Origin.SERVER,
            idempotency_key=key,
            deliver=Origin.SERVER.delivers,
            now=timezone.now(),
        )
        return Response(_accepted(submitted.submission), status=202)


class SubmissionStatusView(PublicView):
    @extend_schema(
        operation_id="submission_status",
        summary="Where is a submission, and whose did it become?",
        parameters=[OpenApiParameter("id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)],
        responses={
            200: StatusSerializer,
            **_errors({404: "`unknown_submission`", 405: "`method_not_allowed`"}),
        },
        auth=[],
    )
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  the documented name
        """Poll until `state` is final, which takes moments."""
        submission = submission_by_id(id)
        state = run_state(submission.pk)
        return Response(_status(submission, state), headers={"Cache-Control": "no-store"})


@csrf_exempt
def api_not_found(request: HttpRequest) -> JsonResponse:
    """Whatever else is asked for under /api/."""
    return not_found_json(request)


def status_url(submission: Submission) -> str:
    return settings.PUBLIC_URL + reverse("forms_engine:submission-status", args=[str(submission.pk)])


def _accepted(submission: Submission) -> dict[str, str]:
    return {"id": str(submission.pk), "status_url": status_url(submission)}


def _status(submission: Submission, state: RunState) -> dict[str, object]:
    owner = {"name": state.owner_name, "email": state.owner_email} if state.owner_name else None
    return {
        "id": str(submission.pk),
        "state": state.state,
        "owner": owner,
        "queue": state.queue,
        "reason": state.reason,
    }


def _idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > LONGEST_IDEMPOTENCY_KEY or not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalid(
            f"Idempotency-Key must be 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters."
        )
    # Apart from keys that pages and imports make.
    return f"api:{key}"


def _read_request(form: Form, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], FormVersion | None]:
    problems: dict[str, list[str]] = {}
    if not body.keys() <= _KEYS:
        problems["body"] = [f"Known keys are {', '.join(sorted(_KEYS))}."]
    answers, version = body.get("answers"), body.get("version")
    if not isinstance(answers, dict):
        problems["answers"] = ["This must be an object."]
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        problems["version"] = ["This must be a whole number."]
    if problems or not isinstance(answers, dict):
        raise RequestInvalid("The request is not of the documented shape.", fields=problems)
    context = check_context(body["context"]) if "context" in body else {}
    return answers, context, published_version(form, version) if version is not None else None
