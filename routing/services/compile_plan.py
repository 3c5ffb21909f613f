"""The working copy as one plan document, in a stable order so that equal copies have equal hashes."""

from typing import Any

from routing.contract import Contract
from routing.models import ContractInput, Member, NamedAccountList, Queue, Rep, Rule, Targeted, Territory


def compile_plan() -> dict[str, Any]:
    """The document `parse_plan` reads. It isn't checked here."""
    default = Queue.objects.filter(is_default=True).values_list("key", flat=True).first()
    return {
        "contract": _contract_document(),
        "reps": {rep.key: {"name": rep.name, "email": rep.email} for rep in Rep.objects.order_by("key")},
        "account_lists": [
            _account_list(entry) for entry in NamedAccountList.objects.select_related("queue", "owner").order_by("key")
        ],
        "territories": [_territory(entry) for entry in Territory.objects.select_related("parent", "queue", "owner")],
        "rules": [_rule(entry) for entry in Rule.objects.select_related("territory", "queue", "owner")],
        "queues": {queue.key: _queue(queue) for queue in Queue.objects.select_related("fallback").order_by("key")},
        "default_queue": default or "",
    }


def working_contract() -> Contract:
    return Contract.from_document(_contract_document())


def _contract_document() -> list[dict[str, Any]]:
    return [
        {
            "key": entry.key,
            "label": entry.label,
            "type": entry.type,
            "vocabulary": entry.vocabulary,
            "choices": entry.choices or {},
            "required": entry.required,
            "default": entry.default,
        }
        for entry in ContractInput.objects.all()
    ]


def _target(entry: Targeted) -> dict[str, str | None]:
    return {
        "queue": entry.queue.key if entry.queue else None,
        "owner": entry.owner.key if entry.owner else None,
    }


def _account_list(entry: NamedAccountList) -> dict[str, Any]:
    accounts = entry.accounts.order_by("domain").values_list("domain", "owner__key")
    return {"key": entry.key, "name": entry.name, **_target(entry), "accounts": dict(accounts)}


def _territory(entry: Territory) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "parent": entry.parent.key if entry.parent else None,
        "condition": entry.condition,
        **_target(entry),
    }


def _rule(entry: Rule) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "territory": entry.territory.key if entry.territory else None,
        "condition": entry.condition,
        **_target(entry),
    }


def _queue(queue: Queue) -> dict[str, Any]:
    members = Member.objects.filter(queue=queue).order_by("rep__key").values_list("rep__key", "weight", "priority")
    return {
        "name": queue.name,
        "fallback": queue.fallback.key if queue.fallback else None,
        "members": [{"rep": rep, "weight": weight, "priority": priority} for rep, weight, priority in members],
    }
