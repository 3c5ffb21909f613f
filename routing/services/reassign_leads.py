"""Move many leads at once, and move exactly those back.

Each lead is moved in a transaction of its own, under its lock and those of its ledgers, together with the row that says
what became of it. So live routing never waits for a whole batch, and a batch that was interrupted goes on where it was.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import OperationalError, transaction

from routing.balancing import Pool
from routing.contract import Inputs
from routing.errors import ReassignmentRefused
from routing.models import Assignment, Decision, Ledger, MoveBatch, MovedLead, Plan, Rep
from routing.moving import (
    BACK,
    MOVED_SINCE,
    NOBODY_BEFORE,
    PLAN,
    QUEUE,
    REP,
    UNDECIDED,
    UNDO,
    Choice,
    Ground,
    Left,
    Target,
    choose,
    owners_asked,
    queues_asked,
)
from routing.plan import Plan as PlanSpec
from routing.pools import Footing, footing_at, members_of, pool_of
from routing.selectors import ActivePlan, active_plan, parsed_plan
from routing.services.hand_over import (
    BY_HAND,
    DECIDED_AGAIN,
    IN_TURN,
    MOVED_BACK,
    HandOver,
    hand_over,
    lock_lead,
    zone_of,
)
from routing.services.ledger import Charges, Reason, lock_ledgers
from routing.services.moving_cases import Found, cases_of, plan_of_move
from routing.services.reassign_lead import LONGEST_REASON

logger = logging.getLogger(__name__)

MOST_LEADS = 5_000
BUSY = "Somebody else was changing the lead. Try it again."
# A choice of leads that nobody went on with is dropped after this long.
DRAFTS_LAST = timedelta(days=1)
REASONS = {REP: BY_HAND, QUEUE: IN_TURN, PLAN: DECIDED_AGAIN, BACK: MOVED_BACK, UNDO: MOVED_BACK}
# How many are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Destination:
    """Where a batch is to go, as a person chose it: a rep, a queue's key, a plan, a batch to undo, or none of these for
    "back to whom they were with before"."""

    rep: Rep | None = None
    queue_key: str = ""
    plan: Plan | None = None
    undoes: MoveBatch | None = None

    @property
    def kind(self) -> str:
        if self.rep is not None:
            return REP
        if self.queue_key:
            return QUEUE
        if self.plan is not None:
            return PLAN
        return UNDO if self.undoes is not None else BACK

    @property
    def target(self) -> Target:
        return Target(self.kind, rep=self.rep.key if self.rep else "", queue=self.queue_key)


def choose_leads(*, lead_ids: Collection[int], user: User | None, now: datetime) -> MoveBatch:
    """A batch that waits to be told where to. Raises ReassignmentRefused for none and for more than can be moved."""
    chosen = sorted(set(lead_ids))
    if not chosen:
        raise ReassignmentRefused("Choose the leads to move first.")
    if len(chosen) > MOST_LEADS:
        raise ReassignmentRefused(
            f"At most {MOST_LEADS:,} leads can be moved at once. Filter the list, and move them in parts."
        )
    MoveBatch.objects.filter(begun_at__isnull=True, created_at__lt=now - DRAFTS_LAST).delete()
    return MoveBatch.objects.create(lead_ids=chosen, created_by=user, created_at=now)


def begin_batch(*, batch: MoveBatch, to: Destination, reason: str, now: datetime) -> MoveBatch:
    """From here on the batch stands as it is. Raises ReassignmentRefused where that can't be, and says why."""
    text = reason.strip()[:LONGEST_REASON]
    if not text:
        raise ReassignmentRefused("Say why the leads are moved.")
    plan = active_plan().plan
    if to.queue_key and to.queue_key not in plan.queues:
        raise ReassignmentRefused("This queue is not in the active plan.")
    if to.rep is not None and not to.rep.active:
        raise ReassignmentRefused(f"{to.rep.name} is inactive and gets no leads.")
    begun = MoveBatch.objects.filter(pk=batch.pk, begun_at__isnull=True).update(
        target=to.kind,
        rep=to.rep,
        queue_key=to.queue_key,
        plan=to.plan,
        undoes=to.undoes,
        reason=text,
        begun_at=now,
    )
    if not begun:
        raise ReassignmentRefused("These leads are being moved already.")
    batch.refresh_from_db()
    return batch


def undo_batch(*, batch: MoveBatch, user: User | None, now: datetime) -> MoveBatch:
    """A new batch, begun, that moves back what this one has moved. Raises ReassignmentRefused where nothing was."""
    moved = list(batch.results.filter(after__isnull=False).values_list("lead_id", flat=True))
    if not moved:
        raise ReassignmentRefused("This batch has moved nothing.")
    back = MoveBatch.objects.create(lead_ids=sorted(moved), created_by=user, created_at=now)
    return begin_batch(batch=back, to=Destination(undoes=batch), reason=f"Undo of batch {batch.pk}", now=now)


def carry_out(*, batch: MoveBatch, now: datetime, progress: Progress = lambda done, total: None) -> MoveBatch:
    """Move each lead that hasn't been looked at yet. May be repeated, and then only goes on."""
    active = plan_for(destination_of(batch))
    done = set(batch.results.values_list("lead_id", flat=True))
    waiting = [pk for pk in batch.lead_ids if pk not in done]
    for number, pk in enumerate(waiting, start=len(done) + 1):
        _move_or_leave(batch, pk, active, now)
        progress(number, len(batch.lead_ids))
    MoveBatch.objects.filter(pk=batch.pk, ended_at__isnull=True).update(ended_at=now)
    batch.refresh_from_db()
    return batch


def plan_for(to: Destination) -> ActivePlan:
    """The one that was chosen to decide again; else the active one, with what is tried beside it."""
    if to.plan is None:
        return active_plan()
    return ActivePlan(id=to.plan.pk, number=to.plan.number, plan=parsed_plan(to.plan.pk))


def destination_of(batch: MoveBatch) -> Destination:
    return Destination(rep=batch.rep, queue_key=batch.queue_key, plan=batch.plan, undoes=batch.undoes)


def _move_or_leave(batch: MoveBatch, lead_id: int, active: ActivePlan, now: datetime) -> None:
    """One lead that the database refuses, as where two wait for each other, doesn't stop the others."""
    try:
        _move_one(batch, lead_id, active, now)
    except OperationalError:
        logger.exception("lead %s of batch %s was not moved", lead_id, batch.pk)
        MovedLead.objects.get_or_create(batch=batch, lead_id=lead_id, defaults={"left_because": BUSY})


@transaction.atomic
def _move_one(batch: MoveBatch, lead_id: int, active: ActivePlan, now: datetime) -> None:
    lock_lead(lead_id)
    if MovedLead.objects.filter(batch=batch, lead_id=lead_id).exists():
        return
    found = cases_of([lead_id])[lead_id]
    # Never before the assignment that it ends.
    moment = max(now, found.held.created_at) if found.held else now
    moved = _move(batch, found, active, moment)
    MovedLead.objects.create(
        batch=batch,
        lead_id=lead_id,
        before=found.held,
        after=moved if isinstance(moved, Assignment) else None,
        left_because=moved.why if isinstance(moved, Left) else "",
    )


def _move(batch: MoveBatch, found: Found, active: ActivePlan, now: datetime) -> Assignment | Left:
    target = destination_of(batch).target
    if batch.undoes is not None and (left := _undone_otherwise(batch.undoes, found)):
        return left
    active = plan_of_move(target, found, active)
    asked = queues_asked(target, found.case, active.plan, now)
    owners = owners_asked(target, found.case, active.plan, now)
    wanted = {active.plan.queues[queue].ledger for queue in asked}.union(*map(active.plan.counts_of_owned, owners))
    ledgers = lock_ledgers(wanted | found.ledgers)
    # Read again: what counts may have changed before the ledgers were ours.
    found = cases_of([found.case.lead_id])[found.case.lead_id]
    reps = members_of(active.plan, asked) | owners | ({target.rep} if target.rep else set())
    footing = footing_at(now, reps, {key: row.pk for key, row in ledgers.items()})
    choice = choose(target, found.case, _ground(active.plan, footing, now))
    if isinstance(choice, Left):
        return choice
    if found.basis is None:
        return Left(UNDECIDED)
    return _hand_over(batch, found, found.basis, choice, active, ledgers, footing, now)


def _ground(plan: PlanSpec, footing: Footing, now: datetime) -> Ground:
    def pool(queue: str, inputs: Inputs) -> Pool:
        return pool_of(queue, plan, standings=footing.standings, roster=footing.roster, inputs=inputs, now=now)

    return Ground(plan, pool, footing.taken_of, footing.roster.inactive, now)


def _undone_otherwise(undone: MoveBatch, found: Found) -> Left | None:
    """Only what is still as the batch left it is moved back, and only where somebody had it before."""
    row = undone.results.filter(lead_id=found.case.lead_id).first()
    if row is None or row.after_id is None or found.held is None or found.held.pk != row.after_id:
        return Left(MOVED_SINCE)
    return Left(NOBODY_BEFORE) if row.before_id is None else None


def _hand_over(
    batch: MoveBatch,
    found: Found,
    basis: Decision,
    choice: Choice,
    active: ActivePlan,
    ledgers: Mapping[str, Ledger],
    footing: Footing,
    now: datetime,
) -> Assignment:
    rep = Rep.objects.get(key=choice.rep)
    move = HandOver(
        lead=lock_lead(found.case.lead_id),
        held=found.held,
        basis=basis,
        rep=rep,
        reason=REASONS[batch.target],
        active=active,
        now=now,
        note=batch.reason,
        user=batch.created_by,
        pool=choice.pool,
        pick=choice.pick,
        chain=choice.chain,
        queue=choice.queue,
        by_ownership=choice.by_ownership,
    )
    if found.held is not None:
        Assignment.objects.live().filter(pk=found.held.pk).update(ended_at=now, ended_reason=move.reason)
    assignment = hand_over(move, ledgers, counts=choice.out_of_turn)
    if choice.in_turn and choice.pick is not None:
        charges, zone = Charges(ledgers, footing, now), zone_of(active.plan, rep)
        charges.in_turn(choice.in_turn, choice.pick.standings, rep, assignment, Reason.MOVED_IN, zone=zone)
        charges.write()
    return assignment
