"""`PUT /api/v1/sessions/{session_id}/steps/{step}`: a finished step, checked and perhaps kept."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema

from forms_engine.api.endings import gated_answer
from forms_engine.api.public_view import PublicView, admit, json_answer
from forms_engine.api.reading import refuse_unknown_keys, refuse_wrong_types
from forms_engine.api.shapes import STEP, KeptSerializer, errors
from forms_engine.context import context_of_page
from forms_engine.errors import Gated
from forms_engine.filling import FillingInvalid, read_filling
from forms_engine.limits import refuse_too_many
from forms_engine.request_body import read_json_object
from forms_engine.selectors import version_of
from forms_engine.services.keep_answers import Kept, keep_answers
from foundation.throttles import STEPS, Counted, address_of

_TYPES = {"session": str, "answers": dict, "context": dict}


class Steps(PublicView):
    methods = ("PUT",)

    @extend_schema(
        operation_id="keep_step",
        summary="Check a finished step, and keep its answers where the form's policy allows it",
        request={"application/json": STEP, "text/plain": {"type": "string", "description": "The same JSON."}},
        parameters=[
            OpenApiParameter("session_id", str, OpenApiParameter.PATH),
            OpenApiParameter("step", str, OpenApiParameter.PATH, description="The step's key."),
        ],
        responses={
            200: KeptSerializer,
            **errors(
                _400="malformed_json invalid_request filling_invalid",
                _403="origin_not_allowed",
                _404="unknown_form unknown_step",
                _405="method_not_allowed",
                _410="form_version_expired filling_expired",
                _413="body_too_large",
                _415="unsupported_media_type",
                _422="invalid_answers unknown_field gated",
                _429="rate_limited",
            ),
        },
        auth=[],
    )
    def put(self, request: HttpRequest, session_id: str, step: str) -> HttpResponse:
        """Takes the answers of all steps up to this one.

        Where they end the form without a submission, the answer is 422 `gated` with the `ending` to show.
        """
        refuse_too_many(Counted(STEPS, address_of(request)))
        body = read_json_object(request, max_bytes=settings.MAX_SUBMISSION_BYTES)
        refuse_unknown_keys(body, _TYPES)
        refuse_wrong_types(body, _TYPES, required=("session", "answers"))
        filling = read_filling(body["session"])
        if filling.nonce != session_id:
            raise FillingInvalid("The token is of another session; start anew.")
        version = version_of(filling)
        admit(request, version.form)
        try:
            kept = keep_answers(
                version=version,
                filling=filling,
                step_key=step,
                raw_answers=body["answers"],
                context=context_of_page(body.get("context"), definition=version.definition),
                now=timezone.now(),
            )
        except Gated as gated:
            return gated_answer(request, gated, version, filling)
        return json_answer(_answer(kept))


def _answer(kept: Kept) -> dict[str, object]:
    return {
        "saved": kept.saved,
        "resume": kept.resume or None,
        "expires_at": kept.expires_at.isoformat() if kept.expires_at else None,
    }
