"""Where should a lead that somebody moves go? Pure: the preview of many moves and each real one ask here.

A lead may be given to one rep, to a queue in turn, to whom a plan gives it now, or back to whom it was with before.
Counts follow one rule: a move is no new lead where the lead counts already, so there one claim loses what the other
gains; where it did not count before, a queue that takes it over counts it as it counts a new one, by a turn.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from datetime import datetime

from routing.balancing import Pick, Pool, PoolMember, pick, taken_back
from routing.contract import Inputs
from routing.engine import Chain, match
from routing.plan import Plan
from routing.resolution import resolve_chain

REP, QUEUE, PLAN, BACK, UNDO = "rep", "queue", "plan", "back", "undo"
DECLINED = "declined"

CLOSED = "The lead is closed."
ERASED = "The person was erased."
UNDECIDED = "The lead has not been decided yet."
SAME_OWNER = "They have the lead already."
SAME_QUEUE = "The plan sends it to the queue it is in."
NOBODY = "Nobody there could take the lead."
INACTIVE = "The rep is inactive."
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
    """Who had the lead before the last move, through which queue, and in which ledgers it counted then."""

    rep: str
    queue: str
    is_active: bool
    counted: Set[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A lead as it is now. `holder` "": it is parked. `counted`: the ledgers in which it counts at present.

    `takes_credit`: whether a queue that takes it over is to count it; not where its credit was given back. `inputs`
    None: it was never decided. `declined`: reps who didn't want it.
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
    """Who gets the lead, and what counts it: `out_of_turn` ledgers take it over; `in_turn` is one that picked."""

    rep: str
    queue: str | None
    out_of_turn: Set[str] = frozenset()
    in_turn: str = ""
    pool: Pool | None = None
    pick: Pick | None = None
    chain: Chain | None = None


@dataclass(frozen=True)
class Left:
    """The lead stays where it is."""

    why: str


@dataclass(frozen=True)
class Ground:
    """What is asked about the present: the plan, each queue's pool, who is inactive, the time."""

    plan: Plan
    pool_of: Callable[[str, Inputs], Pool]
    inactive: Set[str]
    now: datetime


def choose(target: Target, case: Case, ground: Ground) -> Choice | Left:
    if case.is_erased:
        return Left(ERASED)
    if not case.is_open:
        return Left(CLOSED)
    if case.inputs is None:
        return Left(UNDECIDED)
    return _KINDS[target.kind](target, case, case.inputs, ground)


def queues_asked(target: Target, case: Case, plan: Plan, now: datetime) -> Set[str]:
    """Whose pools may be read, and so whose ledgers must be locked before."""
    if target.kind == QUEUE:
        return {target.queue}
    if target.kind == PLAN and case.inputs is not None:
        return set(match(plan, case.inputs, now).queues)
    return frozenset()


def owners_asked(target: Target, case: Case, plan: Plan, now: datetime) -> Set[str]:
    if target.kind != PLAN or case.inputs is None:
        return frozenset()
    return {step.key for step in match(plan, case.inputs, now).steps if step.kind == "owner"}


def _to_rep(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    if target.rep in ground.inactive:
        return Left(INACTIVE)
    if target.rep == case.holder:
        return Left(SAME_OWNER)
    return Choice(target.rep, None, _counts_on(case, ground.plan, target.rep))


def _to_queue(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    pool = _asked(ground, target.queue, case, inputs)
    picked = pick(pool, inputs.values, ground.now, case.seed)
    return _picked(case, ground.plan, pool, picked)


def _by_plan(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    chain = match(ground.plan, inputs, ground.now)
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
        return replace(found, chain=chain) if isinstance(found, Choice) else found
    if resolution.rep_key is None:
        return Left(NOBODY)
    if resolution.rep_key == case.holder:
        return Left(SAME_OWNER)
    counts = ground.plan.counts_of_owned(resolution.rep_key) if case.takes_credit else frozenset[str]()
    return Choice(resolution.rep_key, "", counts, chain=chain)


def _back(target: Target, case: Case, inputs: Inputs, ground: Ground) -> Choice | Left:
    if case.before is None:
        return Left(NOBODY_BEFORE)
    if not case.before.is_active:
        return Left(INACTIVE)
    if case.before.rep == case.holder:
        return Left(SAME_OWNER)
    return Choice(case.before.rep, case.before.queue, case.before.counted)


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
