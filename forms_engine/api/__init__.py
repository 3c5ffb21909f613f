"""The public API: begin a session, keep its steps, send it, follow it. Described for people in docs/api.md."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from forms_engine.api.beginning import FormBeginning
from forms_engine.api.prefilling import Prefills
from forms_engine.api.regions import Regions
from forms_engine.api.status import SubmissionStatus
from forms_engine.api.steps import Steps
from forms_engine.api.submissions import Submissions
from foundation.api_errors import not_found_json

__all__ = [
    "FormBeginning",
    "Prefills",
    "Regions",
    "Steps",
    "SubmissionStatus",
    "Submissions",
    "api_not_found",
]


@csrf_exempt
def api_not_found(request: HttpRequest) -> JsonResponse:
    """Whatever else is asked for under /api/."""
    return not_found_json(request)
