"""Plans, decisions, assignments and counts: what was published and decided, and the moves that people make."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from foundation.admin import ReadOnlyAdmin, confirmed, rows_with_id
from foundation.admin_filters import DaysFilter, ValuesFilter
from foundation.admin_pages import acting
from foundation.audit import record
from leads.models import Lead
from routing.admin.moving import choose_to_move
from routing.explain import REASONS, headline, sentences
from routing.going_live import approvals, approver_of, how_it_came_back
from routing.models import (
    Assignment,
    AssignmentQuerySet,
    Decision,
    DecisionQuerySet,
    LedgerEntry,
    Plan,
)
from routing.recheck import rerun
from routing.selectors import parsed_plan, previous_plan
from routing.services.accept_lead import accept_lead


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    when_empty = (
        "No plan was published yet, so no lead can be decided. Set up queues and rules, then publish the working copy."
    )
    list_display = [
        "__str__",
        "state",
        "note",
        "published_at",
        "published_by",
        "approved_by",
        "live_until",
        "short_hash",
    ]
    list_select_related = ["published_by"]
    list_filter = [("is_active", admin.BooleanFieldListFilter), "published_at"]
    search_fields = ["=number", "note", "=hash", "published_by__username"]
    fields = [
        "number", "state", "note", "published_at", "published_by", "approved_by", "live_since", "came_back",
        "live_until", "hash", "rules_in_words", "document",
    ]  # fmt: skip
    actions_list = ["publish", "roll_back"]
    actions_detail = ["activate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        queryset = super().get_queryset(request).prefetch_related(approvals())
        # A plan's document may hold thousands of accounts; a list needs none of it.
        return queryset if request.resolver_match and request.resolver_match.kwargs else queryset.defer("document")

    @display(description="State", label={"Active": "success", "Earlier": "info", "Tried": "warning"})
    def state(self, plan: Plan) -> str:
        """Tried on some leads, by a rollout that runs or was stopped."""
        if plan.is_active:
            return "Active"
        return "Earlier" if plan.live_since else "Tried"

    @display(description="Approved by")
    def approved_by(self, plan: Plan) -> str | None:
        return approver_of(plan) or None

    @display(description="Why it is live again")
    def came_back(self, plan: Plan) -> str | None:
        return how_it_came_back(plan) or None

    @display(description="Hash")
    def short_hash(self, plan: Plan) -> str:
        return plan.hash[:12]

    @display(description="Rules")
    def rules_in_words(self, plan: Plan) -> SafeString:
        parsed = parsed_plan(plan.pk)
        rules = format_html_join(
            "",
            "<li>{} — {}: {} → {}</li>",
            (
                (
                    rule.name,
                    parsed.territory_by_key[rule.territory].name if rule.territory else "everywhere",
                    rule.condition.describe(),
                    _target_name(parsed, rule.target),
                )
                for rule in parsed.rules
            ),
        )
        return format_html('<ul class="sy-rules">{}</ul>', rules)

    def has_publish_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("routing.publish_plan")

    @action(description="Publish the working copy", url_path="publish-working-copy", permissions=["publish"])
    def publish(self, request: HttpRequest) -> HttpResponse:
        return redirect("routing_pages:publish")

    @action(description="Roll back", url_path="roll-back", permissions=["publish"])
    def roll_back(self, request: HttpRequest) -> HttpResponse:
        """To the plan that was live before: its page says what that changes, and asks."""
        previous = previous_plan()
        if previous is None:
            messages.info(request, "No other plan has been live yet.")
            return redirect("admin:routing_plan_changelist")
        return redirect("routing_pages:rollback", previous.number)

    def has_activate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_publish_permission(request):
            return False
        return rows_with_id(Plan, object_id).filter(is_active=False, live_since__isnull=False).exists()

    @action(description="Put this plan back", url_path="activate", permissions=["activate"])
    def activate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("routing_pages:rollback", Plan.objects.values_list("number", flat=True).get(pk=object_id))


def _target_name(plan: Any, target: Any) -> str:
    return str(plan.queues[target.queue].name if target.queue else plan.reps[target.owner].name)


class MovesLeadsAdmin(ReadOnlyAdmin):
    """A page about a lead, from which it can be given to another rep."""

    def may_move(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.reassign_assignment"))

    def has_move_many_permission(self, request: HttpRequest) -> bool:
        return self.may_move(request)

    @admin.action(description="Move the leads to another owner", permissions=["move_many"])
    def move_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return choose_to_move(request, queryset.order_by().values_list("lead", flat=True).distinct())

    def has_reassign_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.may_move(request):
            return False
        return bool(rows_with_id(self.model, object_id).filter(lead__status=Lead.Status.OPEN).exists())

    @action(description="Reassign the lead", url_path="reassign", permissions=["reassign"])
    def reassign(self, request: HttpRequest, object_id: int) -> HttpResponse:
        # By its name: the page is of a floor above.
        return redirect("pipeline_pages:reassign", self.model._default_manager.get(pk=object_id).lead_id)


class QueueFilter(ValuesFilter):
    title = "queue"
    parameter_name = "queue_key"

    def word(self, value: str) -> str:
        return value


class ReasonFilter(ValuesFilter):
    title = parameter_name = "reason"

    def word(self, value: str) -> str:
        return REASONS.get(value, value)


class EndingFilter(admin.SimpleListFilter):
    title = "how it ended"
    parameter_name = "ending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Decision.Ending.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        ending = self.value()
        if ending not in Decision.Ending.values:
            return queryset
        return cast("DecisionQuerySet", queryset).ended(Decision.Ending(ending))


@admin.register(Decision)
class DecisionAdmin(MovesLeadsAdmin):
    when_empty = "Nothing was decided yet. Each lead that is routed leaves its decision here, with the reason."
    list_display = ["person", "outcome_label", "rep", "queue_key", "rule_key", "reason_in_words", "decided_at"]
    list_select_related = ["rep", "lead__person"]
    list_filter = [EndingFilter, ("decided_at", DaysFilter), "kind", "outcome", ReasonFilter, QueueFilter]
    list_filter_submit = True
    actions = ["move_many"]
    actions_detail = ["reassign"]
    search_fields = ["=submission_id", "=lead__person__email"]
    show_full_result_count = False
    fields = [
        "why", "lead", "outcome", "rep", "queue_key", "territory_key", "rule_key", "account_list_key",
        "reason", "tie_break", "plan", "plan_hash", "run_again", "decided_at", "submission_id", "seed",
        "inputs", "pools", "trace",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        queryset = super().get_queryset(request)
        is_list = not (request.resolver_match and request.resolver_match.kwargs)
        return queryset.defer("inputs", "pools", "trace") if is_list else queryset

    @display(
        description="Outcome",
        ordering="outcome",
        label={"Assigned": "success", "Kept by its owner": "info", "Parked": "danger"},
    )
    def outcome_label(self, decision: Decision) -> str:
        return decision.get_outcome_display()

    @display(description="Lead", ordering="lead_id")
    def person(self, decision: Decision) -> str:
        return str(decision.lead.person)

    @display(description="Why", ordering="reason")
    def reason_in_words(self, decision: Decision) -> str:
        return REASONS.get(decision.reason, decision.reason)

    @display(description="Why this owner?")
    def why(self, decision: Decision) -> SafeString:
        return why_html(decision)

    @display(description="Run again")
    def run_again(self, decision: Decision) -> str:
        again = rerun(decision)
        return "Gives the same result." if again.agrees else f"Differs now: {again.rep_key} ({again.reason})."


def why_html(decision: Decision) -> SafeString:
    """The stored explanation, for a decision's and a lead's page."""
    lines = sentences(decision, parsed_plan(decision.plan_id))
    return format_html(
        '<div class="sy-why"><p><strong>{}</strong></p><ol>{}</ol></div>',
        headline(decision),
        format_html_join("", "<li>{}</li>", ((line,) for line in lines)),
    )


class ClockFilter(admin.SimpleListFilter):
    title = "clock"
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", "Running"), ("at_risk", "At risk"), ("overdue", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> QuerySet[Assignment]:
        asked = {
            "running": Q(),
            "at_risk": Assignment.at_risk(timezone.now()),
            "overdue": Q(due_at__lte=timezone.now()),
        }
        condition = asked.get(str(self.value()))
        return queryset if condition is None else cast("AssignmentQuerySet", queryset).watched().filter(condition)


@admin.register(Assignment)
class AssignmentAdmin(MovesLeadsAdmin):
    when_empty = "Nobody holds a lead yet. Assignments come with the first lead that is routed."
    list_display = ["person", "rep", "queue_key", "created_at", "clock", "due_at", "ended_at"]
    list_select_related = ["lead__person", "rep"]
    list_filter = [ClockFilter, "role", "rep", QueueFilter]
    search_fields = ["=lead__person__email"]
    show_full_result_count = False
    actions = ["accept", "move_many"]
    actions_detail = ["accept_this", "reassign"]
    fieldsets = [
        (None, {"fields": ["lead", "rep", "role", "queue_key", "decision", "created_at"]}),
        (
            "Acceptance",
            {
                "fields": [
                    "clock", "due_at", "remind_at", "reminded_at", "clock_stopped_by", "clock_stopped_at", "moves",
                    "protected",
                ]
            },
        ),
        ("How it came here, and went", {"fields": ["note", "moved_by", "ended_at", "ended_reason"]}),
    ]  # fmt: skip

    @display(description="Lead", ordering="lead_id")
    def person(self, assignment: Assignment) -> str:
        return str(assignment.lead.person)

    @display(
        description="Clock",
        label={"Running": "info", "Overdue": "danger", "Accepted": "success", "Meeting booked": "success"},
    )
    def clock(self, assignment: Assignment) -> str:
        if assignment.clock_stopped_at:
            return assignment.get_clock_stopped_by_display()
        if assignment.ended_at:
            return "Ended"
        if assignment.due_at is None:
            return "Protected" if assignment.protected else "No clock"
        if assignment.lead.status != Lead.Status.OPEN or assignment.lead.person.erased_at:
            return "No clock"
        return "Overdue" if assignment.due_at <= timezone.now() else "Running"

    def has_accept_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.may_move(request)
        waits = rows_with_id(Assignment, object_id).filter(ended_at__isnull=True, clock_stopped_at__isnull=True)
        return self.may_move(request) and waits.exists()

    @admin.action(description="Accept for the rep", permissions=["accept"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> None:
        now = timezone.now()
        with transaction.atomic():
            accepted = sum(accept_lead(assignment=held, now=now) for held in queryset)
            if accepted:
                label = f"{accepted:,} lead{'' if accepted == 1 else 's'}"
                record("accepted for the rep", now=now, user=acting(request), kind="routing.assignment", label=label)
        messages.success(request, f"{accepted} of {len(queryset)} accepted; the others had been, or have moved on.")

    @action(description="Accept for the rep", url_path="accept", permissions=["accept"])
    @confirmed("Accept this lead for its rep?", "Its clock stops, and it stays where it is.", button="Accept")
    def accept_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        held, now = Assignment.objects.select_related("rep").get(pk=object_id), timezone.now()
        with transaction.atomic():
            is_accepted = accept_lead(assignment=held, now=now)
            if is_accepted:
                record(
                    "accepted for the rep", now=now, user=acting(request), about=held, label=f"Lead {held.lead_id}",
                    note=f"For {held.rep}",
                )  # fmt: skip
        if is_accepted:
            messages.success(request, "Accepted.")
        else:
            messages.warning(request, "Its clock had stopped before, or somebody else has the lead by now.")
        return redirect("admin:routing_assignment_change", object_id)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    when_empty = "No count has changed yet. Each lead that a rep gets, or gives back, is an entry here."
    list_display = ["ledger", "rep", "credit", "reason", "note", "created_at"]
    list_select_related = ["ledger", "rep"]
    list_filter = ["ledger", "rep", "reason"]
    search_fields = ["rep__name", "ledger__key", "note"]
    search_help_text = "Rep, count or note"
    show_full_result_count = False
