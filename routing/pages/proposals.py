"""A proposal: what somebody wants to publish, for somebody else to decide on."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from foundation.admin_pages import admin_page, render_page
from routing.draft_comparison import reading_of_plan
from routing.errors import RoutingError
from routing.going_live import running_rollout
from routing.models import Proposal
from routing.pages.plan_checks import checks_in_brief
from routing.pages.publish import Change, signed_in, summary_context
from routing.pages.publish_forms import DeclineForm
from routing.plan_diff import compare
from routing.selectors import parsed_document
from routing.services.propose_plan import approve_proposal, decline_proposal, withdraw_proposal
from routing.services.rollouts import scope_in_words


def _found(pk: int) -> Proposal:
    rows = Proposal.objects.select_related("proposed_by", "decided_by", "base", "plan")
    found = rows.defer("base__document", "plan__document").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_GET
@admin_page("routing.view_plan")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(pk), DeclineForm())


def _page(request: HttpRequest, found: Proposal, form: DeclineForm, status: int = 200) -> HttpResponse:
    plan = parsed_document(found.document, found.hash)
    is_open, user = found.state == Proposal.State.OPEN, signed_in(request)
    is_own = found.proposed_by_id == user.pk
    return render_page(
        request,
        "workbench/publish/proposal.html",
        title=str(found),
        status=status,
        proposal=found,
        leads=scope_in_words(found.scope, plan),
        change=Change(plan, compare(reading_of_plan(found.base_id), found.document) if found.base_id else None),
        form=form,
        is_open=is_open,
        rollout=running_rollout() if is_open else None,
        may_decide=is_open and not is_own and user.has_perm("routing.approve_plan"),
        may_withdraw=is_open and is_own,
        checks=checks_in_brief(found.hash, found.base.hash if found.base else "") if is_open else None,
        **(summary_context(request, found.hash) if is_open else {}),
    )


@require_POST
@admin_page("routing.approve_plan")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    def decide(found: Proposal) -> str:
        approved = approve_proposal(proposal=found, user=signed_in(request), now=timezone.now())
        how = "is live" if approved.scope.is_everyone else "decides some leads now"
        return f"Approved: {approved.plan} {how}."

    return _decided(request, pk, decide)


@require_POST
@admin_page("routing.approve_plan")
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _found(pk), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)

    def decide(found: Proposal) -> str:
        decline_proposal(
            proposal=found, reason=form.cleaned_data["reason"], user=signed_in(request), now=timezone.now()
        )
        return "Declined. The working copy is as it was."

    return _decided(request, pk, decide)


@require_POST
@admin_page("routing.publish_plan")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    def decide(found: Proposal) -> str:
        withdraw_proposal(proposal=found, user=signed_in(request), now=timezone.now())
        return "Withdrawn. The working copy is as it was."

    return _decided(request, pk, decide)


def _decided(request: HttpRequest, pk: int, decide: Callable[[Proposal], str]) -> HttpResponse:
    found = _found(pk)
    try:
        messages.success(request, decide(found))
    except RoutingError as refused:
        messages.error(request, refused.message)
    return redirect("routing_pages:proposal", pk)
