"""The checks beside the plan: started when the page is opened, shown as they come."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from foundation.admin_pages import acting, admin_page
from foundation.models import Job
from foundation.pages.jobs import job_context
from routing.draft_comparison import DraftComparison, draft_comparison
from routing.errors import PlanInvalid
from routing.pages.links import address_of, form_addresses, try_address
from routing.plan_checks import checks_of, start_checks
from routing.plan_words import counted

_TITLES: Mapping[str, tuple[str, str]] = {
    "gap": ("Gaps", "Leads that nothing decides. They go to the default queue."),
    "overlap": ("Overlaps", "Leads that two entries want; the first decides."),
    "shadowed": ("Never reached", "Entries of which earlier ones take everything."),
}


@require_POST
@admin_page("routing.view_plan")
def plan_checks(request: HttpRequest) -> HttpResponse:
    """Starts them, or finds them started: the fragment for htmx, else back to the page."""
    try:
        found = draft_comparison()
    except PlanInvalid as invalid:
        return _refused(request, invalid.message)
    if found.draft.problem:
        return _refused(request, found.draft.problem)
    job = start_checks(found=found, user=acting(request), now=timezone.now())
    if not request.headers.get("HX-Request"):
        return redirect("routing_pages:plan")
    return TemplateResponse(request, "workbench/job/fragment.html", job_context(request, job))


def _refused(request: HttpRequest, problem: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("routing_pages:plan")
    return TemplateResponse(request, "workbench/plan/no_checks.html", {"problem": problem})


def checks_state(request: HttpRequest, found: DraftComparison) -> dict[str, Any]:
    """For the page: the job of this pair of plans, if there is one, with what its fragment needs."""
    active_hash = found.active.hash if found.active else ""
    job = checks_of(found.draft.hash, active_hash) if not found.draft.problem else None
    if job is None:
        return {"job": None, "starts_checks": found.is_unpublished and not found.draft.problem}
    return {**job_context(request, job), "starts_checks": False}


def checks_in_brief(draft_hash: str, base_hash: str) -> tuple[str, str]:
    """(what the checks found, where they are told), for pages on which a plan is about to go live."""
    job = checks_of(draft_hash, base_hash)
    if job is None:
        words = "Not checked yet for gaps, overlaps and entries that are never reached."
        return words, address_of("routing_pages:plan") + "#plan-checks"
    address = address_of("foundation_pages:job", job.pk)
    if job.state != Job.State.SUCCEEDED:
        return "The checks are still running.", address
    findings, is_compared = job.result["findings"], job.result["is_compared"]
    number = sum(finding["is_new"] for finding in findings) if is_compared else len(findings)
    return f"The checks have {counted(number, 'new finding' if is_compared else 'finding')}.", address


def checks_context(job: Job) -> dict[str, Any]:
    """The findings by kind, those first that this draft brings; names and links as the working copy has them now."""
    findings = job.result["findings"]
    subjects = {_subject(subject) for finding in findings for subject in finding["subjects"]}
    addresses, names = form_addresses(subjects), _names()
    shown = [_shown(finding, addresses, names) for finding in findings]
    is_compared = job.result["is_compared"]
    return {
        "groups": [
            {
                "title": title,
                "help": help_text,
                "has_more": kind in job.result["more"],
                "findings": [each for each in shown if each["kind"] == kind and each["is_new"] is is_compared],
                "known": [each for each in shown if each["kind"] == kind and is_compared and not each["is_new"]],
            }
            for kind, (title, help_text) in _TITLES.items()
        ],
        "queues": [row for row in job.result["summary"]["queues"] if row["before"] != row["after"]],
        "new_findings": sum(finding["is_new"] for finding in findings),
    }


def _names() -> dict[tuple[str, str], str]:
    try:
        entries = draft_comparison().comparison.after.by_key
    except PlanInvalid:
        return {}
    return {at: entry.name for at, entry in entries.items()}


def _subject(text: str) -> tuple[str, str]:
    kind, _, key = text.partition(":")
    return kind, key


def _shown(
    finding: Mapping[str, Any], addresses: Mapping[tuple[str, str], str], names: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    subjects = [_subject(text) for text in finding["subjects"]]
    links = [(f"{at[0]} {names.get(at, at[1])}", addresses[at]) for at in subjects if at in addresses]
    witness = finding["witness"]
    return {**finding, "links": links, "try": try_address(witness) if witness is not None else ""}
