"""Make the working copy equal to a plan: after a roll-back, so that the next publish doesn't bring the change back.

Rows are kept by their keys, and with them their history and what no plan holds: a rep's account, absences and active
mark, a member's pause. People aren't taken away: reps who aren't in the plan stay, as members of nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import Model, ProtectedError, Q

from foundation.audit import Way, record
from foundation.audit_history import one_entry_for_all
from routing.errors import PlanInvalid, RestoreRefused
from routing.models import (
    AlertRule,
    ContractInput,
    Member,
    NamedAccount,
    NamedAccountList,
    Plan,
    Queue,
    Rep,
    Rule,
    Territory,
    default_gives_back,
)
from routing.models.draft import one_change
from routing.plan import Plan as ParsedPlan
from routing.plan_document import parse_plan
from routing.services.compile_plan import compile_plan, compiled_condition

M = TypeVar("M", bound=Model)
Entries = Mapping[str, Mapping[str, Any]]
# Written at once; a list may hold tens of thousands of accounts.
BATCH = 1000


@dataclass
class Restored:
    """How many rows were added, changed and removed.

    By name: the reps who stay without being in the plan (`staying`), those who had been deleted and are `back`,
    inactive, and the alert rules that went with their queue or territory.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    staying: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    alert_rules: tuple[str, ...] = ()


def restore_working_copy(*, plan: Plan, user: User | None = None, now: datetime) -> Restored:
    """One entry of the audit tells of all, with counts.

    Raises RestoreRefused, with nothing changed, where something else holds on to what would have to go.
    """
    with one_change():
        return _restored(plan, user, now)


def _restored(plan: Plan, user: User | None, now: datetime) -> Restored:
    document = plan.document
    restored = Restored()
    try:
        _restore(document, restored)
    except ProtectedError as held:
        names = ", ".join(sorted(str(each) for each in held.protected_objects)[:3])
        raise RestoreRefused(f"Something that is not in {plan} is still needed by {names}.") from held
    except IntegrityError as clash:
        raise RestoreRefused(
            f"Something of today's working copy stands in the way of {plan}, such as another rep's e-mail address."
        ) from clash
    if not is_working_copy(parse_plan(document)):
        raise RestoreRefused(f"The working copy can't be made equal to {plan}: it holds what is no longer known.")
    counts = {"added": restored.added, "changed": restored.changed, "removed": restored.removed}
    changes: dict[str, list[Any]] = {f"rows {word}": [None, count] for word, count in counts.items()}
    if restored.alert_rules:
        changes["alert rules"] = [list(restored.alert_rules), []]
    way = Way.ADMIN if user else Way.SYSTEM
    record("working copy restored", now=now, user=user, way=way, about=plan, changes=changes)
    return restored


@one_entry_for_all()
def _restore(document: Mapping[str, Any], restored: Restored) -> None:
    restored.alert_rules = _alert_rules_that_go(document)
    reps = _restore_reps(document["reps"], restored)
    contract = _by_key(document["contract"])
    _each(ContractInput, contract, restored, _contract_input)
    _put_in_order(ContractInput, list(contract))
    queues = _restore_queues(document, reps, restored)
    lists = _each(
        NamedAccountList, _by_key(document["account_lists"]), restored, lambda e: _named(e) | _target(e, queues, reps)
    )
    _restore_accounts(document["account_lists"], lists, reps, restored)
    regions = _by_key(document["territories"])
    territories = _restore_territories(regions, queues, reps, restored)
    rules = _by_key(document["rules"])
    _each(Rule, rules, restored, lambda entry: _rule(entry, territories, queues, reps))
    _put_in_order(Rule, list(rules))
    _remove(Rule, rules, restored)
    Territory.objects.exclude(key__in=list(regions)).update(parent=None)
    _remove(Territory, regions, restored)
    _remove(NamedAccountList, _by_key(document["account_lists"]), restored)
    Queue.objects.exclude(key__in=list(document["queues"])).update(fallback=None)
    _remove(Queue, document["queues"], restored)
    _remove(ContractInput, contract, restored)


def _alert_rules_that_go(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The database removes them with the queue or the territory that they watch."""
    no_queue = Q(queue__isnull=False) & ~Q(queue__key__in=list(document["queues"]))
    no_territory = Q(territory__isnull=False) & ~Q(territory__key__in=list(_by_key(document["territories"])))
    return tuple(AlertRule.objects.filter(no_queue | no_territory).values_list("name", flat=True))


def _by_key(entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {entry["key"]: entry for entry in entries}


def _each(
    model: type[M], entries: Entries, restored: Restored, values: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> dict[str, M]:
    """A row for each entry, by key, holding these values; only what differs is written."""
    rows = {row.key: row for row in model._default_manager.all()}  # type: ignore[attr-defined]
    for key, entry in entries.items():
        row = rows.get(key)
        if row is None:
            rows[key] = model._default_manager.create(key=key, **values(entry))
            restored.added += 1
        else:
            restored.changed += _set(row, values(entry))
    return rows


def _set(row: Model, values: Mapping[str, Any]) -> bool:
    differing = [name for name, value in values.items() if not _is_same(getattr(row, name), value)]
    for name in differing:
        setattr(row, name, values[name])
    if differing:
        row.save()
    return bool(differing)


def _is_same(one: Any, other: Any) -> bool:
    """Lists here are of texts whose order means nothing; a plan holds them sorted."""
    is_list = isinstance(one, list) and isinstance(other, list)
    return sorted(one) == sorted(other) if is_list else bool(one == other)


def _remove(model: type[Model], entries: Entries, restored: Restored) -> None:
    for row in model._default_manager.exclude(key__in=list(entries)):
        row.delete()
        restored.removed += 1


def _put_in_order(model: type[Model], keys: Sequence[str]) -> None:
    """Positions stay as they are where they tell this order already."""
    places = {key: place for place, key in enumerate(keys, start=1)}
    rows = [row for row in model._default_manager.order_by("position", "id") if row.key in places]  # type: ignore[attr-defined]
    if [row.key for row in rows] == list(keys):  # type: ignore[attr-defined]
        return
    for row in rows:
        _set(row, {"position": places[row.key]})  # type: ignore[attr-defined]


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": entry["name"]}


def _target(entry: Mapping[str, Any], queues: Mapping[str, Queue], reps: Mapping[str, Rep]) -> dict[str, Any]:
    queue, owner = entry.get("queue"), entry.get("owner")
    return {"queue_id": queues[queue].pk if queue else None, "owner_id": reps[owner].pk if owner else None}


def _restore_reps(entries: Entries, restored: Restored) -> dict[str, Rep]:
    there = {rep.key: rep for rep in Rep.objects.all()}
    # Two may have swapped their addresses, and no two may have one at any moment.
    for key, rep in there.items():
        if key in entries and rep.email != entries[key]["email"]:
            Rep.objects.filter(pk=rep.pk).update(email=f"{rep.pk}@being.restored.invalid")
    restored.staying = tuple(rep.name for key, rep in there.items() if key not in entries)
    restored.back = tuple(entry["name"] for key, entry in entries.items() if key not in there)
    rows = _each(Rep, entries, restored, _rep)
    Rep.objects.filter(key__in=entries.keys() - there.keys()).update(active=False)
    return rows


def _rep(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "email": entry["email"],
        "time_zone": entry.get("time_zone") or "UTC",
        "working_hours": entry.get("working_hours", {}),
    }


def _contract_input(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": entry.get("label", ""),
        "type": entry["type"],
        "vocabulary": entry.get("vocabulary", ""),
        "choices": entry.get("choices") or {},
        "required": bool(entry.get("required", False)),
        "default": entry.get("default"),
    }


def _restore_queues(document: Mapping[str, Any], reps: Mapping[str, Rep], restored: Restored) -> dict[str, Queue]:
    entries: Entries = document["queues"]
    default = document["default_queue"]
    Queue.objects.filter(is_default=True).exclude(key=default).update(is_default=False)
    queues = _each(Queue, entries, restored, lambda entry: _queue(entry, reps))
    for key, entry in entries.items():
        fallback = entry.get("fallback")
        more = {"fallback_id": queues[fallback].pk if fallback else None, "is_default": key == default}
        _set(queues[key], more)
        _restore_members(queues[key], entry["members"], reps, restored)
    return queues


def _queue(entry: Mapping[str, Any], reps: Mapping[str, Rep]) -> dict[str, Any]:
    manager, acceptance, credit = entry.get("manager"), entry.get("acceptance", {}), entry.get("credit", {})
    return {
        "name": entry["name"],
        "shared_count": entry.get("shared_count") or "",
        "working_hours": entry.get("working_hours", Queue.WorkingHours.PREFER),
        "manager_id": reps[manager].pk if manager else None,
        "accept_within_min": acceptance.get("within_min"),
        "remind_min": acceptance.get("remind_min", 0),
        "stagger_min": acceptance.get("stagger_min", 0),
        "counts": credit.get("counts", []),
        "gives_back": credit.get("gives_back", default_gives_back()),
        "disqualify_reasons": credit.get("disqualify_reasons", []),
        "disqualify_cap_month": credit.get("disqualify_cap_month", 0),
    }


def _restore_members(
    queue: Queue, entries: Sequence[Mapping[str, Any]], reps: Mapping[str, Rep], restored: Restored
) -> None:
    there = {member.rep.key: member for member in queue.members.select_related("rep")}
    for entry in entries:
        caps = entry.get("caps", {})
        values = {
            "weight": entry["weight"],
            "priority": entry.get("priority", 0),
            "condition": entry.get("condition") or {},
            "cap_day": caps.get("day"),
            "cap_week": caps.get("week"),
            "cap_month": caps.get("month"),
        }
        member = there.pop(entry["rep"], None)
        if member is None:
            Member.objects.create(queue=queue, rep=reps[entry["rep"]], **values)
            restored.added += 1
        else:
            restored.changed += _set(member, values)
    for gone in there.values():
        gone.delete()
        restored.removed += 1


def _restore_accounts(
    entries: Iterable[Mapping[str, Any]],
    lists: Mapping[str, NamedAccountList],
    reps: Mapping[str, Rep],
    restored: Restored,
) -> None:
    """In bulk: thousands of rows, each without a history of its own here. A domain is on one list at most."""
    wanted = {
        domain: (lists[entry["key"]].pk, account.get("name") or "", _pk(reps, account.get("owner")))
        for entry in entries
        for domain, account in entry["accounts"].items()
    }
    there = {row.domain: row for row in NamedAccount.objects.all()}
    gone = [row.pk for domain, row in there.items() if domain not in wanted]
    for start in range(0, len(gone), BATCH):
        NamedAccount.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    differing = [row for domain, row in there.items() if domain in wanted and _of_account(row) != wanted[domain]]
    for row in differing:
        row.list_id, row.company_name, row.owner_id = wanted[row.domain]
    NamedAccount.objects.bulk_update(differing, ["list", "company_name", "owner"], batch_size=BATCH)
    new = [
        NamedAccount(domain=domain, list_id=list_id, company_name=name, owner_id=owner)
        for domain, (list_id, name, owner) in wanted.items()
        if domain not in there
    ]
    NamedAccount.objects.bulk_create(new, batch_size=BATCH)
    restored.added += len(new)
    restored.changed += len(differing)
    restored.removed += len(gone)


def _of_account(row: NamedAccount) -> tuple[int, str, int | None]:
    return row.list_id, row.company_name, row.owner_id


def _pk(rows: Mapping[str, Model], key: str | None) -> int | None:
    return rows[key].pk if key else None


def _restore_territories(
    entries: Entries, queues: Mapping[str, Queue], reps: Mapping[str, Rep], restored: Restored
) -> dict[str, Territory]:
    rows = _each(Territory, entries, restored, lambda entry: _territory(entry, queues, reps))
    for key, entry in entries.items():
        parent = entry.get("parent")
        changed = _set(rows[key], {"parent_id": rows[parent].pk if parent else None})
        restored.changed += _restore_condition(rows[key], entry["condition"]) or changed
    _put_in_order(Territory, list(entries))
    return rows


def _territory(entry: Mapping[str, Any], queues: Mapping[str, Queue], reps: Mapping[str, Rep]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "tie_break": entry.get("tie_break", 0),
        "valid_from": _day(entry.get("valid_from")),
        "valid_to": _day(entry.get("valid_to")),
        "time_zone": entry.get("time_zone") or "",
        "working_hours": entry.get("working_hours", {}),
        **_target(entry, queues, reps),
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# What a territory is without any criteria.
_NO_CRITERIA: dict[str, Any] = {
    "countries": [],
    "regions": [],
    "postal_areas": [],
    "employees_min": None,
    "employees_max": None,
    "revenue_min": None,
    "revenue_max": None,
    "industries": [],
}


def _restore_condition(territory: Territory, condition: Mapping[str, Any]) -> bool:
    """A plan holds only what criteria come to: they stay where that is the same; else the condition says it all."""
    if compiled_condition(territory) == condition:
        return False
    territory.account_lists.clear()
    return _set(territory, {**_NO_CRITERIA, "condition": dict(condition)})


def _rule(
    entry: Mapping[str, Any],
    territories: Mapping[str, Territory],
    queues: Mapping[str, Queue],
    reps: Mapping[str, Rep],
) -> dict[str, Any]:
    territory = entry.get("territory")
    return {
        "name": entry["name"],
        "territory_id": territories[territory].pk if territory else None,
        "condition": entry["condition"],
        **_target(entry, queues, reps),
    }


def is_working_copy(plan: ParsedPlan) -> bool:
    """Whether the working copy is what the plan says, but for reps who are in no plan yet."""
    try:
        draft = parse_plan(compile_plan())
    except PlanInvalid:
        return False
    reps = {key: rep for key, rep in draft.reps.items() if key in plan.reps}
    return replace(draft, hash=plan.hash, reps=reps) == plan
