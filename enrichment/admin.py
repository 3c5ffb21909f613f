"""Datasets and their companies."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from enrichment.models import Dataset, DatasetRecord
from foundation.admin import ModelAdmin


@admin.register(Dataset)
class DatasetAdmin(ModelAdmin):
    when_empty = "No company data is loaded yet. A dataset begins with the command import_dataset."
    list_display = ["name", "key", "enabled", "priority", "confidence", "companies", "imported_at"]
    list_editable = ["enabled", "priority"]
    readonly_fields = ["created_at", "imported_at"]
    search_fields = ["name", "key"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        return super().get_queryset(request).annotate(record_total=Count("records"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a dataset begins with `manage.py import_dataset`

    @display(description="Companies", ordering="record_total")
    def companies(self, dataset: Dataset) -> int:
        return int(getattr(dataset, "record_total", 0))


@admin.register(DatasetRecord)
class DatasetRecordAdmin(ModelAdmin):
    when_empty = "No company is in any dataset yet. Load one with the command import_dataset."
    list_display = ["domain", "dataset", "attributes"]
    list_select_related = ["dataset"]
    list_filter = ["dataset"]
    search_fields = ["domain"]
    show_full_result_count = False
