"""A rep doesn't want a lead: it goes to the next in turn, who hasn't had it yet."""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from leads.models import Lead
from routing.acceptance import HELD_BEFORE
from routing.balancing import Pick, Pool, pick
from routing.contract import Inputs
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Rep
from routing.notices import announce_declined
from routing.plan import Plan, QueueSpec
from routing.pools import footing_at, members_of, pool_of
from routing.selectors import active_plan
from routing.services.hand_over import (
    DECLINED,
    OWNER,
    HandOver,
    counts_after,
    hand_over,
    ledgers_of,
    lock_lead,
    seed_of,
)
from routing.services.ledger import counted_in, lock_ledgers
from routing.services.reassign_lead import LONGEST_REASON


@transaction.atomic
def decline_lead(*, assignment: Assignment, reason: str, user: User | None, now: datetime) -> Assignment:
    """The new holder's assignment. The count moves along, and nobody who had the lead is asked for it again.

    Where nobody else in the queue can take it, the queue's manager gets it. Raises ReassignmentRefused where there is
    no manager either, where the lead was accepted, is another's by now or didn't come through a queue, and where there
    is no reason.
    """
    lead = lock_lead(assignment.lead_id)
    held = Assignment.objects.live().filter(pk=assignment.pk).select_related("rep", "decision").first()
    text = reason.strip()[:LONGEST_REASON]
    if held is None:
        raise ReassignmentRefused("Somebody else has this lead by now.")
    active = active_plan().governing(held.decision)
    queue = _queue_of(active.plan, lead, held, text)
    ledgers = lock_ledgers(ledgers_of(held) | {queue.ledger})
    move = HandOver(lead, held, held.decision, held.rep, DECLINED, active, now, note=text, user=user)
    pool, picked = _turn(move, queue, {queue.ledger: ledgers[queue.ledger].pk}, _holders(lead))
    rep = _next_or_manager(queue, picked, held)
    counts = counts_after(active.plan, counted_in(held), rep) if picked.member else []
    _end(held, now)
    # Where the manager gets it, it was nobody's turn.
    turn = replace(move, pool=pool, pick=picked) if picked.member else move
    moved = hand_over(replace(turn, rep=rep), ledgers, counts=counts)
    announce_declined(moved, now)
    return moved


def _queue_of(plan: Plan, lead: Lead, held: Assignment, reason: str) -> QueueSpec:
    if not reason:
        raise ReassignmentRefused("Say why you don't take the lead.")
    if lead.status != Lead.Status.OPEN:
        raise ReassignmentRefused("This lead is closed.")
    if held.clock_stopped_at is not None:
        raise ReassignmentRefused("You have accepted this lead. Ask sales ops to give it to somebody else.")
    if held.booked:
        raise ReassignmentRefused("A meeting is booked for this lead. Ask sales ops to give it to somebody else.")
    queue = plan.queues.get(held.queue_key)
    if queue is None or held.protected:
        raise ReassignmentRefused("This lead came to you in person. Ask sales ops to give it to somebody else.")
    return queue


def _holders(lead: Lead) -> set[str]:
    return set(Assignment.objects.filter(lead=lead, role=OWNER).values_list("rep__key", flat=True))


def _turn(move: HandOver, queue: QueueSpec, ledgers: dict[str, int], holders: Set[str]) -> tuple[Pool, Pick]:
    """By the queue's own rules, as for a new lead; only without those who had it. The ledger is locked."""
    plan, now = move.active.plan, move.now
    inputs = Inputs.from_document(move.basis.inputs)
    footing = footing_at(now, members_of(plan, [queue.key]), ledgers)
    pool = pool_of(queue.key, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)
    members = tuple(
        replace(member, unavailable=HELD_BEFORE) if member.rep in holders and not member.unavailable else member
        for member in pool.members
    )
    pool = replace(pool, members=members)
    return pool, pick(pool, inputs.values, now, seed_of(move.basis))


def _next_or_manager(queue: QueueSpec, picked: Pick, held: Assignment) -> Rep:
    if picked.member is not None:
        return Rep.objects.get(key=picked.member)
    manager = Rep.objects.filter(key=queue.manager, active=True).exclude(pk=held.rep_id).first()
    if manager is None:
        raise ReassignmentRefused("Nobody else can take this lead now. It stays with you until somebody can.")
    return manager


def _end(held: Assignment, now: datetime) -> None:
    """Conditional: of a decline and an acceptance at the same moment, one wins."""
    waiting = Assignment.objects.live().filter(pk=held.pk, clock_stopped_at__isnull=True)
    if not waiting.update(ended_at=max(now, held.created_at), ended_reason=DECLINED):
        raise ReassignmentRefused("You have accepted this lead. Ask sales ops to give it to somebody else.")
