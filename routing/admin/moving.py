"""From leads that are ticked in a list to the page that asks where they go."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from foundation.admin_pages import acting
from routing.errors import RoutingError
from routing.services.reassign_leads import MOST_LEADS, choose_leads


def choose_to_move(request: HttpRequest, lead_ids: "QuerySet[Any, int]") -> HttpResponse | None:
    """Given the ids of the leads that were ticked. None, with a message, where they are none or too many."""
    user = acting(request)
    try:
        # One more than may be moved is enough to say that they are too many.
        batch = choose_leads(lead_ids=list(lead_ids[: MOST_LEADS + 1]), user=user, now=timezone.now())
    except RoutingError as refused:
        messages.error(request, refused.message)
        return None
    return redirect("pipeline_pages:move", batch.pk)
