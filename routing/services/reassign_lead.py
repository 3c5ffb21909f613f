"""Move a lead to another rep by hand."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from leads.models import Lead
from routing.availability import cap_reached
from routing.errors import ReassignmentRefused
from routing.hours import periods_at
from routing.models import Assignment, Decision, Rep, Standing
from routing.plan import MemberSpec, Plan
from routing.selectors import active_plan
from routing.services.hand_over import (
    BY_HAND,
    OWNER,
    HandOver,
    counts_after,
    hand_over,
    ledgers_of,
    lock_lead,
    zone_of,
)
from routing.services.ledger import counted_in, lock_ledgers

LONGEST_REASON = 200


@transaction.atomic
def reassign_lead(*, lead: Lead, rep: Rep, reason: str, user: User | None, now: datetime) -> Assignment:
    """The lead is the rep's from now on, with a fresh clock; the reason is kept with who moved it.

    Absent, paused or off hours doesn't matter: a person has decided. Raises ReassignmentRefused where the lead is
    closed, was never decided or is the rep's already, where the rep is inactive or has no room under a cap, or where
    there is no reason. Trying again helps only once that has changed.
    """
    locked = lock_lead(lead.pk)
    held = Assignment.objects.live().filter(lead=locked, role=OWNER).select_related("rep", "decision").first()
    basis = held.decision if held else Decision.objects.filter(lead=locked, role=OWNER).first()
    text = reason.strip()[:LONGEST_REASON]
    _refuse_what_makes_no_sense(locked, held, rep, text)
    if basis is None:
        raise ReassignmentRefused("This lead has not been decided yet.")
    active = active_plan().governing(basis)
    parked_in = _ledger_of_parked(active.plan, held, basis)
    ledgers = lock_ledgers(ledgers_of(held) | parked_in)
    counts = counts_after(active.plan, counted_in(held) if held else parked_in, rep)
    move = HandOver(locked, held, basis, rep, BY_HAND, active, now, note=text, user=user)
    for key in counts:
        _refuse_above_cap(active.plan, key, move.queue_key, rep, now)
    if held is not None:
        Assignment.objects.live().filter(pk=held.pk).update(ended_at=now, ended_reason=BY_HAND)
    return hand_over(move, ledgers, counts=counts)


def _ledger_of_parked(plan: Plan, held: Assignment | None, basis: Decision) -> set[str]:
    """A parked lead counts for nobody yet; with an owner it does, where it was parked."""
    queue = plan.queues.get(basis.queue_key)
    return {queue.ledger} if held is None and queue is not None else set()


def _refuse_what_makes_no_sense(lead: Lead, held: Assignment | None, rep: Rep, reason: str) -> None:
    if not reason:
        raise ReassignmentRefused("Say why the lead is moved.")
    if lead.status != Lead.Status.OPEN:
        raise ReassignmentRefused("This lead is closed.")
    if not rep.active:
        raise ReassignmentRefused(f"{rep.name} is inactive and gets no leads.")
    if held is not None and held.rep_id == rep.pk:
        raise ReassignmentRefused(f"{rep.name} has this lead already.")


def _refuse_above_cap(plan: Plan, ledger_key: str, queue_key: str, rep: Rep, now: datetime) -> None:
    """Caps hold for people, too. The ledger is locked."""
    standing = Standing.objects.filter(ledger__key=ledger_key, rep=rep).first()
    periods = periods_at(now, zone_of(plan, rep))
    for member in _memberships(plan, ledger_key, queue_key, rep):
        if standing is not None and cap_reached(member, standing.taken, periods):
            raise ReassignmentRefused(f"{rep.name} has no room left under a cap.")


def _memberships(plan: Plan, ledger_key: str, queue_key: str, rep: Rep) -> list[MemberSpec]:
    """The rep's place in the lead's own queue; only where there is none, those in the queues that share its count."""
    queues = plan.queues_of_ledger(ledger_key)
    own = [queue for queue in queues if queue.key == queue_key and rep.key in queue.member_by_rep]
    return [queue.member_by_rep[rep.key] for queue in own or queues if rep.key in queue.member_by_rep]
