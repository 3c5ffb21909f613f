"""What became of a lead, told to the count: credit comes back, or it doesn't."""

from datetime import datetime

from django.db import transaction

from routing.credit import Answer, Outcome, answer
from routing.hours import month_around
from routing.models import Assignment, Ledger, LedgerEntry, Rep
from routing.plan import Plan, QueueSpec
from routing.selectors import active_plan
from routing.services.hand_over import ledgers_of, zone_of
from routing.services.ledger import Reason, counted_in, give_credit_back, lock_ledgers


@transaction.atomic
def credit_outcome(*, assignment: Assignment, outcome: Outcome, reason: str = "", now: datetime) -> Answer:
    """Give credit back in every ledger that counts the assignment, as its queue says. `reason` is a disqualification's.

    Telling the same or another outcome again gives nothing back twice.
    """
    plan = active_plan().governing(assignment.decision).plan
    ledgers = lock_ledgers(ledgers_of(assignment))
    given = [_settle(ledgers[key], assignment, outcome, reason, plan=plan, now=now) for key in counted_in(assignment)]
    return next((each for each in given if each == Answer.GIVEN_BACK), given[0] if given else Answer.NOT_COUNTED)


def _settle(
    ledger: Ledger, assignment: Assignment, outcome: Outcome, reason: str, *, plan: Plan, now: datetime
) -> Answer:
    queue = _policy(plan, ledger.key, assignment)
    if queue is None:
        return Answer.NOT_LISTED
    zone = zone_of(plan, assignment.rep)
    used = _disqualified(assignment, zone, now) if outcome == Outcome.DISQUALIFIED else 0
    found = answer(queue.credit, outcome, reason, disqualified=used)
    if found == Answer.GIVEN_BACK:
        give_credit_back(
            ledger,
            assignment.rep,
            plan=plan,
            zone=zone,
            assignment=assignment,
            reason=Reason(outcome.value),
            note=reason if outcome == Outcome.DISQUALIFIED else "",
            now=now,
        )
    return found


def _policy(plan: Plan, ledger_key: str, assignment: Assignment) -> QueueSpec | None:
    """The queue the lead came through; of one that came by ownership, the first of the count that has the rep."""
    own = plan.queues.get(assignment.queue_key)
    if own is not None:
        return own
    queues = plan.queues_of_ledger(ledger_key)
    return next((queue for queue in queues if assignment.rep.key in queue.member_by_rep), None)


def _disqualified(assignment: Assignment, zone: str, now: datetime) -> int:
    """How many others of the rep's leads gave credit back as disqualified this month, through whatever queue."""
    # The cap is the rep's, not a ledger's, and so is the lock under which it is read.
    Rep.objects.select_for_update(no_key=True).only("id").get(pk=assignment.rep_id)
    start, end = month_around(now, zone)
    entries = LedgerEntry.objects.filter(rep=assignment.rep, reason=Reason.DISQUALIFIED)
    this_month = entries.filter(created_at__gte=start, created_at__lt=end).exclude(assignment=assignment)
    return this_month.values("assignment").distinct().count()
