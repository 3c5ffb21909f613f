"""Switch from another tool: its queues with members and counts, its matching table; the difference first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from config.pages.carrying import LARGEST, CarriedForm, carry, file_name, shown_sections
from config.switching.switch import DEFAULT_PREFIX, MATCHING, QUEUES, rehearse_switch, switch
from foundation.admin_pages import acting, admin_page, render_page
from foundation.audit import Way
from foundation.errors import SwitchyardError
from routing.transfer.errors import TooManyRows

PERMISSION = "routing.change_queue"
# Each line is looked at within the request. Whoever has more waits for a command.
MOST_LINES = 1_000
MOST_BAD, MOST_COUNTS = 200, 200
BY_COMMAND = "Larger ones are for `manage.py import-queues` or `import-matching-table`."
_KINDS = (
    (QUEUES, "Queues with members and counts: a line for each member"),
    (MATCHING, "A matching table: a line for each rule, a column for each input"),
)


class ExportForm(forms.Form):
    kind = forms.ChoiceField(label="The file holds", choices=_KINDS, widget=forms.RadioSelect, initial=QUEUES)
    file = forms.FileField(
        help_text=f"CSV or XLSX, up to {MOST_LINES:,} lines and 3 MB; the first line names the columns."
    )
    key_prefix = forms.SlugField(
        label="Rules' keys begin with",
        max_length=40,
        initial=DEFAULT_PREFIX,
        help_text="For a matching table: importing it again replaces the rules that begin so.",
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(f"The file is larger than 3 MB. {BY_COMMAND}")
        return bytes(file.read())


class ConfirmForm(CarriedForm):
    kind = forms.ChoiceField(choices=_KINDS)
    key_prefix = forms.SlugField(max_length=40)


@require_http_methods(["GET", "POST"])
@admin_page(PERMISSION)
def switching(request: HttpRequest) -> HttpResponse:
    """Choose a file; with one, its difference."""
    form = ExportForm(request.POST, request.FILES) if request.method == "POST" else ExportForm()
    if not form.is_bound or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    given = form.cleaned_data
    try:
        found = rehearse_switch(
            given["file"], given["kind"], prefix=given["key_prefix"], most=MOST_LINES, now=timezone.now()
        )
    except TooManyRows:
        form.add_error("file", f"The file has more than {MOST_LINES:,} lines. {BY_COMMAND}")
        return _page(request, form, status=422)
    except SwitchyardError as error:
        form.add_error(None, error.message)
        return _page(request, form, status=error.status)
    return render_page(
        request,
        "workbench/configuration/switch_difference.html",
        title="What the file would change",
        found=found,
        good=found.reading.rows - len(found.reading.bad),
        bad=found.reading.bad[:MOST_BAD],
        counts=found.counts[:MOST_COUNTS],
        sections=shown_sections(found.difference),
        carried={
            **carry(given["file"], file_name(request), found.mark),
            "kind": given["kind"],
            "key_prefix": given["key_prefix"],
        },
    )


def _page(request: HttpRequest, form: forms.Form, *, status: int) -> HttpResponse:
    return render_page(
        request, "workbench/configuration/switch.html", title="Switch from another tool", form=form, status=status
    )


@require_POST
@admin_page(PERMISSION)
def apply(request: HttpRequest) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed. The file didn't come back whole; choose it again.")
        return redirect("config_pages:switch")
    given: dict[str, Any] = form.cleaned_data
    try:
        found = switch(
            given["content"],
            given["kind"],
            prefix=given["key_prefix"],
            most=MOST_LINES,
            mark=given["mark"],
            user=acting(request),
            way=Way.IMPORT,
            source=given["name"],
            now=timezone.now(),
        )
    except SwitchyardError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
        return redirect("config_pages:switch")
    total = found.difference.total + len(found.counts)
    messages.success(request, f"Applied: {total} change{'s'[: total != 1]}. Publish the plan to route by it.")
    return redirect("config_pages:switch")
