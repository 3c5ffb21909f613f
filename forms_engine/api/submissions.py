"""`POST /api/v1/forms/{slug}/submissions`: from a page with its session, or from a server without one."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema

from forms_engine.api.endings import ending_json, gated_answer
from forms_engine.api.public_view import PublicView, admit, json_answer, public_address
from forms_engine.api.reading import refuse_unknown_keys, refuse_wrong_types
from forms_engine.api.shapes import (
    IDEMPOTENCY_KEY,
    LONGEST_IDEMPOTENCY_KEY,
    PAGE_EXAMPLE,
    PAGE_SUBMISSION,
    SERVER_EXAMPLE,
    SLUG,
    SUBMISSION,
    AcceptedSerializer,
    errors,
)
from forms_engine.context import check_context, context_of_page
from forms_engine.errors import Gated, IdempotencyKeyInvalid, RequestInvalid, ServerPostsClosed
from forms_engine.filling import read_filling
from forms_engine.limits import refuse_too_many, senders_of
from forms_engine.models import Form, Submission
from forms_engine.request_body import read_json_object
from forms_engine.schema import localise
from forms_engine.selectors import ending_of, form_by_slug, published_version, state_of, version_of
from forms_engine.services.server_tokens import use_token
from forms_engine.services.submit import Submitted, submit
from forms_engine.services.submit_filling import submit_filling
from forms_engine.session import proof_of
from leads.origins import Origin
from pipeline.selectors import RECEIVED

_PAGE_TYPES = {"session": str, "answers": dict, "context": dict, "proof": str, "trap": str}
_SERVER_TYPES = {"answers": dict, "context": object, "version": int}


class Submissions(PublicView):
    methods = ("POST",)

    @extend_schema(
        operation_id="submit",
        summary="Send a submission",
        request={
            "application/json": {"oneOf": [SUBMISSION, PAGE_SUBMISSION]},
            "text/plain": {"type": "string", "description": "The same JSON with a session, as pages send it."},
        },
        parameters=[SLUG, IDEMPOTENCY_KEY],
        responses={
            202: AcceptedSerializer,
            **errors(
                _400="malformed_json invalid_request idempotency_key_invalid filling_invalid",
                _401="server_token_required",
                _403="origin_not_allowed server_posts_closed",
                _404="unknown_form unknown_version",
                _405="method_not_allowed",
                _410="form_version_expired filling_expired",
                _413="body_too_large",
                _415="unsupported_media_type",
                _422="invalid_answers unknown_field invalid_context gated idempotency_key_reused",
                _429="rate_limited",
            ),
        },
        examples=[SERVER_EXAMPLE, PAGE_EXAMPLE],
        auth=[{}, {"serverToken": []}],  # type: ignore[list-item]
    )
    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Answers as soon as the submission is stored; who owns the lead is known moments later at `status_url`. What
        looks like spam is answered in the same way."""
        refuse_too_many(*senders_of(request, slug))
        body = read_json_object(request, max_bytes=settings.MAX_SUBMISSION_BYTES)
        send = _from_page if "session" in body else _from_server
        return send(request, slug, body)


def status_url(submission: Submission) -> str:
    return public_address(f"{_status_path()}{submission.pk}")


@cache
def _status_path() -> str:
    """Before the id. Making the whole address anew each time would cost as much as a query."""
    return reverse("forms_engine:submission-status", args=["0"]).removesuffix("0")


def _from_page(request: HttpRequest, slug: str, body: dict[str, Any]) -> HttpResponse:
    refuse_unknown_keys(body, _PAGE_TYPES)
    refuse_wrong_types(body, _PAGE_TYPES, required=("session", "answers"))
    filling = read_filling(body["session"])
    version = version_of(filling, slug=slug)
    admit(request, version.form)
    now = timezone.now()
    try:
        submitted = submit_filling(
            form=version.form,
            version=version,
            filling=filling,
            raw_answers=body["answers"],
            context=context_of_page(body.get("context"), definition=version.definition),
            trap=body.get("trap") or "",
            proof=proof_of(body.get("proof"), filling, now),
            now=now,
        )
    except Gated as gated:
        return gated_answer(request, gated, version, filling)
    return _accepted(submitted)


def _from_server(request: HttpRequest, slug: str, body: dict[str, Any]) -> HttpResponse:
    key = _idempotency_key(request)
    form = form_by_slug(slug)
    if admit(request, form):
        raise RequestInvalid("A page sends its session.", fields={"session": ["This must be a text."]})
    _let_in(request, form)
    refuse_unknown_keys(body, _SERVER_TYPES)
    refuse_wrong_types(body, _SERVER_TYPES, required=("answers",))
    number = body.get("version")
    submitted = submit(
        form=form,
        version=published_version(form, number) if number is not None else None,
        raw_answers=body["answers"],
        context=check_context(body["context"]) if "context" in body else {},
        origin=Origin.SERVER,
        idempotency_key=key,
        deliver=Origin.SERVER.delivers,
        now=timezone.now(),
    )
    return _accepted(submitted)


def _let_in(request: HttpRequest, form: Form) -> None:
    """Raises ServerPostsClosed and TokenRequired. A token that is shown must be right, needed or not."""
    if form.server_posts == Form.ServerPosts.CLOSED:
        raise ServerPostsClosed("This form takes answers from its pages only.")
    shown = request.headers.get("Authorization", "")
    if form.server_posts == Form.ServerPosts.TOKEN or shown:
        use_token(form=form, presented=bearer(shown), now=timezone.now())


def bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _accepted(submitted: Submitted) -> HttpResponse:
    submission = submitted.submission
    state = RECEIVED if submitted.created else state_of(submission).state
    address = status_url(submission)
    definition = localise(submission.version.definition, submission.language)
    ending = ending_json(definition, ending_of(submission), status_url=address, state=state)
    answer = {"id": str(submission.pk), "status_url": address, "state": state, "ending": ending}
    return json_answer(answer, status=202)


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
