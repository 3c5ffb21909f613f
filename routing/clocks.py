"""Acceptance clocks as they are now: what `acceptance.start_clock` asks of the database."""

from datetime import datetime

from django.db.models import Max

from routing.acceptance import NO_CLOCK, Clock, is_open, start_clock
from routing.models import Assignment, AssignmentQuerySet, Decision, Rep
from routing.plan import Plan


def clock_for_moved(plan: Plan, *, queue_key: str, territory_key: str, rep: Rep, now: datetime) -> Clock:
    """The clock of a lead that is moved to the rep.

    While nobody works, it stands behind all that wait for the rep; else behind those moved at this moment, too.
    """
    queue, spec = plan.queues.get(queue_key), plan.reps.get(rep.key)
    if queue is None or spec is None or queue.acceptance.within_min is None:
        return NO_CLOCK
    territory = plan.territory_by_key.get(territory_key)
    waiting = _waiting_for(rep)
    rush = waiting.filter(created_at=now) if is_open(spec, territory, now) else waiting
    return start_clock(queue, spec, territory, now, behind=_last_due(rush))


class NewClocks:
    """The clocks of leads that are decided at one moment. While it is closed, each stands behind all that wait for its
    rep, those that came with it included."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        # The last due time of all that wait for a rep, stored or not yet; once asked for, kept up here.
        self._last_due: dict[str, datetime | None] = {}

    def start(self, decision: Decision, rep: Rep, plan: Plan) -> Clock:
        """`decision` need not be stored."""
        queue, spec = plan.queues.get(decision.queue_key), plan.reps.get(rep.key)
        if queue is None or spec is None or queue.acceptance.within_min is None:
            return NO_CLOCK
        territory = plan.territory_by_key.get(decision.territory_key)
        behind = self._last_due_for(rep)
        clock = start_clock(
            queue, spec, territory, self._now, behind=None if is_open(spec, territory, self._now) else behind
        )
        self._last_due[rep.key] = max((due for due in (clock.due_at, behind) if due is not None), default=None)
        return clock

    def _last_due_for(self, rep: Rep) -> datetime | None:
        if rep.key not in self._last_due:
            self._last_due[rep.key] = _last_due(_waiting_for(rep))
        return self._last_due[rep.key]


def _waiting_for(rep: Rep) -> AssignmentQuerySet:
    return Assignment.objects.on_the_clock().filter(rep=rep)


def _last_due(waiting: AssignmentQuerySet) -> datetime | None:
    found: datetime | None = waiting.aggregate(last=Max("due_at"))["last"]
    return found
