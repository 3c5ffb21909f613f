"""The admin's first page. Reps, who have nothing else there, begin with their own leads."""

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect


def home(request: HttpRequest) -> HttpResponseBase:
    return admin.site.admin_view(_home)(request)


def _home(request: HttpRequest) -> HttpResponseBase:
    user = request.user
    if user.has_perm("routing.work_assignment") and not user.has_perm("leads.view_lead"):
        return redirect("pipeline_pages:my_leads")
    return admin.site.index(request)
