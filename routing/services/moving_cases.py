"""What `routing.moving` must know of leads: read together, in a few queries however many they are."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leads.models import Lead
from routing.contract import Inputs
from routing.engine import OWNERSHIP
from routing.models import Assignment, Decision, LedgerEntry
from routing.moving import BACK, DECLINED, QUEUE, UNDO, Before, Case, Target
from routing.selectors import ActivePlan
from routing.services.hand_over import OWNER, seed_of


@dataclass(frozen=True)
class Found:
    """A case with the rows behind it; `held` None: it is parked, `basis` None: it was never decided."""

    case: Case
    held: Assignment | None
    before: Assignment | None
    basis: Decision | None
    ledgers: frozenset[str]


@dataclass(frozen=True)
class _Entries:
    """One assignment's entries, summed up by ledger."""

    counted: frozenset[str]
    ever: frozenset[str]
    moved_out: frozenset[str]


NO_ENTRIES = _Entries(frozenset(), frozenset(), frozenset())


def cases_of(lead_ids: Collection[int]) -> dict[int, Found]:
    """By lead, in the order given; ids of no lead are left out."""
    leads = Lead.objects.filter(pk__in=lead_ids).select_related("person").in_bulk()
    live, ended = _assignments(lead_ids)
    bases = _bases(set(leads) - set(live))
    entries = _entries([held.pk for held in live.values()] + [each[-1].pk for each in ended.values()])
    return {
        pk: _found(leads[pk], live.get(pk), ended.get(pk, []), bases.get(pk), entries) for pk in lead_ids if pk in leads
    }


def plan_of_move(target: Target, found: Found, active: ActivePlan) -> ActivePlan:
    """The plan by which this lead is moved, where none was chosen. While one is tried, its own leads stay with it.

    A lead that goes back is by the plan of then; one for a queue that only the active plan has, by that one.
    """
    goes_back_to = found.before if target.kind in (BACK, UNDO) else None
    decision = goes_back_to.decision if goes_back_to else found.basis
    own = active.governing(decision) if decision else active
    return active if target.kind == QUEUE and target.queue not in own.plan.queues else own


def _assignments(lead_ids: Collection[int]) -> tuple[dict[int, Assignment], dict[int, list[Assignment]]]:
    """The live one of each lead, and those that have ended, oldest first."""
    rows = Assignment.objects.filter(lead__in=lead_ids, role=OWNER).order_by("id").select_related("rep", "decision")
    live, ended = {}, defaultdict(list)
    for row in rows.defer("decision__pools", "decision__trace"):
        if row.ended_at is None:
            live[row.lead_id] = row
        else:
            ended[row.lead_id].append(row)
    return live, dict(ended)


def _bases(lead_ids: Collection[int]) -> dict[int, Decision]:
    """The last decision of leads that nobody holds."""
    decided = Decision.objects.filter(lead__in=lead_ids, role=OWNER).order_by("id").defer("pools", "trace")
    return {decision.lead_id: decision for decision in decided}


def _entries(assignment_ids: Collection[int]) -> dict[int, _Entries]:
    totals: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    moved: dict[int, set[str]] = defaultdict(set)
    rows = LedgerEntry.objects.filter(assignment__in=assignment_ids).order_by("id")
    for pk, key, credit, reason in rows.values_list("assignment_id", "ledger__key", "credit", "reason"):
        totals[pk][key] += credit
        if reason == LedgerEntry.Reason.MOVED_OUT:
            moved[pk].add(key)
    return {
        pk: _Entries(frozenset(k for k, n in sums.items() if n > 0), frozenset(sums), frozenset(moved[pk]))
        for pk, sums in totals.items()
    }


def _found(
    lead: Lead,
    held: Assignment | None,
    ended: list[Assignment],
    basis: Decision | None,
    entries: Mapping[int, _Entries],
) -> Found:
    decision = held.decision if held else basis
    now = entries.get(held.pk, NO_ENTRIES) if held else NO_ENTRIES
    last = ended[-1] if ended else None
    was = entries.get(last.pk, NO_ENTRIES) if last else NO_ENTRIES
    came_back = bool(now.ever) and not now.counted
    case = Case(
        lead_id=lead.pk,
        is_open=lead.status == Lead.Status.OPEN,
        is_erased=lead.person.erased_at is not None,
        holder=held.rep.key if held else "",
        queue=held.queue_key if held else decision.queue_key if decision else "",
        counted=now.counted,
        takes_credit=_takes_credit(held, now),
        inputs=Inputs.from_document(decision.inputs) if decision else None,
        seed=seed_of(decision) if decision else "",
        declined=frozenset(each.rep.key for each in ended if each.ended_reason == DECLINED),
        before=_before(last, frozenset() if came_back else was.moved_out) if last else None,
    )
    return Found(case, held, last, decision, now.ever | was.ever)


def _takes_credit(held: Assignment | None, entries: _Entries) -> bool:
    """Where it counts now, or was nobody's or the account owner's; not where its credit was given back, nor a test."""
    return held is None or bool(entries.counted) or (not entries.ever and held.decision.reason in OWNERSHIP)


def _before(last: Assignment, counted: frozenset[str]) -> Before:
    return Before(
        rep=last.rep.key,
        queue=last.queue_key,
        is_active=last.rep.active,
        counted=counted,
        was_protected=last.protected,
    )
