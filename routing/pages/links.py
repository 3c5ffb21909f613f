"""Addresses of what other pages show: forms of the working copy by key, and pages that an installation may lack."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from routing.models import ContractInput, NamedAccountList, Queue, Rep, Rule, Territory
from routing.plan_reading import ACCOUNTS, INPUT, QUEUE, REP, RULE, TERRITORY

MODELS: Mapping[str, type[Model]] = {
    TERRITORY: Territory,
    RULE: Rule,
    QUEUE: Queue,
    ACCOUNTS: NamedAccountList,
    REP: Rep,
    INPUT: ContractInput,
}


def form_addresses(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(kind, key) -> the form of that row in the working copy, for those that are there. A query for each kind."""
    found = {}
    for kind, model in MODELS.items():
        if keys := {key for each, key in wanted if each == kind}:
            rows = model._default_manager.filter(key__in=keys).order_by().values_list("key", "pk")
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            found.update({(kind, key): reverse(name, args=[pk]) for key, pk in rows})
    return found


def list_address(kind: str) -> str:
    return reverse(f"admin:routing_{MODELS[kind]._meta.model_name}_changelist")


def address_of(name: str, *arguments: object, **query: str) -> str:
    address = reverse(name, args=arguments)
    return f"{address}?{urlencode(query)}" if query else address


def try_address(inputs: Mapping[str, Any], plan: str = "draft") -> str:
    """Where a witness can be tried."""
    return address_of("routing_pages:try", plan=plan, inputs=json.dumps(inputs, ensure_ascii=False))
