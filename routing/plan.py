"""A plan as frozen data: parsed once from its document, checked whole, then only read.

Pure. The document is what is hashed and kept; everything a decision needs of the rules is in it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conditions import Condition, ConditionInvalid, Vocabulary, parse
from routing.contract import Contract
from routing.errors import PlanInvalid


@dataclass(frozen=True)
class Target:
    """A queue or one rep, never both; neither means there is no target."""

    queue: str | None = None
    owner: str | None = None

    def __bool__(self) -> bool:
        return bool(self.queue or self.owner)


@dataclass(frozen=True)
class RepSpec:
    key: str
    name: str
    email: str


@dataclass(frozen=True)
class MemberSpec:
    rep: str
    weight: int
    priority: int = 0


@dataclass(frozen=True)
class QueueSpec:
    key: str
    name: str
    fallback: str | None
    members: tuple[MemberSpec, ...]


@dataclass(frozen=True)
class AccountList:
    """Named accounts: registrable domain -> the account's own owner, or None for the list's target."""

    key: str
    name: str
    target: Target
    accounts: Mapping[str, str | None]


@dataclass(frozen=True)
class Territory:
    key: str
    name: str
    parent: str | None
    condition: Condition
    target: Target


@dataclass(frozen=True)
class Rule:
    key: str
    name: str
    territory: str | None
    condition: Condition
    target: Target


@dataclass(frozen=True)
class Plan:
    hash: str
    contract: Contract
    reps: Mapping[str, RepSpec]
    account_lists: tuple[AccountList, ...]
    territories: tuple[Territory, ...]
    rules: tuple[Rule, ...]
    queues: Mapping[str, QueueSpec]
    default_queue: str

    @cached_property
    def account_by_domain(self) -> dict[str, AccountList]:
        return {domain: accounts for accounts in self.account_lists for domain in accounts.accounts}

    @cached_property
    def territory_by_key(self) -> dict[str, Territory]:
        return {territory.key: territory for territory in self.territories}

    @cached_property
    def rep_by_email(self) -> dict[str, str]:
        return {rep.email.lower(): rep.key for rep in self.reps.values()}

    def lineage(self, territory: str | None) -> tuple[Territory, ...]:
        """The territory and its ancestors, nearest first."""
        chain = []
        while territory is not None:
            chain.append(self.territory_by_key[territory])
            territory = chain[-1].parent
        return tuple(chain)

    def fallbacks_of(self, queue: str) -> tuple[str, ...]:
        """The queues tried after this one, in order; the default queue is always last."""
        chain: list[str] = []
        following = self.queues[queue].fallback
        while following is not None:
            chain.append(following)
            following = self.queues[following].fallback
        if self.default_queue not in (queue, *chain):
            chain.append(self.default_queue)
        return tuple(chain)


def plan_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: equal exactly for equal plans."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def parse_plan(document: Mapping[str, Any]) -> Plan:
    """Raises PlanInvalid, naming the path, unless every reference, condition and fallback chain holds."""
    contract = Contract.from_document(document["contract"])
    plan = Plan(
        hash=plan_hash(document),
        contract=contract,
        reps={key: RepSpec(key=key, **entry) for key, entry in document["reps"].items()},
        account_lists=tuple(_parse_accounts(entry) for entry in document["account_lists"]),
        territories=tuple(
            _parse_territory(entry, f"territories[{i}]", contract.vocabulary)
            for i, entry in enumerate(document["territories"])
        ),
        rules=tuple(
            _parse_rule(entry, f"rules[{i}]", contract.vocabulary) for i, entry in enumerate(document["rules"])
        ),
        queues={key: _parse_queue(key, entry) for key, entry in document["queues"].items()},
        default_queue=document["default_queue"],
    )
    _check(plan)
    return plan


def _parse_target(entry: Mapping[str, Any]) -> Target:
    return Target(queue=entry.get("queue"), owner=entry.get("owner"))


def _parse_accounts(entry: Mapping[str, Any]) -> AccountList:
    return AccountList(
        key=entry["key"], name=entry["name"], target=_parse_target(entry), accounts=dict(entry["accounts"])
    )


def _parse_condition(document: Any, path: str, vocabulary: Vocabulary) -> Condition:
    try:
        return parse(document, vocabulary)
    except ConditionInvalid as invalid:
        raise PlanInvalid(f"{path}.condition.{invalid.path}", invalid.message) from invalid


def _parse_territory(entry: Mapping[str, Any], path: str, vocabulary: Vocabulary) -> Territory:
    return Territory(
        key=entry["key"],
        name=entry["name"],
        parent=entry.get("parent"),
        condition=_parse_condition(entry["condition"], path, vocabulary),
        target=_parse_target(entry),
    )


def _parse_rule(entry: Mapping[str, Any], path: str, vocabulary: Vocabulary) -> Rule:
    return Rule(
        key=entry["key"],
        name=entry["name"],
        territory=entry.get("territory"),
        condition=_parse_condition(entry["condition"], path, vocabulary),
        target=_parse_target(entry),
    )


def _parse_queue(key: str, entry: Mapping[str, Any]) -> QueueSpec:
    return QueueSpec(
        key=key,
        name=entry["name"],
        fallback=entry.get("fallback"),
        members=tuple(MemberSpec(**member) for member in entry["members"]),
    )


def _check(plan: Plan) -> None:
    if plan.default_queue not in plan.queues:
        raise PlanInvalid("default_queue", "there must be one default queue")
    _check_fallbacks(plan)
    _check_members(plan)
    _check_account_lists(plan)
    _check_territories(plan)
    for i, rule in enumerate(plan.rules):
        _check_target(plan, rule.target, f"rules[{i}]", needed=True)
        if rule.territory is not None and rule.territory not in plan.territory_by_key:
            raise PlanInvalid(f"rules[{i}].territory", f"there is no territory {rule.territory!r}")


def _check_target(plan: Plan, target: Target, path: str, *, needed: bool) -> None:
    if target.queue and target.owner:
        raise PlanInvalid(path, "has both a queue and an owner; choose one")
    if needed and not target:
        raise PlanInvalid(path, "needs a queue or an owner")
    if target.queue and target.queue not in plan.queues:
        raise PlanInvalid(f"{path}.queue", f"there is no queue {target.queue!r}")
    if target.owner and target.owner not in plan.reps:
        raise PlanInvalid(f"{path}.owner", f"there is no rep {target.owner!r}")


def _check_fallbacks(plan: Plan) -> None:
    parents = {key: queue.fallback for key, queue in plan.queues.items()}
    for key, fallback in parents.items():
        if fallback is not None and fallback not in plan.queues:
            raise PlanInvalid(f"queues.{key}.fallback", f"there is no queue {fallback!r}")
    for key in parents:
        _check_acyclic(key, parents, f"queues.{key}.fallback")


def _check_acyclic(start: str, parents: Mapping[str, str | None], path: str) -> None:
    seen = {start}
    following = parents[start]
    while following is not None:
        if following in seen:
            raise PlanInvalid(path, f"leads in a circle through {following!r}")
        seen.add(following)
        following = parents[following]


def _check_members(plan: Plan) -> None:
    for key, queue in plan.queues.items():
        for member in queue.members:
            if member.rep not in plan.reps:
                raise PlanInvalid(f"queues.{key}.members", f"there is no rep {member.rep!r}")


def _check_account_lists(plan: Plan) -> None:
    seen: dict[str, str] = {}
    for i, accounts in enumerate(plan.account_lists):
        path = f"account_lists[{i}]"
        without_owner = any(owner is None for owner in accounts.accounts.values())
        _check_target(plan, accounts.target, path, needed=without_owner)
        for domain, owner in accounts.accounts.items():
            if domain in seen:
                raise PlanInvalid(f"{path}.accounts.{domain}", f"is on the list {seen[domain]!r} too")
            if owner is not None and owner not in plan.reps:
                raise PlanInvalid(f"{path}.accounts.{domain}", f"there is no rep {owner!r}")
            seen[domain] = accounts.key


def _check_territories(plan: Plan) -> None:
    _refuse_duplicates((territory.key for territory in plan.territories), "territories")
    _refuse_duplicates((rule.key for rule in plan.rules), "rules")
    parents = {territory.key: territory.parent for territory in plan.territories}
    for i, territory in enumerate(plan.territories):
        if territory.parent is not None and territory.parent not in parents:
            raise PlanInvalid(f"territories[{i}].parent", f"there is no territory {territory.parent!r}")
        _check_target(plan, territory.target, f"territories[{i}]", needed=False)
    for i, territory in enumerate(plan.territories):
        _check_acyclic(territory.key, parents, f"territories[{i}].parent")


def _refuse_duplicates(keys: Iterable[str], path: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise PlanInvalid(path, f"the key {key!r} is used twice")
        seen.add(key)
