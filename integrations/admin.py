"""Webhook endpoints, and what was sent to them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from foundation.admin import ModelAdmin, ReadOnlyAdmin, TabularInline
from foundation.admin_pages import acting
from integrations.models import Attempt, Delivery, WebhookEndpoint
from integrations.services.send_again import retry_now, send_test_event


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ModelAdmin):
    when_empty = "Nobody hears of events yet. Add the address of a system that should."
    list_display = ["name", "url", "events", "enabled", "disabled_reason"]
    search_fields = ["name", "url"]
    list_filter = ["enabled"]
    readonly_fields = ["signing_secret", "disabled_reason", "created_at"]
    actions = ["send_test"]

    @display(description="Events")
    def events(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.event_types) or "all"

    @display(description="Signing secret")
    def signing_secret(self, endpoint: WebhookEndpoint) -> str:
        """Whole for those who may change the endpoint, on its own page only."""
        return str(endpoint.secret) if endpoint.pk else "Made when the endpoint is saved."

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if not self.has_change_permission(request, obj):
            fields.remove("signing_secret")
        return fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = ["name", "url", "event_types", "enabled", "disabled_reason", "signing_secret", "created_at"]
        return (
            shown if self.has_change_permission(request, obj) else [name for name in shown if name != "signing_secret"]
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.enabled:
            obj.disabled_reason = ""
        super().save_model(request, obj, form, change)

    @admin.action(description="Send a test event", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            send_test_event(endpoint=endpoint, now=timezone.now(), user=acting(request))
        messages.success(request, f"{len(queryset)} test events are on their way; see Deliveries.")


class AttemptInline(TabularInline):
    model = Attempt
    extra = 0
    can_delete = False
    fields = ["number", "attempted_at", "duration_ms", "status_code", "error_code", "response_body"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    when_empty = "Nothing was sent to a webhook yet. Deliveries come once an endpoint is there and something happens."
    list_display = ["message_id", "endpoint", "event_type", "state", "attempts_made", "error_code", "next_attempt_at"]
    list_select_related = ["endpoint", "event"]
    list_filter = ["status", "endpoint"]
    search_fields = ["=message_id"]
    inlines = [AttemptInline]
    actions = ["retry"]
    show_full_result_count = False

    @display(description="Event")
    def event_type(self, delivery: Delivery) -> str:
        return delivery.event.type

    @display(
        description="State", ordering="status", label={"Delivered": "success", "Pending": "info", "Failed": "danger"}
    )
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()

    @admin.action(description="Try again now", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        again = retry_now(deliveries=queryset, now=timezone.now(), user=acting(request))
        messages.success(request, f"{again:,} deliveries will be tried again.")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.change_delivery")
