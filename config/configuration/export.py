"""The configuration as the database has it. A fixed number of queries, whatever the size."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet

from config.configuration.document import Configuration, Version, form_of_subject
from config.configuration.schema import GENERATE, SECTION, Entry, Field
from experiments.models import Experiment, Variant
from forms_engine.models import Brand, Form, FormVersion
from integrations.models import Delivery, WebhookEndpoint
from routing.models import (
    AlertRule,
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


def export_configuration(*, with_users: bool = False) -> Configuration:
    """Everything. Which user a rep is differs between installations, so it stands there only `with_users`."""
    versions = _versions_in_use()
    return Configuration(
        {
            "contract": _plain("contract", ContractInput.objects.order_by("position", "id")),
            "reps": _reps(with_users=with_users),
            "queues": _queues(),
            "account_lists": _account_lists(),
            "territories": _territories(),
            "rules": _plain("rules", Rule.objects.select_related("territory", "queue", "owner")),
            "golden_leads": _plain("golden_leads", GoldenLead.objects.order_by("name")),
            "alert_rules": _plain(
                "alert_rules", AlertRule.objects.select_related("queue", "territory").order_by("key")
            ),
            "brands": _plain("brands", Brand.objects.order_by("slug")),
            "forms": _forms(versions),
            "experiments": _experiments(versions),
            "webhooks": {
                key: {**_entry(SECTION["webhooks"].fields[:-1], row), "secret": GENERATE}
                for key, row in webhooks_by_key().items()
            },
        }
    )


def _plain(section: str, rows: "QuerySet[Any]") -> dict[str, Entry]:
    """Of a section whose entries are rows and nothing else."""
    spec = SECTION[section]
    return {getattr(row, spec.named_by): _entry(spec.fields, row) for row in rows}


def _entry(fields: Iterable[Field], row: Model) -> Entry:
    return {field.name: _value(getattr(row, field.on_model), field) for field in fields}


def _value(value: Any, field: Field) -> Any:
    if isinstance(value, Model):
        return getattr(value, SECTION[field.refers_to].named_by)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return None if field.refers_to and value == "" else value


def _without(section: str, *left_out: str) -> list[Field]:
    return [field for field in SECTION[section].fields if field.name not in left_out]


def _reps(*, with_users: bool) -> dict[str, Entry]:
    fields = _without("reps", "user")
    found = {}
    for rep in Rep.objects.select_related("user").order_by("key"):
        user = {"user": rep.user.get_username() if rep.user else None} if with_users else {}
        found[rep.key] = {**_entry(fields, rep), **user}
    return found


def _queues() -> dict[str, Entry]:
    members: dict[int, dict[str, Entry]] = {}
    for member in Member.objects.select_related("rep").order_by("rep__key"):
        members.setdefault(member.queue_id, {})[member.rep.key] = _entry(
            SECTION["queues"].field("members").entries, member
        )
    queues = Queue.objects.select_related("fallback", "manager").order_by("key")
    fields = _without("queues", "members")
    return {queue.key: {**_entry(fields, queue), "members": members.get(queue.pk, {})} for queue in queues}


def _account_lists() -> dict[str, Entry]:
    accounts: dict[int, dict[str, Entry]] = {}
    rows = NamedAccount.objects.order_by("domain").values_list("list_id", "domain", "company_name", "owner__key")
    for list_id, domain, name, owner in rows:
        accounts.setdefault(list_id, {})[domain] = {"company_name": name, "owner": owner}
    lists = NamedAccountList.objects.select_related("queue", "owner").order_by("key")
    fields = _without("account_lists", "accounts")
    return {row.key: {**_entry(fields, row), "accounts": accounts.get(row.pk, {})} for row in lists}


def _territories() -> dict[str, Entry]:
    rows = Territory.objects.select_related("parent", "queue", "owner").prefetch_related("account_lists")
    fields = _without("territories", "account_lists")
    return {
        row.key: {**_entry(fields, row), "account_lists": sorted(each.key for each in row.account_lists.all())}
        for row in rows
    }


def _versions_in_use() -> dict[int, FormVersion]:
    """Those that forms show, and those that experiments name. Replaced ones explain old submissions, no more."""
    active = set(Form.objects.exclude(active_version=None).values_list("active_version_id", flat=True))
    named = {version_named_by(payload) for payload in Variant.objects.values_list("payload", flat=True)}
    return FormVersion.objects.select_related("form").in_bulk([pk for pk in active | named if pk])


def version_named_by(payload: object) -> int | None:
    """The id of the version that a variant shows."""
    found = payload.get("form_version") if isinstance(payload, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63 else None


def _forms(versions: Mapping[int, FormVersion]) -> dict[str, Entry]:
    in_use: dict[int, dict[str, Version]] = {}
    # Of equal documents the active one stands for all, else a published one, else the first.
    for row in sorted(versions.values(), key=lambda each: (_is_active(each), each.is_published, -each.number)):
        version = Version(row.number, row.document, row.is_published)
        in_use.setdefault(row.form_id, {})[version.hash] = version
    fields = _without("forms", "archived", "active", "versions", "drafts")
    return {
        form.slug: {
            **_entry(fields, form),
            "archived": form.archived_at is not None,
            "active": _hash(versions, form.active_version_id),
            "versions": in_use.get(form.pk, {}),
        }
        for form in Form.objects.select_related("brand").order_by("slug")
    }


def _is_active(version: FormVersion) -> bool:
    return version.form.active_version_id == version.pk


def _hash(versions: Mapping[int, FormVersion], pk: int | None) -> str | None:
    row = versions.get(pk or 0)
    return Version(row.number, row.document, row.is_published).hash if row else None


def _experiments(versions: Mapping[int, FormVersion]) -> dict[str, Entry]:
    fields = _without("experiments", "variants")
    return {
        experiment.key: {
            **_entry(fields, experiment),
            "variants": {
                variant.key: _variant(variant, form_of_subject(experiment.subject), versions)
                for variant in experiment.variants.all()
            },
        }
        for experiment in Experiment.objects.prefetch_related("variants").order_by("key")
    }


def _variant(variant: Variant, slug: str, versions: Mapping[int, FormVersion]) -> Entry:
    """A version of another form than the experiment is about isn't named: the experiment couldn't start with it."""
    fields = [field for field in SECTION["experiments"].field("variants").entries if field.name in _OF_VARIANTS]
    pk = version_named_by(variant.payload)
    shown = versions.get(pk or 0)
    fits = shown is not None and shown.form.slug == slug
    payload = variant.payload if isinstance(variant.payload, dict) else {}
    return {
        **_entry(fields, variant),
        "form_version": _hash(versions, pk) if fits else None,
        "payload": {key: value for key, value in payload.items() if key != "form_version"},
    }


_OF_VARIANTS = ("name", "weight", "control")


def webhooks_by_key() -> dict[str, WebhookEndpoint]:
    """By name; a name that stands there again gets a number, so that each has a key."""
    found: dict[str, WebhookEndpoint] = {}
    for row in WebhookEndpoint.objects.order_by("name", "id"):
        found[_free(row.name, found)] = row
    return found


def _free(name: str, taken: Mapping[str, object]) -> str:
    numbered: Callable[[int], str] = lambda n: name if n == 1 else f"{name} ({n})"  # noqa: E731
    return next(key for n in range(1, len(taken) + 2) if (key := numbered(n)) not in taken)


def kept_by_records() -> dict[str, set[str]]:
    """What is never removed: experiments that have begun, since figures rest on them, and webhooks that are turned off
    but were sent something."""
    begun = Experiment.objects.exclude(status=Experiment.Status.DRAFT, started_at=None)
    off = WebhookEndpoint.objects.filter(Exists(Delivery.objects.filter(endpoint=OuterRef("pk"))), enabled=False)
    turned_off = set(off.values_list("pk", flat=True))
    return {
        "experiments": set(begun.values_list("key", flat=True)),
        "webhooks": {key for key, row in webhooks_by_key().items() if row.pk in turned_off},
    }


def known_versions() -> dict[str, dict[str, int]]:
    """All versions of all forms: slug -> hash -> number."""
    found: dict[str, dict[str, int]] = {}
    rows = FormVersion.objects.order_by("-number").values_list("form__slug", "content_hash", "number")
    for slug, content_hash, number in rows:
        found.setdefault(slug, {})[content_hash] = number
    return found
