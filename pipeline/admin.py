"""Runs, and the list of leads."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from foundation.admin import ReadOnlyAdmin, TabularInline, rows_with_id
from leads.models import Lead
from pipeline.lead_search import MOST, leads_found
from pipeline.lead_words import clock_words, plan_now, status_words
from pipeline.models import Run, StageResult
from pipeline.pages.lead import lead_page
from pipeline.tasks import send_wake_up
from routing.admin.moving import choose_to_move
from routing.explain import REASONS, why_in_words
from routing.models import Assignment, Decision, Queue, Rep, Territory
from routing.plan import Plan
from routing.resolution import NO_ELIGIBLE_MEMBER


def live_owners() -> QuerySet[Assignment]:
    """Who owns each lead and by which decision, without the decision's large documents."""
    live = Assignment.objects.filter(role=Assignment.Role.OWNER, ended_at__isnull=True)
    return live.select_related("rep", "decision").only(
        "lead_id", "rep__name", "queue_key", "protected",
        "decision__reason", "decision__territory_key", "decision__rule_key", "decision__queue_key",
        "due_at", "clock_stopped_at", "clock_stopped_by", "ended_at",
    )  # fmt: skip


class _OwnedFilter(DropdownFilter):
    """Asks about the lead's live owner. The choices are few rows, read by key."""

    def held(self, value: str) -> QuerySet[Assignment]:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        value = self.value()
        if not value:
            return queryset
        owned = self.held(value).filter(lead=OuterRef("pk"), role=Assignment.Role.OWNER, ended_at__isnull=True)
        return queryset.filter(Exists(owned))


class OwnerFilter(_OwnedFilter):
    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nobody", "Nobody"), *Rep.objects.order_by("name").values_list("key", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() != "nobody":
            return super().queryset(request, queryset)
        live = Assignment.objects.live().filter(lead=OuterRef("pk"), role=Assignment.Role.OWNER)
        return queryset.filter(~Exists(live))

    def held(self, value: str) -> QuerySet[Assignment]:
        # By id: the planner then knows how many the rep has.
        return Assignment.objects.filter(rep__in=list(Rep.objects.filter(key=value).values_list("pk", flat=True)))


class QueueFilter(_OwnedFilter):
    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("directly", "Directly"), *Queue.objects.order_by("name").values_list("key", "name")]

    def held(self, value: str) -> QuerySet[Assignment]:
        return Assignment.objects.filter(queue_key="" if value == "directly" else value)


class TerritoryFilter(_OwnedFilter):
    title = "territory"
    parameter_name = "territory"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Territory.objects.order_by("name").values_list("key", "name"))

    def held(self, value: str) -> QuerySet[Assignment]:
        return Assignment.objects.filter(decision__territory_key=value)


class ReasonFilter(_OwnedFilter):
    """By the decision that gave the owner; of parked leads, by the one that parked them."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(REASONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() != NO_ELIGIBLE_MEMBER:
            return super().queryset(request, queryset)
        live = Assignment.objects.live().filter(lead=OuterRef("pk"), role=Assignment.Role.OWNER)
        parked = Decision.objects.filter(lead=OuterRef("pk"), outcome=Decision.Outcome.PARKED)
        return queryset.filter(Exists(parked), ~Exists(live))

    def held(self, value: str) -> QuerySet[Assignment]:
        return Assignment.objects.filter(decision__reason=value)


class ClockFilter(_OwnedFilter):
    title = "clock"
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("running", "Running")]

    def held(self, value: str) -> QuerySet[Assignment]:
        watched, now = Assignment.objects.watched(), timezone.now()
        return watched.filter(due_at__lte=now) if value == "overdue" else watched.filter(due_at__gt=now)


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    """The list. A lead's own page tells its whole story (pipeline/pages/lead.py)."""

    when_empty = (
        "No lead has come yet. Publish a plan and a form, then fill the form in yourself to see who gets the lead."
    )
    list_display = ["person", "company", "owner", "clock", "reason", "status_label", "created_at"]
    list_select_related = ["person", "company"]
    list_filter = [
        "status", OwnerFilter, QueueFilter, TerritoryFilter, ReasonFilter, ClockFilter,
        ("created_at", RangeDateTimeFilter),
    ]  # fmt: skip
    list_filter_submit = True
    search_fields = ["person__email", "person__full_name", "company__domain", "company__name"]
    search_help_text = "E-mail, name, company or domain"
    show_full_result_count = False
    actions = ["move_many"]

    # For the names in a list; read once for it, not once per row.
    _plan: Plan | None = None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._plan = plan_now()
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", live_owners(), "live_owners"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        found = leads_found(queryset, search_term)
        if found.is_cut and request.method == "GET":
            messages.info(request, f"More than {MOST:,} are named so. The newest are searched; add a word to be exact.")
        return found.leads, False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        found = rows_with_id(Lead, object_id).select_related("person", "company", "merged_into").first()
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return lead_page(request, found)

    @display(description="Owner")
    def owner(self, lead: Any) -> str:
        return str(lead.live_owners[0].rep) if lead.live_owners else "Nobody yet"

    @display(description="Clock", label={"Overdue": "danger", "Running": "warning", "Accepted": "success"})
    def clock(self, lead: Any) -> str:
        if lead.status != Lead.Status.OPEN or lead.person.erased_at or not lead.live_owners:
            return "–"
        found = clock_words(lead.live_owners[0], timezone.now())
        return {"overdue": "Overdue", "running": "Running", "none": "No clock"}.get(found.state, found.text)

    @display(description="Why")
    def reason(self, lead: Any) -> str:
        """By the decision that gave the owner; later ones only say that the owner keeps the lead."""
        return why_in_words(lead.live_owners[0].decision, self._plan) if lead.live_owners else "–"

    @display(description="Status", ordering="status")
    def status_label(self, lead: Lead) -> str:
        return status_words(lead)

    def has_reassign_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.reassign_assignment"))

    @admin.action(description="Move to another owner", permissions=["reassign"])
    def move_many(self, request: HttpRequest, queryset: QuerySet[Lead]) -> HttpResponse | None:
        return choose_to_move(request, queryset.order_by().values_list("pk", flat=True))


def date_and_time(moment: datetime) -> str:
    """In the installation's time zone, with its name."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


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
