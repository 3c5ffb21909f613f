"""The sweep of acceptance clocks: remind, pass on what is overdue, hand to the manager, say once where nobody can."""

import logging
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from foundation.outbox import emit
from routing.acceptance import MOST_MOVES, have_all_held_it, successors
from routing.balancing import Pick, Pool, pick
from routing.contract import Inputs
from routing.errors import NoActivePlan
from routing.models import Assignment, AssignmentQuerySet, Decision, Ledger, Rep
from routing.notices import alert_overdue, announce_move, remind
from routing.plan import Plan, QueueSpec
from routing.pools import footing_at, members_of, pool_of
from routing.selectors import ActivePlan, active_plan
from routing.services.hand_over import (
    OVERDUE,
    OWNER,
    TO_MANAGER,
    HandOver,
    about,
    counts_after,
    hand_over,
    is_known_outside,
    ledgers_of,
    lock_lead,
    seed_of,
    store_decision,
)
from routing.services.ledger import counted_in, lock_ledgers

logger = logging.getLogger(__name__)

REMINDED, STAYS, GONE = "reminded", "stays", "gone"
NOBODY_AVAILABLE, NO_MANAGER = "nobody_available", "no_manager"
STAYED = (NOBODY_AVAILABLE, NO_MANAGER)
# Of each kind in one sweep; the next one goes on.
BATCH = 200


def enforce_clock(*, now: datetime) -> Mapping[str, int]:
    """How many leads were reminded of, moved (overdue, to_manager), had to stay, or were gone before this sweep came.

    Safe to run at any time and from several processes at once: each lead is moved in a transaction of its own, under
    its lock and only while it still is overdue.
    """
    try:
        active = active_plan()
    except NoActivePlan:
        return {}
    done: Counter[str] = Counter()
    for pk in _to_remind(now):
        done[_remind(pk, now)] += 1
    for pk in _to_pass_on(now):
        done[_pass_on(pk, active, now)] += 1
    return done


def _unreminded(now: datetime) -> AssignmentQuerySet:
    """Once overdue, a lead is moved; reminding of it then would only confuse."""
    return Assignment.objects.watched().filter(reminded_at__isnull=True, remind_at__lte=now, due_at__gt=now)


def _to_remind(now: datetime) -> list[int]:
    return list(_unreminded(now).order_by("due_at").values_list("pk", flat=True)[:BATCH])


def _to_pass_on(now: datetime) -> list[int]:
    """Those that had to stay before come last, so that they never keep others waiting."""
    stayed = Decision.objects.filter(
        submission_id=OuterRef("decision__submission_id"),
        role=OWNER,
        sequence__gt=OuterRef("decision__sequence"),
        reason__in=STAYED,
    )
    overdue = Assignment.objects.watched().filter(due_at__lte=now).annotate(stayed=Exists(stayed))
    return list(overdue.order_by("stayed", "due_at").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _remind(pk: int, now: datetime) -> str:
    # On the row's own columns only: after waiting for another sweep, PostgreSQL asks these again, but no subquery.
    waiting = Assignment.objects.on_the_clock().filter(pk=pk, reminded_at__isnull=True, due_at__gt=now)
    if not waiting.update(reminded_at=now):
        return GONE
    held = Assignment.objects.select_related("rep", "decision", "lead__person").get(pk=pk)
    emit("lead.reminder", about(held, held.decision), now=now, **_outward(held))
    remind(held, now)
    return REMINDED


@transaction.atomic
def _pass_on(pk: int, active: ActivePlan, now: datetime) -> str:
    lead_id = Assignment.objects.values_list("lead_id", flat=True).get(pk=pk)
    lead = lock_lead(lead_id)
    # A merge may have given the assignment to another lead while this one's lock was waited for.
    overdue = Assignment.objects.watched().filter(pk=pk, lead=lead, due_at__lte=now)
    held = overdue.select_related("rep", "decision").first()
    if held is None:
        return GONE
    active = active.governing(held.decision)
    queue = active.plan.queues.get(held.queue_key)
    move = HandOver(lead, held, held.decision, held.rep, OVERDUE, active, now)
    if queue is None:
        return _stay(move, NOBODY_AVAILABLE)
    return _to_manager(move, queue) if held.moves >= MOST_MOVES else _to_next(move, queue, held)


def _to_next(move: HandOver, queue: QueueSpec, held: Assignment) -> str:
    ledgers = lock_ledgers(ledgers_of(held) | {queue.ledger})
    holders = frozenset(Assignment.objects.filter(lead=move.lead, role=OWNER).values_list("rep__key", flat=True))
    pool, picked = _turn(move, queue, ledgers[queue.ledger], holders)
    if picked.member is None and have_all_held_it(pool, holders):
        return _to_manager(replace(move, pool=pool), queue)
    if picked.member is None:
        return _stay(replace(move, pool=pool), NOBODY_AVAILABLE)
    if not _end(held, move.now):
        return GONE
    rep = Rep.objects.get(key=picked.member)
    counts = counts_after(move.active.plan, counted_in(held), rep)
    moved = hand_over(replace(move, rep=rep, pool=pool, pick=picked), ledgers, counts=counts)
    announce_move(moved, move.now)
    return OVERDUE


def _turn(move: HandOver, queue: QueueSpec, ledger: Ledger, holders: Set[str]) -> tuple[Pool, Pick]:
    """Whose turn it is among those who haven't had this lead, on shift and with capacity. The ledger is locked."""
    plan, now = move.active.plan, move.now
    inputs = Inputs.from_document(move.basis.inputs)
    footing = footing_at(now, members_of(plan, [queue.key]), {queue.ledger: ledger.pk})
    pool = pool_of(queue.key, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)
    pool = successors(pool, holders)
    return pool, pick(pool, inputs.values, now, seed_of(move.basis))


def _end(held: Assignment, now: datetime) -> bool:
    """Conditional: whoever accepts at this very moment keeps the lead."""
    return bool(_running(held, now).update(ended_at=now, ended_reason=OVERDUE))


def _running(held: Assignment, now: datetime) -> AssignmentQuerySet:
    return Assignment.objects.on_the_clock().filter(pk=held.pk, protected=False, due_at__lte=now)


def _to_manager(move: HandOver, queue: QueueSpec) -> str:
    """Twice is enough, or nobody else is left: the manager has it for good. It counts for nobody, since it was nobody's
    turn."""
    manager = Rep.objects.filter(key=queue.manager, active=True).first() if queue.manager else None
    held = move.held
    if manager is None or held is None:
        return _stay(move, NO_MANAGER)
    if manager.pk == held.rep_id:
        stop = {"clock_stopped_at": move.now, "clock_stopped_by": Assignment.ClockStop.MANAGER}
        return TO_MANAGER if _running(held, move.now).update(**stop) else GONE
    ledgers = lock_ledgers(ledgers_of(held))
    if not _end(held, move.now):
        return GONE
    moved = hand_over(replace(move, rep=manager, reason=TO_MANAGER), ledgers, counts=())
    announce_move(moved, move.now)
    return TO_MANAGER


def _stay(move: HandOver, why: str) -> str:
    """The lead stays where it is, and each sweep tries again. Said once, with the pool that shows why."""
    basis, held = move.basis, move.held
    said = Decision.objects.filter(submission_id=basis.submission_id, role=OWNER, sequence__gt=basis.sequence)
    if held is None or said.filter(reason__in=STAYED).exists():
        return STAYS
    store_decision(replace(move, reason=why), Decision.Outcome.EXISTING_OWNER)
    emit("lead.overdue", {**about(held, basis), "reason": why}, now=move.now, **_outward(held))
    alert_overdue(held, _alerted(move.active.plan, held), move.now)
    logger.warning("lead %s is overdue and stays: %s", held.lead_id, why)
    return STAYS


def _alerted(plan: Plan, held: Assignment) -> list[str]:
    queue = plan.queues.get(held.queue_key)
    manager = plan.reps[queue.manager].email if queue and queue.manager else ""
    return [manager] if manager else settings.ALERT_EMAILS


def _outward(held: Assignment) -> dict[str, Any]:
    subject = f"person:{held.lead.person_id}"
    return {"subject": subject, "deliver": is_known_outside(subject)}
