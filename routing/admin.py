"""Sales ops' pages: reps, queues, territories, rules, accounts, plans, decisions, assignments."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Field, JSONField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from conditions import ConditionInvalid, Vocabulary, parse
from foundation.admin import ModelAdmin, ReadOnlyAdmin, TabularInline, came_from, confirmed, rows_with_id
from foundation.fields import ConditionField, JsonTextField
from leads.models import Lead
from routing.errors import RoutingError
from routing.explain import REASONS, headline, sentences
from routing.forms import ReassignForm
from routing.models import (
    ON_THE_CLOCK,
    Absence,
    Assignment,
    ContractInput,
    Decision,
    GoldenLead,
    LedgerEntry,
    Member,
    NamedAccount,
    NamedAccountList,
    Plan,
    Queue,
    Rep,
    Rule,
    Territory,
    contract_vocabulary,
)
from routing.recheck import rerun
from routing.selectors import active_plan, parsed_plan, shares_of
from routing.services.accept_lead import accept_lead
from routing.services.publish_plan import activate_plan, has_unpublished_changes, publish_plan
from routing.services.reassign_lead import reassign_lead

asks_to_publish = confirmed(
    "Publish the working copy?", "The next lead is routed by it. Earlier plans can be put back.", button="Publish"
)
NOT_LIVE = "Saved in the working copy. It takes effect when the plan is published."


class JsonBoxesMixin:
    """Lists and objects in low boxes: they are short, and ten lines each would push everything else off the page."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        is_json = isinstance(db_field, JSONField) and not isinstance(db_field, ConditionField)
        if is_json:
            empty = db_field.default if callable(db_field.default) else None
            kwargs = {"form_class": JsonTextField, "empty": empty, **kwargs}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if is_json:
            field.widget.attrs["rows"] = 3
        return field


class WorkingCopyAdmin(JsonBoxesMixin, ModelAdmin):
    """Rows of the working copy: says that nothing is live yet, and offers to publish from every list."""

    actions_list = ["publish_working_copy"]

    @action(description="Publish the plan", url_path="publish", permissions=["publish"])
    @asks_to_publish
    def publish_working_copy(self, request: HttpRequest) -> HttpResponse:
        _publish(request)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def has_publish_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("routing.add_plan")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and has_unpublished_changes():
            self.message_user(request, "The working copy differs from the active plan.", messages.WARNING)
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.message_user(request, NOT_LIVE, messages.INFO)


def _publish(request: HttpRequest) -> None:
    before = Plan.objects.filter(is_active=True).values_list("number", flat=True).first()
    try:
        plan = publish_plan(user=request.user if request.user.is_authenticated else None, now=timezone.now())
    except RoutingError as error:
        messages.error(request, f"Not published. {error.message}")
        return
    if plan.number == before:
        messages.info(request, "Nothing has changed since the active plan.")
    else:
        messages.success(request, f"{plan} is live.")


class AbsenceInline(TabularInline):
    model = Absence
    extra = 0
    fields = ["starts_at", "ends_at", "reason"]
    verbose_name_plural = "absences: they take effect at once, no publishing needed"


@admin.register(Rep)
class RepAdmin(WorkingCopyAdmin):
    list_display = ["name", "email", "time_zone", "is_active", "queues", "open_leads"]
    list_filter = ["active"]
    fieldsets = [
        (None, {"fields": ["name", "key", "email", "user", "active"]}),
        ("When they work", {"fields": ["time_zone", "working_hours"]}),
    ]
    inlines = [AbsenceInline]
    search_fields = ["name", "email", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rep]:
        live = Count("assignments", filter=Q(assignments__ended_at__isnull=True), distinct=True)
        return super().get_queryset(request).annotate(live_count=live, queue_count=Count("memberships", distinct=True))

    @display(description="Active", boolean=True, ordering="active")
    def is_active(self, rep: Rep) -> bool:
        return rep.active

    @display(description="Queues", ordering="queue_count")
    def queues(self, rep: Any) -> int:
        return int(rep.queue_count)

    @display(description="Open leads", ordering="live_count")
    def open_leads(self, rep: Any) -> int:
        return int(rep.live_count)


class MemberInline(JsonBoxesMixin, TabularInline):
    model = Member
    extra = 0
    autocomplete_fields = ["rep"]
    fields = ["rep", "weight", "priority", "cap_day", "cap_week", "cap_month", "condition", "paused"]

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "condition":
            field.widget.attrs["rows"] = 3
        if db_field.name == "rep":  # the row is wide enough without a menu for the rep itself
            for able in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{able}_related", False)
        return field


@admin.register(Queue)
class QueueAdmin(WorkingCopyAdmin):
    list_display = ["name", "key", "fallback", "default_marker", "member_count", "received"]
    list_select_related = ["fallback"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["fallback", "manager"]
    fieldsets = [
        (None, {"fields": ["name", "key", "fallback", "is_default"]}),
        ("Who is next", {"fields": ["working_hours", "shared_count", "shares"]}),
        ("Acceptance", {"fields": ["accept_within_min", "remind_min", "stagger_min", "manager"]}),
        ("Credit", {"fields": ["counts", "gives_back", "disqualify_reasons", "disqualify_cap_month"]}),
    ]
    inlines = [MemberInline]
    readonly_fields = ["shares"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).annotate(members_total=Count("members"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = Assignment.objects.exclude(queue_key="").values("queue_key").annotate(n=Count("id")).order_by()
        self._received = {row["queue_key"]: row["n"] for row in counts}
        return super().changelist_view(request, extra_context)

    @display(description="Default", boolean=True)
    def default_marker(self, queue: Queue) -> bool:
        return queue.is_default

    @display(description="Members", ordering="members_total")
    def member_count(self, queue: Any) -> int:
        return int(queue.members_total)

    @display(description="Leads received")
    def received(self, queue: Queue) -> int:
        return self._received.get(queue.key, 0)

    @display(description="Shares in the active plan")
    def shares(self, queue: Queue) -> SafeString | str:
        """Actual counts beside the exact shares."""
        try:
            plan = active_plan().plan
        except RoutingError:
            return "No plan is published yet."
        if queue.key not in plan.queues:
            return "This queue is not in the active plan yet."
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (share.name, share.weight, share.count, f"{share.expected:.2f}", f"{share.difference:+.2f}")
                for share in shares_of(queue.key, plan)
            ),
        )
        return format_html(
            '<table class="sy-table"><thead><tr><th>Rep</th><th>Weight</th><th>Received</th><th>Exact share</th>'
            "<th>Difference</th></tr></thead><tbody>{}</tbody></table>",
            rows,
        )


class ConditionAdmin(WorkingCopyAdmin):
    """Reads the words conditions are told in once per list, not once per row."""

    _vocabulary: Vocabulary | None = None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._vocabulary = contract_vocabulary()
        return super().changelist_view(request, extra_context)


@admin.register(Territory)
class TerritoryAdmin(ConditionAdmin):
    list_display = ["name", "parent", "sentence", "queue", "owner", "position"]
    fieldsets = [
        (None, {"fields": ["name", "key", "parent"]}),
        (
            "Where: one of these is enough",
            {"fields": ["countries", "regions", "postal_areas"]},
        ),
        (
            "And which companies: all that is filled in must hold",
            {
                "fields": [
                    ("employees_min", "employees_max"),
                    ("revenue_min", "revenue_max"),
                    "industries",
                    "account_lists",
                    "condition",
                ]
            },
        ),
        ("Who gets the leads", {"fields": ["queue", "owner", "tie_break", "position"]}),
        ("When", {"fields": [("valid_from", "valid_to"), "time_zone", "working_hours"]}),
    ]
    list_editable = ["position"]
    list_select_related = ["parent", "queue", "owner"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["parent", "queue", "owner", "account_lists"]

    @display(description="Where")
    def sentence(self, territory: Territory) -> str:
        return _in_words(territory.condition, self._vocabulary)


@admin.register(Rule)
class RuleAdmin(ConditionAdmin):
    list_display = ["name", "territory", "sentence", "queue", "owner", "position"]
    fields = ["name", "key", "territory", "condition", "queue", "owner", "position"]
    list_editable = ["position"]
    list_select_related = ["territory", "queue", "owner"]
    list_filter = ["territory", "queue"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["territory", "queue", "owner"]

    @display(description="When")
    def sentence(self, rule: Rule) -> str:
        return _in_words(rule.condition, self._vocabulary)


def _in_words(document: Any, vocabulary: Vocabulary | None) -> str:
    """The condition as a sentence, cut to what a list cell can show."""
    try:
        text = parse(document, vocabulary).describe()
    except ConditionInvalid:
        text = str(document)
    return text if len(text) <= 120 else f"{text[:117]}…"


class NamedAccountInline(TabularInline):
    model = NamedAccount
    extra = 0
    per_page = 50
    autocomplete_fields = ["owner"]


@admin.register(NamedAccountList)
class NamedAccountListAdmin(WorkingCopyAdmin):
    list_display = ["name", "queue", "owner", "account_count"]
    list_select_related = ["queue", "owner"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["queue", "owner"]
    fields = ["name", "key", "queue", "owner"]
    inlines = [NamedAccountInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NamedAccountList]:
        return super().get_queryset(request).annotate(accounts_total=Count("accounts"))

    @display(description="Accounts", ordering="accounts_total")
    def account_count(self, accounts: Any) -> int:
        return int(accounts.accounts_total)


@admin.register(NamedAccount)
class NamedAccountAdmin(WorkingCopyAdmin):
    list_display = ["domain", "company_name", "list", "owner"]
    list_select_related = ["list", "owner"]
    list_filter = ["list"]
    search_fields = ["domain", "company_name"]
    autocomplete_fields = ["list", "owner"]


class ContractInputForm(forms.ModelForm):  # type: ignore[type-arg]
    choices = JsonTextField(
        required=False, empty=dict, initial=dict, help_text="Allowed values with labels; empty allows any."
    )
    default = JsonTextField(required=False, help_text="Stands in where nothing is known.")

    class Meta:
        model = ContractInput
        fields = "__all__"  # noqa: DJ007  sales ops may change every part of an input


@admin.register(ContractInput)
class ContractInputAdmin(WorkingCopyAdmin):
    form = ContractInputForm
    list_display = ["label", "key", "type", "vocabulary", "required", "default", "position"]
    list_editable = ["position"]
    search_fields = ["label", "key"]


@admin.register(GoldenLead)
class GoldenLeadAdmin(JsonBoxesMixin, ModelAdmin):
    """Not part of the plan: a change holds from the next publishing on."""

    list_display = ["name", "expected_territory", "expected_queue", "expected_owner", "enabled"]
    list_filter = ["enabled"]
    search_fields = ["name", "expected_queue", "expected_territory", "expected_owner"]
    fieldsets = [
        (None, {"fields": ["name", "inputs", "enabled"]}),
        ("What must come out, by key", {"fields": ["expected_territory", "expected_queue", "expected_owner"]}),
    ]


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "state", "note", "published_at", "published_by", "short_hash"]
    list_select_related = ["published_by"]
    fields = ["number", "state", "note", "published_at", "published_by", "hash", "rules_in_words", "document"]
    actions_list = ["publish"]
    actions_detail = ["activate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        queryset = super().get_queryset(request)
        # A plan's document may hold thousands of accounts; a list needs none of it.
        return queryset if request.resolver_match and request.resolver_match.kwargs else queryset.defer("document")

    @display(description="State", label={"Active": "success", "Earlier": "info"})
    def state(self, plan: Plan) -> str:
        return "Active" if plan.is_active else "Earlier"

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
        return request.user.has_perm("routing.add_plan")

    @action(description="Publish the working copy", url_path="publish-working-copy", permissions=["publish"])
    @asks_to_publish
    def publish(self, request: HttpRequest) -> HttpResponse:
        _publish(request)
        return redirect("admin:routing_plan_changelist")

    def has_activate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_publish_permission(request):
            return False
        return rows_with_id(Plan, object_id).filter(is_active=False).exists()

    @action(description="Put this plan back", url_path="activate", permissions=["activate"])
    @confirmed(
        "Put this plan back?", "The next lead is routed by it. The working copy stays as it is.", button="Put back"
    )
    def activate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        plan = activate_plan(plan=Plan.objects.get(pk=object_id), now=timezone.now())
        messages.success(request, f"{plan} is live again. The working copy is unchanged.")
        return redirect("admin:routing_plan_changelist")


def _target_name(plan: Any, target: Any) -> str:
    return str(plan.queues[target.queue].name if target.queue else plan.reps[target.owner].name)


class MovesLeadsAdmin(ReadOnlyAdmin):
    """A page about a lead, from which it can be given to another rep."""

    def may_move(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("routing.change_assignment"))

    def has_reassign_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.may_move(request):
            return False
        return bool(rows_with_id(self.model, object_id).filter(lead__status=Lead.Status.OPEN).exists())

    @action(description="Reassign the lead", url_path="reassign", permissions=["reassign"])
    def reassign(self, request: HttpRequest, object_id: int) -> HttpResponse:
        lead = Lead.objects.select_related("person").get(pk=self.model._default_manager.get(pk=object_id).lead_id)
        held = Assignment.objects.live().filter(lead=lead, role=Assignment.Role.OWNER).select_related("rep").first()
        form = ReassignForm(request.POST or None, holder=held.rep if held else None)
        if form.is_valid() and _reassign(request, lead, form):
            return redirect("admin:leads_lead_change", lead.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Reassign the lead",
            "lead": lead,
            "held": held,
            "form": form,
            "back": came_from(request),
        }
        return TemplateResponse(request, "admin/reassign.html", context)


def _reassign(request: HttpRequest, lead: Lead, form: ReassignForm) -> bool:
    """False, with the form saying why, where the move was refused."""
    user = request.user if request.user.is_authenticated else None
    try:
        moved = reassign_lead(lead=lead, now=timezone.now(), user=user, **form.cleaned_data)
    except RoutingError as refused:
        form.add_error(None, refused.message)
        return False
    messages.success(request, f"{lead.person} is with {moved.rep} now.")
    return True


@admin.register(Decision)
class DecisionAdmin(MovesLeadsAdmin):
    list_display = ["person", "outcome_label", "rep", "queue_key", "rule_key", "reason_in_words", "decided_at"]
    list_select_related = ["rep", "lead__person"]
    list_filter = ["kind", "outcome", "reason", "queue_key"]
    actions_detail = ["reassign"]
    search_fields = ["=submission_id", "=lead__person__email"]
    date_hierarchy = "decided_at"
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
        return [("running", "Running"), ("overdue", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> QuerySet[Assignment]:
        if self.value() not in ("running", "overdue"):
            return queryset
        running = queryset.filter(ON_THE_CLOCK)
        return running.filter(due_at__lte=timezone.now()) if self.value() == "overdue" else running


@admin.register(Assignment)
class AssignmentAdmin(MovesLeadsAdmin):
    list_display = ["person", "rep", "queue_key", "created_at", "clock", "due_at", "ended_at"]
    list_select_related = ["lead__person", "rep"]
    list_filter = [ClockFilter, "role", "rep", "queue_key"]
    search_fields = ["=lead__person__email"]
    show_full_result_count = False
    actions = ["accept"]
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
        return "Overdue" if assignment.due_at <= timezone.now() else "Running"

    def has_accept_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.may_move(request)
        waits = rows_with_id(Assignment, object_id).filter(ended_at__isnull=True, clock_stopped_at__isnull=True)
        return self.may_move(request) and waits.exists()

    @admin.action(description="Accept for the rep", permissions=["accept"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> None:
        accepted = sum(accept_lead(assignment=held, now=timezone.now()) for held in queryset)
        messages.success(request, f"{accepted} of {len(queryset)} accepted; the others had been, or have moved on.")

    @action(description="Accept for the rep", url_path="accept", permissions=["accept"])
    @confirmed("Accept this lead for its rep?", "Its clock stops, and it stays where it is.", button="Accept")
    def accept_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if accept_lead(assignment=Assignment.objects.get(pk=object_id), now=timezone.now()):
            messages.success(request, "Accepted.")
        else:
            messages.warning(request, "Its clock had stopped before, or somebody else has the lead by now.")
        return redirect("admin:routing_assignment_change", object_id)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["ledger", "rep", "credit", "reason", "note", "created_at"]
    list_select_related = ["ledger", "rep"]
    list_filter = ["ledger", "rep", "reason"]
    show_full_result_count = False
