"""Run a stored decision again from what was kept with it, and explain it in sentences. Pure but for the plan lookup."""

from dataclasses import dataclass

from routing.balancing import Pool
from routing.contract import Inputs
from routing.engine import match
from routing.models import Decision
from routing.selectors import parsed_plan
from routing.services.route_lead import resolve_chain


@dataclass(frozen=True)
class Rerun:
    """What the engine says now from the stored plan, inputs, pools, time and seed."""

    rep_key: str | None
    queue_key: str
    reason: str
    agrees: bool


def rerun(decision: Decision) -> Rerun:
    """Decide again. Disagreement means the engine's behaviour has changed since."""
    stored = (decision.rep.key if decision.rep else None, decision.queue_key, decision.reason)
    if decision.outcome == Decision.Outcome.EXISTING_OWNER:
        return Rerun(*stored, agrees=True)
    plan = parsed_plan(decision.plan_id)
    inputs = Inputs.from_document(decision.inputs)
    chain = match(plan, inputs, decision.decided_at)
    read = {pool.queue: pool for pool in (Pool.from_document(entry) for entry in decision.pools)}
    # Queues behind the one that took the lead were never asked, so their pools weren't kept.
    pools = {queue: read.get(queue, Pool(queue, ())) for queue in chain.queues}
    resolution = resolve_chain(
        chain,
        pools=pools,
        active_reps=frozenset(
            {decision.rep.key} if decision.rep and decision.reason in _OWNER_REASONS and not read else set()
        ),
        inputs=inputs,
        now=decision.decided_at,
        seed=decision.seed,
    )
    again = (resolution.rep_key, resolution.queue_key, resolution.reason)
    return Rerun(*again, agrees=again == stored)


_OWNER_REASONS = frozenset({"account_owner", "named_account", "territory", "rule"})
