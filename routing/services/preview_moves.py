"""Who would have how many, if these leads were moved: each in its turn, on the counts that the one before left.

Reads without locks and writes nothing. What a batch then does may differ where counts change meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from routing.availability import Taken, taken_after
from routing.balancing import UNIT, Pick, Pool
from routing.contract import Inputs
from routing.hours import periods_at
from routing.models import Ledger, Rep
from routing.moving import Ground, Left, Target, choose
from routing.plan import Plan
from routing.pools import Footing, StandingRow, footing_at, pool_of
from routing.selectors import ActivePlan
from routing.services.moving_cases import Found, cases_of, plan_of_move


@dataclass(frozen=True)
class RepLine:
    """How many of the chosen leads a rep has, now and afterwards, and how many leads count for them in all."""

    rep: str
    name: str
    now: int
    afterwards: int
    count_now: int
    count_afterwards: int


@dataclass(frozen=True)
class MovePreview:
    """`left`: why, and how many stay where they are, most first. `lines` are by name; those with nothing are left out.

    `nobody`: how many of them nobody has, now and afterwards.
    """

    leads: int
    moves: int
    lines: tuple[RepLine, ...]
    left: Mapping[str, int]
    nobody: tuple[int, int]


def holders_of(lead_ids: Collection[int]) -> list[tuple[str, int]]:
    """Who has these leads now, most first; "" for those nobody has."""
    counts = Counter(found.held.rep.name if found.held else "" for found in cases_of(lead_ids).values())
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def preview_moves(*, lead_ids: Collection[int], target: Target, active: ActivePlan, now: datetime) -> MovePreview:
    """`active`: the plan that was chosen to decide again, else the active one."""
    found = cases_of(lead_ids)
    trial = _Trial(active, target, found.values(), now)
    for each in found.values():
        trial.move(each)
    return trial.result(len(found))


class _Trial:
    """Standings as they would be after each move."""

    def __init__(self, active: ActivePlan, target: Target, found: Collection[Found], now: datetime) -> None:
        self._active = active
        self._target = target
        self._now = now
        self._footing = _footing(active, target, found, now)
        self._standings = dict(self._footing.standings)
        self._now_with = Counter(each.case.holder for each in found)
        self._then_with: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def move(self, each: Found) -> None:
        plan = plan_of_move(self._target, each, self._active).plan
        choice = choose(self._target, each.case, self._ground(plan))
        if isinstance(choice, Left):
            self._left[choice.why] += 1
            self._then_with[each.case.holder] += 1
            return
        self._then_with[choice.rep] += 1
        for key in each.case.counted:
            self._add(plan, key, each.case.holder, -1)
        for key in choice.out_of_turn:
            self._add(plan, key, choice.rep, 1)
        if choice.in_turn and choice.pick is not None:
            self._turn(plan, choice.in_turn, choice.rep, choice.pick)

    def result(self, leads: int) -> MovePreview:
        names = dict(Rep.objects.values_list("key", "name"))
        touched = {rep for rep in self._now_with | self._then_with if rep}
        lines = [
            RepLine(
                rep=rep,
                name=names.get(rep, rep),
                now=self._now_with[rep],
                afterwards=self._then_with[rep],
                count_now=_count(self._footing.standings, rep),
                count_afterwards=_count(self._standings, rep),
            )
            for rep in sorted(touched, key=lambda rep: names.get(rep, rep))
        ]
        return MovePreview(
            leads=leads,
            moves=leads - sum(self._left.values()),
            lines=tuple(lines),
            left=dict(self._left.most_common()),
            nobody=(self._now_with[""], self._then_with[""]),
        )

    def _ground(self, plan: Plan) -> Ground:
        roster = self._footing.roster

        def pool(queue: str, inputs: Inputs) -> Pool:
            return pool_of(queue, plan, standings=self._standings, roster=roster, inputs=inputs, now=self._now)

        return Ground(plan, pool, roster.inactive, self._now)

    def _add(self, plan: Plan, ledger: str, rep: str, change: int) -> None:
        row = self._standings.get((ledger, rep)) or StandingRow(rep_id=0)
        self._standings[ledger, rep] = replace(
            row,
            shortfall=row.shortfall - change * UNIT,
            count=row.count + change,
            taken=self._taken(plan, row.taken or {}, rep, change),
        )

    def _turn(self, plan: Plan, ledger: str, chosen: str, picked: Pick) -> None:
        for member in picked.standings:
            taken = (self._standings.get((ledger, member.rep)) or StandingRow(rep_id=0)).taken or {}
            if member.rep == chosen:
                taken = self._taken(plan, taken, member.rep, 1)
            amounts = (member.shortfall, member.remainder, member.base, member.count, member.last_assigned_at)
            self._standings[ledger, member.rep] = StandingRow(0, *amounts, taken)

    def _taken(self, plan: Plan, taken: Taken, rep: str, change: int) -> Taken:
        """Leads that leave may free a place under a cap, of a period that still runs; only those that come are told."""
        spec = plan.reps.get(rep)
        if change < 0 or spec is None:
            return taken
        return taken_after(taken, periods_at(self._now, spec.time_zone), change)


def _footing(active: ActivePlan, target: Target, found: Collection[Found], now: datetime) -> Footing:
    plans = [active.plan, *([active.rollout.tried.plan] if active.rollout else [])]
    reps = set[str]().union(*(plan.reps for plan in plans)) | {each.case.holder for each in found if each.case.holder}
    reps |= {each.case.before.rep for each in found if each.case.before}
    if target.rep:
        reps.add(target.rep)
    return footing_at(now, reps, dict(Ledger.objects.values_list("key", "pk")))


def _count(standings: Mapping[tuple[str, str], StandingRow], rep: str) -> int:
    return sum(row.count for (_, each), row in standings.items() if each == rep)
