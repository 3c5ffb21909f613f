"""The steps that every move of a lead shares: by hand, by the clock, to the manager. Callers hold the locks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max

from foundation.models import OutboxEvent
from foundation.outbox import emit
from leads.models import Lead
from routing.acceptance import NO_CLOCK
from routing.balancing import Pick, Pool
from routing.clocks import clock_for_moved
from routing.engine import Chain
from routing.models import Assignment, Decision, Ledger, LedgerEntry, Rep
from routing.plan import Plan
from routing.selectors import ActivePlan
from routing.services.ledger import Reason, charge_out_of_turn, counted_in, give_credit_back

OWNER = Assignment.Role.OWNER
BY_HAND, OVERDUE, TO_MANAGER, DECLINED = "by_hand", "overdue", "to_manager", "declined"
IN_TURN, DECIDED_AGAIN, MOVED_BACK, MERGED = "moved_in_turn", "decided_again", "moved_back", "merged"


@dataclass(frozen=True)
class HandOver:
    """A lead on its way to `rep`. `held` is who had it (None: it was parked), `basis` the decision it goes back to.

    `pool` and `pick` are there where the turn decided, `chain` where the plan was asked again. `queue` is the one it
    goes through from now on ("": directly); None: the one it came through. `by_ownership`: whether it comes to the rep
    as the account's owner; None: as it came to who had it.
    """

    lead: Lead
    held: Assignment | None
    basis: Decision
    rep: Rep
    reason: str
    active: ActivePlan
    now: datetime
    note: str = ""
    user: User | None = None
    pool: Pool | None = None
    pick: Pick | None = field(default=None)
    chain: Chain | None = None
    queue: str | None = None
    by_ownership: bool | None = None

    @property
    def queue_key(self) -> str:
        if self.queue is not None:
            return self.queue
        return self.held.queue_key if self.held else self.basis.queue_key

    @property
    def territory_key(self) -> str:
        return (self.chain.territory or "") if self.chain else self.basis.territory_key

    @property
    def rule_key(self) -> str:
        return (self.chain.rule or "") if self.chain else self.basis.rule_key

    @property
    def account_list_key(self) -> str:
        return (self.chain.account_list or "") if self.chain else self.basis.account_list_key

    @property
    def is_booked(self) -> bool:
        return self.held is not None and self.held.booked

    @property
    def is_protected(self) -> bool:
        if self.by_ownership is None:
            return self.held is not None and self.held.protected
        return self.by_ownership or self.is_booked


def lock_lead(lead_id: int) -> Lead:
    """The row under which a lead's owner changes; always before any ledger."""
    Lead.objects.select_for_update(no_key=True).only("id").get(pk=lead_id)
    return Lead.objects.select_related("person").get(pk=lead_id)


def ledgers_of(held: Assignment | None) -> set[str]:
    """The ledgers that have ever counted it: what must be locked before asking in which it counts now."""
    if held is None:
        return set()
    return set(LedgerEntry.objects.filter(assignment=held).values_list("ledger__key", flat=True))


def hand_over(move: HandOver, ledgers: Mapping[str, Ledger], *, counts: Iterable[str]) -> Assignment:
    """Store decision, assignment, counts and event. The held assignment has ended; the new one counts in `counts`."""
    decision = store_decision(move)
    assignment = _assign(move, decision)
    _move_counts(move, assignment, ledgers, counts)
    _tell(move, assignment)
    return assignment


def store_decision(move: HandOver, outcome: Decision.Outcome = Decision.Outcome.ASSIGNED) -> Decision:
    """The record beside the first decision of the same submission, with the next number."""
    turns = Decision.objects.filter(submission_id=move.basis.submission_id, role=OWNER)
    sequence = (turns.aggregate(last=Max("sequence"))["last"] or 0) + 1
    return Decision.objects.create(
        lead=move.lead,
        submission_id=move.basis.submission_id,
        role=OWNER,
        kind=Decision.Kind.REASSIGNMENT,
        sequence=sequence,
        outcome=outcome,
        reason=move.reason,
        rep=move.rep,
        queue_key=move.queue_key,
        territory_key=move.territory_key,
        rule_key=move.rule_key,
        account_list_key=move.account_list_key,
        plan_id=move.active.id,
        plan_hash=move.active.plan.hash,
        inputs=move.basis.inputs,
        pools=[move.pool.as_document()] if move.pool else [],
        seed=seed_of(move.basis),
        trace=[*(move.chain.trace_document() if move.chain else []), _trace(move)],
        tie_break=move.pick.tie_break if move.pick else "",
        decided_at=move.now,
    )


def seed_of(basis: Decision) -> str:
    """A draw of its own for each turn."""
    return f"{basis.submission_id.hex}:{basis.sequence + 1}"


def _trace(move: HandOver) -> dict[str, object]:
    before = f"{move.held.rep.name} had it" if move.held else "it was parked"
    note = f"{before} before, by decision {move.basis.pk}"
    return {
        "stage": "reassignment",
        "outcome": "matched",
        "key": move.rep.key,
        "name": move.rep.name,
        "note": note,
        "clauses": [],
    }


def _assign(move: HandOver, decision: Decision) -> Assignment:
    is_managers = move.reason == TO_MANAGER
    clock = NO_CLOCK
    if not move.is_protected and not is_managers:
        clock = clock_for_moved(
            move.active.plan,
            queue_key=move.queue_key,
            territory_key=move.territory_key,
            rep=move.rep,
            now=move.now,
        )
    return Assignment.objects.create(
        lead=move.lead,
        role=OWNER,
        rep=move.rep,
        queue_key=move.queue_key,
        decision=decision,
        created_at=move.now,
        note=move.note,
        moved_by=move.user,
        due_at=clock.due_at,
        remind_at=clock.remind_at,
        clock_stopped_at=move.now if is_managers else None,
        clock_stopped_by=Assignment.ClockStop.MANAGER if is_managers else "",
        moves=_clock_moves(move),
        protected=move.is_protected,
        booked=move.is_booked,
    )


def _clock_moves(move: HandOver) -> int:
    """How often the clock has passed it on. Who moves it by hand begins anew; who declines doesn't."""
    before = move.held.moves if move.held else 0
    return {OVERDUE: before + 1, DECLINED: before}.get(move.reason, 0)


def _move_counts(move: HandOver, assignment: Assignment, ledgers: Mapping[str, Ledger], counts: Iterable[str]) -> None:
    """Within a count a move is no new lead: what one claim loses the other gains, and nobody else's changes. One that
    leaves a count, or comes to it, changes what all who share in it have been credited."""
    plan = move.active.plan
    if move.held is not None:
        for key in counted_in(move.held):
            rep, reason = move.held.rep, Reason.MOVED_OUT
            zone = zone_of(plan, rep)
            give_credit_back(ledgers[key], rep, plan=plan, zone=zone, assignment=move.held, reason=reason, now=move.now)
    for key in sorted(counts):
        zone, reason = zone_of(plan, move.rep), Reason.MOVED_IN
        charge_out_of_turn(
            ledgers[key], move.rep, plan=plan, zone=zone, assignment=assignment, reason=reason, now=move.now
        )


def counts_after(plan: Plan, keys: Iterable[str], rep: Rep) -> list[str]:
    """The ledgers in which the rep is a member, so that a lead that counted in them counts on."""
    return [key for key in keys if plan.is_member(key, rep.key)]


def zone_of(plan: Plan, rep: Rep) -> str:
    """The plan's, since caps were counted by it; of a rep who isn't in the plan, the row's."""
    return plan.reps[rep.key].time_zone if rep.key in plan.reps else rep.time_zone


def _tell(move: HandOver, assignment: Assignment) -> None:
    payload = {
        **about(assignment, move.basis),
        "reason": move.reason,
        "note": move.note or None,
        "previous_owner": person_of(move.held.rep) if move.held else None,
    }
    subject = f"person:{move.lead.person_id}"
    emit("lead.reassigned", payload, now=move.now, subject=subject, deliver=is_known_outside(subject))


def about(assignment: Assignment, basis: Decision) -> dict[str, object]:
    """What every event of an assignment says."""
    person = assignment.lead.person
    return {
        "submission_id": str(basis.submission_id),
        "lead_id": assignment.lead_id,
        "owner": person_of(assignment.rep),
        "queue": assignment.queue_key or None,
        "due_at": assignment.due_at.isoformat() if assignment.due_at else None,
        "contact": {"email": person.email, "full_name": person.full_name},
    }


def person_of(rep: Rep) -> dict[str, object]:
    return {"name": rep.name, "email": rep.email}


def is_known_outside(subject: str) -> bool:
    """Of an import or a test, nothing went outward; then nobody is to hear of its moves either."""
    latest = OutboxEvent.objects.filter(subject=subject).order_by("-id").values_list("deliver", flat=True).first()
    return latest is not False
