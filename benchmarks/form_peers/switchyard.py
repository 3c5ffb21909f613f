"""The product's own form with the nine questions, published as an import would."""

from typing import Any

from benchmarks.form_peers.questions import QUESTIONS, Kind, Question

SLUG = "benchmark"
# Whose pages may show the form.
DOMAIN = "example.com"
_TYPES: dict[Kind, str] = {"email": "work_email", "phone": "tel"}
_MAPS_TO = {"email", "full_name", "country", "employees", "message", "phone"}


def document() -> dict[str, Any]:
    return {
        "title": "Book a demo",
        "intro": "See it work.",
        "steps": [{"key": "all", "fields": [_field(question) for question in QUESTIONS]}],
    }


def _field(question: Question) -> dict[str, Any]:
    field: dict[str, Any] = {
        "key": question.key,
        "type": _TYPES.get(question.kind, question.kind),
        "label": question.label,
        "required": question.required,
    }
    if question.kind in ("radio", "select"):
        field["choices"] = [{"value": value, "label": label} for value, label in question.choices]
    if question.key in _MAPS_TO:
        field["maps_to"] = question.key
    return field


def seed() -> None:
    from django.utils import timezone

    from forms_engine.models import Brand, Form
    from forms_engine.services.publish_version import publish_version

    brand = Brand.objects.create(slug="benchmark", name="Benchmark", allowed_domains=[DOMAIN])
    # Nobody takes the time here that a person would.
    form = Form.objects.create(brand=brand, slug=SLUG, name="Benchmark", min_fill_ms=0)
    publish_version(form=form, document=document(), now=timezone.now())
