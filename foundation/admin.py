"""What the rooms' admin pages share."""

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import islice
from typing import Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from axes import admin as axes_admin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import SuspiciousOperation
from django.db.models import Count, IntegerField, JSONField, Model, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import smart_split
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from foundation.jobs import is_known, kind_of
from foundation.models import Job, Mail, OutboxEvent

# A list is asked for each of these words in each of its fields; a database takes no statement of thousands.
MOST_WORDS = 10
# Longer than the longest id of any table.
_LONGEST_ID = 19

ActionMethod = Callable[..., HttpResponse]
M = TypeVar("M", bound=Model)


def confirmed(question: str, consequence: str, *, button: str) -> Callable[[ActionMethod], ActionMethod]:
    """Ask before a page action changes anything. Unfold's actions are links, and a link from elsewhere must not act.

    Stands below `@action`. The question is a page with a form, so that the change needs a POST with a CSRF token.
    """

    def decorate(method: ActionMethod) -> ActionMethod:
        @wraps(method)
        def asked(self: ModelAdmin, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return method(self, request, *args, **kwargs)
            context = {
                **self.admin_site.each_context(request),
                "title": button,
                "question": question,
                "consequence": consequence,
                "button": button,
                "back": came_from(request),
            }
            return TemplateResponse(request, "admin/confirm.html", context)

        return asked

    return decorate


def came_from(request: HttpRequest) -> str:
    """The page of ours that led here, else the admin's home."""
    referrer = cast("str", request.META.get("HTTP_REFERER", ""))
    is_ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if is_ours else reverse("admin:index")


def counted(rows: "QuerySet[Any]", by: str) -> Coalesce:
    """How many of `rows` point to each row of a list by the field `by`, to annotate it with.

    A subquery, asked for the page's rows only: a join would be grouped over the whole table.
    """
    found = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(n=Count("*"))
    return Coalesce(Subquery(found.values("n"), output_field=IntegerField()), 0)


def rows_with_id(model: type[M], object_id: object) -> "QuerySet[M]":
    """The row an address names, if any. Unfold asks permissions before it looks whether the id is one at all."""
    found = model._default_manager.all()
    return found.filter(pk=object_id) if names_row_of(model, object_id) else found.none()


def names_row_of(model: type[Model], object_id: object) -> bool:
    """Whether it is of the shape that the model's ids have: a number, or a UUID."""
    if not isinstance(model._meta.pk, UUIDField):
        return names_a_row(object_id)
    try:
        UUID(str(object_id))
    except ValueError:
        return False
    return True


def names_a_row(object_id: object) -> bool:
    return str(object_id).isdecimal() and len(str(object_id)) <= _LONGEST_ID


class RowSelect(AutocompleteSelect):
    """Django asks the database for whatever was sent, also when it shows a refused value again.

    `row` is what a table within a page has read already: shown without asking for it once more in each line.
    """

    row: Model | None = None

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        if self.row is not None and list(value) == [str(self.row.pk)]:
            nothing = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
            return [(None, [*nothing, self.create_option(name, value[0], str(self.row), True, 1)], 0)]
        return super().optgroups(name, [each for each in value if not each or names_a_row(each)], attr)


class RowSelectMixin:
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", RowSelect(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def searched_words(request: HttpRequest, search_term: str) -> list[str]:
    """The first ones, quoted as they were; on a list, who searches is told of the rest."""
    words = list(islice(smart_split(search_term.replace("\x00", "")), MOST_WORDS + 1))
    if len(words) > MOST_WORDS and SEARCH_VAR in request.GET:
        messages.warning(request, f"Only the first {MOST_WORDS} words were looked for.")
    return words[:MOST_WORDS]


class ModelAdmin(RowSelectMixin, UnfoldModelAdmin):
    """What every page of the house is made of.

    `unasked` are fields by which no address may filter a list: who can't see them could find them out letter by letter.
    `when_empty` tells who opens an empty list what will be there, and what to do.
    """

    unasked: tuple[str, ...] = ()
    when_empty: str = ""
    list_per_page = 50

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """An object's history is its audit, for those who may search it."""
        if request.user.has_perm("foundation.view_auditentry"):
            query = urlencode({"kind": self.opts.label_lower, "object_id": object_id})
            return HttpResponseRedirect(f"{reverse('admin:foundation_auditentry_changelist')}?{query}")
        return super().history_view(request, object_id, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, " ".join(searched_words(request, search_term)))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nor may one look into JSON, which holds what people answered, and which not every database can search."""
        name = lookup.split("__")[0]
        looks_into_json = any(field.name == name and isinstance(field, JSONField) for field in self.opts.fields)
        if name in self.unasked or looks_into_json:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not all(names_row_of(self.model, each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise SuspiciousOperation("An id that is none was ticked.")
        # PostgreSQL can't be asked for such a text. What is searched for is refused by Django's own form.
        if any("\x00" in "".join(given) for name, given in request.GET.lists() if name != SEARCH_VAR):
            raise SuspiciousOperation("A filter holds a null character.")
        return super().changelist_view(request, extra_context)


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, RowSelect) and self.instance.pk is not None:
                widget.row = getattr(self.instance, name)


class TabularInline(RowSelectMixin, UnfoldTabularInline):
    """What every table within a page is made of."""

    form = RowForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset, shown = super().get_queryset(request), self.get_autocomplete_fields(request)
        return queryset.select_related(*shown) if shown else queryset


class ReadOnlyAdmin(ModelAdmin):
    """For what the product records and nobody edits."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    when_empty = (
        "Nothing has happened yet that other rooms or webhooks hear of. The first event comes with the first "
        "submission."
    )
    list_display = ["id", "type", "subject", "deliver", "created_at", "drained_at"]
    list_filter = ["type", "deliver"]
    search_fields = ["=subject"]
    show_full_result_count = False


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    when_empty = "No mail was queued yet. Reminders of acceptance clocks and alerts come here before they are sent."
    list_display = ["id", "subject", "to", "attempts", "error", "created_at", "sent_at", "given_up_at"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter), ("given_up_at", admin.EmptyFieldListFilter)]
    search_fields = ["=to", "subject"]
    show_full_result_count = False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    when_empty = "No long work was started yet. Checks of a plan, imports and replays appear here with their progress."
    list_display = ["title", "state", "user", "created_at", "ended_at", "error"]
    list_select_related = ["user"]
    list_filter = ["state", "kind"]
    search_fields = ["=key", "file_name", "user__username"]
    show_full_result_count = False
    fields = ["title", "state", "user", "file_name", "created_at", "started_at", "ended_at", "error", "see_it"]
    readonly_fields = ["see_it"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        queryset: QuerySet[Job] = super().get_queryset(request).defer("file", "result")
        return queryset

    @admin.display(description="Job", ordering="kind")
    def title(self, job: Job) -> str:
        return kind_of(job).title if is_known(job.kind) else job.kind

    @admin.display(description="Result")
    def see_it(self, job: Job) -> str:
        return format_html('<a href="{}">Open</a>', reverse("foundation_pages:job", args=[job.pk]))


# Django's own pages for people and roles, in the product's dress.
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    when_empty = "Nobody can sign in yet. Add a user, give staff status and a role."
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Rights come by role; rights for one person alone are what nobody finds again.
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Roles", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    autocomplete_fields = ["groups"]
    filter_horizontal = []


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    when_empty = "There are no roles yet; they come by themselves with the next migrate."
    # Side by side, the two boxes are wider than the page.
    filter_horizontal = []
    filter_vertical = ["permissions"]


# Those of failed and successful signing in, too.
for _model in (AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(_model)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(axes_admin.AccessAttemptAdmin, ModelAdmin):
    when_empty = "Nobody failed to sign in lately. Deleting an attempt here lets somebody try again at once."


@admin.register(AccessLog)
class AccessLogAdmin(axes_admin.AccessLogAdmin, ModelAdmin):
    when_empty = "Nobody has signed in yet."


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(axes_admin.AccessFailureLogAdmin, ModelAdmin):
    when_empty = "No failures are logged; AXES_ENABLE_ACCESS_FAILURE_LOG is off."


# Registers the audit, whose page is made of what is above.
from foundation import audit_admin  # noqa: E402, F401
