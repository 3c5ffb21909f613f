"""What was decided in a window, and how things stood when it began: all that `routing.replay` needs. Reads only.

Decisions are read in the order of their ids: each is stored under its ledger's lock, so that within one ledger ids
tell the true order, which clocks of several workers may not.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, TextField
from django.db.models.functions import Cast

from routing.availability import Taken, given_back, taken_after
from routing.balancing import UNIT, PoolMember, changed, with_share
from routing.contract import Inputs, inputs_again
from routing.hours import periods_at
from routing.models import Absence as AbsenceRow
from routing.models import Assignment, Decision, LedgerEntry, Rep, Standing
from routing.plan import Plan
from routing.replay import EXISTING_OWNER, Absence, Event, Opening, Past, Place, Result
from routing.selectors import parsed_plan

CHUNK = 2000
# Caps count days, weeks and months; what was given longer ago is in none of them, in whatever zone.
LONGEST_PERIOD = timedelta(days=32)
Reason = LedgerEntry.Reason
# Entries that routing itself makes; a replay makes its own instead.
_ROUTED = (Reason.ASSIGNED, Reason.TEST, Reason.OWNED, Reason.DUPLICATE_COUNTED)


@dataclass(frozen=True)
class History:
    """`size`: how many decisions there are, moves included."""

    since: datetime
    size: int
    opening: Opening
    events: tuple[Event, ...]
    entries: "_Entries"

    def decisions(self, plan: Plan) -> Iterator[Past]:
        """In order, in constant memory, with their inputs as the plan's contract takes them."""
        contracts_agree: dict[int, bool] = {}
        reps = dict(Rep.objects.order_by().values_list("id", "key"))
        for row in _decisions_since(self.since).values_list(*_COLUMNS).iterator(chunk_size=CHUNK):
            past, plan_id = _past(row, reps, self.entries)
            if plan_id not in contracts_agree:
                contracts_agree[plan_id] = parsed_plan(plan_id).contract == plan.contract
            if not contracts_agree[plan_id]:
                past.inputs = inputs_again(past.inputs, plan.contract)
            yield past


def history_since(since: datetime, plan: Plan) -> History:
    """`plan` says which members have caps and in which zones their days begin."""
    entries = _entries_since(since)
    events = tuple(entries.events())
    return History(
        since=since,
        size=_decisions_since(since).count(),
        opening=Opening(
            standings=_opening_standings(since, entries, plan),
            taken=_opening_taken(since, plan),
            absences=tuple(_absences_since(since)),
            heard_of_again=frozenset({*_leads_decided_twice(since), *(each.lead for each in events if each.lead)}),
        ),
        events=events,
        entries=entries,
    )


def _decisions_since(since: datetime) -> QuerySet[Decision]:
    """Without those that only say that an overdue lead stays where it is."""
    stays = Q(kind=Decision.Kind.REASSIGNMENT, outcome=Decision.Outcome.EXISTING_OWNER)
    return Decision.objects.filter(decided_at__gte=since, role=Assignment.Role.OWNER).exclude(stays).order_by("id")


def _leads_decided_twice(since: datetime) -> Iterable[int]:
    counts = _decisions_since(since).order_by().values_list("lead_id").annotate(decisions=Count("id"))
    return counts.filter(decisions__gt=1).values_list("lead_id", flat=True)


_COLUMNS = (
    "id",
    "plan_id",
    "lead_id",
    "kind",
    "rep_id",
    "queue_key",
    "reason",
    "territory_key",
    "rule_key",
    "inputs",
    Cast("pools", TextField()),
    Cast("passed_over", TextField()),
    "seed",
    "decided_at",
)


_ROUTING = Decision.Kind.ROUTING.value


def _past(row: tuple[Any, ...], reps: Mapping[int, str], entries: "_Entries") -> tuple[Past, int]:
    pk, plan_id, lead, kind, rep, queue, reason, territory, rule, inputs, pools, passed_over, seed, decided_at = row
    is_move = kind != _ROUTING
    result = Result(reps[rep] if rep else "", queue, reason, territory, rule)
    past = Past(
        id=pk,
        lead=lead,
        is_move=is_move,
        is_test=not is_move and entries.took_no_credit(pk, plan_id, result, decided_at),
        result=result,
        inputs=Inputs.from_document(inputs),
        pools=pools,
        passed_over=json.loads(passed_over) if passed_over != "[]" else (),
        seed=seed,
        decided_at=decided_at,
    )
    return past, plan_id


@dataclass(frozen=True)
class _Entry:
    id: int
    place: Place
    credit: int
    reason: str
    at: datetime
    decision: int | None
    lead: int | None
    given_at: datetime | None


class _Entries:
    """The window's ledger entries: for each counted decision its own, all others whole."""

    def __init__(self, counted: list[tuple[int, str, int]], others: list[_Entry]) -> None:
        # (entry id, ledger, decision id), in order of the entries
        self._counted = counted
        self.others = others
        self._entry_of = {decision: entry for entry, _, decision in counted}
        self._owned = {entry.decision for entry in others if entry.reason == Reason.OWNED}
        self._duplicates = {(e.place[1], e.at) for e in others if e.reason == Reason.DUPLICATE_COUNTED}

    def took_no_credit(self, decision: int, plan_id: int, result: Result, at: datetime) -> bool:
        """Whether it was a test, as far as the entries tell: what should have been counted wasn't."""
        plan = parsed_plan(plan_id)
        if result.reason == EXISTING_OWNER:
            queue = plan.queues.get(result.queue)
            counts = queue is not None and "duplicate" in queue.credit.counts
            return counts and (result.owner, at) not in self._duplicates
        if result.owner and result.queue:
            return decision not in self._entry_of
        return bool(result.owner and plan.counts_of_owned(result.owner)) and decision not in self._owned

    def is_before(self, entry: _Entry, decision: int, decided_at: datetime) -> bool:
        own = self._entry_of.get(decision)
        return entry.id < own if own is not None else entry.at < decided_at

    def events(self) -> Iterator[Event]:
        """Those that no routing made, each between the decisions it lies between in its ledger."""
        befores = self._decisions_behind()
        last_in: dict[str, int] = {}
        counted = iter([*self._counted, (0, "", 0)])
        following = next(counted)
        for entry, before in zip(self.others, befores, strict=True):
            while following[0] and following[0] < entry.id:
                last_in[following[1]] = following[2]
                following = next(counted)
            if entry.reason not in _ROUTED:
                yield Event(
                    place=entry.place,
                    change=entry.credit,
                    at=entry.at,
                    lead=entry.lead,
                    given_at=entry.given_at,
                    after=max(last_in.get(entry.place[0], 0), entry.decision or 0),
                    before=before,
                )

    def _decisions_behind(self) -> list[int | None]:
        """Per entry of `others` the earliest decision that some ledger of it or of a later entry has behind it."""
        behind: list[int | None] = []
        next_in: dict[str, int] = {}
        earliest: int | None = None
        position = len(self._counted) - 1
        for entry in reversed(self.others):
            while position >= 0 and self._counted[position][0] > entry.id:
                _, ledger, decision = self._counted[position]
                next_in[ledger] = decision
                position -= 1
            here = next_in.get(entry.place[0])
            if here is not None and (earliest is None or here < earliest):
                earliest = here
            behind.append(earliest)
        return behind[::-1]


def _entries_since(since: datetime) -> _Entries:
    rows = LedgerEntry.objects.filter(created_at__gte=since).order_by("id")
    through_queues = Q(reason__in=(Reason.ASSIGNED, Reason.TEST))
    counted = rows.filter(through_queues, assignment__isnull=False)
    others = rows.exclude(through_queues).exclude(reason=Reason.CALIBRATION)
    columns = ("assignment__decision_id", "assignment__lead_id", "assignment__created_at")
    whole = others.values_list("id", "ledger__key", "rep__key", "credit", "reason", "created_at", *columns)
    return _Entries(
        list(counted.values_list("id", "ledger__key", "assignment__decision_id").iterator(chunk_size=CHUNK)),
        [_entry(row) for row in whole.iterator(chunk_size=CHUNK)],
    )


def _entry(row: tuple[Any, ...]) -> _Entry:
    pk, ledger, rep, *rest = row
    return _Entry(pk, (ledger, rep), *rest)


@dataclass(frozen=True)
class _Sighting:
    """A member as the first pool of the window shows it, and what lies between the window's beginning and then."""

    member: PoolMember
    decision: int | None = None
    decided_at: datetime | None = None


def _opening_standings(since: datetime, entries: _Entries, plan: Plan) -> dict[Place, PoolMember]:
    """From the first pool that shows a member, else from the present, less what lies in between.

    Before its first pool no pick touched a member, so that only leads out of turn and given back lie in between: its
    own, and in its share those of all who are in the count, which are told by the plan's weights.
    """
    sightings = {**_present_standings(), **_first_sightings(since)}
    others = _by_ledger(entries.others)
    between = {
        place: [entry for entry in others.get(place[0], ()) if _lies_before(entry, sighting, entries)]
        for place, sighting in sightings.items()
    }
    own = {place: [entry for entry in found if entry.place == place] for place, found in between.items()}
    touched = {place for place, found in own.items() if any(entry.credit > 0 for entry in found)}
    last_given = _last_given_before(since) if touched else {}
    return {
        place: changed(
            _less(sighting.member, plan.weights_of_ledger(place[0]), between[place]),
            last_assigned_at=last_given.get(place) if place in touched else sighting.member.last_assigned_at,
        )
        for place, sighting in sightings.items()
    }


def _by_ledger(entries: Sequence[_Entry]) -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = {}
    for entry in entries:
        found.setdefault(entry.place[0], []).append(entry)
    return found


def _less(member: PoolMember, weights: Mapping[str, int], entries: Sequence[_Entry]) -> PoolMember:
    """The member before these changes of its count."""
    total, leads = sum(weights.values()), sum(entry.credit for entry in entries)
    own = sum(entry.credit for entry in entries if entry.place[1] == member.rep)
    weighed = changed(member, weight=weights.get(member.rep, 0))
    shared = with_share(weighed, total, -leads) if total and leads else member
    return changed(shared, weight=member.weight, shortfall=shared.shortfall + UNIT * own)


def _lies_before(entry: _Entry, sighting: _Sighting, entries: _Entries) -> bool:
    if sighting.decision is None or sighting.decided_at is None:
        return True
    return entries.is_before(entry, sighting.decision, sighting.decided_at)


def _first_sightings(since: datetime) -> dict[Place, _Sighting]:
    """Members don't change within a plan, so each plan's first pool of a queue shows all of them."""
    routed = _decisions_since(since).filter(kind=Decision.Kind.ROUTING).exclude(reason=EXISTING_OWNER)
    groups = routed.exclude(queue_key="").order_by()
    firsts = groups.values_list("queue_key", "plan_id").annotate(first=Min("id")).values_list("first", flat=True)
    rows = Decision.objects.filter(pk__in=list(firsts)).order_by("id")
    found: dict[Place, _Sighting] = {}
    for pk, plan_id, pools, decided_at in rows.values_list("id", "plan_id", "pools", "decided_at"):
        for pool in pools:
            ledger = parsed_plan(plan_id).queues[pool["queue"]].ledger
            for document in pool["members"]:
                found.setdefault((ledger, document["rep"]), _Sighting(_member(document), pk, decided_at))
    return found


def _member(document: dict[str, Any]) -> PoolMember:
    at = document["last_assigned_at"]
    return PoolMember(**{**document, "last_assigned_at": datetime.fromisoformat(at) if at else None})


def _present_standings() -> dict[Place, _Sighting]:
    columns = ("shortfall", "remainder", "base", "count", "last_assigned_at")
    return {
        (ledger, rep): _Sighting(PoolMember(rep, 0, 0, *numbers))
        for ledger, rep, *numbers in Standing.objects.order_by().values_list("ledger__key", "rep__key", *columns)
    }


def _last_given_before(since: datetime) -> dict[Place, datetime]:
    given = LedgerEntry.objects.filter(created_at__lt=since, credit__gt=0).exclude(reason=Reason.CALIBRATION)
    rows = given.order_by().values_list("ledger__key", "rep__key").annotate(last=Max("created_at"))
    return {(ledger, rep): last for ledger, rep, last in rows}


def _opening_taken(since: datetime, plan: Plan) -> dict[Place, Taken]:
    """What members with caps had taken of the periods that ran when the window began: their entries, again."""
    capped = {
        (queue.ledger, member.rep) for queue in plan.queues.values() for member in queue.members if member.is_capped
    }
    if not capped:
        return {}
    entries = LedgerEntry.objects.filter(
        created_at__gte=since - LONGEST_PERIOD, created_at__lt=since, rep__key__in={rep for _, rep in capped}
    ).exclude(reason=Reason.CALIBRATION)
    columns = ("ledger__key", "rep__key", "credit", "created_at", "assignment__created_at")
    return _taken_by(entries.order_by("id").values_list(*columns).iterator(chunk_size=CHUNK), capped, plan)


def _taken_by(rows: Iterable[tuple[Any, ...]], capped: set[Place], plan: Plan) -> dict[Place, Taken]:
    taken: dict[Place, Taken] = {}
    for ledger, rep, credit, at, given_at in rows:
        if (ledger, rep) not in capped:
            continue
        zone, before = plan.reps[rep].time_zone, taken.get((ledger, rep), {})
        taken[ledger, rep] = (
            taken_after(before, periods_at(at, zone), 1)
            if credit > 0
            else given_back(before, periods_at(given_at or at, zone))
        )
    return taken


def _absences_since(since: datetime) -> Iterator[Absence]:
    rows = AbsenceRow.objects.filter(ends_at__gt=since).order_by("id")
    for rep, starts_at, ends_at in rows.values_list("rep__key", "starts_at", "ends_at"):
        yield Absence(rep, starts_at, ends_at)
