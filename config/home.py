"""The admin's first page. Reps, who have nothing else there, begin with their own leads."""

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse


def home(request: HttpRequest) -> HttpResponseBase:
    return admin.site.admin_view(_home)(request)


def _home(request: HttpRequest) -> HttpResponseBase:
    address = page_address("pipeline_pages:my_leads")
    user = request.user
    if address and user.has_perm("routing.work_assignment") and not user.has_perm("leads.view_lead"):
        return redirect(address)
    return admin.site.index(request)


def page_address(name: str, *arguments: object) -> str:
    """Of a page by its name, "" where this installation has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
