"""Run stored decisions again from what was kept with them. Any that differs means that engine or data have changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from routing.balancing import Pool, pick
from routing.contract import Inputs
from routing.engine import Chain, find
from routing.models import Decision
from routing.plan import Plan
from routing.resolution import Resolution, resolve_chain, stored_pools
from routing.selectors import parsed_plan

# Rows read at once; what is held in memory doesn't grow with the window.
CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """`what`: owner, queue, reason, territory, rule, account list, tie-break or plan."""

    what: str
    stored: str
    now: str

    def __str__(self) -> str:
        return f"{self.what} was {self.stored or 'none'}, is now {self.now or 'none'}"


@dataclass(frozen=True)
class Rerun:
    """What the engine says now from the stored plan, inputs, pools, time and seed."""

    rep_key: str | None
    queue_key: str
    reason: str
    differences: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        return not self.differences


def decisions_since(since: datetime) -> QuerySet[Decision]:
    """In the order in which they were decided, without the trace, which is words about the rest."""
    return Decision.objects.filter(decided_at__gte=since).select_related("rep").defer("trace").order_by("id")


def differing(decisions: Iterable[Decision]) -> Iterator[tuple[Decision, Rerun]]:
    for decision in decisions:
        again = rerun(decision)
        if not again.agrees:
            yield decision, again


def rerun(decision: Decision) -> Rerun:
    """Decide again. What no engine decided (an owner kept, a lead moved by hand) agrees by definition."""
    rep_key = decision.rep.key if decision.rep else None
    if decision.kind == Decision.Kind.REASSIGNMENT:
        return _rerun_turn(decision, rep_key)
    if decision.outcome == Decision.Outcome.EXISTING_OWNER:
        return Rerun(rep_key, decision.queue_key, decision.reason)
    plan = parsed_plan(decision.plan_id)
    inputs = Inputs.from_document(decision.inputs)
    chain = find(plan, inputs, decision.decided_at)
    resolution = _resolve(decision, chain, inputs)
    differences = tuple(
        Difference(what, stored, now)
        for what, stored, now in _compared(decision, rep_key, plan, chain, resolution)
        if stored != now
    )
    return Rerun(resolution.rep_key, resolution.queue_key, resolution.reason, differences)


def _rerun_turn(decision: Decision, rep_key: str | None) -> Rerun:
    """A lead that was passed on went to the next in turn, or stayed because there was none; the pool tells."""
    stays = decision.outcome == Decision.Outcome.EXISTING_OWNER
    differences = []
    for document in decision.pools:
        picked = pick(Pool.from_document(document), decision.inputs["values"], decision.decided_at, decision.seed)
        stored, now = ("" if stays else rep_key or ""), picked.member or ""
        if stored != now:
            differences.append(Difference("next in turn", stored, now))
    return Rerun(rep_key, decision.queue_key, decision.reason, tuple(differences))


def _resolve(decision: Decision, chain: Chain, inputs: Inputs) -> Resolution:
    passed = {entry["key"] for entry in decision.passed_over if entry["kind"] == "owner"}
    pools = map(Pool.from_document, decision.pools)
    return resolve_chain(
        chain,
        pool_of=stored_pools({pool.queue: pool for pool in pools}),
        active_owners=frozenset(step.key for step in chain.steps if step.kind == "owner" and step.key not in passed),
        inputs=inputs,
        now=decision.decided_at,
        seed=decision.seed,
    )


def _compared(
    decision: Decision, rep_key: str | None, plan: Plan, chain: Chain, resolution: Resolution
) -> Iterator[tuple[str, str, str]]:
    yield "plan", decision.plan_hash, plan.hash
    yield "owner", rep_key or "", resolution.rep_key or ""
    yield "queue", decision.queue_key, resolution.queue_key
    yield "reason", decision.reason, resolution.reason
    yield "territory", decision.territory_key, chain.territory or ""
    yield "rule", decision.rule_key, chain.rule or ""
    yield "account list", decision.account_list_key, chain.account_list or ""
    yield "tie-break", decision.tie_break, resolution.pick.tie_break if resolution.pick else ""
