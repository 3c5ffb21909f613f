"""The form page, below the home page that Wagtail's own migrations make."""

from benchmarks.form_peers.questions import QUESTIONS, Kind

_TYPES: dict[Kind, str] = {
    "email": "email",
    "text": "singleline",
    "country": "dropdown",
    "radio": "radio",
    "number": "number",
    "select": "dropdown",
    "textarea": "multiline",
    "phone": "singleline",
    "checkbox": "checkbox",
}


def seed() -> None:
    from wagtail.models import Page, Site

    from benchmarks.form_peers.wagtail_site.models import FormField, FormPage

    home = Site.objects.get(is_default_site=True).root_page
    page = FormPage(title="Book a demo", slug="form", intro="<p>See it work.</p>", thank_you_text="<p>Thank you.</p>")
    Page.objects.get(pk=home.pk).add_child(instance=page)
    for order, question in enumerate(QUESTIONS):
        FormField.objects.create(
            page=page,
            sort_order=order,
            clean_name=question.key,
            label=question.label,
            field_type=_TYPES[question.kind],
            required=question.required,
            choices="\n".join(label for _, label in question.choices),
        )
