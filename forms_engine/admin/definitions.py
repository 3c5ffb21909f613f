"""What marketers work on: brands, forms, and their versions."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from forms_engine.embed_code import embed_snippet
from forms_engine.errors import DefinitionInvalid
from forms_engine.models import Brand, Form, FormVersion
from forms_engine.schema import parse_definition
from forms_engine.schema.diff import differences
from forms_engine.selectors import version_before
from forms_engine.services.publish_version import create_draft, edit_draft, publish_draft
from foundation.admin import ModelAdmin, confirmed, rows_with_id
from foundation.admin_pages import acting
from foundation.errors import SwitchyardError
from foundation.fields import JsonTextField


def json_box(rows: int = 24, **kwargs: Any) -> JsonTextField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows, "spellcheck": "false", "class": "font-mono"})
    return JsonTextField(widget=widget, **kwargs)


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]
    allowed_domains = json_box(rows=3, required=False, initial=list)
    theme = json_box(rows=6, required=False, initial=dict)
    privacy_url = forms.URLField(required=False, assume_scheme="https")
    imprint_url = forms.URLField(required=False, assume_scheme="https")

    class Meta:
        model = Brand
        fields = [
            "slug",
            "name",
            "allowed_domains",
            "sender_name",
            "sender_email",
            "theme",
            "privacy_text",
            "privacy_url",
            "imprint_url",
        ]

    def clean_allowed_domains(self) -> Any:
        return self.cleaned_data["allowed_domains"] or []

    def clean_theme(self) -> Any:
        return self.cleaned_data["theme"] or {}


@admin.register(Brand)
class BrandAdmin(ModelAdmin):
    when_empty = "There are no brands yet. Add one: forms carry its name, colours and privacy text."
    form = BrandForm
    list_display = ["name", "slug", "sender_email", "created_at"]
    search_fields = ["name", "slug"]


class FormForm(forms.ModelForm):  # type: ignore[type-arg]
    allowed_origins = json_box(
        rows=3, required=False, initial=list, empty=list, help_text=Form._meta.get_field("allowed_origins").help_text
    )

    class Meta:
        model = Form
        exclude: list[str] = []


@admin.register(Form)
class FormAdmin(ModelAdmin):
    when_empty = "There are no forms yet. Add one, then publish its first version."
    list_display = ["name", "slug", "brand", "active_number", "hosted_page", "archived_at"]
    list_select_related = ["brand", "active_version"]
    list_filter = ["brand", ("archived_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    form = FormForm
    fieldsets = [
        (None, {"fields": ["brand", "slug", "name", "archived_at", "active_number", "hosted_page", "embed_code"]}),
        ("Where it may stand, and who may post", {"fields": ["allowed_origins", "server_posts"]}),
        ("Visitors", {"fields": ["partial_saving", "without_consent"]}),
        ("Spam", {"fields": ["min_fill_ms", "requires_proof"]}),
    ]
    readonly_fields = ["active_number", "hosted_page", "embed_code"]
    actions_detail = ["start_draft"]

    @display(description="Active version")
    def active_number(self, form: Form) -> str:
        return str(form.active_version.number) if form.active_version else "-"

    @display(description="Hosted page")
    def hosted_page(self, form: Form) -> str:
        if form.pk is None or form.active_version is None:
            return "-"
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', form.get_absolute_url(), "Open")

    @display(description="On your site")
    def embed_code(self, form: Form) -> SafeString | str:
        if form.pk is None or form.active_version is None:
            return "Publish a version first."
        return format_html('<pre class="sy-code" tabindex="0">{}</pre>', embed_snippet(form))

    def has_draft_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        is_there = object_id is None or rows_with_id(Form, object_id).exists()
        return is_there and request.user.has_perm("forms_engine.add_formversion")

    @action(description="New draft from the active version", permissions=["draft"])
    @confirmed(
        "Begin a new draft?", "It starts as a copy of the active version. Visitors see no change.", button="New draft"
    )
    def start_draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form = Form.objects.select_related("active_version").get(pk=object_id)
        if form.active_version is None:
            return HttpResponseRedirect(f"{reverse('admin:forms_engine_formversion_add')}?form={form.pk}")
        draft = create_draft(form=form)
        return HttpResponseRedirect(reverse("admin:forms_engine_formversion_change", args=[draft.pk]))


class FormVersionForm(forms.ModelForm):  # type: ignore[type-arg]
    document = json_box(help_text="What it may hold is described in docs/forms.md.")

    class Meta:
        model = FormVersion
        fields = ["form", "document"]

    def clean_document(self) -> Any:
        document = self.cleaned_data["document"]
        try:
            parse_definition(document)
        except DefinitionInvalid as invalid:
            raise ValidationError(invalid.message, code=invalid.code) from invalid
        return document


@admin.register(FormVersion)
class FormVersionAdmin(ModelAdmin):
    """Drafts are edited here; published versions are only read."""

    when_empty = "No form has a version yet. Open a form and begin a draft."
    form = FormVersionForm
    list_display = ["__str__", "form", "number", "status", "is_active", "published_at", "expires_at"]
    list_select_related = ["form"]
    list_filter = ["form", "status"]
    search_fields = ["form__slug", "form__name"]
    actions = ["publish"]
    actions_detail = ["publish_this"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FormVersion]:
        versions: QuerySet[FormVersion] = super().get_queryset(request)
        return versions.select_related("form")

    def get_fields(self, request: HttpRequest, obj: FormVersion | None = None) -> list[str]:
        if obj is None:
            return ["form", "document"]
        times = ["created_at", "published_at", "expires_at"]
        return ["form", "number", "status", "changes", "document", "content_hash", *times]

    def get_readonly_fields(self, request: HttpRequest, obj: FormVersion | None = None) -> list[str]:
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name != "document"]

    def has_change_permission(self, request: HttpRequest, obj: FormVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def has_delete_permission(self, request: HttpRequest, obj: FormVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_published)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting many at once would not ask has_delete_permission for each.
        return {name: found for name, found in super().get_actions(request).items() if name != "delete_selected"}

    def save_model(self, request: HttpRequest, obj: FormVersion, form: Any, change: bool) -> None:
        if change:
            edit_draft(draft=obj, document=obj.document)
            return
        created = create_draft(form=obj.form, document=obj.document)
        obj.pk, obj.number, obj._state.adding = created.pk, created.number, False

    @display(description="What changed")
    def changes(self, version: FormVersion) -> SafeString | str:
        """Against the active version for a draft, against the published one before it for others."""
        before = version_before(version)
        if before is None:
            return "The form's first version."
        told = differences(before.definition, version.definition)
        if not told:
            return f"Nothing, compared with version {before.number}."
        sentences = format_html_join("", "<li>{}</li>", ((change.text,) for change in told))
        return format_html('Compared with version {}:<ul class="sy-rules">{}</ul>', before.number, sentences)

    @display(description="Active", boolean=True)
    def is_active(self, version: FormVersion) -> bool:
        return version.form.active_version_id == version.pk

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Unfold asks with the id of the page's version: only drafts offer it. The list's action has none."""
        if not request.user.has_perm("forms_engine.change_formversion"):
            return False
        return (
            object_id is None or rows_with_id(FormVersion, object_id).filter(status=FormVersion.Status.DRAFT).exists()
        )

    @action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[FormVersion]) -> None:
        published = sum(_publish(request, version) for version in queryset.select_related("form"))
        if published:
            messages.success(request, f"Published {published} version{'s' if published > 1 else ''}.")

    @action(description="Publish", permissions=["publish"])
    @confirmed("Publish this version?", "Visitors see it from then on. It can't be edited any more.", button="Publish")
    def publish_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if _publish(request, FormVersion.objects.select_related("form").get(pk=object_id)):
            messages.success(request, "Published; visitors see it from now on.")
        return HttpResponseRedirect(reverse("admin:forms_engine_formversion_change", args=[object_id]))


def _publish(request: HttpRequest, draft: FormVersion) -> bool:
    try:
        publish_draft(draft=draft, now=timezone.now(), user=acting(request))
    except SwitchyardError as error:
        messages.error(request, f"{draft}: {error.message}")
        return False
    return True
