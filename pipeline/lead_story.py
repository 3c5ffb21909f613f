"""All that is told on a lead's page, read in a number of queries that doesn't grow with its history."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse

from foundation.models import AuditEntry, Mail, OutboxEvent
from integrations.models import Delivery
from leads.models import Lead, Person
from leads.origins import Origin
from pipeline.lead_words import ClockWords, FactRow, clock_words, fact_rows, plan_now, queue_name, status_words
from pipeline.models import Run
from pipeline.my_work import observations_of
from routing.explain import headline, sentences
from routing.models import Assignment, Decision
from routing.plan import Plan
from routing.selectors import parsed_plan

OWNER = Assignment.Role.OWNER
# Of each kind of thing in the timeline, the latest.
MOST = 200
_ENDED = {
    "by_hand": "moved by hand",
    "moved_in_turn": "moved into a queue",
    "decided_again": "decided again",
    "moved_back": "moved back",
    "declined": "declined",
    "overdue": "not accepted in time",
    "to_manager": "given to the manager",
    "merged": "the lead was merged",
}
_EVENTS = {
    "lead.assigned": "The owner was told onward",
    "lead.kept": "That the owner keeps it was told onward",
    "lead.parked": "That nobody could take it was told onward",
    "lead.reassigned": "The new owner was told onward",
    "lead.reminder": "A reminder was told onward",
    "lead.overdue": "That it is overdue was told onward",
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `kind` gives its colour: assigned, accepted, failed, or anything else."""

    at: datetime
    kind: str
    text: str
    detail: str = ""
    note: str = ""
    link: str = ""


@dataclass(frozen=True)
class Why:
    """A stored decision in sentences."""

    decision: Decision
    headline: str
    sentences: Sequence[str]
    link: str


@dataclass(frozen=True)
class LeadStory:
    lead: Lead
    status: str
    holder: Assignment | None
    queue: str
    clock: ClockWords
    whys: Sequence[Why]
    facts: Sequence[FactRow]
    timeline: Sequence[Happening]
    merged: Sequence[Lead]
    also_known_as: Sequence[Person] = field(default=())
    latest_decision: Decision | None = None


def lead_story(lead: Lead, now: datetime, *, with_deliveries: bool) -> LeadStory:
    """`lead` with its person and company. Costs at most 14 queries, whatever its history."""
    decisions = _decisions(lead)
    assignments = list(
        Assignment.objects.filter(lead=lead)
        .select_related("rep", "moved_by", "decision__rep")
        .defer("decision__pools", "decision__trace", "decision__inputs")
        .order_by("-id")[:MOST]
    )
    holder = next((each for each in assignments if each.ended_at is None and each.role == OWNER), None)
    plan = plan_now()
    merged = list(Lead.objects.filter(merged_into=lead).order_by("-id")[:MOST])
    aliases = list(Person.objects.filter(merged_into=lead.person_id)[:MOST])
    happenings = [
        *_of_runs(lead),
        *_of_decisions(decisions),
        *(each for held in assignments for each in _of_assignment(held, plan)),
        *_of_audit(lead),
        *(_outward(lead, merged, aliases) if with_deliveries else ()),
    ]
    return LeadStory(
        lead=lead,
        status=status_words(lead),
        holder=holder,
        queue=queue_name(plan, holder.queue_key) if holder and holder.queue_key else "",
        clock=clock_words(holder, now),
        whys=_whys(decisions, holder),
        facts=fact_rows(observations_of(lead)),
        timeline=_newest_first(happenings),
        merged=merged,
        also_known_as=aliases,
        latest_decision=decisions[0] if decisions else None,
    )


def _newest_first(happenings: Sequence[Happening]) -> list[Happening]:
    """Of one moment, what follows from the other stands above it, as they were given."""
    numbered = sorted(enumerate(happenings), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    return [each for _, each in numbered]


def _decisions(lead: Lead) -> list[Decision]:
    rows = Decision.objects.filter(lead=lead, role=OWNER).select_related("rep", "plan").order_by("-id")
    return list(rows.defer("plan__document", "pools", "trace", "inputs")[:MOST])


def _whys(decisions: Sequence[Decision], holder: Assignment | None) -> list[Why]:
    """The decision that gave the owner, and where that was a move, the routing it began with; of a lead that nobody
    has, the last one. Two at most, for each may need a plan of its own."""
    by_id = {decision.pk: decision for decision in decisions}
    gave = by_id.get(holder.decision_id) if holder else next(iter(decisions), None)
    if gave is None:
        return []
    began = next((each for each in decisions if each.submission_id == gave.submission_id and each.sequence == 0), None)
    wanted = [gave.pk, *([began.pk] if began is not None and began.pk != gave.pk else [])]
    whole = Decision.objects.select_related("rep").in_bulk(wanted)
    return [_why(whole[pk]) for pk in wanted]


def _why(decision: Decision) -> Why:
    told = sentences(decision, parsed_plan(decision.plan_id))
    return Why(decision, headline(decision), told, reverse("admin:routing_decision_change", args=[decision.pk]))


def _of_runs(lead: Lead) -> Iterator[Happening]:
    for run in Run.objects.filter(lead=lead).order_by("-id")[:MOST]:
        came = {Origin.IMPORT: "A submission was imported", Origin.TEST: "A test was sent"}
        yield Happening(
            at=run.created_at,
            kind="received",
            text=came.get(Origin(run.origin), "A form was sent"),
            detail="" if run.finished_at else f"On its way: {run.get_stage_display()}",
            link=reverse("admin:pipeline_run_change", args=[run.pk]),
        )


def _of_decisions(decisions: Iterable[Decision]) -> Iterator[Happening]:
    for decision in decisions:
        yield Happening(
            at=decision.decided_at,
            kind="decided" if decision.rep else "failed",
            text=f"Decided: {headline(decision)}",
            detail=f"By plan {decision.plan.number}",
            link=reverse("admin:routing_decision_change", args=[decision.pk]),
        )


def _of_assignment(held: Assignment, plan: Plan | None) -> Iterator[Happening]:
    link = reverse("admin:routing_assignment_change", args=[held.pk])
    role = "" if held.role == OWNER else f" as {held.get_role_display()}"
    through = f"through “{queue_name(plan, held.queue_key)}”" if held.queue_key else "directly"
    by = f", moved by {held.moved_by}" if held.moved_by else ""
    yield Happening(held.created_at, "assigned", f"{held.rep} has it{role}", f"{through}{by}", held.note, link)
    if held.reminded_at:
        yield Happening(held.reminded_at, "reminded", f"{held.rep} was reminded", link=link)
    if held.clock_stopped_at:
        how = held.get_clock_stopped_by_display()
        yield Happening(held.clock_stopped_at, "accepted", f"{how}: {held.rep}", link=link)
    if held.ended_at:
        why = _ENDED.get(held.ended_reason, held.ended_reason or "ended")
        yield Happening(held.ended_at, "ended", f"{held.rep} no longer has it{role}", why, link=link)


def _of_audit(lead: Lead) -> Iterator[Happening]:
    entries = AuditEntry.objects.filter(kind="leads.lead", object_id=str(lead.pk)).order_by("-at")[:MOST]
    for entry in entries:
        by = f" by {entry.who}" if entry.who else ""
        yield Happening(entry.at, entry.action, f"{entry.action.capitalize()}{by}", entry.note)


def _outward(lead: Lead, merged: Iterable[Lead], aliases: Iterable[Person]) -> Iterator[Happening]:
    """What went out about this lead. Events name the person, and say in their payload which of their leads is meant."""
    people = [lead.person_id, *(person.pk for person in aliases)]
    ours = {lead.pk, *(each.pk for each in merged)}
    subjects = [f"person:{pk}" for pk in people]
    events = OutboxEvent.objects.filter(subject__in=subjects).order_by("-id")[:MOST]
    meant = {event.pk: event for event in events if _is_about(event.payload, ours)}
    deliveries = Delivery.objects.filter(event__in=list(meant)).select_related("endpoint").order_by("-id")[:MOST]
    for delivery in deliveries:
        yield _delivered(delivery, meant[delivery.event_id])
    # A mail names the person only; of somebody with two leads, both pages show it.
    for mail in Mail.objects.filter(about__in=subjects).order_by("-id")[:MOST]:
        yield _mailed(mail)


def _is_about(payload: dict[str, Any], leads: set[int]) -> bool:
    return payload.get("lead_id") in leads or "lead_id" not in payload


def _delivered(delivery: Delivery, event: OutboxEvent) -> Happening:
    is_failed = delivery.status == Delivery.Status.FAILED
    tries = f"{delivery.attempts_made} attempt{'' if delivery.attempts_made == 1 else 's'}"
    code = f", {delivery.error_code}" if delivery.error_code else ""
    return Happening(
        at=delivery.finished_at or delivery.created_at,
        kind="failed" if is_failed else "delivered",
        text=f"{_EVENTS.get(event.type, event.type)} to {delivery.endpoint}",
        detail=f"{delivery.get_status_display()}: {tries}{code}",
        link=reverse("admin:integrations_delivery_change", args=[delivery.pk]),
    )


def _mailed(mail: Mail) -> Happening:
    if mail.sent_at:
        return Happening(mail.sent_at, "delivered", f"Mail to {mail.to}", mail.subject)
    state = "failed" if mail.given_up_at else "waiting"
    at = mail.given_up_at or mail.created_at
    detail = "Given up" if mail.given_up_at else "Not sent yet"
    return Happening(at, state, f"Mail to {mail.to}", f"{mail.subject} · {detail}")
