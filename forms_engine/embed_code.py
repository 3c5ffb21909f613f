"""The lines that a site developer pastes to show a form, for the admin; docs/embedding.md says what else there is."""

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from forms_engine.models import Form

_STUB = "forms_engine/embed.js"


def embed_snippet(form: Form) -> str:
    """HTML as text. The link is what visitors see without JavaScript, and where the form can't be reached."""
    hosted = settings.PUBLIC_URL + reverse("forms_engine:form", args=[form.slug])
    return (
        f'<script async src="{settings.PUBLIC_URL}{static(_STUB)}"></script>\n'
        f'<switchyard-form form="{form.slug}">\n'
        f'  <a href="{hosted}">Open the form</a>\n'
        "</switchyard-form>"
    )
