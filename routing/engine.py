"""Which queue or rep should a lead go to? `match(plan, inputs, now) -> Chain`.

Pure: no Django, no clock, no state. The chain is ordered and ends in the plan's default queue, so there always is
an answer; every step has a reason and the trace says what was asked on the way. `find` is the same without a trace,
for those who decide a whole history again. docs/routing.md has the stages.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from routing.accounts import normalised_company_name, parent_domains
from routing.contract import Inputs
from routing.plan import Account, AccountList, Plan, Rule, Target, Territory

# Reasons of leads that came because somebody owns the account.
OWNERSHIP = frozenset({"account_owner", "named_account"})
# A trace keeps this many skipped rules in full; the rest is a count, so that it stays readable and small.
MAX_SKIPPED_IN_TRACE = 40


class Step(NamedTuple):
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


class Chain(NamedTuple):
    steps: tuple[Step, ...]
    reason: str
    territory: str | None
    rule: str | None
    account_list: str | None
    trace: tuple[TraceEntry, ...]
    via_ownership: bool = False

    @property
    def queues(self) -> tuple[str, ...]:
        return tuple(step.key for step in self.steps if step.kind == "queue")

    def trace_document(self) -> list[dict[str, Any]]:
        return [{**vars(entry), "clauses": list(entry.clauses)} for entry in self.trace]


class _Match(NamedTuple):
    """What one stage found: a target with its reason, and what to remember of it."""

    target: Target
    reason: str
    rule: str | None = None
    account_list: str | None = None


# What was asked on the way, or None where nobody wants to know.
_Trace = list[TraceEntry] | None


def match(plan: Plan, inputs: Inputs, now: datetime) -> Chain:
    """The chain of targets for these inputs, best first. `now` is for territories with a validity period."""
    trace: list[TraceEntry] = []
    chain = _match(plan, inputs, now, trace)
    return chain._replace(trace=tuple(trace))


def find(plan: Plan, inputs: Inputs, now: datetime) -> Chain:
    """The chain that `match` gives, with an empty trace."""
    return _match(plan, inputs, now, None)


def _match(plan: Plan, inputs: Inputs, now: datetime, trace: _Trace) -> Chain:
    found = (
        _by_account_owner(plan, inputs, trace)
        or _by_named_account(plan, inputs, trace)
        or _by_missing_inputs(plan, inputs, trace)
    )
    # The territory is kept with every decision, also where something before it has decided.
    territory = _find_territory(plan, inputs, now, trace)
    found = (
        found
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
        trace=(),
        via_ownership=found.reason in OWNERSHIP,
    )


def _chain_from(plan: Plan, found: _Match) -> tuple[Step, ...]:
    """The target and what stands behind it; behind an owner stands the default queue."""
    if found.target.owner:
        return (
            Step("owner", found.target.owner, found.reason),
            Step("queue", plan.default_queue, "owner_unavailable"),
        )
    queue = str(found.target.queue)
    return Step("queue", queue, found.reason), *_fallback_steps(plan.fallbacks_of(queue))


@lru_cache(maxsize=1024)
def _fallback_steps(queues: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(Step("queue", key, "fallback_queue") for key in queues)


def _note(trace: _Trace, entry: Callable[[], TraceEntry]) -> None:
    """Entries are made only where they are kept."""
    if trace is not None:
        trace.append(entry())


def _by_account_owner(plan: Plan, inputs: Inputs, trace: _Trace) -> _Match | None:
    named = inputs.values.get("account_owner")
    if not isinstance(named, str):
        return None
    rep = named if named in plan.reps else plan.rep_by_email.get(named.lower())
    if rep is None:
        note = "the account's owner is not a rep of this plan"
        _note(trace, lambda: TraceEntry("account_owner", "skipped", note=note))
        return None
    _note(trace, lambda: TraceEntry("account_owner", "matched", key=rep, name=plan.reps[rep].name))
    return _Match(Target(owner=rep), "account_owner")


def _by_named_account(plan: Plan, inputs: Inputs, trace: _Trace) -> _Match | None:
    if not plan.account_lists:
        return None
    found = _account_by_domain(plan, inputs) or _account_by_name(plan, inputs)
    if found is None:
        note = "the company is on no named-accounts list"
        _note(trace, lambda: TraceEntry("named_account", "skipped", note=note))
        return None
    accounts, account, how = found
    _note(trace, lambda: TraceEntry("named_account", "matched", key=accounts.key, name=accounts.name, note=how))
    target = Target(owner=account.owner) if account.owner else accounts.target
    return _Match(target, "named_account", account_list=accounts.key)


_Found = tuple[AccountList, Account, str]


def _account_by_domain(plan: Plan, inputs: Inputs) -> _Found | None:
    """The exact domain, else the nearest parent domain."""
    domain = inputs.values.get("company_domain")
    if not isinstance(domain, str):
        return None
    if found := plan.account_by_domain.get(domain):
        return (*found, domain)
    for parent in parent_domains(domain):
        if found := plan.account_by_domain.get(parent):
            return (*found, f"{domain}, by its parent domain {parent}")
    return None


def _account_by_name(plan: Plan, inputs: Inputs) -> _Found | None:
    """The company's name without legal form; of several accounts with one name the first list and domain, noted."""
    name = inputs.values.get("company_name")
    if not isinstance(name, str) or not plan.accounts_by_name:
        return None
    candidates = plan.accounts_by_name.get(normalised_company_name(name), [])
    if not candidates:
        return None
    accounts, account = candidates[0]
    others = ", ".join(other.domain for _, other in candidates[1:])
    note = f"{account.domain}, by the company's name"
    return accounts, account, f"{note} (before {others} of the same name)" if others else note


def _by_missing_inputs(plan: Plan, inputs: Inputs, trace: _Trace) -> _Match | None:
    if not inputs.missing:
        return None
    note = f"required but missing: {', '.join(inputs.missing)}"
    _note(trace, lambda: TraceEntry("inputs", "matched", note=note))
    return _Match(Target(queue=plan.default_queue), "missing_inputs")


def _find_territory(plan: Plan, inputs: Inputs, now: datetime, trace: _Trace) -> Territory | None:
    """The deepest territory that holds with all its ancestors; then the higher tie-break, then the first in order."""
    if inputs.missing or not plan.territories:
        return None
    candidates = _territories_held(plan, inputs, now)
    if not candidates:
        _note(trace, lambda: TraceEntry("territory", "skipped", note="the lead falls in no territory"))
        return None
    _note(trace, lambda: _territory_found(plan, inputs, candidates))
    return candidates[0]


def _territory_found(plan: Plan, inputs: Inputs, candidates: list[Territory]) -> TraceEntry:
    found = candidates[0]
    depth = len(plan.lineage(found.key))
    rivals = [each.name for each in candidates[1:] if len(plan.lineage(each.key)) == depth]
    path = " › ".join(ancestor.name for ancestor in reversed(plan.lineage(found.key)))
    note = f"before {', '.join(rivals)} by {_settled_by(found, candidates[1])}" if rivals else ""
    clauses = tuple(_clauses(found, inputs))
    return TraceEntry("territory", "matched", key=found.key, name=path, note=note, clauses=clauses)


def _territories_held(plan: Plan, inputs: Inputs, now: datetime) -> list[Territory]:
    """Every territory that the lead is in, best first."""
    places = plan.territory_index.find_all(inputs.values)
    if not places:
        return []
    if plan.has_dated_territories:
        day = now.astimezone(UTC).date()
        places = [place for place in places if plan.territories[place].is_valid_on(day)]
    holds = {plan.territories[place].key for place in places}
    ranks = sorted(
        plan.territory_ranks[place]
        for place in places
        if all(ancestor.key in holds for ancestor in plan.lineage(plan.territories[place].key))
    )
    return [plan.territories[place] for *_, place in ranks]


def _settled_by(found: Territory, rival: Territory) -> str:
    return "its tie-break" if found.tie_break > rival.tie_break else "its place in the order"


def _by_territory(plan: Plan, territory: Territory | None, trace: _Trace) -> _Match | None:
    lineage = plan.lineage(territory.key) if territory else ()
    for ancestor in lineage:
        if ancestor.target:
            _note(trace, partial(_decides_by_itself, ancestor))
            return _Match(ancestor.target, "territory")
    return None


def _decides_by_itself(territory: Territory) -> TraceEntry:
    return TraceEntry("territory", "matched", territory.key, territory.name, note="decides by itself")


def _by_rule(plan: Plan, inputs: Inputs, territory: Territory | None, trace: _Trace) -> _Match | None:
    lineage = plan.lineage(territory.key) if territory else ()
    scopes = (None, *(ancestor.key for ancestor in lineage))
    place = _first_rule(plan, inputs, scopes)
    if trace is not None:
        _trace_rules(plan, inputs, scopes, place, trace)
    return None if place is None else _Match(plan.rules[place].target, "rule", rule=plan.rules[place].key)


_Scopes = tuple[str | None, ...]


def _first_rule(plan: Plan, inputs: Inputs, scopes: _Scopes) -> int | None:
    """The place of the first rule that holds among those of the scopes."""
    first: int | None = None
    for scope in scopes:
        if scope not in plan.rules_by_scope:
            continue
        index, places = plan.rules_by_scope[scope]
        found = index.find(inputs.values)
        if found is not None and (first is None or places[found] < first):
            first = places[found]
    return first


def _trace_rules(plan: Plan, inputs: Inputs, scopes: _Scopes, place: int | None, trace: list[TraceEntry]) -> None:
    """The skipped rules before the one that applied, up to a bound, and that one."""
    skipped = len(plan.rules) if place is None else place
    trace.extend(_skipped(rule, inputs, scopes) for rule in plan.rules[: min(skipped, MAX_SKIPPED_IN_TRACE)])
    if skipped > MAX_SKIPPED_IN_TRACE:
        further = skipped - MAX_SKIPPED_IN_TRACE
        trace.append(TraceEntry("rule", "skipped", note=f"{further} further rules did not apply"))
    if place is not None:
        rule = plan.rules[place]
        trace.append(TraceEntry("rule", "matched", rule.key, rule.name, clauses=tuple(_clauses(rule, inputs))))


def _skipped(rule: Rule, inputs: Inputs, scopes: _Scopes) -> TraceEntry:
    if rule.territory not in scopes:
        return TraceEntry("rule", "skipped", rule.key, rule.name, note=f"only for territory {rule.territory}")
    failed = tuple(clause for clause in _clauses(rule, inputs) if not clause["held"])
    return TraceEntry("rule", "skipped", rule.key, rule.name, clauses=failed)


def _clauses(holder: Rule | Territory, inputs: Inputs) -> Iterator[dict[str, Any]]:
    for clause in holder.condition.explain(inputs.values):
        yield {"text": clause.text, "held": clause.held, "seen": clause.seen}


def _by_default(plan: Plan, trace: _Trace) -> _Match:
    queue = plan.queues[plan.default_queue]
    _note(trace, lambda: TraceEntry("default", "matched", queue.key, queue.name, note="no rule applied"))
    return _Match(Target(queue=queue.key), "no_match")
