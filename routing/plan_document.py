"""A plan's document: hashed, parsed and checked whole. Pure.

The document is plain JSON; equal documents have equal hashes. Whatever doesn't hold together is refused with its path.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from conditions import Condition, ConditionInvalid, Vocabulary, parse
from routing.contract import Contract
from routing.errors import PlanInvalid
from routing.hours import HoursInvalid, WorkingHours, parse_hours, zone_named
from routing.plan import (
    IGNORE,
    PREFER,
    REQUIRE,
    Acceptance,
    Account,
    AccountList,
    Credit,
    MemberSpec,
    Plan,
    QueueSpec,
    RepSpec,
    Rule,
    Target,
    Territory,
)


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
        reps={key: _parse_rep(key, entry) for key, entry in document["reps"].items()},
        account_lists=tuple(_parse_accounts(entry) for entry in document["account_lists"]),
        territories=tuple(
            _parse_territory(entry, f"territories[{i}]", contract.vocabulary)
            for i, entry in enumerate(document["territories"])
        ),
        rules=tuple(
            _parse_rule(entry, f"rules[{i}]", contract.vocabulary) for i, entry in enumerate(document["rules"])
        ),
        queues={key: _parse_queue(key, entry, contract.vocabulary) for key, entry in document["queues"].items()},
        default_queue=document["default_queue"],
    )
    _check(plan)
    return plan


def _parse_target(entry: Mapping[str, Any]) -> Target:
    return Target(queue=entry.get("queue"), owner=entry.get("owner"))


def _parse_rep(key: str, entry: Mapping[str, Any]) -> RepSpec:
    zone = entry.get("time_zone", "UTC")
    return RepSpec(
        key=key,
        name=entry["name"],
        email=entry["email"],
        time_zone=zone,
        hours=_parse_hours(entry.get("working_hours", {}), zone, f"reps.{key}.working_hours"),
    )


def _parse_hours(document: Any, zone: str, path: str) -> WorkingHours:
    try:
        zone_named(zone)
        return parse_hours(document, zone)
    except HoursInvalid as invalid:
        raise PlanInvalid(path, str(invalid)) from invalid


def _parse_accounts(entry: Mapping[str, Any]) -> AccountList:
    accounts = {
        domain: Account(domain, company_name=account.get("name", ""), owner=account.get("owner"))
        for domain, account in entry["accounts"].items()
    }
    return AccountList(key=entry["key"], name=entry["name"], target=_parse_target(entry), accounts=accounts)


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
        tie_break=entry.get("tie_break", 0),
        valid_from=_parse_day(entry.get("valid_from")),
        valid_to=_parse_day(entry.get("valid_to")),
        hours=_parse_hours(entry.get("working_hours", {}), entry.get("time_zone") or "UTC", f"{path}.working_hours"),
    )


def _parse_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _parse_rule(entry: Mapping[str, Any], path: str, vocabulary: Vocabulary) -> Rule:
    return Rule(
        key=entry["key"],
        name=entry["name"],
        territory=entry.get("territory"),
        condition=_parse_condition(entry["condition"], path, vocabulary),
        target=_parse_target(entry),
    )


def _parse_queue(key: str, entry: Mapping[str, Any], vocabulary: Vocabulary) -> QueueSpec:
    path = f"queues.{key}"
    policy = entry.get("working_hours", PREFER)
    if policy not in (IGNORE, PREFER, REQUIRE):
        raise PlanInvalid(f"{path}.working_hours", "must be ignore, prefer or require")
    return QueueSpec(
        key=key,
        name=entry["name"],
        fallback=entry.get("fallback"),
        members=tuple(
            _parse_member(member, f"{path}.members[{i}]", vocabulary) for i, member in enumerate(entry["members"])
        ),
        ledger=entry.get("shared_count") or key,
        working_hours=policy,
        manager=entry.get("manager"),
        acceptance=Acceptance(**entry.get("acceptance", {})),
        credit=_parse_credit(entry.get("credit", {})),
    )


def _parse_credit(entry: Mapping[str, Any]) -> Credit:
    default = Credit()
    return Credit(
        counts=frozenset(entry.get("counts", default.counts)),
        gives_back=frozenset(entry.get("gives_back", default.gives_back)),
        disqualify_reasons=frozenset(entry.get("disqualify_reasons", default.disqualify_reasons)),
        disqualify_cap_month=entry.get("disqualify_cap_month", 0),
    )


def _parse_member(entry: Mapping[str, Any], path: str, vocabulary: Vocabulary) -> MemberSpec:
    caps = entry.get("caps", {})
    return MemberSpec(
        rep=entry["rep"],
        weight=entry["weight"],
        priority=entry.get("priority", 0),
        condition=_parse_condition(entry["condition"], path, vocabulary) if entry.get("condition") else None,
        caps=tuple((period, caps[period]) for period in ("day", "week", "month") if caps.get(period) is not None),
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
        if queue.manager is not None and queue.manager not in plan.reps:
            raise PlanInvalid(f"queues.{key}.manager", f"there is no rep {queue.manager!r}")


def _check_account_lists(plan: Plan) -> None:
    seen: dict[str, str] = {}
    for i, accounts in enumerate(plan.account_lists):
        path = f"account_lists[{i}]"
        without_owner = any(account.owner is None for account in accounts.accounts.values())
        _check_target(plan, accounts.target, path, needed=without_owner)
        for domain, account in accounts.accounts.items():
            if domain in seen:
                raise PlanInvalid(f"{path}.accounts.{domain}", f"is on the list {seen[domain]!r} too")
            if account.owner is not None and account.owner not in plan.reps:
                raise PlanInvalid(f"{path}.accounts.{domain}", f"there is no rep {account.owner!r}")
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
