"""Which queue or rep should a lead go to? `match(plan, inputs, now) -> Chain`.

Pure: no Django, no clock, no state. The chain is ordered and ends in the plan's default queue, so there always is
an answer; every step has a reason and the trace says what was asked on the way. docs/routing.md has the stages.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from routing.contract import Inputs
from routing.plan import Plan, Rule, Target, Territory

# A trace keeps this many skipped rules in full; the rest is a count, so that it stays readable and small.
MAX_SKIPPED_IN_TRACE = 40


@dataclass(frozen=True)
class Step:
    """`kind` is "owner" (`key` is a rep) or "queue"."""

    kind: str
    key: str
    reason: str


@dataclass(frozen=True)
class TraceEntry:
    """One question asked on the way.

    `stage`: account_owner, named_account, inputs, territory, rule or default. `outcome`: matched, skipped or
    not_reached. `clauses`: the condition's clauses as {"text", "held", "seen"}.
    """

    stage: str
    outcome: str
    key: str = ""
    name: str = ""
    note: str = ""
    clauses: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True)
class Chain:
    steps: tuple[Step, ...]
    reason: str
    territory: str | None
    rule: str | None
    account_list: str | None
    trace: tuple[TraceEntry, ...]

    @property
    def queues(self) -> tuple[str, ...]:
        return tuple(step.key for step in self.steps if step.kind == "queue")

    def trace_document(self) -> list[dict[str, Any]]:
        return [{**asdict(entry), "clauses": list(entry.clauses)} for entry in self.trace]


@dataclass(frozen=True)
class _Match:
    """What one stage found: a target with its reason, and what to remember of it."""

    target: Target
    reason: str
    rule: str | None = None
    account_list: str | None = None


def match(plan: Plan, inputs: Inputs, now: datetime) -> Chain:
    """The chain of targets for these inputs, best first. `now` is for territories with a validity period."""
    trace: list[TraceEntry] = []
    territory = _find_territory(plan, inputs, trace)
    found = (
        _by_account_owner(plan, inputs, trace)
        or _by_named_account(plan, inputs, trace)
        or _by_missing_inputs(plan, inputs, trace)
        or _by_territory(plan, territory, trace)
        or _by_rule(plan, inputs, territory, trace)
        or _by_default(plan, trace)
    )
    return Chain(
        steps=_chain_from(plan, found),
        reason=found.reason,
        territory=territory.key if territory else None,
        rule=found.rule,
        account_list=found.account_list,
        trace=tuple(trace),
    )


def _chain_from(plan: Plan, found: _Match) -> tuple[Step, ...]:
    """The target and what stands behind it; behind an owner stands the default queue."""
    if found.target.owner:
        return (
            Step("owner", found.target.owner, found.reason),
            Step("queue", plan.default_queue, "owner_unavailable"),
        )
    queue = str(found.target.queue)
    return (
        Step("queue", queue, found.reason),
        *(Step("queue", key, "fallback_queue") for key in plan.fallbacks_of(queue)),
    )


def _by_account_owner(plan: Plan, inputs: Inputs, trace: list[TraceEntry]) -> _Match | None:
    named = inputs.values.get("account_owner")
    if not isinstance(named, str):
        return None
    rep = named if named in plan.reps else plan.rep_by_email.get(named.lower())
    if rep is None:
        trace.append(TraceEntry("account_owner", "skipped", note="the account's owner is not a rep of this plan"))
        return None
    trace.append(TraceEntry("account_owner", "matched", key=rep, name=plan.reps[rep].name))
    return _Match(Target(owner=rep), "account_owner")


def _by_named_account(plan: Plan, inputs: Inputs, trace: list[TraceEntry]) -> _Match | None:
    domain = inputs.values.get("company_domain")
    accounts = plan.account_by_domain.get(domain) if isinstance(domain, str) else None
    if accounts is None or not isinstance(domain, str):
        if plan.account_lists:
            trace.append(TraceEntry("named_account", "skipped", note="the company is on no named-accounts list"))
        return None
    owner = accounts.accounts[domain]
    trace.append(TraceEntry("named_account", "matched", key=accounts.key, name=accounts.name, note=domain))
    return _Match(Target(owner=owner) if owner else accounts.target, "named_account", account_list=accounts.key)


def _by_missing_inputs(plan: Plan, inputs: Inputs, trace: list[TraceEntry]) -> _Match | None:
    if not inputs.missing:
        return None
    trace.append(TraceEntry("inputs", "matched", note=f"required but missing: {', '.join(inputs.missing)}"))
    return _Match(Target(queue=plan.default_queue), "missing_inputs")


def _find_territory(plan: Plan, inputs: Inputs, trace: list[TraceEntry]) -> Territory | None:
    """The deepest territory that holds with all its ancestors; among equally deep ones the first in order."""
    if inputs.missing:
        return None
    holds = {territory.key: territory.condition.matches(inputs.values) for territory in plan.territories}
    lineages = ((position, plan.lineage(territory.key)) for position, territory in enumerate(plan.territories))
    candidates = [
        (len(lineage), -position, lineage[0])
        for position, lineage in lineages
        if all(holds[ancestor.key] for ancestor in lineage)
    ]
    if not candidates:
        if plan.territories:
            trace.append(TraceEntry("territory", "skipped", note="the lead falls in no territory"))
        return None
    found = max(candidates, key=lambda candidate: candidate[:2])[2]
    path = " › ".join(ancestor.name for ancestor in reversed(plan.lineage(found.key)))
    trace.append(TraceEntry("territory", "matched", key=found.key, name=path, clauses=tuple(_clauses(found, inputs))))
    return found


def _by_territory(plan: Plan, territory: Territory | None, trace: list[TraceEntry]) -> _Match | None:
    lineage = plan.lineage(territory.key) if territory else ()
    for ancestor in lineage:
        if ancestor.target:
            trace.append(TraceEntry("territory", "matched", ancestor.key, ancestor.name, note="decides by itself"))
            return _Match(ancestor.target, "territory")
    return None


def _by_rule(plan: Plan, inputs: Inputs, territory: Territory | None, trace: list[TraceEntry]) -> _Match | None:
    inside = {ancestor.key for ancestor in plan.lineage(territory.key)} if territory else set()
    for skipped, rule in enumerate(plan.rules):
        in_scope = rule.territory is None or rule.territory in inside
        if in_scope and rule.condition.matches(inputs.values):
            _count_further(skipped, trace)
            trace.append(TraceEntry("rule", "matched", rule.key, rule.name, clauses=tuple(_clauses(rule, inputs))))
            return _Match(rule.target, "rule", rule=rule.key)
        if skipped < MAX_SKIPPED_IN_TRACE:
            trace.append(_skipped(rule, inputs, in_scope))
    _count_further(len(plan.rules), trace)
    return None


def _count_further(skipped: int, trace: list[TraceEntry]) -> None:
    if skipped > MAX_SKIPPED_IN_TRACE:
        trace.append(
            TraceEntry("rule", "skipped", note=f"{skipped - MAX_SKIPPED_IN_TRACE} further rules did not apply")
        )


def _skipped(rule: Rule, inputs: Inputs, in_scope: bool) -> TraceEntry:
    if not in_scope:
        return TraceEntry("rule", "skipped", rule.key, rule.name, note=f"only for territory {rule.territory}")
    failed = tuple(clause for clause in _clauses(rule, inputs) if not clause["held"])
    return TraceEntry("rule", "skipped", rule.key, rule.name, clauses=failed)


def _clauses(holder: Rule | Territory, inputs: Inputs) -> Iterator[dict[str, Any]]:
    for clause in holder.condition.explain(inputs.values):
        yield {"text": clause.text, "held": clause.held, "seen": clause.seen}


def _by_default(plan: Plan, trace: list[TraceEntry]) -> _Match:
    queue = plan.queues[plan.default_queue]
    trace.append(TraceEntry("default", "matched", queue.key, queue.name, note="no rule applied"))
    return _Match(Target(queue=queue.key), "no_match")
