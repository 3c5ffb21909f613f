"""A form with something of everything that a browser has to get right."""

from typing import Any

from django.utils import timezone

from forms_engine.models import Brand, Form
from forms_engine.services.publish_version import publish_version

DOCUMENT: dict[str, Any] = {
    "title": "Tell us about you",
    "submit_label": "Request my demo",
    "steps": [
        {
            "key": "you",
            "title": "About you",
            "fields": [
                {"key": "email", "type": "work_email", "label": "Work e-mail", "required": True, "maps_to": "email"},
                {"key": "name", "type": "text", "label": "Full name", "required": True, "tooltip": "To greet you."},
                {"key": "campaign", "type": "hidden", "source": {"utm": "campaign"}},
            ],
        },
        {
            "key": "company",
            "title": "Your company",
            "jumps": [{"when": {"team": "solo"}, "to": "last"}],
            "gates": [{"when": {"size": {"$exists": True, "$lt": 2}}, "ending": "too_small"}],
            "fields": [
                {"key": "country", "type": "country", "label": "Country", "searchable": True},
                {"key": "region", "type": "region", "label": "Region", "country": "country"},
                {"key": "phone", "type": "tel", "country_select": True, "label": "Phone", "country": "country"},
                {
                    "key": "team",
                    "type": "radio",
                    "label": "Team",
                    "choices": [{"value": "solo", "label": "Just me"}, {"value": "team", "label": "My team"}],
                },
                {"key": "size", "type": "number", "label": "People", "whole": True, "visible_when": {"team": "team"}},
            ],
        },
        {
            "key": "needs",
            "title": "Needs",
            "fields": [
                {
                    "key": "topics",
                    "type": "checkboxes",
                    "label": "Topics",
                    "max_choices": 2,
                    "required": True,
                    "choices": [{"value": value, "label": value.title()} for value in ("alpha", "beta", "gamma")],
                },
                {"key": "rays", "type": "text", "label": "Which rays?", "visible_when": {"topics": {"$in": ["gamma"]}}},
            ],
        },
        {
            "key": "last",
            "title": "Last words",
            "fields": [
                {"key": "site", "type": "url", "label": "Website"},
                {"key": "terms", "type": "consent", "label": "I agree to the terms.", "version": "1", "required": True},
            ],
        },
    ],
    "endings": [
        {"key": "too_small", "title": "Not yet", "message": "Come back with a team."},
        {"key": "thanks", "title": "Thank you"},
    ],
}


def publish_rich_form(**settings: object) -> Form:
    form = Form.objects.create(
        brand=Brand.objects.create(slug="rich-brand", name="Acme"),
        slug="rich",
        name="Rich",
        **{"min_fill_ms": 0, "partial_saving": "never", **settings},
    )
    publish_version(form=form, document=DOCUMENT, now=timezone.now())
    return form
