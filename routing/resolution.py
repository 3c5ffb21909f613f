"""From a chain to a person: walk the targets until one can take the lead. Pure; live, preview and replay share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.balancing import Pick, Pool, pick
from routing.contract import Inputs
from routing.engine import Chain

NO_ELIGIBLE_MEMBER = "no_eligible_member"


@dataclass(frozen=True)
class PassedOver:
    """A target of the chain that couldn't take the lead; `reason` is `inactive` or `no_eligible_member`."""

    kind: str
    key: str
    reason: str


@dataclass(frozen=True)
class Resolution:
    """How a chain ended: who got the lead (None: parked), through which queue ("" for a direct owner), and why.

    `pools` are those that were read, in order.
    """

    rep_key: str | None
    queue_key: str
    reason: str
    pools: tuple[Pool, ...] = ()
    pick: Pick | None = None
    passed_over: tuple[PassedOver, ...] = ()


def resolve_chain(
    chain: Chain,
    *,
    pool_of: Callable[[str], Pool],
    active_owners: frozenset[str],
    inputs: Inputs,
    now: datetime,
    seed: str,
) -> Resolution:
    """`pool_of` gives a queue's pool as it is now; only those of queues that are reached are asked for."""
    read: list[Pool] = []
    passed: list[PassedOver] = []
    for position, step in enumerate(chain.steps):
        # The chain's own reason says why the lead is here; a later step's reason says that the first was passed over.
        reason = chain.reason if position == 0 else step.reason
        if step.kind == "owner":
            if step.key in active_owners:
                return Resolution(step.key, "", reason)
            passed.append(PassedOver("owner", step.key, "inactive"))
            continue
        pool = pool_of(step.key)
        read.append(pool)
        picked = pick(pool, inputs.values, now, seed)
        if picked.member is not None:
            return Resolution(picked.member, step.key, reason, tuple(read), picked, tuple(passed))
        passed.append(PassedOver("queue", step.key, NO_ELIGIBLE_MEMBER))
    return Resolution(None, chain.queues[-1], NO_ELIGIBLE_MEMBER, tuple(read), None, tuple(passed))


def stored_pools(pools: Mapping[str, Pool]) -> Callable[[str], Pool]:
    """Pools as a decision kept them; queues behind the one that took the lead were never read, and are empty."""
    return lambda queue: pools.get(queue, Pool(queue, ()))
