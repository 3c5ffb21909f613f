"""The front door of an installation: its forms, and where its people work."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from forms_engine.selectors import open_forms
from forms_engine.views.pages import page


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return page(request, "forms_engine/index.html", {"forms": open_forms()})
