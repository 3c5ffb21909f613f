"""Runs, and the lead's page with its answer to "why this owner?"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from foundation.admin import ReadOnlyAdmin, TabularInline
from leads.admin import attribute_label, value_in_words
from leads.attributes import ATTRIBUTES
from leads.models import Lead, Source
from leads.profile import Fact, resolve
from leads.selectors import facts_of
from pipeline.models import Run, StageResult
from pipeline.tasks import send_wake_up
from routing.admin import why_html
from routing.explain import REASONS
from routing.models import Assignment
from routing.selectors import decisions_of


def live_owners() -> QuerySet[Assignment]:
    """Who owns each lead and by which decision, without the decision's large documents."""
    live = Assignment.objects.filter(role=Assignment.Role.OWNER, ended_at__isnull=True)
    return live.select_related("rep", "decision").only("lead_id", "rep__name", "decision__reason")


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    """Whose, and why; then who, which company, and what is known."""

    when_empty = (
        "No lead has come yet. Publish a plan and a form, then fill the form in yourself to see who gets the lead."
    )
    list_display = ["person", "company", "owner", "reason", "status", "created_at"]
    list_select_related = ["person", "company"]
    list_filter = ["status", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["person__email", "person__full_name", "company__domain", "company__name"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    fieldsets = [
        ("Owner", {"fields": ["owner", "why"]}),
        ("Lead", {"fields": ["person", "email", "company", "status", "created_at", "closed_at"]}),
        ("What is known, and from where", {"fields": ["observations"]}),
        ("History", {"fields": ["assignments", "submissions"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", live_owners(), "live_owners"))

    @display(description="Owner")
    def owner(self, lead: Any) -> str:
        return str(lead.live_owners[0].rep) if lead.live_owners else "Nobody yet"

    @display(description="Why")
    def reason(self, lead: Any) -> str:
        """By the decision that gave the owner; later ones only say that the owner keeps the lead."""
        reason = lead.live_owners[0].decision.reason if lead.live_owners else ""
        return REASONS.get(reason, reason) or "–"

    @display(description="E-mail")
    def email(self, lead: Lead) -> str:
        return "–" if lead.person.erased_at else lead.person.email

    @display(description="Why this owner?")
    def why(self, lead: Lead) -> SafeString | str:
        decisions = decisions_of(lead)
        if not decisions:
            return "Not decided yet."
        return format_html_join("", "{}", ((why_html(decision),) for decision in decisions))

    @display(description="Observations")
    def observations(self, lead: Lead) -> SafeString | str:
        """What is believed comes first, then what it outweighs."""
        facts = facts_of(lead)
        believed = resolve(facts)
        others = [fact for fact in facts if fact is not believed.fact(fact.attribute)]
        rows = [
            *(_fact_row(fact, "yes") for fact in sorted(believed, key=_attribute_order)),
            *(_fact_row(fact, "no") for fact in sorted(others, key=_attribute_order)),
        ]
        headings = ["Attribute", "Value", "Source", "Confidence", "Observed", "Used"]
        return _table(headings, rows, empty="Nothing has been observed yet.")

    @display(description="Assignments")
    def assignments(self, lead: Lead) -> SafeString | str:
        rows = [
            (
                str(held.rep),
                held.get_role_display(),
                held.queue_key or "directly",
                date_and_time(held.created_at),
                date_and_time(held.ended_at) if held.ended_at else "now",
            )
            for held in Assignment.objects.filter(lead=lead).select_related("rep")
        ]
        return _table(["Rep", "Role", "Through queue", "From", "Until"], rows, empty="Nobody has held this lead yet.")

    @display(description="Submissions")
    def submissions(self, lead: Lead) -> SafeString | str:
        rows = [
            (
                _run_link(run),
                run.get_origin_display(),
                run.get_stage_display(),
                date_and_time(run.created_at),
            )
            for run in Run.objects.filter(lead=lead)
        ]
        return _table(["Submission", "Origin", "Stage", "Received"], rows, empty="None.")


def date_and_time(moment: datetime) -> str:
    """In the installation's time zone, with its name."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _run_link(run: Run) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:pipeline_run_change", args=[run.pk]), run.submission_id)


_ORDER = list(ATTRIBUTES)


def _attribute_order(fact: Fact) -> tuple[int, str]:
    known = fact.attribute in ATTRIBUTES
    return (_ORDER.index(fact.attribute) if known else len(_ORDER), fact.attribute)


def _fact_row(fact: Fact, believed: str) -> tuple[str, ...]:
    source = dict(Source.choices).get(fact.source, fact.source)
    return (
        attribute_label(fact.attribute),
        value_in_words(fact.value),
        f"{source} ({fact.provider})" if fact.provider else source,
        f"{fact.confidence:.0%}",
        date_and_time(fact.observed_at),
        believed,
    )


def _table(headings: list[str], rows: Sequence[tuple[object, ...]], *, empty: str) -> SafeString | str:
    """On a phone each cell stands under its heading (admin.css)."""
    if not rows:
        return empty
    return format_html(
        '<table class="sy-table sy-stacked"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings)),
        format_html_join("", "<tr>{}</tr>", ((_cells(headings, row),) for row in rows)),
    )


def _cells(headings: list[str], row: tuple[object, ...]) -> SafeString:
    return format_html_join("", '<td data-label="{}">{}</td>', zip(headings, row, strict=True))


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
    when_empty = "Nothing was sent yet. Each submission has a run here, from capture to delivery."
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

    def has_advance_permission(self, request: HttpRequest) -> bool:
        """Who may change what routing does, not who may only look."""
        return request.user.has_perm("routing.change_queue")

    @admin.action(description="Advance now", permissions=["advance"])
    def advance_now(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        woken = sum(send_wake_up(run_id) for run_id in queryset.filter(finished_at=None).values_list("id", flat=True))
        messages.info(request, f"{woken} unfinished runs were woken.")
