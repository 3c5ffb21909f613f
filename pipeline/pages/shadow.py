"""Shadow: upload what another tool decided, see where we would decide otherwise and why."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from foundation.admin_pages import acting, admin_page, render_page
from foundation.csv_rows import csv_text
from foundation.errors import SwitchyardError
from foundation.jobs import may_see, start_job
from foundation.models import Job
from pipeline.shadow.incumbent import columns_of, named_columns
from pipeline.shadow.job import KIND, PERMISSION, chosen_plan
from pipeline.shadow.summary import CSV_COLUMNS, csv_cells
from routing.transfer.tables import MAX_BYTES, read_columns

_PLANS = (("active", "The active plan"), ("draft", "The draft: the working copy as it is now"))
_STARTS = (("present", "As they stand now"), ("zero", "Everybody with none"))


class ShadowForm(forms.Form):
    file = forms.FileField(
        help_text="CSV or XLSX, up to 20 MB: one row a lead, with the owner that today's tool chose."
    )
    plan = forms.ChoiceField(label="Decide with", choices=_PLANS, widget=forms.RadioSelect, initial="active")
    starts = forms.ChoiceField(label="Counts begin", choices=_STARTS, widget=forms.RadioSelect, initial="present")
    use_stored = forms.BooleanField(
        label="Use what is known here of leads with the same e-mail address",
        required=False,
    )
    columns = forms.CharField(
        label="Columns that aren't found by themselves",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Routed rep = owner"}),
        help_text="One a line, as “Header = what”: owner, queue, time, email, phone, or a contract input's key.",
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
        self.cleaned_data["name"] = file.name or ""
        return bytes(file.read())

    def clean(self) -> dict[str, Any]:
        """The header is looked at here, so that a wrong file is told at once; the rows are read by the job, and a large
        workbook's header, too."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            plan, _ = chosen_plan(cleaned["plan"])
            headers, named = read_columns(cleaned["file"]), named_columns(cleaned["columns"].splitlines())
            if headers is not None:
                columns_of(headers, plan.contract, named)
        except SwitchyardError as error:
            raise forms.ValidationError(error.message) from error
        return cleaned


@require_http_methods(["GET", "POST"])
@admin_page(PERMISSION)
def shadow(request: HttpRequest) -> HttpResponse:
    form = ShadowForm(request.POST, request.FILES) if request.method == "POST" else ShadowForm()
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        job = start_job(
            KIND,
            now=timezone.now(),
            user=acting(request),
            params={
                "plan": given["plan"],
                "from_present": given["starts"] == "present",
                "use_stored": given["use_stored"],
                "columns": given["columns"],
            },
            file=given["file"],
            file_name=given["name"],
        )
        return redirect("foundation_pages:job", job.pk)
    runs = Job.objects.filter(kind=KIND, user_id=request.user.pk or 0).defer("file", "result")[:10]
    status = 422 if form.errors else 200
    return render_page(request, "workbench/shadow/page.html", title="Shadow", form=form, runs=runs, status=status)


@require_GET
@admin_page(PERMISSION)
def differences(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The leads that differ, as CSV."""
    job = get_object_or_404(Job.objects.defer("file"), pk=job_id, kind=KIND, state=Job.State.SUCCEEDED)
    if not may_see(job, request.user):
        raise Http404
    text = csv_text(CSV_COLUMNS, (csv_cells(row) for row in job.result["rows"]))
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="shadow-differences.csv"'},
    )


def result_context(job: Job) -> Mapping[str, Any]:
    """Each group with a link to try its example."""
    groups = [{**group, "try": _try_address(job, group["example"])} for group in job.result["groups"]]
    return {"groups": groups, "differences": reverse("pipeline_pages:shadow_differences", args=[job.pk])}


def _try_address(job: Job, example: Mapping[str, Any]) -> str:
    asked = {"plan": job.params["plan"], "inputs": json.dumps(example["inputs"])}
    return f"{reverse('routing_pages:try')}?{urlencode(asked)}"
