"""Where should a lead that somebody moves go? Pure: the preview of many moves and each real one ask here.

A lead may be given to one rep, to a queue in turn, to whom a plan gives it now, or back to whom it was with before.
Counts follow one rule: a move is no new lead where the lead counts already, so there one claim loses what the other
gains; where it did not count before, a queue that takes it over counts it as it counts a new one, by a turn.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from datetime import datetime

from routing.acceptance import is_protected
from routing.availability import Taken, cap_reached
from routing.balancing import Pick, Pool, PoolMember, pick, taken_back
from routing.contract import Inputs
from routing.engine import Chain, find, match
from routing.hours import periods_at
from routing.plan import MemberSpec, Plan
from routing.resolution import resolve_chain

REP, QUEUE, PLAN, BACK, UNDO = "rep", "queue", "plan", "back", "undo"
DECLINED = "declined"

CLOSED = "The lead is closed."
ERASED = "The person was erased."
UNDECIDED = "The lead has not been decided yet."
SAME_OWNER = "They have the lead already."
SAME_QUEUE = "The plan sends it to the queue it is in."
QUEUE_GONE = "The queue is no longer in the plan."
NOBODY = "Nobody there could take the lead."
INACTIVE = "The rep is inactive."
NO_ROOM = "The rep has no room left under a cap."
NOBODY_BEFORE = "Nobody had the lead before."
MOVED_SINCE = "The lead was moved on since."


@dataclass(frozen=True)
class Target:
    """`rep` and `queue` are keys, where the kind needs one."""

    kind: str
    rep: str = ""
    queue: str = ""


@dataclass(frozen=True)
class Before:
    """Who had the lead before the last move, through which queue, and in which ledgers it counted then.

    `was_protected`: it was never to be taken away from them.
    """

    rep: str
    queue: str
    is_active: bool
    counted: Set[str] = frozenset()
    was_protected: bool = False


@dataclass(frozen=True)
class Case:
    """A lead as it is now. `holder` "": it is parked, in `queue`; else that is the one it came through.

    `counted`: the ledgers in which it counts at present. `takes_credit`: whether a queue that takes it over is to count
    it; not where its credit was given back. `inputs` None: it was never decided. `declined`: reps who didn't want it.
    """

    lead_id: int
    is_open: bool
    is_erased: bool = False
    holder: str = ""
    queue: str = ""
    counted: Set[str] = frozenset()
    takes_credit: bool = True
    inputs: Inputs | None = None
    seed: str = ""
    declined: Set[str] = frozenset()
    before: Before | None = None


@dataclass(frozen=True)
class Choice:
    """Who gets the lead, and what counts it: `out_of_turn` ledgers take it over; `in_turn` is one that picked.

    `by_ownership`: it is theirs, so that no clock runs; None: as much as it was the holder's.
    """

    rep: str
    queue: str | None
    out_of_turn: Set[str] = frozenset()
    in_turn: str = ""
    pool: Pool | None = None
    pick: Pick | None = None
    chain: Chain | None = None
    by_ownership: bool | None = False


@dataclass(frozen=True)
class Left:
    """The lead stays where it is."""

    why: str


@dataclass(frozen=True)
class Ground:
    """What is asked about the present: the plan, each queue's pool, what a rep has taken by a ledger, who is inactive,
    and the time."""

    plan: Plan
    pool_of: Callable[[str, Inputs], Pool]
    taken_of: Callable[[str, str], Taken]
    inactive: Set[str]
    now: datetime
    follow: Callable[[Plan, Inputs, datetime], Chain] = match


def choose(target: Target, case: Case, ground: Ground) -> Choice | Left:
    if case.is_erased:
        return Left(ERASED)
    if not case.is_open:
        return Left(CLOSED)
    if case.inputs is None:
        return Left(UNDECIDED)
    return _KINDS[target.kind](target, case, case.inputs, ground)


def queues_asked(target: Target, case: Case, plan: Plan, now: datetime) -> Set[str]:
    """Whose pools or caps may be read, and so whose ledgers must be locked before."""
    if target.kind == QUEUE:
        return {target.queue} & plan.queues.keys()
    if target.kind == REP and not case.holder:
        return {case.queue} & plan.queues.keys()
    if target.kind == PLAN and case.inputs is not None:
        return set(find(plan, case.inputs, now).queues)
    return frozenset()


def owners_asked(target: Target, case: Case, plan: Plan, now: datetime) -> Set[str]:
    if target.kind != PLAN or case.inputs is None:
        return frozenset()
    return {step.key for step in find(plan, case.inputs, now).steps if step.kind == "owner"}


def _to_rep(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    if target.rep in ground.inactive:
        return Left(INACTIVE)
    if target.rep == case.holder:
        return Left(SAME_OWNER)
    plan, rep = ground.plan, target.rep
    counts = _counts_on(case, plan, rep) if case.holder else frozenset(parked_ledgers(plan, case.queue, rep))
    for ledger in counts:
        if not has_room(plan, ledger, case.queue, rep, ground.taken_of(ledger, rep), ground.now):
            return Left(NO_ROOM)
    return Choice(rep, None, counts, by_ownership=None)


def parked_ledgers(plan: Plan, queue: str, rep: str) -> list[str]:
    """A lead parked in the queue counts for nobody yet. Once a member of that count has it, it does."""
    found = plan.queues.get(queue)
    return [found.ledger] if found is not None and plan.is_member(found.ledger, rep) else []


def has_room(plan: Plan, ledger: str, queue: str, rep: str, taken: Taken, now: datetime) -> bool:
    """Whether a member of that count may have one lead more under its caps, which hold for people, too."""
    periods = periods_at(now, plan.reps[rep].time_zone)
    return not any(cap_reached(member, taken, periods) for member in _memberships(plan, ledger, queue, rep))


def _memberships(plan: Plan, ledger: str, queue: str, rep: str) -> list[MemberSpec]:
    """The rep's place in the lead's own queue; only where there is none, those in the queues that share its count."""
    queues = plan.queues_of_ledger(ledger)
    own = [each for each in queues if each.key == queue and rep in each.member_by_rep]
    return [each.member_by_rep[rep] for each in own or queues if rep in each.member_by_rep]


def _to_queue(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    if target.queue not in ground.plan.queues:
        return Left(QUEUE_GONE)
    pool = _asked(ground, target.queue, case, inputs)
    picked = pick(pool, inputs.values, ground.now, case.seed)
    return _picked(case, ground.plan, pool, picked)


def _by_plan(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    chain = ground.follow(ground.plan, inputs, ground.now)
    if case.holder and case.queue and (chain.steps[0].kind, chain.steps[0].key) == ("queue", case.queue):
        return Left(SAME_QUEUE)
    resolution = resolve_chain(
        chain,
        pool_of=lambda queue: _asked(ground, queue, case, inputs),
        active_owners=frozenset(step.key for step in chain.steps if step.kind == "owner") - ground.inactive,
        inputs=inputs,
        now=ground.now,
        seed=case.seed,
    )
    if resolution.pick is not None:
        found = _picked(case, ground.plan, resolution.pools[-1], resolution.pick)
        if isinstance(found, Left):
            return found
        return replace(found, chain=chain, by_ownership=is_protected(resolution.reason))
    if resolution.rep_key is None:
        return Left(NOBODY)
    if resolution.rep_key == case.holder:
        return Left(SAME_OWNER)
    counts = ground.plan.counts_of_owned(resolution.rep_key) if case.takes_credit else frozenset[str]()
    return Choice(resolution.rep_key, "", counts, chain=chain, by_ownership=is_protected(resolution.reason))


def _back(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    if case.before is None:
        return Left(NOBODY_BEFORE)
    if not case.before.is_active:
        return Left(INACTIVE)
    if case.before.rep == case.holder:
        return Left(SAME_OWNER)
    before = case.before
    return Choice(before.rep, before.queue, before.counted, by_ownership=before.was_protected)


_KINDS: dict[str, Callable[[Target, Case, Inputs, Ground], Choice | Left]] = {
    REP: _to_rep,
    QUEUE: _to_queue,
    PLAN: _by_plan,
    BACK: _back,
    UNDO: _back,
}


def _picked(case: Case, plan: Plan, pool: Pool, picked: Pick) -> Choice | Left:
    if picked.member is None:
        return Left(NOBODY)
    if picked.member == case.holder:
        return Left(SAME_OWNER)
    ledger = plan.queues[pool.queue].ledger
    if ledger in case.counted:
        return Choice(picked.member, pool.queue, _counts_on(case, plan, picked.member), pool=pool, pick=picked)
    in_turn = ledger if case.takes_credit else ""
    return Choice(picked.member, pool.queue, in_turn=in_turn, pool=pool, pick=picked)


def _counts_on(case: Case, plan: Plan, rep: str) -> Set[str]:
    return frozenset(key for key in case.counted if plan.is_member(key, rep))


def _asked(ground: Ground, queue: str, case: Case, inputs: Inputs) -> Pool:
    """The pool as if the lead were with nobody: where it counts, its holder is owed it again. Who declined is out."""
    pool = ground.pool_of(queue, inputs)
    counts_here = ground.plan.queues[queue].ledger in case.counted
    members = taken_back(pool.members, case.holder) if counts_here else pool.members
    return replace(pool, members=tuple(_unless_declined(member, case) for member in members))


def _unless_declined(member: PoolMember, case: Case) -> PoolMember:
    is_out = member.rep in case.declined and not member.unavailable
    return replace(member, unavailable=DECLINED) if is_out else member
