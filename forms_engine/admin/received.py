"""What was sent, what was kept before sending, and who else may send."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from forms_engine.models import FormSession, ServerToken, Submission
from forms_engine.services.judge_quarantine import confirm_spam, release_submission
from forms_engine.services.server_tokens import issue_token, revoke_token
from forms_engine.spam import MARKS
from foundation.admin import ModelAdmin, ReadOnlyAdmin, confirmed, rows_with_id
from foundation.admin_filters import DaysFilter
from foundation.admin_pages import acting


class QuarantineFilter(admin.SimpleListFilter):
    title = "quarantine"
    parameter_name = "quarantine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", "In quarantine"),
            ("released", "Released"),
            ("spam", "Confirmed as spam"),
            ("never", "Never in quarantine"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        if self.value() == "waiting":
            return queryset.filter(
                quarantined_at__isnull=False, released_at__isnull=True, confirmed_spam_at__isnull=True
            )
        conditions: dict[str | None, dict[str, bool]] = {
            "released": {"released_at__isnull": False},
            "spam": {"confirmed_spam_at__isnull": False},
            "never": {"quarantined_at__isnull": True},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Answers are personal: only those who may see people see them."""

    when_empty = "Nothing was sent yet. Open a published form and fill it in to see what arrives."
    list_display = ["id", "form", "version_number", "origin", "variant_key", "quarantine", "deliver", "created_at"]
    list_select_related = ["form", "version"]
    list_filter = [QuarantineFilter, "form", "origin", ("created_at", DaysFilter)]
    list_filter_submit = True
    search_fields = ["=id"]
    search_help_text = "The submission's id"
    show_full_result_count = False
    unasked = ("visitor_id", "email_digest", "request_digest", "idempotency_key")
    actions = ["release", "confirm"]
    actions_detail = ["release_this", "confirm_this"]

    def get_fields(self, request: HttpRequest, obj: Submission | None = None) -> list[str]:
        personal = (
            ["answers", "consents", "context", "visitor_id"] if request.user.has_perm("leads.view_person") else []
        )
        return [
            *("id", "form", "version", "language", "origin", "deliver", "created_at"),
            *("quarantine", "marks_in_words", "flags"),
            *personal,
            *("experiment_key", "variant_key", "exposure_id"),
        ]

    @display(description="Version")
    def version_number(self, submission: Submission) -> int:
        return submission.version.number

    @display(
        description="Quarantine",
        label={"In quarantine": "warning", "Released": "success", "Confirmed as spam": "danger"},
    )
    def quarantine(self, submission: Submission) -> str:
        if submission.quarantined_at is None:
            return "-"
        if submission.released_at is not None:
            return "Released"
        return "Confirmed as spam" if submission.confirmed_spam_at else "In quarantine"

    @display(description="Why it looked like spam")
    def marks_in_words(self, submission: Submission) -> str:
        return " ".join(MARKS.get(mark, mark) for mark in submission.marks) or "-"

    def has_judge_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Unfold asks with the id of the page's submission: only one that is held back offers it."""
        if not request.user.has_perm("forms_engine.judge_submission"):
            return False
        held = {"quarantined_at__isnull": False, "released_at__isnull": True}
        return object_id is None or rows_with_id(Submission, object_id).filter(**held).exists()

    @action(description="Release from quarantine", permissions=["judge"])
    def release(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        ids = queryset.values_list("pk", flat=True)
        released = sum(release_submission(submission_id=pk, now=timezone.now(), user=acting(request)) for pk in ids)
        messages.success(request, f"Released {released} of {len(ids)}; each goes its way now.")

    @action(description="Confirm as spam", permissions=["judge"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        ids = queryset.values_list("pk", flat=True)
        confirmed = sum(confirm_spam(submission_id=pk, now=timezone.now(), user=acting(request)) for pk in ids)
        messages.success(request, f"Confirmed {confirmed} of {len(ids)} as spam.")

    @action(description="Release", permissions=["judge"])
    @confirmed(
        "Release this submission?",
        "It goes its way like any other: somebody gets the lead. It counts as wrongly held back.",
        button="Release",
    )
    def release_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if release_submission(submission_id=UUID(object_id), now=timezone.now(), user=acting(request)):
            messages.success(request, "Released; it goes its way now.")
        return _back_to(object_id)

    @action(description="Confirm spam", permissions=["judge"])
    @confirmed(
        "Confirm that this is spam?",
        "It is kept, and nothing follows from it. It can still be released later.",
        button="Confirm spam",
    )
    def confirm_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if confirm_spam(submission_id=UUID(object_id), now=timezone.now(), user=acting(request)):
            messages.success(request, "Confirmed as spam.")
        return _back_to(object_id)


def _back_to(submission_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:forms_engine_submission_change", args=[submission_id]))


@admin.register(FormSession)
class FormSessionAdmin(ReadOnlyAdmin):
    """Answers kept before they were sent. They are personal, and go by themselves."""

    when_empty = "No answers are kept. What visitors begin and don't send is kept here for a while, where they agreed."
    list_display = ["id", "form", "version_number", "step_key", "language", "saved_at", "expires_at"]
    list_select_related = ["form", "version"]
    list_filter = ["form", "saved_at"]
    search_fields = ["=id"]
    search_help_text = "The session's id"
    unasked = ("visitor_id", "email_digest")
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: FormSession | None = None) -> list[str]:
        personal = ["answers", "context", "visitor_id"] if request.user.has_perm("leads.view_person") else []
        variant = ["experiment_key", "variant_key", "exposure_id"]
        return ["id", "form", "version", "language", "step_key", *personal, *variant, "saved_at", "expires_at"]

    @display(description="Version")
    def version_number(self, session: FormSession) -> int:
        return session.version.number


@admin.register(ServerToken)
class ServerTokenAdmin(ModelAdmin):
    """Made here and shown once; afterwards only its beginning is known."""

    when_empty = "No server may post yet. Add a token for each system that sends leads."
    list_display = ["name", "form", "prefix", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["form"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "form"]
    search_fields = ["name"]
    actions_detail = ["revoke_this"]

    def get_fields(self, request: HttpRequest, obj: ServerToken | None = None) -> list[str]:
        return ["name", "form"] if obj is None else [*self.list_display]

    def has_change_permission(self, request: HttpRequest, obj: ServerToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ServerToken | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ServerToken, form: Any, change: bool) -> None:
        made, token = issue_token(name=obj.name, form=obj.form, now=timezone.now())
        obj.pk, obj.prefix, obj._state.adding = made.pk, made.prefix, False
        messages.warning(request, f"Copy the token now, it is not shown again: {token}")

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if not request.user.has_perm("forms_engine.change_servertoken"):
            return False
        live = {"revoked_at__isnull": True}
        return object_id is None or rows_with_id(ServerToken, object_id).filter(**live).exists()

    @action(description="Revoke", permissions=["revoke"])
    @confirmed("Revoke this token?", "Servers that use it are refused from now on.", button="Revoke")
    def revoke_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        revoke_token(token=ServerToken.objects.get(pk=object_id), now=timezone.now(), user=acting(request))
        return HttpResponseRedirect(reverse("admin:forms_engine_servertoken_changelist"))
