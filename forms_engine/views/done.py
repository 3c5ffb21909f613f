"""After sending: the form's ending, and whom the visitor will be talking to."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from forms_engine.errors import UnknownSubmission
from forms_engine.models import Form, Submission
from forms_engine.rendering import done_html
from forms_engine.rendering.compressing import AT_ONCE, Compressed
from forms_engine.rendering.look import logo_policy, look_of
from forms_engine.rendering.page import Frame, document
from forms_engine.schema import Definition, Ending, localise
from forms_engine.selectors import ending_of, state_of, submission_by_id
from forms_engine.views.pages import let_be_framed, ready_page, with_error_pages
from pipeline.selectors import FINAL_STATES, RunState

# Without JavaScript the page reloads itself this often, each time after a longer wait, and then stops.
MOST_RELOADS = 8


@method_decorator(with_error_pages, name="dispatch")
class DoneView(View):
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, slug: str, submission_id: str, framed: bool = False) -> HttpResponseBase:
        submission = submission_by_id(submission_id)
        if submission.form.slug != slug:
            raise UnknownSubmission("There is no such submission.")
        state = state_of(submission)
        return ending_page(
            request,
            submission.form,
            localise(submission.version.definition, submission.language),
            ending_of(submission),
            framed=framed,
            status_url=reverse("forms_engine:submission-status", args=[str(submission.pk)]),
            state=state,
            reload_address="" if state.state in FINAL_STATES else _reload_address(request),
        )


def ending_address(submission: Submission, *, framed: bool) -> str:
    """Where the browser goes after sending."""
    ending = ending_of(submission)
    if ending.kind == "redirect":
        return ending.url
    if ending.kind == "form":
        return form_address(ending.form, framed=framed)
    route = "forms_engine:frame-done" if framed else "forms_engine:done"
    return reverse(route, args=[submission.form.slug, str(submission.pk)])


def form_address(slug: str, *, framed: bool) -> str:
    return reverse("forms_engine:frame" if framed else "forms_engine:form", args=[slug])


def ending_page(
    request: HttpRequest,
    form: Form,
    definition: Definition,
    ending: Ending,
    *,
    framed: bool,
    status_url: str = "",
    state: RunState | None = None,
    reload_address: str = "",
) -> HttpResponse:
    """The ending as a page of its own. Without `status_url` there is no submission: it is a gate's."""
    frame = Frame(look_of(form.brand), framed)
    start, end = document(
        title=f"{ending.title} · {form.brand.name}",
        language=definition.language,
        frame=frame,
        page_class="done-page",
        with_script=bool(status_url),
        reload_address=reload_address,
    )
    html = done_html(
        definition,
        ending,
        status_url=status_url,
        state=state.state if state else "",
        owner=(state.owner_name or "") if state else "",
        level=1,
    )
    page = Compressed(f"{start}{html}{end}".encode(), level=AT_ONCE)
    response = ready_page(request, page, csp=logo_policy(frame.look))
    if framed:
        let_be_framed(response, form)
    return response


def _reload_address(request: HttpRequest) -> str:
    count = _reloads(request)
    return f"{1 + count * 2};url=?r={count + 1}" if count < MOST_RELOADS else ""


def _reloads(request: HttpRequest) -> int:
    count = request.GET.get("r", "0")
    return int(count) if count.isascii() and count.isdecimal() and len(count) < 3 else MOST_RELOADS
