"""Lists of the working copy that can be taken out as spreadsheets, and brought back in."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action

from routing.pages.exports import exported
from routing.transfer.kinds import KINDS


class SpreadsheetsMixin:
    """`spreadsheet` names the kind of rows; routing.transfer.kinds."""

    spreadsheet: str
    actions = ["export_as_csv", "export_as_xlsx"]
    actions_list = ["publish_working_copy", "import_spreadsheet"]

    @action(description="Export as CSV")
    def export_as_csv(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return exported(request, KINDS[self.spreadsheet], "csv", queryset)

    @action(description="Export as XLSX")
    def export_as_xlsx(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return exported(request, KINDS[self.spreadsheet], "xlsx", queryset)

    @action(description="Spreadsheets", url_path="spreadsheets", permissions=["view"])
    def import_spreadsheet(self, request: HttpRequest) -> HttpResponse:
        return redirect(f"{reverse('routing_pages:import')}?kind={self.spreadsheet}")
