"""A job's page: its progress, then its result. The fragment is for pages that have a job within them."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from foundation.admin_pages import View, render_page
from foundation.jobs import cancel_job, is_known, kind_of, may_see, progress_of
from foundation.models import Job


def _of_who_may_see_it(view: View) -> View:
    """Who may not see the job learns no more than that there is no such one."""

    def checked(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
        job = Job.objects.defer("file").filter(pk=job_id).first()
        if job is None or not is_known(job.kind) or not may_see(job, request.user):
            raise Http404
        return view(request, job)

    def page(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
        return admin.site.admin_view(checked)(request, job_id)

    return page


def job_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What `workbench/job/fragment.html` needs; for pages that include it."""
    kind = kind_of(job)
    more = kind.context(job, request) if job.state == Job.State.SUCCEEDED and kind.context else {}
    return {
        "job": job,
        "kind": kind,
        "result": job.result,
        "progress": progress_of(job),
        "may_cancel": job.user_id == request.user.pk,
        **more,
    }


@require_GET
@_of_who_may_see_it
def job_page(request: HttpRequest, job: Job) -> HttpResponse:
    return render_page(request, "workbench/job/page.html", title=kind_of(job).title, **job_context(request, job))


@require_GET
@_of_who_may_see_it
def job_fragment(request: HttpRequest, job: Job) -> HttpResponse:
    return TemplateResponse(request, "workbench/job/fragment.html", job_context(request, job))


@require_POST
@_of_who_may_see_it
def cancel(request: HttpRequest, job: Job) -> HttpResponse:
    if job.user_id == request.user.pk and cancel_job(job=job, now=timezone.now()):
        messages.info(request, "It is being cancelled.")
    else:
        messages.warning(request, "It has ended already, or somebody else began it.")
    return redirect("foundation_pages:job", job.pk)
