"""The working copy: reps, queues, territories, rules, accounts, the contract, golden leads."""

from contextlib import nullcontext
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Field, Model, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from conditions import Vocabulary
from foundation.admin import ModelAdmin, TabularInline, counted, rows_with_id
from routing.absence_calendar import away_in_words
from routing.admin.forms import FIRST, ContractInputForm, GoldenLeadForm, QueueForm, RepForm, RuleForm, TerritoryForm
from routing.admin.spreadsheets import SpreadsheetsMixin
from routing.criteria_words import condition_in_words
from routing.errors import RoutingError
from routing.forms import AbsenceFormSet, AbsenceRowForm
from routing.hours import zone_named
from routing.models import (
    Absence,
    Assignment,
    ContractInput,
    GoldenLead,
    Member,
    NamedAccount,
    NamedAccountList,
    Queue,
    Rep,
    Rule,
    Territory,
    contract_vocabulary,
)
from routing.models.draft import one_change
from routing.selectors import active_plan, shares_of
from routing.services.compile_plan import where_in_words
from routing.services.place_rule import place_rule
from routing.services.publish_plan import has_unpublished_changes

NOT_LIVE = "Saved in the working copy. It takes effect when the plan is published."


class WorkingCopyAdmin(ModelAdmin):
    """Rows of the working copy: says that nothing is live yet, and offers to publish from every list."""

    actions_list = ["publish_working_copy"]

    @action(description="Publish the plan", url_path="publish", permissions=["publish"])
    def publish_working_copy(self, request: HttpRequest) -> HttpResponse:
        return redirect("routing_pages:publish")

    def has_publish_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("routing.publish_plan")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and has_unpublished_changes():
            self.message_user(request, "The working copy differs from the active plan.", messages.WARNING)
        return super().changelist_view(request, extra_context)

    def _changeform_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        """A form and the tables within it are one change, whose revision is locked before any row is."""
        with one_change() if request.method == "POST" else nullcontext():
            return super()._changeform_view(request, *args)

    def _delete_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        with one_change() if request.method == "POST" else nullcontext():
            return super()._delete_view(request, *args)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.message_user(request, NOT_LIVE, messages.INFO)


class MemberInline(TabularInline):
    model = Member
    extra = 0
    autocomplete_fields = ["rep"]
    fields = ["rep", "weight", "priority", "cap_day", "cap_week", "cap_month", "condition", "paused"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("queue", "rep")  # which each line is named by

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "condition":
            field.widget.attrs["rows"] = 3
        if db_field.name in self.autocomplete_fields:  # the row is wide enough without a menu for the rep itself
            for able in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{able}_related", False)
        return field


class QueuesInline(MemberInline):
    """So that who joins is put into queues on the page where they are added."""

    verbose_name = "queue"
    verbose_name_plural = "queues: they get leads of these once the plan is published"
    autocomplete_fields = ["queue"]
    fields = ["queue", *MemberInline.fields[1:]]


class AbsenceInline(TabularInline):
    model = Absence
    extra = 0
    form = AbsenceRowForm
    formset = AbsenceFormSet
    fields = ["first_day", "from_time", "last_day", "until_time", "reason"]
    template_before = "admin/absence_zone.html"
    hide_title = True
    # For who may look only.
    _told = ("when", "reason")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if self._is_open(request, obj) else self._told

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if self._is_open(request, obj) else self._told

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_add_permission(request, obj) or self.has_change_permission(request, obj)

    def when(self, absence: Absence) -> str:
        zone = zone_named(absence.rep.time_zone)
        return away_in_words(absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone))


@admin.register(Rep)
class RepAdmin(WorkingCopyAdmin):
    ordering = ["name"]  # counted rows lose the model's order, and look-ups are paged
    when_empty = (
        "There are no reps yet. Add who takes leads, or import them from a spreadsheet; then put them into a queue."
    )
    form = RepForm
    list_display = ["name", "email", "time_zone", "is_active", "queues", "open_leads"]
    list_filter = ["active"]
    fieldsets = [
        (None, {"fields": ["name", "key", "email", "user", "active"]}),
        ("When they work", {"fields": ["time_zone", "working_hours"]}),
    ]
    inlines = [QueuesInline, AbsenceInline]
    search_fields = ["name", "email", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rep]:
        live, queues = counted(Assignment.objects.live(), "rep"), counted(Member.objects.all(), "rep")
        return super().get_queryset(request).annotate(live_count=live, queue_count=queues)

    @display(description="Active", boolean=True, ordering="active")
    def is_active(self, rep: Rep) -> bool:
        return rep.active

    @display(description="Queues", ordering="queue_count")
    def queues(self, rep: Any) -> int:
        return int(rep.queue_count)

    @display(description="Open leads", ordering="live_count")
    def open_leads(self, rep: Any) -> int:
        return int(rep.live_count)


@admin.register(Queue)
class QueueAdmin(WorkingCopyAdmin):
    ordering = ["name"]
    when_empty = "There are no queues yet. Add one, put reps into it, and mark one queue as the default."
    form = QueueForm
    change_form_template = "admin/tables_between.html"
    list_display = ["name", "key", "fallback", "default_marker", "member_count", "received"]
    list_select_related = ["fallback"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["fallback", "manager"]
    fieldsets = [
        (None, {"fields": ["name", "key", "fallback", "is_default"]}),
        ("Who is next", {"fields": ["working_hours", "shared_count", "shares"]}),
        (
            "Acceptance",
            {"classes": ["sy-below"], "fields": ["accept_within_min", "remind_min", "stagger_min", "manager"]},
        ),
        (
            "Credit",
            {
                "classes": ["sy-below"],
                "fields": ["counts", "gives_back", "disqualify_reasons", "disqualify_cap_month"],
            },
        ),
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
            '<p><a href="{}">The queue’s page</a> has shares given availability, who is next, and who is away.</p>'
            '<table class="sy-table"><thead><tr><th>Rep</th><th>Weight</th><th>Received</th><th>Exact share</th>'
            "<th>Difference</th></tr></thead><tbody>{}</tbody></table>",
            reverse("routing_pages:queue", args=[queue.key]),
            rows,
        )


class ConditionAdmin(WorkingCopyAdmin):
    """Reads the words conditions are told in once per list, not once per row."""

    _vocabulary: Vocabulary | None = None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._vocabulary = contract_vocabulary()
        return super().changelist_view(request, extra_context)


@admin.register(Territory)
class TerritoryAdmin(SpreadsheetsMixin, ConditionAdmin):
    spreadsheet = "territories"
    when_empty = "The world isn't divided yet. Add a territory with its countries, regions or postal areas."
    form = TerritoryForm
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
    actions_detail = ["split"]

    @action(description="Split along postal codes", url_path="split", permissions=["change"])
    def split(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leads to the page that asks how; it asks for the rights as well."""
        key = rows_with_id(Territory, object_id).values_list("key", flat=True).first()
        if key is None:
            raise Http404
        return redirect("routing_pages:split_territory", key)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Territory]:
        return super().get_queryset(request).prefetch_related("account_lists")

    @display(description="Where")
    def sentence(self, territory: Territory) -> str:
        return _cut(where_in_words(territory, self._vocabulary or contract_vocabulary()))


@admin.register(Rule)
class RuleAdmin(SpreadsheetsMixin, ConditionAdmin):
    spreadsheet = "rules"
    when_empty = "There are no rules yet. Add one: which leads, and which queue or rep gets them."
    form = RuleForm
    list_display = ["name", "territory", "sentence", "queue", "owner", "position"]
    fields = ["name", "key", "territory", "condition", "queue", "owner", "place"]
    list_editable = ["position"]
    list_select_related = ["territory", "queue", "owner"]
    list_filter = ["territory", "queue"]
    search_fields = ["name", "key"]
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["territory", "queue", "owner"]

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """A new rule is the last one unless somebody says where; one that is there stays where it is."""
        place = form.cleaned_data.get("place")
        with one_change():
            if not change or place:
                place_rule(rule=obj, first=place == FIRST, after=place if isinstance(place, Rule) else None)
            super().save_model(request, obj, form, change)

    @display(description="When")
    def sentence(self, rule: Rule) -> str:
        return _cut(condition_in_words(rule.condition, self._vocabulary))


def _cut(text: str) -> str:
    """To what a list cell can show."""
    return text if len(text) <= 120 else f"{text[:117]}…"


class NamedAccountInline(TabularInline):
    model = NamedAccount
    extra = 0
    per_page = 50
    autocomplete_fields = ["owner"]


@admin.register(NamedAccountList)
class NamedAccountListAdmin(WorkingCopyAdmin):
    ordering = ["name"]
    when_empty = "There are no lists of named accounts yet. Add one with the queue or rep that takes its leads."
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
class NamedAccountAdmin(SpreadsheetsMixin, WorkingCopyAdmin):
    spreadsheet = "accounts"
    when_empty = "There are no named accounts yet. Add a domain to a list, or import a spreadsheet."
    list_display = ["domain", "company_name", "list", "owner"]
    list_select_related = ["list", "owner"]
    list_filter = ["list"]
    search_fields = ["domain", "company_name"]
    autocomplete_fields = ["list", "owner"]


@admin.register(ContractInput)
class ContractInputAdmin(WorkingCopyAdmin):
    when_empty = "Routing knows no inputs yet. Add what it may ask about, such as country or employees."
    form = ContractInputForm
    list_display = ["label", "key", "type", "vocabulary", "required", "default", "position"]
    list_editable = ["position"]
    search_fields = ["label", "key"]


@admin.register(GoldenLead)
class GoldenLeadAdmin(ModelAdmin):
    """Not part of the plan: a change holds from the next publishing on."""

    when_empty = (
        "There are no golden leads yet. Add a lead whose owner must never change by accident: publishing asks them all."
    )
    form = GoldenLeadForm
    list_display = ["name", "territory", "queue", "owner", "enabled"]
    list_filter = ["enabled"]
    search_fields = ["name", "expected_queue", "expected_territory", "expected_owner"]
    fieldsets = [
        (None, {"fields": ["name", "inputs", "enabled"]}),
        ("What must come out", {"fields": ["expected_territory", "expected_queue", "expected_owner"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoldenLead]:
        names = {
            "territory_name": _name_of(Territory, "expected_territory"),
            "queue_name": _name_of(Queue, "expected_queue"),
            "owner_name": _name_of(Rep, "expected_owner"),
        }
        return super().get_queryset(request).annotate(**names)

    @display(description="Expected territory", ordering="expected_territory")
    def territory(self, golden: Any) -> str:
        return golden.territory_name or golden.expected_territory

    @display(description="Expected queue", ordering="expected_queue")
    def queue(self, golden: Any) -> str:
        return golden.queue_name or golden.expected_queue

    @display(description="Expected owner", ordering="expected_owner")
    def owner(self, golden: Any) -> str:
        return golden.owner_name or golden.expected_owner


def _name_of(model: type[Model], field: str) -> Subquery:
    """Of the row whose key the field has; rows are named, but kept by key, since they may be gone."""
    return Subquery(model._default_manager.filter(key=OuterRef(field)).values("name")[:1])
