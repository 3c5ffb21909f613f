"""The whole configuration: download it, see what a file would change, apply that."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.configuration.apply import apply_configuration, mark_of_present, rehearse
from config.configuration.document import read, write
from config.configuration.export import export_configuration
from config.errors import MOST_PROBLEMS, ConfigurationInvalid
from config.pages.carrying import CarriedForm, carry, file_name, shown_sections
from foundation.admin_pages import acting, admin_page, render_page
from foundation.audit import Way, record
from foundation.errors import SwitchyardError

PERMISSION = "foundation.apply_configuration"
# The file travels with the page and comes back in base64, within what a request may hold.
LARGEST = 3 * 1024 * 1024


class FileForm(forms.Form):
    file = forms.FileField(help_text="A YAML file that was downloaded here or elsewhere, up to 3 MB.")
    prune = forms.BooleanField(
        label="Remove what the file's sections don't name",
        required=False,
        help_text="Reps with leads become inactive, forms are archived, webhooks with deliveries are turned off. "
        "A section that the file lacks is left alone.",
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


class ConfirmForm(CarriedForm):
    prune = forms.BooleanField(required=False)
    publish = forms.BooleanField(required=False)

    def check_content(self, content: bytes) -> None:
        content.decode()


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
        sections=shown_sections(found),
        given=given,
        carried=carry(given["file"].encode(), file_name(request), mark),
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


@require_POST
@admin_page(PERMISSION)
def apply(request: HttpRequest) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed. The file didn't come back whole; choose it again.")
        return redirect("config_pages:configuration")
    given = form.cleaned_data
    try:
        applied = apply_configuration(
            wanted=read(given["content"].decode()),
            prune=given["prune"],
            publish=given["publish"],
            mark=given["mark"],
            user=acting(request),
            way=Way.ADMIN,
            source=given["name"],
            now=timezone.now(),
        )
    except SwitchyardError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
        return redirect("config_pages:configuration")
    count = applied.difference.total
    told = f"Applied: {count} change{'s'[: count != 1]}. " if count else ""
    published = f"{applied.plan} is active." if applied.plan else "The routing plan isn't published yet."
    messages.success(request, told + published)
    return redirect("config_pages:configuration")


@require_GET
@admin_page(PERMISSION)
def download(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    record("configuration exported", now=now, user=acting(request), kind="configuration")
    return HttpResponse(
        write(export_configuration()),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="switchyard-{now:%Y-%m-%d}.yaml"'},
    )
