"""What would another plan have decided? A window of past decisions, decided again in their order. Pure.

Each decision goes through the engine that decides live (`find`, `resolve_chain`, `pick`), on standings that are carried
forward from the window's opening: replayed assignments replace stored ones. What happened outside of routing (credit
given back, leads moved by hand) happens again at its place. docs/proving.md, "Replay", has all of it in prose.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from routing.availability import (
    ABSENT,
    CONDITION,
    INACTIVE,
    PAUSED,
    Roster,
    Taken,
    given_back,
    taken_after,
    unavailable_because,
)
from routing.balancing import Change, Pool, PoolMember, changed, given_out_of_turn, taken_back
from routing.contract import Inputs
from routing.engine import Chain, find
from routing.hours import Periods, WorkingHours, periods_at
from routing.plan import MemberSpec, Plan, QueueSpec, RepSpec
from routing.resolution import Resolution, resolve_chain

EXISTING_OWNER = "existing_owner"
# Reasons that say the lead didn't go where it was meant to.
FALLBACKS = frozenset({"no_match", "missing_inputs", "fallback_queue", "owner_unavailable", "no_eligible_member"})
# Reasons that tell of the roster: whoever came as far as condition and caps was neither inactive, paused nor absent.
_TELLING = frozenset({INACTIVE, PAUSED, ABSENT, CONDITION, "cap_day", "cap_week", "cap_month", ""})
# The reasons of the roster itself, as JSON spells them.
_AWAY = tuple(f'"{reason}"' for reason in (INACTIVE, PAUSED, ABSENT))
# (ledger, rep)
Place = tuple[str, str]


class Result(NamedTuple):
    """Who got the lead ("": nobody), through which queue ("": directly) and why; territory and rule by key."""

    owner: str
    queue: str
    reason: str
    territory: str = ""
    rule: str = ""


@dataclass(slots=True)
class Past:
    """One stored decision. `is_move`: a lead given to another rep after its routing. `is_test`: it took no credit.

    `pools` are those that the decision keeps, as JSON text: most tell nothing of who was away, and are never parsed.
    """

    id: int
    lead: int
    is_move: bool
    is_test: bool
    result: Result
    inputs: Inputs
    pools: str
    passed_over: Sequence[Mapping[str, Any]]
    seed: str
    decided_at: datetime


@dataclass(frozen=True)
class Event:
    """A change of a count that no routing made. `change`: +1 or -1. `given_at`: when the lead was given.

    It happened after the decision `after` and before the decision `before` of the same ledger, whatever clocks say.
    """

    place: Place
    change: int
    at: datetime
    lead: int | None = None
    given_at: datetime | None = None
    after: int = 0
    before: int | None = None

    def is_due(self, next_decision: Past) -> bool:
        if self.after >= next_decision.id:
            return False
        return self.at <= next_decision.decided_at or (self.before is not None and self.before <= next_decision.id)


@dataclass(frozen=True)
class Absence:
    rep: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Opening:
    """How things stood when the window began, and what must be known beforehand of what follows.

    `taken` is needed only for members with caps. `heard_of_again`: leads with more than one decision, or with events;
    only of these a replay remembers who has them.
    """

    standings: Mapping[Place, PoolMember] = field(default_factory=dict)
    taken: Mapping[Place, Taken] = field(default_factory=dict)
    absences: Sequence[Absence] = ()
    heard_of_again: frozenset[int] = frozenset()


def replay(
    plan: Plan, opening: Opening, decisions: Iterable[Past], events: Iterable[Event]
) -> Iterator[tuple[Past, Result]]:
    """Each routing decision with what the plan makes of it. Decisions and events come in the order they happened in."""
    simulation = Simulation(plan, opening)
    waiting = deque(events)
    for past in decisions:
        while waiting and waiting[0].is_due(past):
            simulation.happen(waiting.popleft())
        if past.is_move:
            simulation.move(past)
        else:
            yield past, simulation.decide(past)


class Presence:
    """Who was inactive, paused or absent, as far as the stored pools tell.

    A decision's own pools come first. For a rep who isn't in them the last sighting tells of `inactive` and `paused`,
    and the table of absences tells of `absent`.
    """

    def __init__(self, absences: Sequence[Absence]) -> None:
        self._absences = absences
        self._day: date | None = None
        self._of_the_day: list[Absence] = []
        self._inactive: set[str] = set()
        self._paused: set[tuple[str, str]] = set()
        self._absent: set[str] = set()
        self.roster = Roster(inactive=self._inactive, absent=self._absent, paused=self._paused)

    def see(self, past: Past) -> None:
        """Bring `roster` to the moment of this decision."""
        self._look_up_absences(past.decided_at)
        for pool in json.loads(past.pools) if self._may_tell(past.pools) else ():
            for member in pool["members"]:
                self._see_member(pool["queue"], member["rep"], member["unavailable"])
        for passed in past.passed_over:
            if passed["kind"] == "owner":
                self._inactive.add(passed["key"])
        if not past.result.queue and past.result.owner and past.result.reason != EXISTING_OWNER:
            self._inactive.discard(past.result.owner)

    def _may_tell(self, pools: str) -> bool:
        """Whether they name a reason of the roster, or somebody of whom one is remembered."""
        if any(reason in pools for reason in _AWAY):
            return True
        remembered = {*self._inactive, *self._absent, *(rep for _, rep in self._paused)}
        return any(f'"{rep}"' in pools for rep in remembered)

    def _look_up_absences(self, now: datetime) -> None:
        if now.date() != self._day:
            self._day = now.date()
            start = datetime.combine(self._day, time(), UTC)
            end = start + timedelta(days=1)
            self._of_the_day = [each for each in self._absences if each.starts_at < end and each.ends_at > start]
        self._absent.clear()
        self._absent.update(each.rep for each in self._of_the_day if each.starts_at <= now < each.ends_at)

    def _see_member(self, queue: str, rep: str, reason: str) -> None:
        """The reasons are asked in this order, so that each one also denies those before it."""
        if reason not in _TELLING:
            return
        if reason == INACTIVE:
            self._inactive.add(rep)
            return
        self._inactive.discard(rep)
        if reason == PAUSED:
            self._paused.add((queue, rep))
            return
        self._paused.discard((queue, rep))
        if reason == ABSENT:
            self._absent.add(rep)
        else:
            self._absent.discard(rep)


class Shifts:
    """Working hours by number, equal ones under one, so that many reps with the same hours are asked about once."""

    def __init__(self) -> None:
        self._hours: list[WorkingHours] = []
        self._numbers: dict[WorkingHours, int] = {}
        self._now: datetime | None = None
        self._open: dict[int, bool] = {}

    def of(self, hours: WorkingHours) -> int:
        if hours not in self._numbers:
            self._numbers[hours] = len(self._hours)
            self._hours.append(hours)
        return self._numbers[hours]

    def is_open(self, shift: int, now: datetime) -> bool:
        if now is not self._now:
            self._now = now
            self._open.clear()
        found = self._open.get(shift)
        if found is None:
            found = self._open[shift] = self._hours[shift].contains(now)
        return found


# A member of a queue with its rep, its place in the ledger and the number of its working hours.
_Seat = tuple[MemberSpec, RepSpec, Place, int]


class Simulation:
    """Standings, holders and counts under one plan, carried forward decision by decision."""

    def __init__(self, plan: Plan, opening: Opening) -> None:
        self._plan = plan
        self._standings = dict(opening.standings)
        self._taken = dict(opening.taken)
        self._presence = Presence(opening.absences)
        self._heard_of_again = opening.heard_of_again
        # lead -> (rep, queue), for leads routed in the window; None: parked.
        self._holders: dict[int, tuple[str, str] | None] = {}
        self._held_in_fact: set[int] = set()
        # lead -> where it counts, and since when
        self._counted: dict[int, dict[Place, datetime]] = {}
        # lead -> ledger in fact -> where the lead was given back here instead
        self._returned: dict[int, dict[str, Place | None]] = {}
        # Leads whose last move has carried their count along already.
        self._carried: set[int] = set()
        # How the last lead that was routed came to its owner, for who explains it.
        self.resolution: Resolution | None = None
        self._shifts = Shifts()
        self._seats = {key: self._seats_of(queue) for key, queue in plan.queues.items()}
        self._capped = {
            (queue.ledger, member.rep) for queue in plan.queues.values() for member in queue.members if member.caps
        }

    def _seats_of(self, queue: QueueSpec) -> list[_Seat]:
        reps = self._plan.reps
        return [
            (member, reps[member.rep], (queue.ledger, member.rep), self._shifts.of(reps[member.rep].hours))
            for member in sorted(queue.members, key=lambda each: each.rep)
        ]

    def decide(self, past: Past) -> Result:
        self._presence.see(past)
        result = self._keep(past) or self._route(past)
        if past.lead not in self._heard_of_again:
            return result
        if past.result.owner:
            self._held_in_fact.add(past.lead)
        else:
            self._held_in_fact.discard(past.lead)
        return result

    def _keep(self, past: Past) -> Result | None:
        """The lead stays with who holds it here; whoever held it when the window began held it in fact."""
        if past.result.reason == EXISTING_OWNER:
            held = self._holders.get(past.lead, (past.result.owner, past.result.queue))
        else:
            # Routed anew although somebody held it in fact: that assignment has ended, here too.
            held = None if past.lead in self._held_in_fact else self._holders.get(past.lead)
        if held is None:
            return None
        owner, queue = held
        if not past.is_test and self._counts(queue, "duplicate") and owner in self._plan.reps:
            self._charge((self._plan.queues[queue].ledger, owner), past.decided_at)
        return Result(owner, queue, EXISTING_OWNER)

    def _counts(self, queue: str, kind: str) -> bool:
        spec = self._plan.queues.get(queue)
        return spec is not None and kind in spec.credit.counts

    def _route(self, past: Past) -> Result:
        chain = find(self._plan, past.inputs, past.decided_at)
        inactive = self._presence.roster.inactive
        resolution = resolve_chain(
            chain,
            pool_of=lambda queue: self._pool(queue, past),
            active_owners=frozenset(
                step.key for step in chain.steps if step.kind == "owner" and step.key not in inactive
            ),
            inputs=past.inputs,
            now=past.decided_at,
            seed=past.seed,
        )
        self.resolution = resolution
        self._assign(past, resolution)
        return _result(chain, resolution)

    def _pool(self, queue_key: str, past: Past) -> Pool:
        members = tuple([self._pool_member(queue_key, seat, past) for seat in self._seats[queue_key]])
        return Pool(queue_key, members, self._plan.queues[queue_key].working_hours)

    def _pool_member(self, queue: str, seat: _Seat, past: Past) -> PoolMember:
        """The carried standing, copied only where something else is to be said of it."""
        spec, rep, place, shift = seat
        unavailable = unavailable_because(
            queue,
            spec,
            rep,
            roster=self._presence.roster,
            taken=self._taken.get(place, {}),
            inputs=past.inputs.values,
            now=past.decided_at,
        )
        off_hours = not self._shifts.is_open(shift, past.decided_at)
        known = self._standings.get(place) or PoolMember(spec.rep, spec.weight)
        says = (known.unavailable, known.off_hours, known.weight, known.priority)
        if says == (unavailable, off_hours, spec.weight, spec.priority):
            return known
        return changed(known, unavailable=unavailable, off_hours=off_hours, weight=spec.weight, priority=spec.priority)

    def _assign(self, past: Past, resolution: Resolution) -> None:
        if past.lead in self._heard_of_again:
            self._remember(past.lead, resolution)
        if resolution.rep_key is None:
            return
        if resolution.pick is None:
            self._charge_owned(past, resolution.rep_key)
        elif not past.is_test or self._counts(resolution.queue_key, "test"):
            ledger = self._plan.queues[resolution.queue_key].ledger
            for member in resolution.pick.standings:
                self._standings[ledger, member.rep] = member
            self._count(past.lead, (ledger, resolution.rep_key), past.decided_at)

    def _remember(self, lead: int, resolution: Resolution) -> None:
        self._counted.pop(lead, None)
        self._returned.pop(lead, None)
        self._carried.discard(lead)
        self._holders[lead] = (resolution.rep_key, resolution.queue_key) if resolution.rep_key else None

    def _charge_owned(self, past: Past, owner: str) -> None:
        if past.is_test:
            return
        for ledger in sorted(self._plan.counts_of_owned(owner)):
            self._charge((ledger, owner), past.decided_at, past.lead)

    def _charge(self, place: Place, now: datetime, lead: int | None = None) -> None:
        """Out of turn: by ownership or by hand."""
        self._share(place, lambda members: given_out_of_turn(members, place[1], now))
        self._count(lead, place, now)

    def _count(self, lead: int | None, place: Place, now: datetime) -> None:
        if lead is not None and lead in self._heard_of_again:
            self._counted.setdefault(lead, {})[place] = now
        if place in self._capped:
            self._taken[place] = taken_after(self._taken.get(place, {}), self._periods(place, now), 1)

    def _give_back(self, place: Place, given_at: datetime) -> None:
        self._share(place, lambda members: taken_back(members, place[1]))
        if place in self._capped:
            self._taken[place] = given_back(self._taken.get(place, {}), self._periods(place, given_at))

    def _share(self, place: Place, change: Change) -> None:
        ledger, rep = place
        sharing = self._plan.sharing_in(ledger, rep)
        members = [changed(self._standing((ledger, key)), weight=weight) for key, weight in sharing.items()]
        for member in change(members):
            self._standings[ledger, member.rep] = member

    def _standing(self, place: Place) -> PoolMember:
        return self._standings.get(place) or PoolMember(place[1], 0)

    def _periods(self, place: Place, moment: datetime) -> Periods:
        return periods_at(moment, self._plan.reps[place[1]].time_zone)

    def happen(self, event: Event) -> None:
        """A credit or a move. A lead of the window is given back where it counts here, not where it counted in fact."""
        if event.lead is None or event.lead not in self._holders:
            self._happen_in_fact(event)
        elif event.change < 0:
            self._return(event.lead, event.place)
        elif event.lead not in self._carried:
            ledger, rep = event.place
            place = self._returned.get(event.lead, {}).pop(ledger, event.place)
            if place is not None and self._plan.is_member(place[0], rep):
                self._charge((place[0], rep), event.at, event.lead)

    def _happen_in_fact(self, event: Event) -> None:
        if event.change > 0:
            self._charge(event.place, event.at)
        else:
            self._give_back(event.place, event.given_at or event.at)

    def _return(self, lead: int, place: Place) -> None:
        counted = self._counted.get(lead, {})
        here = place if place in counted else next(iter(counted), None)
        self._returned.setdefault(lead, {})[place[0]] = here
        if here is not None:
            self._give_back(here, counted.pop(here))

    def move(self, past: Past) -> None:
        """Somebody gave the lead to another rep: so here too, whoever held it."""
        self._presence.see(past)
        if past.lead not in self._holders:
            return
        self._carried.discard(past.lead)
        for ledger, rep in list(self._counted.get(past.lead, {})):
            # In fact it didn't count when it was moved; here it does, and its count moves with it.
            if rep != past.result.owner:
                self._return(past.lead, (ledger, rep))
                if self._plan.is_member(ledger, past.result.owner):
                    self._charge((ledger, past.result.owner), past.decided_at, past.lead)
            self._carried.add(past.lead)
        self._holders[past.lead] = (past.result.owner, past.result.queue) if past.result.owner else None
        if past.result.owner:
            self._held_in_fact.add(past.lead)


def _result(chain: Chain, resolution: Resolution) -> Result:
    return Result(
        owner=resolution.rep_key or "",
        queue=resolution.queue_key,
        reason=resolution.reason,
        territory=chain.territory or "",
        rule=chain.rule or "",
    )


class Difference:
    """Owner by owner and queue by queue: how many leads before and after, how many the same, and who moved where."""

    def __init__(self) -> None:
        self.decisions = 0
        self.changed = 0
        self.owners = Side()
        self.queues = Side()
        self.reasons = Side()

    def add(self, before: Result, after: Result) -> bool:
        """Whether owner, queue or reason differ."""
        self.decisions += 1
        self.owners.add(before.owner, after.owner)
        self.queues.add(before.queue, after.queue)
        self.reasons.add(before.reason, after.reason)
        differs = before[:3] != after[:3]
        self.changed += differs
        return differs

    @property
    def fallbacks(self) -> tuple[int, int]:
        """Leads that fell back, before and after."""
        return (
            sum(count for reason, count in self.reasons.before.items() if reason in FALLBACKS),
            sum(count for reason, count in self.reasons.after.items() if reason in FALLBACKS),
        )


class Side:
    """One thing a lead has, such as its owner, counted before and after. "" stands for none."""

    def __init__(self) -> None:
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.same: Counter[str] = Counter()
        self.moved: Counter[tuple[str, str]] = Counter()

    def add(self, before: str, after: str) -> None:
        self.before[before] += 1
        self.after[after] += 1
        if before == after:
            self.same[before] += 1
        else:
            self.moved[before, after] += 1

    @property
    def keys(self) -> list[str]:
        return sorted(self.before.keys() | self.after.keys())
