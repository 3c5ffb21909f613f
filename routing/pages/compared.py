"""What a kept comparison of two plans shows: the rows that matter first, each with its picture."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from foundation.models import Job
from routing.models import Decision
from routing.pages.links import address_of

# Rows in view; the rest can be opened, and so can those in which nothing differs.
IN_VIEW = 15


def compared_context(job: Job, request: HttpRequest) -> Mapping[str, Any]:
    sides = {what: pictured(job.result.get(what, [])) for what in ("owners", "queues")}
    names = _names(job, request)
    shown = {what: [row for row in rows if row["difference"]][:IN_VIEW] for what, rows in sides.items()}
    return {
        "try_page": address_of("routing_pages:try"),
        "movements": [
            {**each, "examples": [(pk, names.get(pk, f"decision {pk}")) for pk in each["examples"]]}
            for each in job.result.get("movements", [])
        ],
        "shown": shown,
        # The greatest differences come first.
        "rest": {what: rows[len(shown[what]) :] for what, rows in sides.items()},
    }


def _names(job: Job, request: HttpRequest) -> dict[int, str]:
    """Of the examples' leads, as they are now and for who may see them: the job keeps no personal data."""
    if not request.user.has_perm("leads.view_lead"):
        return {}
    decisions = {pk for each in job.result.get("movements", []) for pk in each["examples"]}
    found = Decision.objects.filter(pk__in=decisions).select_related("lead__person").only("lead__person")
    return {decision.pk: str(decision.lead.person) for decision in found}


def pictured(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Bars are as long as their number is of the greatest one."""
    most = max((max(row["before"], row["after"]) for row in rows), default=0) or 1
    return [
        {
            **row,
            "difference": row["after"] - row["before"],
            "before_percent": round(100 * row["before"] / most),
            "after_percent": round(100 * row["after"] / most),
        }
        for row in rows
    ]
