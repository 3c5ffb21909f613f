"""The working copy, which is the draft, as one plan document. Its order is stable: equal copies have equal hashes."""

from collections.abc import Iterable, Mapping
from typing import Any

from conditions import Vocabulary
from routing.contract import Contract
from routing.criteria_words import criteria_in_words
from routing.errors import PlanInvalid
from routing.models import (
    ContractInput,
    Member,
    NamedAccount,
    NamedAccountList,
    Queue,
    Rep,
    Rule,
    Targeted,
    Territory,
)
from routing.territories import Criteria, PostalAreaInvalid, parse_postal_area, territory_condition
from routing.vocabularies import named_vocabulary

# By list, then by domain: {"name": …, "owner": …}.
_Accounts = Mapping[int, dict[str, dict[str, Any]]]


def compile_plan() -> dict[str, Any]:
    """The document `parse_plan` reads. It isn't checked here, but for postal areas: raises PlanInvalid."""
    default = Queue.objects.filter(is_default=True).values_list("key", flat=True).first()
    lists = NamedAccountList.objects.select_related("queue", "owner").order_by("key")
    territories = Territory.objects.select_related("parent", "queue", "owner").prefetch_related("account_lists")
    accounts = _accounts()
    return {
        "contract": _contract_document(),
        "reps": {rep.key: _rep(rep) for rep in Rep.objects.order_by("key")},
        "account_lists": [_account_list(entry, accounts) for entry in lists],
        "territories": [_territory(entry, accounts) for entry in territories],
        "rules": _rules(),
        "queues": _queues(),
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


def _rep(rep: Rep) -> dict[str, Any]:
    return {"name": rep.name, "email": rep.email, "time_zone": rep.time_zone, "working_hours": rep.working_hours}


def _accounts(lists: Iterable[NamedAccountList] | None = None) -> _Accounts:
    """Of these lists, else of all, with one query however many there are."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    chosen = NamedAccount.objects.all() if lists is None else NamedAccount.objects.filter(list__in=lists)
    rows = chosen.order_by("domain").values_list("list_id", "domain", "company_name", "owner__key")
    for list_id, domain, name, owner in rows.iterator(chunk_size=10_000):
        found.setdefault(list_id, {})[domain] = {"name": name, "owner": owner}
    return found


def _account_list(entry: NamedAccountList, accounts: _Accounts) -> dict[str, Any]:
    return {"key": entry.key, "name": entry.name, **_target(entry), "accounts": accounts.get(entry.pk, {})}


def _territory(entry: Territory, accounts: _Accounts) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "parent": entry.parent.key if entry.parent else None,
        "condition": territory_condition(_criteria(entry, _domains_on(entry.account_lists.all(), accounts))),
        "tie_break": entry.tie_break,
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else None,
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else None,
        "time_zone": entry.time_zone,
        "working_hours": entry.working_hours,
        **_target(entry),
    }


def compiled_condition(entry: Territory) -> dict[str, Any]:
    """What one territory's criteria and its own condition come to."""
    lists = list(entry.account_lists.all())
    return territory_condition(_criteria(entry, _domains_on(lists, _accounts(lists) if lists else {})))


def _criteria(entry: Territory, account_domains: list[str] | None) -> Criteria:
    try:
        postal_areas = tuple(parse_postal_area(text) for text in entry.postal_areas)
    except PostalAreaInvalid as invalid:
        raise PlanInvalid(f"territories.{entry.key}.postal_areas", str(invalid)) from invalid
    return Criteria(
        countries=tuple(entry.countries),
        regions=tuple(entry.regions),
        postal_areas=postal_areas,
        employees=(entry.employees_min, entry.employees_max),
        revenue=(entry.revenue_min, entry.revenue_max),
        industries=tuple(entry.industries),
        account_domains=account_domains,
        condition=entry.condition,
    )


def where_in_words(entry: Territory, vocabulary: Vocabulary) -> str:
    """A territory's criteria for lists of them; its account lists should be prefetched. Their domains aren't read."""
    lists = [each.name for each in entry.account_lists.all()]
    names = {name: named_vocabulary(name) or {} for name in ("countries", "regions")}
    return criteria_in_words(_criteria(entry, None), lists, vocabulary, names)


def _domains_on(lists: Iterable[NamedAccountList], accounts: _Accounts) -> list[str] | None:
    """None without any list; an empty list where the lists are empty."""
    chosen = list(lists)
    if not chosen:
        return None
    return sorted(domain for each in chosen for domain in accounts.get(each.pk, ()))


def _rules() -> list[dict[str, Any]]:
    """By columns: a thousand rules as rows with all that they point to would take ten times as long."""
    columns = ("key", "name", "territory__key", "condition", "queue__key", "owner__key")
    return [
        {"key": key, "name": name, "territory": territory, "condition": condition, "queue": queue, "owner": owner}
        for key, name, territory, condition, queue, owner in Rule.objects.values_list(*columns)
    ]


def _queues() -> dict[str, dict[str, Any]]:
    members: dict[int, list[Member]] = {}
    for member in Member.objects.select_related("rep").order_by("rep__key"):
        members.setdefault(member.queue_id, []).append(member)
    queues = Queue.objects.select_related("fallback", "manager").order_by("key")
    return {queue.key: _queue(queue, members.get(queue.pk, [])) for queue in queues}


def _queue(queue: Queue, members: Iterable[Member]) -> dict[str, Any]:
    return {
        "name": queue.name,
        "fallback": queue.fallback.key if queue.fallback else None,
        "shared_count": queue.shared_count,
        "working_hours": queue.working_hours,
        "manager": queue.manager.key if queue.manager else None,
        "acceptance": {
            "within_min": queue.accept_within_min,
            "remind_min": queue.remind_min,
            "stagger_min": queue.stagger_min,
        },
        "credit": {
            "counts": sorted(queue.counts),
            "gives_back": sorted(queue.gives_back),
            "disqualify_reasons": sorted(queue.disqualify_reasons),
            "disqualify_cap_month": queue.disqualify_cap_month,
        },
        "members": [_member(member) for member in members],
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "rep": member.rep.key,
        "weight": member.weight,
        "priority": member.priority,
        "condition": member.condition,
        "caps": {"day": member.cap_day, "week": member.cap_week, "month": member.cap_month},
    }
