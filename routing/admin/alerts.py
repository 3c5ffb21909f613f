"""Alert rules, how each stands, what it would say now, and what was told."""

import json
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Field, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from foundation.admin import ModelAdmin, ReadOnlyAdmin, rows_with_id
from foundation.admin_filters import DaysFilter
from routing.models import AlertNotice, AlertRule, addresses_in
from routing.services.check_alerts import preview, threshold_of

LATEST_NOTICES = 10
SEES_NOTHING_YET = "Nobody was told anything by this rule yet."


@admin.register(AlertRule)
class AlertRuleAdmin(ModelAdmin):
    list_display = ["name", "watches", "scope", "told_when", "state_label", "last_told", "enabled_label"]
    list_select_related = ["queue", "territory", "state"]
    list_filter = ["kind", "enabled"]
    search_fields = ["name", "key", "emails"]
    search_help_text = "Name, key or address"
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ["queue", "territory"]
    readonly_fields = ["in_words", "state_now", "what_was_told"]
    fieldsets = [
        (None, {"fields": ["in_words", "state_now"]}),
        ("The rule", {"fields": ["name", "key", "kind", "enabled"]}),
        ("What it watches", {"fields": ["queue", "territory", "threshold", "window", "minimum"]}),
        ("Who is told", {"fields": ["emails", "webhook", "repeat_hours", ("quiet_from", "quiet_to")]}),
        ("History", {"fields": ["what_was_told"]}),
    ]
    actions = ["enable", "disable"]
    actions_detail = ["what_now"]
    when_empty = "No alert rule watches anything. Add one to hear of leads that fall back, wait, or are not accepted."

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "emails":
            field.widget.attrs["rows"] = 3
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        return super().get_queryset(request).annotate(told_last=Max("notices__told_at"))

    @display(description="Watches", ordering="kind")
    def watches(self, rule: AlertRule) -> str:
        return rule.get_kind_display()

    @display(description="Where")
    def scope(self, rule: AlertRule) -> str:
        return str(rule.queue or rule.territory or "Everywhere")

    @display(description="Told when")
    def told_when(self, rule: AlertRule) -> str:
        return told_when(rule)

    @display(description="State", label={"Quiet": "success", "Off": "info", "Alert": "danger", "Waits": "warning"})
    def state_label(self, rule: AlertRule) -> Any:
        state = getattr(rule, "state", None)
        if not rule.enabled:
            return "Off", "Off"
        if state is None or state.since is None:
            return "Quiet", "Quiet"
        since = date_format(timezone.localtime(state.since), "SHORT_DATETIME_FORMAT")
        return (
            ("Alert", f"Alert since {since}") if state.told_at else ("Waits", f"Since {since}, told after quiet hours")
        )

    @display(description="State")
    def state_now(self, rule: AlertRule) -> str:
        return str(self.state_label(rule)[1])

    @display(description="Last told", ordering="told_last", empty_value="Never")
    def last_told(self, rule: Any) -> Any:
        return rule.told_last

    @display(description="On", boolean=True, ordering="enabled")
    def enabled_label(self, rule: AlertRule) -> bool:
        return rule.enabled

    @display(description="In words")
    def in_words(self, rule: AlertRule) -> str:
        return sentence(rule) if rule.pk else "Save the rule to read here what it does."

    @display(description="What was told")
    def what_was_told(self, rule: AlertRule) -> SafeString | str:
        notices = rule.notices.all()[:LATEST_NOTICES] if rule.pk else []
        rows = format_html_join(
            "",
            '<tr><td data-label="When">{}</td><td data-label="News">{}</td><td data-label="Mails">{}</td>'
            '<td data-label="Found">{}</td></tr>',
            (
                (
                    _moment(each.told_at),
                    each.get_news_display(),
                    each.mails,
                    each.text.splitlines()[0] if each.text else "",
                )
                for each in notices
            ),
        )
        if not rows:
            return SEES_NOTHING_YET
        return format_html(
            '<table class="sy-table sy-stacked"><thead><tr><th scope="col">When</th><th scope="col">News</th>'
            '<th scope="col">Mails</th><th scope="col">Found</th></tr></thead><tbody>{}</tbody></table>',
            rows,
        )

    @admin.action(description="Switch on", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description="Switch off", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[AlertRule], *, on: bool) -> None:
        """Saved one by one, so that each has its history."""
        chosen = list(queryset)
        for rule in (changing := [rule for rule in chosen if rule.enabled is not on]):
            rule.enabled = on
            rule.save()
        to = "on" if on else "off"
        messages.success(request, f"Switched {to} {len(changing)} of {len(chosen)}; the others were {to} already.")

    def has_preview_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        is_there = object_id is None or rows_with_id(AlertRule, object_id).exists()
        return is_there and self.has_view_permission(request)

    @action(description="What would it say now?", url_path="now", permissions=["preview"])
    def what_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Reads only, so following the link is enough."""
        rule = rows_with_id(AlertRule, object_id).select_related("queue", "territory").first()
        if rule is None:
            raise Http404
        judgement, message = preview(rule=rule, now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": f"{rule}: what would it say now?",
            "rule": rule,
            "sentence": sentence(rule),
            "judgement": judgement,
            "message": message,
            "event": json.dumps(message.payload, indent=2, ensure_ascii=False),
        }
        return TemplateResponse(request, "workbench/alerts/now.html", context)


@admin.register(AlertNotice)
class AlertNoticeAdmin(ReadOnlyAdmin):
    list_display = ["told_at", "rule", "news_label", "mails", "first_line"]
    list_select_related = ["rule"]
    list_filter = ["news", "rule", ("told_at", DaysFilter)]
    list_filter_submit = True
    search_fields = ["rule__name", "text"]
    search_help_text = "Name of the rule, or words of what was told"
    show_full_result_count = False
    fields = ["rule", "news", "since", "told_at", "mails", "text"]
    when_empty = "No alert was told yet. What the rules tell is kept here."

    @display(description="News", ordering="news", label={"Begun": "danger", "Still": "warning", "Over": "success"})
    def news_label(self, notice: AlertNotice) -> str:
        return notice.get_news_display()

    @display(description="Found")
    def first_line(self, notice: AlertNotice) -> str:
        return notice.text.splitlines()[0] if notice.text else ""


def told_when(rule: AlertRule) -> str:
    """The threshold with its unit, from the settings where the rule has none."""
    threshold = f"{threshold_of(rule):g}"
    window = rule.get_window_display().lower()
    match rule.kind:
        case AlertRule.Kind.FALLBACK_RATE:
            return f"over {threshold} % in the {window}"
        case AlertRule.Kind.SLA_BREACHES:
            return f"{threshold} or more in the {window}"
        case AlertRule.Kind.SILENT_TERRITORY:
            return f"none for {threshold} days"
        case AlertRule.Kind.NOBODY_ELIGIBLE:
            return "at once"
    return f"{threshold} or more now"


def sentence(rule: AlertRule) -> str:
    where = f" in {rule.queue or rule.territory}" if rule.queue or rule.territory else ""
    least = settings.FALLBACK_ALERT_MIN if rule.minimum is None else rule.minimum
    counted = f", counted from {least:,} leads on" if rule.kind == AlertRule.Kind.FALLBACK_RATE else ""
    repeat = rule.repeat or settings.ALERT_REPEAT
    quiet = (
        f" Nothing is told between {rule.quiet_from:%H:%M} and {rule.quiet_to:%H:%M} ({settings.TIME_ZONE})."
        if rule.quiet_from and rule.quiet_to
        else ""
    )
    return (
        f"{rule.get_kind_display()}{where}: {told_when(rule)}{counted}. Told {_to_whom(rule)}, "
        f"again every {repeat.total_seconds() / 3600:g} hours while it lasts, and once when it is over.{quiet}"
    )


def _to_whom(rule: AlertRule) -> str:
    addresses = addresses_in(rule.emails) or settings.ALERT_EMAILS
    mail = f"to {', '.join(addresses)}" if addresses else "to no e-mail address"
    return f"{mail}, {'and to webhooks' if rule.webhook else 'not to webhooks'}"


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
