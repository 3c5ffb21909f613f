"""Spreadsheets in: choose a file, see what it would change, apply it."""

import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.admin_pages import acting, admin_page, render_page
from foundation.errors import SwitchyardError
from foundation.models import Job
from foundation.pages.jobs import job_context
from routing.models import ImportFile, NamedAccountList
from routing.transfer.export_rows import as_csv, template_rows
from routing.transfer.import_rows import ImportChoices, begin_import, check_import, start_applying
from routing.transfer.kinds import KINDS, Kind
from routing.transfer.report import STATUSES
from routing.transfer.tables import MAX_BYTES

PER_PAGE = 50
SHOWN = {
    "bad": "Bad rows",
    "changed": "Changed",
    "new": "New",
    "unchanged": "Unchanged",
    "removed": "Not in the file",
}


@require_http_methods(["GET", "POST"])
@admin_page("routing.view_territory")
def choose_file(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            upload = _begin(request)
        except SwitchyardError as refused:
            error = refused.message
        else:
            return redirect("routing_pages:import_file", upload.pk)
    chosen = request.POST.get("kind") or request.GET.get("kind") or "accounts"
    return render_page(
        request,
        "workbench/import/choose.html",
        title="Spreadsheets",
        status=422 if error else 200,
        kinds=[kind for kind in KINDS.values() if _may_change(request, kind)],
        exports=[kind for kind in KINDS.values() if request.user.has_perm(kind.permission("view"))],
        chosen=chosen,
        lists=NamedAccountList.objects.values_list("key", "name"),
        error=error,
    )


def _begin(request: HttpRequest) -> ImportFile:
    kind = KINDS.get(request.POST.get("kind", ""))
    if kind is None:
        raise SwitchyardError("Choose what the file holds.")
    _refuse_without_right(request, kind)
    file = request.FILES.get("file")
    if file is None:
        raise SwitchyardError("Choose a file.")
    if (file.size or 0) > MAX_BYTES:
        raise SwitchyardError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    return begin_import(
        kind=kind.key,
        content=file.read(),
        file_name=file.name or "file",
        choices=ImportChoices(None, _list_key(request, kind), kind.key == "accounts" and "move" in request.POST),
        user=acting(request),
        now=timezone.now(),
    )


def _list_key(request: HttpRequest, kind: Kind) -> str:
    key = request.POST.get("list", "") if kind.key == "accounts" else ""
    if key and key not in NamedAccountList.objects.values_list("key", flat=True):
        raise SwitchyardError("Choose a list that is there.")
    return key


@require_GET
@admin_page("routing.view_territory")
def import_file(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What the file would change; once it is being applied, how far that is."""
    upload, kind = _upload(request, import_id)
    job, failed = _job_to_show(upload)
    context = {
        **job_context(request, job),
        "upload": upload,
        "failed": failed,
        "applying": job.pk == upload.apply_job_id,
    }
    return render_page(request, "workbench/import/file.html", title=f"{kind.title}: {upload.file_name}", **context)


def _job_to_show(upload: ImportFile) -> tuple[Job, Job | None]:
    """The application while it runs and when it is done, else the check, with the application that failed."""
    jobs = {job.pk: job for job in Job.objects.defer("file").filter(pk__in=[upload.check_job_id, upload.apply_job_id])}
    check, applied = jobs.get(cast("UUID", upload.check_job_id)), jobs.get(cast("UUID", upload.apply_job_id))
    if applied is not None and (applied.ended_at is None or applied.state == Job.State.SUCCEEDED):
        return applied, None
    if check is None:
        raise Http404
    return check, applied


@require_POST
@admin_page("routing.view_territory")
def check_again(request: HttpRequest, import_id: UUID) -> HttpResponse:
    upload, kind = _upload(request, import_id)
    _refuse_without_right(request, kind)
    try:
        choices = ImportChoices(_mapping(request, kind), _list_key(request, kind), "move" in request.POST)
        check_import(upload=upload, choices=choices, user=acting(request), now=timezone.now())
    except SwitchyardError as refused:
        messages.error(request, refused.message)
    return redirect("routing_pages:import_file", upload.pk)


def _mapping(request: HttpRequest, kind: Kind) -> dict[str, int]:
    """From `column-<place>` = name of one of ours; raises where two are to be the same."""
    mapping: dict[str, int] = {}
    for field, name in request.POST.items():
        place = field.removeprefix("column-")
        if field == place or not place.isdecimal() or len(place) > 4 or name not in kind.labels:
            continue
        if name in mapping:
            raise SwitchyardError(f"Two columns can't both be {kind.labels[name]}.")
        mapping[str(name)] = int(place)
    return mapping


@require_POST
@admin_page("routing.view_territory")
def apply_file(request: HttpRequest, import_id: UUID) -> HttpResponse:
    upload, kind = _upload(request, import_id)
    _refuse_without_right(request, kind)
    remove = "remove" in request.POST and bool(kind.removes)
    if remove and not request.user.has_perm(kind.permission("delete")):
        raise PermissionDenied
    try:
        start_applying(
            upload=upload,
            digest=as_digest(request.POST.get("digest", "")),
            only_if_good="only_if_good" in request.POST,
            remove=remove,
            user=acting(request),
            now=timezone.now(),
        )
    except SwitchyardError as refused:
        messages.error(request, refused.message)
    return redirect("routing_pages:import_file", upload.pk)


@require_GET
@admin_page("routing.view_territory")
def bad_rows(request: HttpRequest, import_id: UUID) -> HttpResponse:
    upload, _ = _upload(request, import_id)
    if upload.bad_rows is None:
        raise Http404
    stem = upload.file_name.rpartition(".")[0] or "file"
    return _download(bytes(upload.bad_rows), f"{stem} to mend.csv")


@require_GET
@admin_page("routing.view_territory")
def template_file(request: HttpRequest, kind_key: str) -> HttpResponse:
    if kind_key not in KINDS:
        raise Http404
    return _download("".join(as_csv(template_rows(KINDS[kind_key]))).encode(), f"{kind_key}.csv")


def as_digest(text: str) -> str:
    """As it is, or "" where it can't be one; then it fits nothing."""
    return text if re.fullmatch(r"[0-9a-f]{64}", text) else ""


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    plain = "".join(char for char in name if char.isalnum() or char in " .-_")
    response["Content-Disposition"] = f'attachment; filename="{plain.encode("ascii", "ignore").decode()}"'
    return response


def _upload(request: HttpRequest, import_id: UUID) -> tuple[ImportFile, Kind]:
    """Whoever may not see rows of this kind learns no more than that there is no such file."""
    upload = ImportFile.objects.defer("content").filter(pk=import_id).first()
    kind = KINDS.get(upload.kind) if upload else None
    if upload is None or kind is None or not _may_change(request, kind):
        raise Http404
    return upload, kind


def _may_change(request: HttpRequest, kind: Kind) -> bool:
    return all(request.user.has_perm(kind.permission(action)) for action in ("add", "change"))


def _refuse_without_right(request: HttpRequest, kind: Kind) -> None:
    if not _may_change(request, kind):
        raise PermissionDenied


# What the jobs' templates show


def checked_context(job: Job, request: HttpRequest) -> Mapping[str, Any]:
    upload = ImportFile.objects.defer("content", "bad_rows").filter(pk=job.params.get("import")).first()
    if upload is None:
        return {"gone": True}
    result, kind = job.result, KINDS[upload.kind]
    counts = result["counts"]
    show = request.GET.get("show", "")
    if show not in SHOWN:
        show = next((status for status in STATUSES if counts[status]), "new")
    return {
        "upload": upload,
        "import_kind": kind,
        "is_latest": job.pk == upload.check_job_id,
        "tabs": _tabs(upload, counts, show),
        "show": show,
        "columns": _columns(kind, result),
        "choices": ImportChoices.from_document(upload.choices),
        "lists": list(NamedAccountList.objects.values_list("key", "name")) if kind.key == "accounts" else [],
        "changes": counts["new"] + counts["changed"],
        "may_remove": bool(kind.removes) and request.user.has_perm(kind.permission("delete")),
        **_page_of(kind, result, show, request.GET.get("page", "")),
    }


def _tabs(upload: ImportFile, counts: Mapping[str, int], show: str) -> list[dict[str, Any]]:
    address = reverse("routing_pages:import_file", args=[upload.pk])
    return [
        {"label": label, "count": counts[status], "address": f"{address}?show={status}", "is_current": status == show}
        for status, label in SHOWN.items()
        if status != "removed" or counts["removed"]
    ]


def _columns(kind: Kind, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    named = {place: name for name, place in result["mapping"].items()}
    return [
        {"place": place, "header": header, "name": named.get(place, ""), "label": kind.labels.get(named.get(place, ""))}
        for place, header in enumerate(result["columns"])
    ]


def _page_of(kind: Kind, result: Mapping[str, Any], show: str, page: str) -> dict[str, Any]:
    if show == "removed":
        rows: list[dict[str, Any]] = [{"label": label} for label in result["removed"]]
    else:
        rows = [_row(kind, row) for row in result["shown"][show]]
    shown = Paginator(rows, PER_PAGE).get_page(page)
    return {
        "rows": shown.object_list,
        "page": shown.number,
        "pages": shown.paginator.page_range,
        "more": result["counts"][show] - len(rows),
    }


def _row(kind: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
    labels = kind.labels
    return {
        **row,
        "changes": [(labels.get(name, name), *values) for name, values in row.get("changes", {}).items()],
        "problems": [(labels.get(name, name), words) for name, words in row.get("problems", [])],
    }


def applied_context(job: Job, request: HttpRequest) -> Mapping[str, Any]:
    kind = KINDS.get(job.result.get("kind", ""))
    if kind is None:
        return {"gone": True}
    listed = {"accounts": "namedaccount", "members": "queue", "absences": "rep"}.get(kind.key, kind.model)
    return {
        "import_kind": kind,
        "counts": job.result["counts"],
        "rows_address": reverse(f"admin:routing_{listed}_changelist"),
        "upload": ImportFile.objects.defer("content").filter(pk=job.params.get("import")).first(),
    }
