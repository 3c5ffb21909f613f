"""Salesforce's lead assignment rules in: choose the file, see entry by entry what it becomes, apply it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.admin_pages import acting, admin_page, render_page
from foundation.audit import Way
from foundation.errors import SwitchyardError
from routing.assignment_rules.errors import AssignmentRulesInvalid
from routing.assignment_rules.metadata import MAX_BYTES, read_rules
from routing.assignment_rules.service import RulesImport, Wishes, apply_import, plan_import
from routing.models import ImportFile, Queue, Rep
from routing.models.draft import draft_revision
from routing.pages.imports import as_digest
from routing.services.compile_plan import working_contract
from routing.vocabularies import named_vocabulary

KIND = "assignment_rules"
PER_PAGE = 100
STATUS_WORDS = {"new": "New", "changed": "Changed", "unchanged": "Unchanged", "left_out": "Left out"}
_MOST_FIELDS = 300


@require_http_methods(["GET", "POST"])
@admin_page("routing.change_rule")
def choose_file(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            upload = _keep(request)
        except SwitchyardError as refused:
            error = refused.message
        else:
            return redirect("routing_pages:assignment_rules", upload.pk)
    return render_page(
        request,
        "workbench/assignment_rules/choose.html",
        title="Import Salesforce assignment rules",
        status=422 if error else 200,
        error=error,
    )


def _keep(request: HttpRequest) -> ImportFile:
    file = request.FILES.get("file")
    if file is None:
        raise AssignmentRulesInvalid("Choose a file.")
    if (file.size or 0) > MAX_BYTES:
        raise AssignmentRulesInvalid(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    content = file.read()
    rules = read_rules(content)
    # Which one is asked on the next page, where no single one is active.
    active = [rule.name for rule in rules if rule.active] or [rule.name for rule in rules]
    return ImportFile.objects.create(
        kind=KIND,
        file_name=(file.name or "file")[:200],
        content=content,
        choices={"rule": active[0]},
        user=acting(request),
        created_at=timezone.now(),
    )


@lru_cache(maxsize=8)
def _planned(import_id: UUID, choices: str, revision: str) -> RulesImport:
    """What the file becomes, by these choices, while the working copy is at this revision; all else is of the file.

    A page that is turned, or shown after a choice, needn't translate every entry again.
    """
    content = ImportFile.objects.filter(pk=import_id).values_list("content", flat=True).first()
    return plan_import(content=bytes(content or b""), wishes=_wishes(json.loads(choices)))


def _as_text(choices: Mapping[str, Any]) -> str:
    return json.dumps(choices, sort_keys=True)


@require_GET
@admin_page("routing.change_rule")
def review(request: HttpRequest, import_id: UUID) -> HttpResponse:
    upload = _upload(import_id)
    wishes = _wishes(upload.choices)
    try:
        shown = _planned(upload.pk, _as_text(upload.choices), draft_revision())
    except SwitchyardError as refused:
        return render_page(
            request,
            "workbench/assignment_rules/choose.html",
            title="Import Salesforce assignment rules",
            status=422,
            error=refused.message,
        )
    return render_page(
        request,
        "workbench/assignment_rules/review.html",
        title=f"Salesforce rule “{shown.rule.name}”",
        upload=upload,
        shown=shown,
        wishes=wishes,
        old=[*shown.stale, *shown.held],
        may_remove=request.user.has_perm("routing.delete_rule"),
        values_text="\n".join(f"{name}: {value} = {to}" for (name, value), to in wishes.values.items()),
        fields=[(name, key) for name, key in shown.fields.items()][:_MOST_FIELDS],
        inputs=[(spec.key, spec.label or spec.key) for spec in working_contract().inputs],
        countries=sorted((named_vocabulary("countries") or {}).items(), key=lambda item: item[1]),
        queues=list(Queue.objects.values_list("key", "name")),
        reps=list(Rep.objects.values_list("key", "name")) if shown.missing or wishes.assignees else [],
        assignees=[(name, wishes.assignees.get(name, "")) for name in _assignees(shown, wishes)],
        **_page_of(request, shown),
    )


def _assignees(shown: RulesImport, wishes: Wishes) -> list[str]:
    return list(dict.fromkeys([*shown.missing, *wishes.assignees]))[:_MOST_FIELDS]


def _page_of(request: HttpRequest, shown: RulesImport) -> dict[str, Any]:
    only = request.GET.get("show", "")
    chosen = [each for each in shown.planned if only not in STATUS_WORDS or each.status == only]
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    entries = [
        {"planned": each, "status": STATUS_WORDS[each.status], "changes": [(k, *v) for k, v in each.changes.items()]}
        for each in page
    ]
    tabs = [{"status": "", "label": "All", "count": len(shown.planned)}]
    tabs += [{"status": each, "label": STATUS_WORDS[each], "count": count} for each, count in shown.counts.items()]
    show = only if only in STATUS_WORDS else ""
    return {"entries": entries, "page": page.number, "pages": page.paginator.page_range, "tabs": tabs, "show": show}


@require_POST
@admin_page("routing.change_rule")
def choose(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Keep what the person decided, and show the file by it."""
    upload = _upload(import_id)
    try:
        choices = _choices(request)
        _planned(upload.pk, _as_text(choices), draft_revision())
    except SwitchyardError as refused:
        messages.error(request, refused.message)
    else:
        ImportFile.objects.filter(pk=upload.pk).update(choices=choices)
    return redirect("routing_pages:assignment_rules", upload.pk)


def _choices(request: HttpRequest) -> dict[str, Any]:
    named = _pairs(request, "field")
    choices = {
        "rule": request.POST.get("rule", "")[:200],
        "fields": {name: key for name, key in named.items() if name},
        "values": [[*pair, to] for pair, to in _values(request.POST.get("values", "")[:20_000]).items()],
        "country": request.POST.get("country", "")[:2],
        "assignees": {name: to for name, to in _pairs(request, "assignee").items() if name and to},
        "create_missing": "create_missing" in request.POST,
        "unassigned_to": request.POST.get("unassigned_to", "")[:60],
    }
    if "\\u0000" in json.dumps(choices):
        raise AssignmentRulesInvalid("A text holds a null character.")
    return choices


def _pairs(request: HttpRequest, name: str) -> dict[str, str]:
    """`field-name` and `field-is`, in one order."""
    names, values = request.POST.getlist(f"{name}-name"), request.POST.getlist(f"{name}-is")
    return {key[:255]: value[:120] for key, value in list(zip(names, values, strict=False))[:_MOST_FIELDS]}


def _values(text: str) -> dict[tuple[str, str], str]:
    """A line each: `Lead.Industry: Technology = software`. Raises AssignmentRulesInvalid."""
    found: dict[tuple[str, str], str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        said, sign, choice = line.rpartition("=")
        name, colon, value = said.partition(":")
        if not (sign and colon and name.strip() and choice.strip()):
            raise AssignmentRulesInvalid(f"“{line[:80]}” isn't of the form Lead.Industry: Technology = software.")
        found[(name.strip(), value.strip())] = choice.strip()
    return found


def _wishes(choices: Mapping[str, Any]) -> Wishes:
    return Wishes(
        rule=choices.get("rule", ""),
        fields=choices.get("fields", {}),
        values={(name, value): to for name, value, to in choices.get("values", [])},
        country=choices.get("country", ""),
        assignees=choices.get("assignees", {}),
        create_missing=choices.get("create_missing", False),
        unassigned_to=choices.get("unassigned_to", ""),
    )


@require_POST
@admin_page("routing.change_rule")
def apply(request: HttpRequest, import_id: UUID) -> HttpResponse:
    upload = _upload(import_id)
    remove = "remove" in request.POST
    needed = ["add_rule", *(["add_queue", "add_rep"] if upload.choices.get("create_missing") else [])]
    needed += ["delete_rule"] if remove else []
    if not all(request.user.has_perm(f"routing.{right}") for right in needed):
        raise PermissionDenied
    now = timezone.now()
    try:
        shown = apply_import(
            content=bytes(upload.content or b""),
            wishes=_wishes(upload.choices),
            digest=as_digest(request.POST.get("digest", "")),
            file_name=upload.file_name,
            user=acting(request),
            way=Way.IMPORT,
            now=now,
            remove=remove,
        )
    except SwitchyardError as refused:
        messages.error(request, f"Not applied. {refused.message}")
    else:
        messages.success(request, _told(shown, remove=remove))
        ImportFile.objects.filter(pk=upload.pk).update(applied_at=now)
    return redirect("routing_pages:assignment_rules", upload.pk)


def _told(shown: RulesImport, *, remove: bool) -> str:
    counts = shown.counts
    removed = f" {len(shown.stale) + len(shown.held)} rules of earlier imports were removed." if remove else ""
    return (
        f"{counts['new']} rules are new and {counts['changed']} changed in the working copy; {counts['left_out']} "
        f"entries were left out.{removed} The rules take effect when the plan is published."
    )


def _upload(import_id: UUID) -> ImportFile:
    upload = ImportFile.objects.defer("content").filter(pk=import_id, kind=KIND).first()
    if upload is None:
        raise Http404
    return upload
