"""Loads the example company: reps, queues, territories, rules, accounts, enrichment data, forms, one experiment."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from enrichment.services.import_dataset import import_dataset
from experiments.models import Experiment, Variant
from experiments.services.lifecycle import start_experiment
from forms_engine.document_files import read_document
from forms_engine.models import Brand, Form, FormVersion
from forms_engine.services.publish_version import publish_version
from foundation.audit import Way, record
from foundation.audit_history import one_entry_for_all
from routing.hours import WEEKDAYS
from routing.models import (
    ContractInput,
    GoldenLead,
    Member,
    NamedAccount,
    NamedAccountList,
    Queue,
    Rep,
    Rule,
    Territory,
)
from routing.services.publish_plan import publish_plan

FOLDER = Path(__file__).resolve().parent.parent / "example"


@transaction.atomic
def load_example_company(*, now: datetime, folder: Path = FOLDER) -> bool:
    """False, and nothing written, where there already are reps or forms: what people have changed stays."""
    if Rep.objects.exists() or Form.objects.exists():
        return False
    company = yaml.safe_load((folder / "company.yaml").read_text(encoding="utf-8"))
    with one_entry_for_all():
        _load_routing(company)
        publish_plan(note="Example company", now=now)
        with (folder / "companies.csv").open(encoding="utf-8", newline="") as lines:
            import_dataset(key="companies", name="Well-known companies", lines=lines, now=now)
        versions = _load_forms(company, folder, now)
        _start_experiment(company["experiment"], versions, now)
    record("loaded", now=now, way=Way.COMMAND, label="The example company")
    return True


def _load_routing(company: Mapping[str, Any]) -> None:
    reps = {key: Rep.objects.create(key=key, **_rep(entry)) for key, entry in company["reps"].items()}
    for key, default in company["contract_defaults"].items():
        ContractInput.objects.filter(key=key).update(default=default)
    queues = _load_queues(company["queues"], reps)
    territories: dict[str, Territory] = {}
    for position, entry in enumerate(company["territories"]):
        parent = territories.get(entry.get("parent", ""))
        territories[entry["key"]] = Territory.objects.create(
            key=entry["key"],
            name=entry["name"],
            parent=parent,
            countries=entry.get("countries", []),
            regions=entry.get("regions", []),
            position=position,
        )
    for position, entry in enumerate(company["rules"]):
        Rule.objects.create(
            key=entry["key"],
            name=entry["name"],
            territory=territories[entry["territory"]],
            queue=queues[entry["queue"]],
            condition=entry["condition"],
            position=position,
        )
    _load_accounts(company["account_lists"], queues, reps)
    for entry in company["golden_leads"]:
        GoldenLead.objects.create(
            name=entry["name"],
            inputs=entry["inputs"],
            expected_queue=entry.get("queue", ""),
            expected_territory=entry.get("territory", ""),
            expected_owner=entry.get("owner", ""),
        )


def _rep(entry: Mapping[str, Any]) -> dict[str, Any]:
    """`works` are the hours of every weekday."""
    week = {day: [entry["works"]] for day in WEEKDAYS[:5]}
    return {**{name: value for name, value in entry.items() if name != "works"}, "working_hours": week}


def _load_queues(entries: Mapping[str, Any], reps: Mapping[str, Rep]) -> dict[str, Queue]:
    queues = {
        key: Queue.objects.create(
            key=key,
            name=entry["name"],
            is_default=entry.get("default", False),
            working_hours=Queue.WorkingHours.IGNORE,
            manager=reps[entry["manager"]] if "manager" in entry else None,
            accept_within_min=entry.get("accept_within_min"),
            remind_min=entry.get("remind_min", 0),
        )
        for key, entry in entries.items()
    }
    for key, entry in entries.items():
        if "fallback" in entry:
            queues[key].fallback = queues[entry["fallback"]]
            queues[key].save(update_fields=["fallback"])
        for rep, weight in entry["members"].items():
            Member.objects.create(queue=queues[key], rep=reps[rep], weight=weight)
    return queues


def _load_accounts(entries: Mapping[str, Any], queues: Mapping[str, Queue], reps: Mapping[str, Rep]) -> None:
    for key, entry in entries.items():
        accounts = NamedAccountList.objects.create(key=key, name=entry["name"], queue=queues[entry["queue"]])
        for domain, account in entry["accounts"].items():
            owner = reps[account["owner"]] if "owner" in account else None
            NamedAccount.objects.create(list=accounts, domain=domain, company_name=account["name"], owner=owner)


def _load_forms(company: Mapping[str, Any], folder: Path, now: datetime) -> dict[str, FormVersion]:
    """Version name -> version. The first of a form's versions is its active one."""
    brand = Brand.objects.create(created_at=now, **company["brand"])
    versions: dict[str, FormVersion] = {}
    for entry in company["forms"]:
        form = Form.objects.create(brand=brand, slug=entry["slug"], name=entry["name"], created_at=now)
        for name in reversed(entry["versions"]):
            document = read_document(folder / "forms" / f"{name}.yaml")
            versions[name] = publish_version(form=form, document=document, now=now)
        # An experiment may show any of them, so none of them runs out.
        FormVersion.objects.filter(form=form).update(expires_at=None)
    return versions


def _start_experiment(entry: Mapping[str, Any], versions: Mapping[str, FormVersion], now: datetime) -> None:
    experiment = Experiment.objects.create(
        key=entry["key"],
        name=entry["name"],
        hypothesis=entry["hypothesis"],
        subject=f"form:{entry['form']}",
        created_at=now,
    )
    for position, variant in enumerate(entry["variants"]):
        Variant.objects.create(
            experiment=experiment,
            key=variant["key"],
            name=variant["name"],
            weight=variant["weight"],
            position=position,
            payload={"form_version": versions[variant["version"]].pk},
            is_control=variant.get("is_control", False),
        )
    start_experiment(experiment=experiment, now=now)
