"""The whole configuration: download it, see what a file would change, apply that."""

import base64
import binascii
import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.configuration.apply import apply_configuration, mark_of_present, rehearse
from config.configuration.difference import Difference
from config.configuration.document import MOST_PROBLEMS, ConfigurationInvalid, read, write
from config.configuration.export import export_configuration
from foundation.admin_pages import admin_page, render_page
from foundation.audit import Way, record
from foundation.errors import SwitchyardError

PERMISSION = "foundation.apply_configuration"
# The file travels with the page and comes back in base64, within what a request may hold.
LARGEST = 3 * 1024 * 1024
MOST_ENTRIES, MOST_FIELDS = 100, 30


class FileForm(forms.Form):
    file = forms.FileField(help_text="A YAML file that was downloaded here or elsewhere, up to 3 MB.")
    prune = forms.BooleanField(
        label="Remove what the file's sections don't name",
        required=False,
        help_text="Reps with leads become inactive, forms are archived. A section that the file lacks is left alone.",
    )
    publish = forms.BooleanField(label="Publish the routing plan as well", required=False)

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 3 MB. Apply it with `manage.py config apply`.")
        try:
            return bytes(file.read()).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("The file is not UTF-8 text.") from None


class ApplyForm(forms.Form):
    """What the difference was shown for."""

    text = forms.CharField(max_length=2 * LARGEST, strip=False)
    text_hash = forms.RegexField("^[0-9a-f]{64}$")
    mark = forms.RegexField("^[0-9a-f]{64}$")
    name = forms.CharField(required=False, max_length=200)
    prune = forms.BooleanField(required=False)
    publish = forms.BooleanField(required=False)

    def clean_text(self) -> str:
        try:
            return base64.b64decode(self.cleaned_data["text"], validate=True).decode()
        except (binascii.Error, ValueError):
            raise forms.ValidationError("The file came back broken.") from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "text" in cleaned and _hash(cleaned["text"]) != cleaned.get("text_hash"):
            raise forms.ValidationError("The file isn't the one that the difference was shown for.")
        return cleaned


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@require_http_methods(["GET", "POST"])
@admin_page(PERMISSION)
def configuration(request: HttpRequest) -> HttpResponse:
    """Choose a file; with one, its difference."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if not form.is_bound or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    given = form.cleaned_data
    try:
        mark = mark_of_present()
        found = rehearse(read(given["file"]), prune=given["prune"], publish=given["publish"], now=timezone.now())
    except ConfigurationInvalid as invalid:
        return _page(request, form, status=422, problems=invalid.problems)
    except SwitchyardError as error:
        form.add_error(None, error.message)
        return _page(request, form, status=error.status)
    return render_page(
        request,
        "workbench/configuration/difference.html",
        title="What the file would change",
        found=found,
        sections=_shown(found),
        given=given,
        name=request.FILES["file"].name,
        text=base64.b64encode(given["file"].encode()).decode(),
        text_hash=_hash(given["file"]),
        mark=mark,
    )


def _page(request: HttpRequest, form: forms.Form, *, status: int, problems: Any = ()) -> HttpResponse:
    return render_page(
        request,
        "workbench/configuration/page.html",
        title="Configuration",
        form=form,
        problems=problems[:MOST_PROBLEMS],
        more_problems=max(0, len(problems) - MOST_PROBLEMS),
        status=status,
    )


def _shown(found: Difference) -> list[dict[str, Any]]:
    """Sections that change, each with so much as a page can hold."""
    return [
        {
            "title": each.section.many,
            "counts": {what: count for what, count in each.counts.items() if count},
            "added": each.added[:MOST_ENTRIES],
            "changed": [(entry.key, entry.changes[:MOST_FIELDS], len(entry.changes) - MOST_FIELDS) for entry in each.changed[:MOST_ENTRIES]],
            "moved": [(key, each.order.index(key) + 1) for key in each.moved[:MOST_ENTRIES]],
            "removed": each.removed[:MOST_ENTRIES],
            "more": sum(
                max(0, len(entries) - MOST_ENTRIES) for entries in (each.added, each.changed, each.moved, each.removed)
            ),
        }
        for each in found.sections
        if not each.is_empty
    ]


@require_POST
@admin_page(PERMISSION)
def apply(request: HttpRequest) -> HttpResponse:
    form = ApplyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed. The file didn't come back whole; choose it again.")
        return redirect("config_pages:configuration")
    given = form.cleaned_data
    try:
        applied = apply_configuration(
            wanted=read(given["text"]),
            prune=given["prune"],
            publish=given["publish"],
            mark=given["mark"],
            user=request.user if isinstance(request.user, User) else None,
            way=Way.ADMIN,
            source=given["name"],
            now=timezone.now(),
        )
    except SwitchyardError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
        return redirect("config_pages:configuration")
    count = applied.difference.total
    published = f" {applied.plan} is active." if applied.plan else " The routing plan isn't published yet."
    messages.success(request, f"Applied: {count} change{'s'[: count != 1]}.{published}")
    return redirect("config_pages:configuration")


@require_GET
@admin_page(PERMISSION)
def download(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    record("configuration exported", now=now, user=request.user if isinstance(request.user, User) else None, kind="configuration")
    return HttpResponse(
        write(export_configuration()),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="switchyard-{now:%Y-%m-%d}.yaml"'},
    )
