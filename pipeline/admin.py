"""Runs, and the lead's page with its answer to "why this owner?"."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display

from foundation.admin import ReadOnlyAdmin
from leads.models import Lead
from leads.selectors import facts_of
from pipeline.models import Run, StageResult
from pipeline.tasks import send_wake_up
from routing.admin import why_html
from routing.models import Assignment
from routing.selectors import decisions_of


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    """Who, which company, whose, and why."""

    list_display = ["person", "company", "owner", "status", "created_at"]
    list_select_related = ["person", "company"]
    list_filter = ["status", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["person__email", "person__full_name", "company__domain", "company__name"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = [
        "person",
        "company",
        "owner",
        "status",
        "why",
        "observations",
        "assignments",
        "submissions",
        "created_at",
        "closed_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        live = Assignment.objects.filter(role=Assignment.Role.OWNER, ended_at__isnull=True).select_related("rep")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", live, to_attr="live_owners"))

    @display(description="Owner")
    def owner(self, lead: Any) -> str:
        return str(lead.live_owners[0].rep) if lead.live_owners else "—"

    @display(description="Why this owner?")
    def why(self, lead: Lead) -> SafeString | str:
        decisions = decisions_of(lead)
        if not decisions:
            return "Not decided yet."
        return format_html_join("", "{}", ((why_html(decision),) for decision in decisions))

    @display(description="What is known, and from where")
    def observations(self, lead: Lead) -> SafeString:
        rows = (
            (
                fact.attribute,
                str(fact.value),
                fact.source,
                fact.provider or "—",
                f"{fact.confidence:.0%}",
                _date(fact.observed_at),
            )
            for fact in facts_of(lead)
        )
        return _table(["Attribute", "Value", "Source", "Provider", "Confidence", "Observed"], rows)

    @display(description="Assignments")
    def assignments(self, lead: Lead) -> SafeString:
        rows = (
            (
                str(held.rep),
                held.get_role_display(),
                held.queue_key or "directly",
                _date(held.created_at),
                _date(held.ended_at) if held.ended_at else "now",
            )
            for held in Assignment.objects.filter(lead=lead).select_related("rep")
        )
        return _table(["Rep", "Role", "Through queue", "From", "Until"], rows)

    @display(description="Submissions")
    def submissions(self, lead: Lead) -> SafeString:
        rows = (
            (str(run.submission_id), run.get_origin_display(), run.get_stage_display(), _date(run.created_at))
            for run in Run.objects.filter(lead=lead)
        )
        return _table(["Submission", "Origin", "Stage", "Received"], rows)


def _date(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%-d %b %Y, %H:%M")


def _table(headings: list[str], rows: Any) -> SafeString:
    return format_html(
        '<table class="sy-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        format_html_join("", "<th>{}</th>", ((heading,) for heading in headings)),
        format_html_join(
            "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
        ),
    )


class StageResultInline(TabularInline):
    model = StageResult
    extra = 0
    can_delete = False
    fields = ["stage", "duration_ms", "completed_at", "result"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["id", "lead", "origin", "stage_label", "attempts", "last_error", "created_at", "finished_at"]
    list_select_related = ["lead__person"]
    list_filter = ["stage", "origin"]
    search_fields = ["=submission_id"]
    inlines = [StageResultInline]
    actions = ["advance_now"]
    show_full_result_count = False

    @display(
        description="Stage",
        ordering="stage",
        label={
            "Done": "success",
            "Capture": "info",
            "Enrich": "info",
            "Validate": "info",
            "Route": "info",
            "Deliver": "info",
        },
    )
    def stage_label(self, run: Run) -> str:
        return run.get_stage_display()

    @admin.action(description="Advance now", permissions=["view"])
    def advance_now(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        woken = sum(send_wake_up(run_id) for run_id in queryset.filter(finished_at=None).values_list("id", flat=True))
        messages.info(request, f"{woken} unfinished runs were woken.")
