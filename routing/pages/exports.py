"""Spreadsheets out: all rows of a kind, or those chosen in a list."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from foundation.admin_pages import acting, admin_page
from foundation.audit import record
from routing.transfer.export_rows import as_csv, as_xlsx, counted_rows, rows_of
from routing.transfer.kinds import KINDS, Kind

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")


@require_GET
@admin_page("routing.view_territory")
def export(request: HttpRequest, kind_key: str, format_: str) -> HttpResponseBase:
    kind = KINDS.get(kind_key)
    if kind is None or format_ not in FORMATS:
        raise Http404
    if not request.user.has_perm(kind.permission("view")):
        raise PermissionDenied
    return exported(request, kind, format_)


def exported(request: HttpRequest, kind: Kind, format_: str, chosen: "QuerySet[Any] | None" = None) -> HttpResponseBase:
    """Who took rows out is audited; an account list is worth taking along."""
    rows = rows_of(kind, chosen)
    count = counted_rows(kind, chosen)
    record(
        "exported",
        now=timezone.now(),
        user=acting(request),
        kind=f"routing.{kind.model}",
        label=kind.title,
        note=f"{count:,} row{'s'[: count != 1]} as {format_.upper()}",
    )
    response: HttpResponseBase
    if format_ == "csv":
        response = StreamingHttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(as_xlsx(rows, kind.title), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{kind.key}.{format_}"'
    return response
