"""`GET /api/v1/submissions/{id}`: where is it, and whose did it become?"""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema

from forms_engine.api.public_view import PublicView, admit, json_answer
from forms_engine.api.shapes import StatusSerializer, errors
from forms_engine.models import Submission
from forms_engine.selectors import state_of, submission_by_id
from pipeline.selectors import RunState


class SubmissionStatus(PublicView):
    methods = ("GET", "HEAD")

    @extend_schema(
        operation_id="submission_status",
        summary="Where is a submission, and whose did it become?",
        parameters=[OpenApiParameter("id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)],
        responses={
            200: StatusSerializer,
            **errors(_403="origin_not_allowed", _404="unknown_submission", _405="method_not_allowed"),
        },
        auth=[],
    )
    def get(self, request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002  the documented name
        """Poll until `state` is final, which takes moments."""
        submission = submission_by_id(id)
        admit(request, submission.form)
        return json_answer(_status(submission, state_of(submission)), headers={"Cache-Control": "no-store"})


def _status(submission: Submission, state: RunState) -> dict[str, object]:
    owner = {"name": state.owner_name, "email": state.owner_email} if state.owner_name else None
    return {
        "id": str(submission.pk),
        "state": state.state,
        "owner": owner,
        "queue": state.queue,
        "reason": state.reason,
    }
