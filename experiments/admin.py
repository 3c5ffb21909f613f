"""Experiments for marketers: variants, exposures, start and stop."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from experiments.errors import StartRefused
from experiments.models import FIXED_WHILE_RUNNING, Experiment, Exposure, Variant
from experiments.selectors import exposure_counts
from experiments.services.lifecycle import start_experiment, stop_experiment
from foundation.admin import ModelAdmin, ReadOnlyAdmin, TabularInline, confirmed, rows_with_id
from foundation.admin_pages import acting


class VariantInline(TabularInline):
    model = Variant
    extra = 0
    fields = ["key", "name", "weight", "position", "is_control", "payload"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.is_running) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.is_running) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.is_running) and super().has_delete_permission(request, obj)


@admin.register(Experiment)
class ExperimentAdmin(ModelAdmin):
    when_empty = "There are no experiments yet. Add one with two versions of a form, then start it."
    list_display = ["name", "subject", "state", "coverage", "visitors", "started_at", "stopped_at"]
    list_filter = ["status"]
    search_fields = ["name", "key", "subject"]
    prepopulated_fields = {"key": ["name"]}
    fields = [
        "name", "key", "hypothesis", "subject", "segment", "coverage", "seed",
        "state", "exposures_by_variant", "started_at", "stopped_at",
    ]  # fmt: skip
    inlines = [VariantInline]
    readonly_fields = ["state", "exposures_by_variant", "started_at", "stopped_at"]
    actions_detail = ["start", "stop"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        return super().get_queryset(request).annotate(visitor_total=Count("exposures"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What would re-deal the visitors of a running experiment can't change; coverage may."""
        fixed = FIXED_WHILE_RUNNING if obj and obj.is_running else ()
        return [*super().get_readonly_fields(request, obj), *fixed]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.is_running) and super().has_delete_permission(request, obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(super().get_prepopulated_fields(request, obj))

    @display(
        description="State", ordering="status", label={"Running": "success", "Draft": "info", "Stopped": "warning"}
    )
    def state(self, experiment: Experiment) -> str:
        return experiment.get_status_display()

    @display(description="Visitors", ordering="visitor_total")
    def visitors(self, experiment: Experiment) -> int:
        return int(getattr(experiment, "visitor_total", 0))

    @display(description="Seen, by variant")
    def exposures_by_variant(self, experiment: Experiment) -> SafeString | str:
        if not experiment.pk:
            return "—"
        counts = exposure_counts(experiment)
        visitors, page_views = (sum(column) for column in zip(*counts.values(), strict=True)) if counts else (0, 0)
        if not visitors + page_views:
            return "Nobody has seen a variant yet."
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    key,
                    seen.visitors,
                    _share(seen.visitors, visitors),
                    seen.page_views,
                    _share(seen.page_views, page_views),
                )
                for key, seen in counts.items()
            ),
        )
        return format_html(
            '<table class="sy-table"><thead><tr><th>Variant</th><th>Visitors who agreed</th><th>Share</th>'
            "<th>Page views without consent</th><th>Share</th></tr></thead><tbody>{}</tbody></table>",
            rows,
        )

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may_change(request, object_id, is_running=False)

    def has_stop_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may_change(request, object_id, is_running=True)

    def _may_change(self, request: HttpRequest, object_id: str | None, *, is_running: bool) -> bool:
        """Offer only what the experiment's state allows."""
        if object_id is None or not request.user.has_perm("experiments.change_experiment"):
            return False
        status = rows_with_id(Experiment, object_id).values_list("status", flat=True).first()
        return status is not None and (status == Experiment.Status.RUNNING) == is_running

    @action(description="Start", url_path="start", permissions=["start"])
    @confirmed("Start this experiment?", "Visitors are split between its variants from then on.", button="Start")
    def start(self, request: HttpRequest, object_id: int) -> HttpResponse:
        experiment = Experiment.objects.get(pk=object_id)
        try:
            start_experiment(experiment=experiment, now=timezone.now(), user=acting(request))
        except StartRefused as refused:
            for reason in refused.reasons:
                messages.error(request, reason)
        else:
            messages.success(request, f"“{experiment}” is running.")
        return redirect("admin:experiments_experiment_change", object_id)

    @action(description="Stop", url_path="stop", permissions=["stop"])
    @confirmed("Stop this experiment?", "Everybody sees the form's active version again.", button="Stop")
    def stop(self, request: HttpRequest, object_id: int) -> HttpResponse:
        experiment = Experiment.objects.get(pk=object_id)
        if stop_experiment(experiment=experiment, now=timezone.now(), user=acting(request)):
            messages.success(request, f"“{experiment}” was stopped.")
        else:
            messages.info(request, f"“{experiment}” wasn't running.")
        return redirect("admin:experiments_experiment_change", object_id)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"


@admin.register(Exposure)
class ExposureAdmin(ReadOnlyAdmin):
    when_empty = "Nobody has seen a variant yet. Exposures come while an experiment runs."
    list_display = ["id", "experiment", "variant", "visitor_id", "sticky", "exposed_at"]
    list_select_related = ["experiment", "variant"]
    list_filter = ["experiment", "sticky"]
    search_fields = ["=visitor_id"]
    show_full_result_count = False
