"""Acceptance clocks as they are now: what `acceptance.start_clock` asks of the database."""

from datetime import datetime

from django.db.models import Max

from routing.acceptance import NO_CLOCK, Clock, is_open, start_clock
from routing.models import Assignment, AssignmentQuerySet, Rep
from routing.plan import Plan


def clock_for(plan: Plan, *, queue_key: str, territory_key: str, rep: Rep, now: datetime) -> Clock:
    """The clock of a new lead of the queue. While it is closed, it stands behind all that wait for the rep."""
    waiting = Assignment.objects.on_the_clock().filter(rep=rep)
    return _clock(plan, queue_key, territory_key, rep, now, rush=waiting.none())


def clock_for_moved(plan: Plan, *, queue_key: str, territory_key: str, rep: Rep, now: datetime) -> Clock:
    """The clock of a lead that is moved to the rep: it stands behind those moved at this moment, too."""
    waiting = Assignment.objects.on_the_clock().filter(rep=rep)
    return _clock(plan, queue_key, territory_key, rep, now, rush=waiting.filter(created_at=now))


def _clock(
    plan: Plan, queue_key: str, territory_key: str, rep: Rep, now: datetime, *, rush: AssignmentQuerySet
) -> Clock:
    """`rush`: those it stands behind while it is open."""
    queue, spec = plan.queues.get(queue_key), plan.reps.get(rep.key)
    if queue is None or spec is None or queue.acceptance.within_min is None:
        return NO_CLOCK
    territory = plan.territory_by_key.get(territory_key)
    waiting = rush if is_open(spec, territory, now) else Assignment.objects.on_the_clock().filter(rep=rep)
    behind = waiting.aggregate(last=Max("due_at"))["last"]
    return start_clock(queue, spec, territory, now, behind=behind)
