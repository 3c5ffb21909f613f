"""What comes after sending, or at a gate, as pages show it."""

from django.http import HttpRequest, HttpResponse

from forms_engine.api.public_view import admit, error_answer
from forms_engine.errors import Gated
from forms_engine.filling import Filling
from forms_engine.models import FormVersion
from forms_engine.rendering import done_html
from forms_engine.schema import Definition, Ending, localise


def ending_json(definition: Definition, ending: Ending, *, status_url: str, state: str) -> dict[str, str]:
    """`status_url` is blank at a gate, where nothing was sent."""
    return {
        "key": ending.key,
        "kind": ending.kind,
        "title": ending.title,
        "message": ending.message,
        "url": ending.url,
        "form": ending.form,
        "html": done_html(definition, ending, status_url=status_url, state=state),
    }


def gated_answer(request: HttpRequest, gated: Gated, version: FormVersion, filling: Filling) -> HttpResponse:
    """The error, with the ending to show beside it: a page has no other way to its words."""
    admit(request, version.form)
    definition = localise(version.definition, filling.language)
    ending = definition.ending_of[gated.ending]
    return error_answer(gated, ending=ending_json(definition, ending, status_url="", state=""))
