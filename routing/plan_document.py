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
from routing.credit import COUNTS, GIVES_BACK
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

PERIODS = ("day", "week", "month")


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
    return RepSpec(
        key=key,
        name=entry["name"],
        email=entry["email"],
        time_zone=entry.get("time_zone") or "UTC",
        hours=_parse_hours(entry, f"reps.{key}"),
    )


def _parse_hours(entry: Mapping[str, Any], path: str) -> WorkingHours:
    """Of a rep or a territory; without a zone they are in UTC."""
    zone = entry.get("time_zone") or "UTC"
    try:
        zone_named(zone)
    except HoursInvalid as invalid:
        raise PlanInvalid(f"{path}.time_zone", str(invalid)) from invalid
    try:
        return parse_hours(entry.get("working_hours", {}), zone)
    except HoursInvalid as invalid:
        raise PlanInvalid(f"{path}.working_hours", str(invalid)) from invalid


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
    valid_from = _parse_day(entry.get("valid_from"), f"{path}.valid_from")
    valid_to = _parse_day(entry.get("valid_to"), f"{path}.valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        raise PlanInvalid(f"{path}.valid_to", "is before the first day")
    return Territory(
        key=entry["key"],
        name=entry["name"],
        parent=entry.get("parent"),
        condition=_parse_condition(entry["condition"], path, vocabulary),
        target=_parse_target(entry),
        tie_break=_whole(entry.get("tie_break", 0), f"{path}.tie_break", least=None),
        valid_from=valid_from,
        valid_to=valid_to,
        hours=_parse_hours(entry, path),
    )


def _parse_day(text: str | None, path: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        raise PlanInvalid(path, f"{text!r} is not a day such as 2026-03-31") from None


def _whole(value: Any, path: str, least: int | None = 0) -> int:
    """Shares and caps are exact, so only whole numbers do."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise PlanInvalid(path, "must be a whole number")
    if least is not None and value < least:
        raise PlanInvalid(path, f"must be at least {least}")
    return value


def _texts(value: Any, path: str, known: frozenset[str] | None = None) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PlanInvalid(path, "must be a list of texts")
    for each in value:
        if known is not None and each not in known:
            raise PlanInvalid(path, f"{each!r} is none of {', '.join(sorted(known))}")
    return frozenset(value)


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
        acceptance=_parse_acceptance(entry.get("acceptance", {}), f"{path}.acceptance"),
        credit=_parse_credit(entry.get("credit", {}), f"{path}.credit"),
    )


def _parse_acceptance(entry: Mapping[str, Any], path: str) -> Acceptance:
    _refuse_unknown(entry, ("within_min", "remind_min", "stagger_min"), path)
    within = entry.get("within_min")
    return Acceptance(
        within_min=None if within is None else _whole(within, f"{path}.within_min"),
        remind_min=_whole(entry.get("remind_min", 0), f"{path}.remind_min"),
        stagger_min=_whole(entry.get("stagger_min", 0), f"{path}.stagger_min"),
    )


def _parse_credit(entry: Mapping[str, Any], path: str) -> Credit:
    _refuse_unknown(entry, ("counts", "gives_back", "disqualify_reasons", "disqualify_cap_month"), path)
    given_back = entry.get("gives_back", sorted(GIVES_BACK))
    return Credit(
        counts=_texts(entry.get("counts", []), f"{path}.counts", COUNTS),
        gives_back=_texts(given_back, f"{path}.gives_back", GIVES_BACK),
        disqualify_reasons=_texts(entry.get("disqualify_reasons", []), f"{path}.disqualify_reasons"),
        disqualify_cap_month=_whole(entry.get("disqualify_cap_month", 0), f"{path}.disqualify_cap_month"),
    )


def _refuse_unknown(entry: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
    for key in entry:
        if key not in known:
            raise PlanInvalid(f"{path}.{key}", f"is not known here; known are {', '.join(known)}")


def _parse_member(entry: Mapping[str, Any], path: str, vocabulary: Vocabulary) -> MemberSpec:
    caps = entry.get("caps", {})
    _refuse_unknown(caps, PERIODS, f"{path}.caps")
    return MemberSpec(
        rep=entry["rep"],
        weight=_whole(entry["weight"], f"{path}.weight"),
        priority=_whole(entry.get("priority", 0), f"{path}.priority", least=None),
        condition=_parse_condition(entry["condition"], path, vocabulary) if entry.get("condition") else None,
        caps=tuple(
            (period, _whole(caps[period], f"{path}.caps.{period}"))
            for period in PERIODS
            if caps.get(period) is not None
        ),
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
        _refuse_duplicates((member.rep for member in queue.members), f"queues.{key}.members")
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
