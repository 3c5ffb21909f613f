"""Move a lead to another rep by hand."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from leads.models import Lead
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Decision, Rep, Standing
from routing.moving import has_room, parked_ledgers
from routing.plan import Plan
from routing.selectors import active_plan
from routing.services.hand_over import (
    BY_HAND,
    OWNER,
    HandOver,
    counts_after,
    hand_over,
    ledgers_of,
    lock_lead,
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
    parked_in = [] if held else parked_ledgers(active.plan, basis.queue_key, rep.key)
    ledgers = lock_ledgers({*ledgers_of(held), *parked_in})
    counts = counts_after(active.plan, counted_in(held), rep) if held else parked_in
    move = HandOver(locked, held, basis, rep, BY_HAND, active, now, note=text, user=user)
    for key in counts:
        _refuse_above_cap(active.plan, key, move.queue_key, rep, now)
    if held is not None:
        Assignment.objects.live().filter(pk=held.pk).update(ended_at=now, ended_reason=BY_HAND)
    return hand_over(move, ledgers, counts=counts)


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
    """The ledger is locked."""
    standing = Standing.objects.filter(ledger__key=ledger_key, rep=rep).first()
    if not has_room(plan, ledger_key, queue_key, rep.key, standing.taken if standing else {}, now):
        raise ReassignmentRefused(f"{rep.name} has no room left under a cap.")
