"""Who would have how many, if these leads were moved: each in its turn, on the counts that the one before left.

Reads without locks and writes nothing. What a batch then does may differ where counts change meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from routing.availability import Taken, given_back, taken_after
from routing.balancing import Change, Pick, Pool, PoolMember, given_out_of_turn, taken_back
from routing.contract import Inputs
from routing.engine import find
from routing.hours import periods_at
from routing.models import Assignment, Ledger, Rep
from routing.moving import Ground, Left, Target, choose
from routing.plan import Plan
from routing.pools import Footing, StandingRow, footing_at, member_of, pool_of
from routing.selectors import ActivePlan
from routing.services.hand_over import zone_of
from routing.services.moving_cases import Found, plan_of_move


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


def holders_of(found: Collection[Found]) -> list[tuple[str, int]]:
    """Who has these leads now, most first; "" for those nobody has."""
    counts = Counter(each.held.rep.name if each.held else "" for each in found)
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def preview_moves(*, found: Collection[Found], target: Target, active: ActivePlan, now: datetime) -> MovePreview:
    """`active`: the plan that was chosen to decide again, else the active one."""
    trial = _Trial(active, target, found, now)
    for each in found:
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
        if each.held is not None:
            self._give_back(plan, each.held, each.case.counted)
        for key in choice.out_of_turn:
            self._add(plan, key, choice.rep)
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

        # Nothing is stored, so nobody asks what was skipped on the way: that is most of what matching costs.
        return Ground(plan, pool, self._taken_of, roster.inactive, self._now, follow=find)

    def _taken_of(self, ledger: str, rep: str) -> Taken:
        return replace(self._footing, standings=self._standings).taken_of(ledger, rep)

    def _give_back(self, plan: Plan, held: Assignment, ledgers: Collection[str]) -> None:
        """Its place under a cap is free again where the period it was given in still runs."""
        periods = periods_at(held.created_at, zone_of(plan, held.rep))
        for ledger in ledgers:
            taken = given_back(self._taken_of(ledger, held.rep.key), periods)
            self._share(plan, ledger, held.rep.key, taken, lambda members: taken_back(members, held.rep.key))

    def _add(self, plan: Plan, ledger: str, rep: str) -> None:
        taken = self._one_more(plan, rep, self._taken_of(ledger, rep))
        self._share(plan, ledger, rep, taken, lambda members: given_out_of_turn(members, rep, self._now))

    def _share(self, plan: Plan, ledger: str, rep: str, taken: Taken, change: Change) -> None:
        """What one lead more or less makes of the standings; `taken` is the rep's then."""
        sharing = plan.sharing_in(ledger, rep)
        members = [member_of(key, weight, self._row(ledger, key)) for key, weight in sharing.items()]
        for member in change(members):
            self._set(ledger, member, taken if member.rep == rep else self._taken_of(ledger, member.rep))

    def _turn(self, plan: Plan, ledger: str, chosen: str, picked: Pick) -> None:
        for member in picked.standings:
            taken = self._taken_of(ledger, member.rep)
            if member.rep == chosen:
                taken = self._one_more(plan, member.rep, taken)
            self._set(ledger, member, taken)

    def _row(self, ledger: str, rep: str) -> StandingRow:
        return self._standings.get((ledger, rep)) or StandingRow(rep_id=0)

    def _set(self, ledger: str, member: PoolMember, taken: Taken) -> None:
        amounts = (member.shortfall, member.remainder, member.base, member.count, member.last_assigned_at)
        self._standings[ledger, member.rep] = StandingRow(0, *amounts, taken)

    def _one_more(self, plan: Plan, rep: str, taken: Taken) -> Taken:
        """Where a lead goes back to somebody who has left the plan, there is no cap to ask."""
        spec = plan.reps.get(rep)
        return taken_after(taken, periods_at(self._now, spec.time_zone), 1) if spec else taken


def _footing(active: ActivePlan, target: Target, found: Collection[Found], now: datetime) -> Footing:
    plans = [active.plan, *([active.rollout.tried.plan] if active.rollout else [])]
    reps = set[str]().union(*(plan.reps for plan in plans)) | {each.case.holder for each in found if each.case.holder}
    reps |= {each.case.before.rep for each in found if each.case.before}
    if target.rep:
        reps.add(target.rep)
    return footing_at(now, reps, dict(Ledger.objects.values_list("key", "pk")))


def _count(standings: Mapping[tuple[str, str], StandingRow], rep: str) -> int:
    return sum(row.count for (_, each), row in standings.items() if each == rep)
