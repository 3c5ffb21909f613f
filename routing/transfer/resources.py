"""The five kinds of rows: what identifies each, what it refers to, what must hold within one."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max
from import_export.fields import Field

from leads.errors import EmailInvalid
from leads.identity import normalise_email, registrable_domain
from routing.models import (
    Absence,
    Member,
    NamedAccount,
    NamedAccountList,
    Rep,
    Rule,
    Territory,
)
from routing.services.compile_plan import working_contract
from routing.transfer import lookups
from routing.transfer.kinds import ABSENCES, ACCOUNTS, MEMBERS, RULES, TERRITORIES
from routing.transfer.overlaps import Spans
from routing.transfer.resource import Gone, Row, Tell, TransferResource, key_of, options_for, refuse
from routing.transfer.widgets import (
    ConditionJson,
    Day,
    HoursJson,
    Moment,
    Name,
    Reference,
    References,
    Text,
    Texts,
    Whole,
    YesNo,
    Zone,
    country,
    moment_of,
    one_of,
    postal_area,
)

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII)
_LONGEST_DOMAIN = 253


def domain_of(text: str) -> str | None:
    """The registrable domain of whatever people paste: `https://www.Example.com/a` -> `example.com`.

    A host by itself stays whole, unless it is a web site's: `eu.example.com` may be an account beside `example.com`.
    """
    host = re.split(r"[/?#\\]", _SCHEME.sub("", text.strip()), maxsplit=1)[0]
    host = re.sub(r":\d*$", "", host)
    if not host or len(host) > 320 or re.search(r"\s", host):
        return None
    domain = registrable_domain(host)
    if domain and host == text.strip():
        domain = _whole(host.lower().rstrip(".")) or domain
    return domain if domain and len(domain) <= _LONGEST_DOMAIN else None


def _whole(host: str) -> str | None:
    """As DNS spells it; None for a web site's, an address, and what is no host."""
    if host.startswith("www."):
        return None
    if not host.isascii():
        try:
            host = normalise_email(f"x@{host}").rpartition("@")[2]
        except EmailInvalid:
            return None
    return host if _HOST.fullmatch(host) else None


def _refuse_both_targets(instance: Any) -> None:
    if instance.queue_id and instance.owner_id:
        raise refuse("owner", "Choose a queue or an owner, not both.")


class AccountResource(TransferResource):
    """`list_key`: the list of rows that name none. `move`: take domains from the lists they are on."""

    kind, model = ACCOUNTS, NamedAccount
    domain = Field("domain", "domain", Text(_LONGEST_DOMAIN), readonly=True)
    company_name = Field("company_name", "company_name", Text(200))
    list = Field("list_id", "list", Reference())
    owner = Field("owner_id", "owner", Reference())

    class Meta(options_for(ACCOUNTS, NamedAccount)):  # type: ignore[misc]
        pass

    def __init__(self, *, list_key: str = "", move: bool = False, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self._lists = self.fields["list"].widget.lookup = lookups.account_lists()
        self.fields["owner"].widget.lookup = lookups.reps()
        self._list_key, self._move = list_key, move
        targeted = NamedAccountList.objects.exclude(queue=None, owner=None)
        self._with_target = frozenset(targeted.values_list("pk", flat=True))

    def identity_in(self, instance: Any) -> Hashable:
        return instance.domain

    def identity_of(self, row: Row) -> Hashable:
        if row["domain"] in self.known:  # also where a form took what no file would bring
            return str(row["domain"])
        domain = domain_of(row["domain"])
        if domain is None:
            told = f"“{row['domain'][:80]}” is" if row["domain"] else "It is empty and so"
            raise refuse("domain", f"{told} no domain such as example.com.")
        return domain

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        instance.domain = identity

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        if self._list_key and not row.get("list"):
            row["list"] = self._list_key
        super().before_import_row(row, **kwargs)

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        self._was_on = instance.list_id
        super().import_instance(instance, row, **kwargs)
        if instance.list_id is None:  # an empty cell
            instance.list_id = self._was_on

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        if instance.list_id is None:
            raise refuse("list", "It is on no list: name one in the file, or choose one for the whole file.")
        if self._was_on not in (None, instance.list_id) and not self._move:
            raise refuse("list", f"It is on the list {self._lists.key_of(self._was_on)} already.")
        if instance.owner_id is None and instance.list_id not in self._with_target:
            named = self._lists.key_of(instance.list_id)
            raise refuse("owner", f"The list {named} has neither queue nor owner, so each account needs an owner.")

    def to_remove(self) -> Gone:
        about = {each.list_id for each in self._touched()}
        gone = [each for key, each in self.known.items() if each.list_id in about and key not in self._seen]
        return [(each.domain, each) for each in gone]

    def _touched(self) -> Iterable[Any]:
        yield from self.create_instances
        yield from (self.known[key] for key in self.report.accepted if key in self.known)

    def store_changed(self, batch: Sequence[Any]) -> None:
        """One INSERT that gives way: UPDATE with a CASE for each row takes many times as long."""
        again = [
            NamedAccount(
                domain=each.domain, company_name=each.company_name, list_id=each.list_id, owner_id=each.owner_id
            )
            for each in batch
        ]
        NamedAccount.objects.bulk_create(
            again,
            update_conflicts=True,
            unique_fields=["domain"],
            update_fields=["company_name", "list", "owner"],
        )


class _PlacedResource(TransferResource):
    """Rows with a key, a name and a place in an order."""

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self._contract = working_contract()
        self.fields["queue"].widget.lookup = lookups.queues()
        self.fields["owner"].widget.lookup = lookups.reps()
        self.fields["condition"].widget.vocabulary = self._contract.vocabulary
        last = self.model._default_manager.aggregate(last=Max("position"))["last"]
        self._first_place = self._next_place = 0 if last is None else last + 1

    def begin_anew(self) -> None:
        super().begin_anew()
        self._next_place = self._first_place

    def identity_in(self, instance: Any) -> Hashable:
        return instance.key

    def identity_of(self, row: Row) -> Hashable:
        return key_of(row, self.kind.one)

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        instance.key = identity

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        place = instance.position
        super().import_instance(instance, row, **kwargs)
        if self._is_new and not row.get("position"):
            instance.position, self._next_place = self._next_place, self._next_place + 1
        elif instance.position is None:  # an empty cell
            instance.position = place

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        if not instance.name:
            raise refuse("name", "It must not be empty.")
        _refuse_both_targets(instance)


class RuleResource(_PlacedResource):
    kind, model = RULES, Rule
    key = Field("key", "key", Text(60), readonly=True)
    name = Field("name", "name", Name(120))
    territory = Field("territory_id", "territory", Reference())
    condition = Field("condition", "condition", ConditionJson())
    queue = Field("queue_id", "queue", Reference())
    owner = Field("owner_id", "owner", Reference())
    position = Field("position", "position", Whole(blank=None))

    class Meta(options_for(RULES, Rule)):  # type: ignore[misc]
        pass

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self.fields["territory"].widget.lookup = lookups.territories()

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        super().check(instance, row, is_new=is_new)
        if not (instance.queue_id or instance.owner_id):
            raise refuse("queue", "A rule needs a queue or an owner.")


class TerritoryResource(_PlacedResource):
    """Rows may lie within rows of the same file, above or below them."""

    kind, model = TERRITORIES, Territory
    key = Field("key", "key", Text(60), readonly=True)
    name = Field("name", "name", Name(120))
    parent = Field("parent_key", "parent", Text(120))
    countries = Field("countries", "countries", Texts(country))
    regions = Field("regions", "regions", Texts(str))
    postal_areas = Field("postal_areas", "postal_areas", Texts(postal_area))
    employees_min = Field("employees_min", "employees_min", Whole(blank=None, big=True))
    employees_max = Field("employees_max", "employees_max", Whole(blank=None, big=True))
    revenue_min = Field("revenue_min", "revenue_min", Whole(blank=None, big=True))
    revenue_max = Field("revenue_max", "revenue_max", Whole(blank=None, big=True))
    industries = Field("industries", "industries", Texts(str))
    account_lists = Field("list_ids", "account_lists", References())
    condition = Field("condition", "condition", ConditionJson())
    queue = Field("queue_id", "queue", Reference())
    owner = Field("owner_id", "owner", Reference())
    tie_break = Field("tie_break", "tie_break", Whole(blank=0, least=None))
    valid_from = Field("valid_from", "valid_from", Day())
    valid_to = Field("valid_to", "valid_to", Day())
    time_zone = Field("time_zone", "time_zone", Zone(64))
    working_hours = Field("working_hours", "working_hours", HoursJson())
    position = Field("position", "position", Whole(blank=None))

    class Meta(options_for(TERRITORIES, Territory)):  # type: ignore[misc]
        pass

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        for column, one in (("regions", "region"), ("industries", "industry")):
            spec = self._contract.by_key.get(one)
            self.fields[column].widget = Texts(one_of((spec.choices if spec else None) or {}, one))
        self.fields["account_lists"].widget.lookup = lookups.account_lists()
        self._parents: dict[Hashable, str] = {}

    def existing(self) -> Iterable[Any]:
        for territory in self.queryset().select_related("parent").prefetch_related("account_lists"):
            yield with_references(territory)

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        super().begin(instance, identity, row)
        instance.parent_key, instance.list_ids, instance.stored_list_ids = "", (), ()

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        super().check(instance, row, is_new=is_new)
        if instance.valid_from and instance.valid_to and instance.valid_to < instance.valid_from:
            raise refuse("valid_to", "The last day is before the first.")
        for low, high in (("employees_min", "employees_max"), ("revenue_min", "revenue_max")):
            bounds = getattr(instance, low), getattr(instance, high)
            if None not in bounds and bounds[1] < bounds[0]:
                raise refuse(high, "This is less than where it begins.")
        if instance.parent_key == instance.key:
            raise refuse("parent", "A territory can't lie within itself.")

    def second_thoughts(self) -> dict[Hashable, tuple[str, str]]:
        """Within a territory that won't be there, or within one's own part: seen only once all rows are read."""
        parents: dict[Any, str] = {key: each.parent_key for key, each in self.known.items()}
        parents.update({each.key: each.parent_key for each in self.create_instances})
        there = {*self.known, *self.report.accepted}
        wrong: dict[Hashable, tuple[str, str]] = {}
        for key in self.report.accepted:
            if parents.get(key) and parents[key] not in there:
                wrong[key] = ("parent", f"There is no territory with the key “{parents[key]}”.")
            elif _circles(key, parents):
                wrong[key] = ("parent", "A territory can't lie within itself.")
        return wrong

    def written(self, instances: Sequence[Any]) -> None:
        ids = dict(Territory.objects.values_list("key", "pk"))
        moved = []
        for each in instances:
            parent_id = ids[each.parent_key] if each.parent_key else None
            if each.parent_id != parent_id:
                each.parent_id = parent_id
                moved.append(each)
            if each.list_ids != each.stored_list_ids:
                each.account_lists.set(each.list_ids)
        Territory.objects.bulk_update(moved, ["parent"], batch_size=500)


def with_references(territory: Territory) -> Any:
    """With what files write of its parent and its lists, as attributes."""
    row: Any = territory
    row.parent_key = territory.parent.key if territory.parent else ""
    row.list_ids = row.stored_list_ids = tuple(sorted(each.pk for each in territory.account_lists.all()))
    return row


def _circles(key: Any, parents: dict[Any, str]) -> bool:
    seen, at = {key}, parents.get(key, "")
    while at:
        if at == key:
            return True
        if at in seen:
            return False
        seen.add(at)
        at = parents.get(at, "")
    return False


class _OfReps(TransferResource):
    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self._reps = self.fields["rep"].widget.lookup = lookups.reps()

    def _rep(self, row: Row) -> int:
        if not row["rep"]:
            raise refuse("rep", "It must not be empty.")
        try:
            return self._reps.find(row["rep"])
        except ValueError as error:
            raise refuse("rep", str(error)) from error


class MemberResource(_OfReps):
    kind, model = MEMBERS, Member
    queue = Field("queue_id", "queue", Reference(), readonly=True)
    rep = Field("rep_id", "rep", Reference(), readonly=True)
    weight = Field("weight", "weight", Whole(blank=1))
    priority = Field("priority", "priority", Whole(blank=0, least=None))
    condition = Field("condition", "condition", ConditionJson())
    cap_day = Field("cap_day", "cap_day", Whole(blank=None))
    cap_week = Field("cap_week", "cap_week", Whole(blank=None))
    cap_month = Field("cap_month", "cap_month", Whole(blank=None))
    paused = Field("paused", "paused", YesNo())

    class Meta(options_for(MEMBERS, Member)):  # type: ignore[misc]
        pass

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self._queues = self.fields["queue"].widget.lookup = lookups.queues()
        self.fields["condition"].widget.vocabulary = working_contract().vocabulary

    def identity_in(self, instance: Any) -> Hashable:
        return (instance.queue_id, instance.rep_id)

    def identity_of(self, row: Row) -> Hashable:
        if not row["queue"]:
            raise refuse("queue", "It must not be empty.")
        try:
            queue = self._queues.find(row["queue"])
        except ValueError as error:
            raise refuse("queue", str(error)) from error
        return (queue, self._rep(row))

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        instance.queue_id, instance.rep_id = identity

    def label(self, identity: Any) -> str:
        return f"{self._reps.key_of(identity[1])} in {self._queues.key_of(identity[0])}"

    def to_remove(self) -> Gone:
        accepted: Iterable[Any] = self.report.accepted
        about = {identity[0] for identity in accepted}
        gone = [key for key in self.known if key[0] in about and key not in self._seen]  # type: ignore[index]
        return [(self.label(key), self.known[key]) for key in gone]


class AbsenceResource(_OfReps):
    kind, model = ABSENCES, Absence
    rep = Field("rep_id", "rep", Reference(), readonly=True)
    starts_at = Field("starts_at", "starts_at", Moment(is_end=False), readonly=True)
    ends_at = Field("ends_at", "ends_at", Moment(is_end=True))
    reason = Field("reason", "reason", Text(120))

    class Meta(options_for(ABSENCES, Absence)):  # type: ignore[misc]
        pass

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__(tell=tell)
        self._zones = {pk: ZoneInfo(zone) for pk, zone in Rep.objects.values_list("pk", "time_zone")}

    def identity_in(self, instance: Any) -> Hashable:
        return (instance.rep_id, instance.starts_at)

    def identity_of(self, row: Row) -> Hashable:
        rep = self._rep(row)
        self.fields["ends_at"].widget.zone = self._zones[rep]
        if not row["starts_at"]:
            raise refuse("starts_at", "It must not be empty.")
        try:
            return (rep, moment_of(row["starts_at"], self._zones[rep], is_end=False))
        except (ValueError, OverflowError) as error:
            raise refuse("starts_at", f"“{row['starts_at'][:80]}” is no time such as 2026-03-02 09:00.") from error

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        instance.rep_id, instance.starts_at = identity

    def label(self, identity: Any) -> str:
        starts: datetime = identity[1]
        return f"{self._reps.key_of(identity[0])} from {starts:%Y-%m-%d %H:%M} UTC"

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        if instance.ends_at <= instance.starts_at:
            raise refuse("ends_at", "It ends before it begins.")

    def second_thoughts(self) -> dict[Hashable, tuple[str, str]]:
        """As where reps set their own, none that is new or changes overlaps another. Of two rows the first is good.

        Those that overlap already, as an export has them, stay.
        """
        wanted = {self.identity_in(each): each for each in [*self.create_instances, *self.update_instances]}
        taken: dict[int, Spans] = defaultdict(Spans)
        for identity, each in self.known.items():
            if identity not in wanted:
                taken[each.rep_id].add(each.starts_at, each.ends_at)
        wrong: dict[Hashable, tuple[str, str]] = {}
        for identity in sorted(wanted, key=self._seen.__getitem__):
            each = wanted[identity]
            other = taken[each.rep_id].overlapping(each.starts_at, each.ends_at)
            if other is None:
                taken[each.rep_id].add(each.starts_at, each.ends_at)
            else:
                words = f"It overlaps the absence from {other[0]:%Y-%m-%d %H:%M} until {other[1]:%Y-%m-%d %H:%M} UTC."
                wrong[identity] = ("starts_at", words)
        return wrong

    def lock(self) -> None:
        """Reps who set their own lock their row."""
        reps = {each.rep_id for each in [*self.create_instances, *self.update_instances]}
        list(Rep.objects.select_for_update(no_key=True).filter(pk__in=reps).order_by("pk").only("pk"))


RESOURCES: dict[str, type[TransferResource]] = {
    resource.kind.key: resource
    for resource in (AccountResource, TerritoryResource, RuleResource, MemberResource, AbsenceResource)
}
__all__ = ["RESOURCES", "AccountResource", "domain_of", "with_references"]
