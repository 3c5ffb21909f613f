"""After sending: thank you, and whom you'll be talking to."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from forms_engine.errors import UnknownSubmission
from forms_engine.models import Submission
from forms_engine.selectors import submission_by_id
from forms_engine.views.pages import page, with_error_pages
from pipeline.selectors import FINAL_STATES, RunState, run_state

# Without JavaScript the page reloads itself this often, each time after a longer wait, and then stops.
MOST_RELOADS = 8


@method_decorator(with_error_pages, name="dispatch")
class DoneView(View):
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str, submission_id: str) -> HttpResponse:
        submission = submission_by_id(submission_id)
        if submission.form.slug != slug:
            raise UnknownSubmission("There is no such submission.")
        return page(request, "forms_engine/done.html", _context(request, submission), brand=submission.form.brand)


def _context(request: HttpRequest, submission: Submission) -> dict[str, object]:
    state = run_state(submission.pk)
    reloads = _reloads(request)
    return {
        "form": submission.form,
        "definition": submission.version.definition,
        "state": state,
        "is_final": state.state in FINAL_STATES,
        "initials": _initials(state),
        "poll_address": reverse("forms_engine:submission-status", args=[str(submission.pk)]),
        "reload": {"wait_s": 1 + reloads * 2, "count": reloads + 1} if reloads < MOST_RELOADS else None,
    }


def _reloads(request: HttpRequest) -> int:
    count = request.GET.get("r", "0")
    return int(count) if count.isascii() and count.isdecimal() and len(count) < 3 else MOST_RELOADS


def _initials(state: RunState) -> str:
    words = (state.owner_name or "").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
