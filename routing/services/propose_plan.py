"""A second pair of eyes: keep a draft as a proposal, and let somebody else decide on it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from foundation.audit import record
from routing.errors import ProposalRefused
from routing.models import Plan, Proposal
from routing.plan import Plan as ParsedPlan
from routing.plan_document import parse_plan
from routing.rollout import Scope
from routing.selectors import parsed_plan
from routing.services.publish_plan import (
    activate,
    checked_draft,
    refuse_failing_golden_leads,
    refuse_while_rolled_out,
    store_plan,
    tell_audit,
    wait_for_others,
)
from routing.services.rollouts import begin, refuse_scope

State = Proposal.State


@transaction.atomic
def propose_plan(*, note: str, scope: Scope, user: User, draft_hash: str = "", now: datetime) -> Proposal:
    """Keep the working copy as it is now, with note and scope, for somebody else to decide on. Nothing goes live.

    Raises what publishing would, and ProposalRefused where there is nothing to propose or it is proposed already.
    """
    wait_for_others()
    document, parsed = checked_draft(draft_hash, now)
    base = Plan.objects.filter(is_active=True).first()
    if base is not None and base.hash == parsed.hash:
        raise ProposalRefused("Nothing has changed since the active plan.")
    if Proposal.objects.filter(state=State.OPEN, hash=parsed.hash).exists():
        raise ProposalRefused("Exactly this is proposed already, and waits for somebody to decide.")
    if not scope.is_everyone:
        _refuse_scope(scope, parsed, base)
    proposal = Proposal.objects.create(
        document=document,
        hash=parsed.hash,
        base=base,
        note=note,
        territory_key=scope.territory,
        share_bp=scope.share_bp,
        proposed_at=now,
        proposed_by=user,
    )
    record("proposed", now=now, user=user, about=proposal, note=note)
    return proposal


def _refuse_scope(scope: Scope, parsed: ParsedPlan, base: Plan | None) -> None:
    if base is None:
        raise ProposalRefused("Nothing is live yet: propose the first plan for everyone.")
    refuse_scope(scope, parsed, parsed_plan(base.pk))


@transaction.atomic
def approve_proposal(*, proposal: Proposal, user: User, now: datetime) -> Proposal:
    """What was kept goes live, or is tried on the leads it was proposed for, whatever the working copy has become.

    Golden leads are asked again. Raises ProposalRefused, RolloutRunning, RolloutRefused, GoldenLeadsFailed.
    """
    found = _open(proposal)
    if found.proposed_by_id == user.pk:
        raise ProposalRefused("You proposed this yourself: somebody else has to approve it.")
    refuse_while_rolled_out()
    parsed = parse_plan(found.document)
    refuse_failing_golden_leads(parsed, now)
    found.plan = _publish(found, parsed, now)
    return _decide(found, State.APPROVED, user, now)


def _publish(proposal: Proposal, parsed: ParsedPlan, now: datetime) -> Plan:
    note, user, document = proposal.note, proposal.proposed_by, proposal.document
    if proposal.scope.is_everyone:
        # Decided first: going live makes every other open proposal outdated.
        Proposal.objects.filter(pk=proposal.pk).update(state=State.APPROVED)
        plan = store_plan(document, parsed, note=note, user=user, now=now)
        activate(plan, parsed, now=now)
        tell_audit("published", plan, user=user, was=proposal.base, note=note, now=now)
        return plan
    return begin(document, parsed, scope=proposal.scope, note=note, user=user, now=now).plan


@transaction.atomic
def decline_proposal(*, proposal: Proposal, reason: str, user: User, now: datetime) -> Proposal:
    """Raises ProposalRefused without a reason: who proposed it has to know what to mend."""
    found = _open(proposal)
    if not reason.strip():
        raise ProposalRefused("Say why it is declined.")
    if found.proposed_by_id == user.pk:
        raise ProposalRefused("You proposed this yourself: withdraw it.")
    found.reason = reason.strip()[:200]
    return _decide(found, State.DECLINED, user, now)


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, user: User, now: datetime) -> Proposal:
    found = _open(proposal)
    if found.proposed_by_id != user.pk:
        raise ProposalRefused("Only who proposed it can withdraw it; you can decline it.")
    return _decide(found, State.WITHDRAWN, user, now)


_ENDED = {
    State.APPROVED: "This proposal has been approved already.",
    State.DECLINED: "This proposal has been declined already.",
    State.WITHDRAWN: "This proposal has been withdrawn.",
    State.OUTDATED: "Another plan has gone live since this was proposed: it has to be proposed anew.",
}


def _open(proposal: Proposal) -> Proposal:
    wait_for_others()
    found = Proposal.objects.select_for_update(of=("self",)).select_related("proposed_by", "base").get(pk=proposal.pk)
    if found.state != State.OPEN:
        raise ProposalRefused(_ENDED[State(found.state)])
    return found


def _decide(proposal: Proposal, state: Proposal.State, user: User, now: datetime) -> Proposal:
    proposal.state, proposal.decided_at, proposal.decided_by = state, now, user
    proposal.save(update_fields=["state", "decided_at", "decided_by", "reason", "plan"])
    changes = {"state": [State.OPEN.value, state.value]}
    record(state.value, now=now, user=user, about=proposal, changes=changes, note=proposal.reason)
    return proposal
