"""The working copy as one plan document, in a stable order so that equal copies have equal hashes."""

from typing import Any

from django.db.models import Prefetch

from routing.contract import Contract
from routing.models import ContractInput, Member, NamedAccount, NamedAccountList, Queue, Rep, Rule, Targeted, Territory


def compile_plan() -> dict[str, Any]:
    """The document `parse_plan` reads. It isn't checked here."""
    members = Prefetch("members", Member.objects.select_related("rep").order_by("rep__key"))
    accounts = Prefetch("accounts", NamedAccount.objects.select_related("owner").order_by("domain"))
    lists = NamedAccountList.objects.select_related("queue", "owner").prefetch_related(accounts)
    queues = Queue.objects.select_related("fallback").prefetch_related(members)
    default = Queue.objects.filter(is_default=True).values_list("key", flat=True).first()
    return {
        "contract": _contract_document(),
        "reps": {rep.key: {"name": rep.name, "email": rep.email} for rep in Rep.objects.order_by("key")},
        "account_lists": [_account_list(entry) for entry in lists.order_by("key")],
        "territories": [_territory(entry) for entry in Territory.objects.select_related("parent", "queue", "owner")],
        "rules": [_rule(entry) for entry in Rule.objects.select_related("territory", "queue", "owner")],
        "queues": {queue.key: _queue(queue) for queue in queues.order_by("key")},
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
    accounts = {account.domain: account.owner.key if account.owner else None for account in entry.accounts.all()}
    return {"key": entry.key, "name": entry.name, **_target(entry), "accounts": accounts}


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
    return {
        "name": queue.name,
        "fallback": queue.fallback.key if queue.fallback else None,
        "members": [
            {"rep": member.rep.key, "weight": member.weight, "priority": member.priority}
            for member in queue.members.all()
        ],
    }
