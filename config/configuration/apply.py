"""Change the database into what a configuration says: all of it in one transaction, or nothing.

Applying twice changes nothing the second time. Before, `rehearse` does all of it and takes it back, so that what would
be refused is known when the difference is shown.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat

from config.configuration.accounts import write_accounts
from config.configuration.difference import Difference, SectionDifference, difference
from config.configuration.document import Configuration, Version
from config.configuration.export import export_configuration, kept_by_records, known_versions, webhooks_by_key
from config.configuration.references import problems_of
from config.configuration.schema import GENERATE, SECTION, Entry, Field
from config.errors import ApprovalNeeded, ConfigurationChanged, ConfigurationInvalid, Problem
from experiments.models import Experiment, Variant
from forms_engine.models import Brand, Form, FormVersion
from forms_engine.services.publish_version import activate_version, bring_version
from foundation.audit import Way, record
from foundation.audit_history import one_entry_for_all
from foundation.fields import ConditionField
from integrations.models import WebhookEndpoint
from routing.models import (
    AlertRule,
    ContractInput,
    GoldenLead,
    Member,
    NamedAccountList,
    Plan,
    Queue,
    Rep,
    Rule,
    Territory,
)
from routing.models.draft import WorkingCopyQuerySet, locked_draft_revision, one_change
from routing.services.publish_plan import publish_plan

MODELS: Mapping[str, type[models.Model]] = {
    "contract": ContractInput,
    "reps": Rep,
    "queues": Queue,
    "account_lists": NamedAccountList,
    "territories": Territory,
    "rules": Rule,
    "golden_leads": GoldenLead,
    "alert_rules": AlertRule,
    "brands": Brand,
    "forms": Form,
    "experiments": Experiment,
    "webhooks": WebhookEndpoint,
}
CHANGED_SINCE = "Something was changed since the difference was shown. Look at it again."
MOST_AUDITED = 200
# Entries that lean on others of their section, by this field.
_LEANS_ON = {"queues": "fallback", "territories": "parent"}


@dataclass(frozen=True)
class Applied:
    difference: Difference
    plan: Plan | None = None


def compare(wanted: Configuration, *, prune: bool) -> Difference:
    """What applying would change. Raises ConfigurationInvalid where what there would be doesn't hold together."""
    present = export_configuration(with_users=_names_users(wanted))
    found = difference(present, wanted, prune=prune, versions=known_versions(), kept=kept_by_records())
    if problems := [*problems_of(found.merged), *_unknown_users(wanted)]:
        raise ConfigurationInvalid(problems)
    return found


def _names_users(wanted: Configuration) -> bool:
    return any("user" in rep for rep in wanted.entries("reps").values())


def _unknown_users(wanted: Configuration) -> Iterator[Problem]:
    named = {rep["user"]: key for key, rep in wanted.entries("reps").items() if rep.get("user")}
    known = set(User.objects.filter(username__in=named).values_list("username", flat=True))
    for username in sorted(named.keys() - known):
        yield Problem(f"reps.{named[username]}.user", f"there is no user {username!r} here")


def mark_of_present() -> str:
    """A hash that changes with anything a configuration holds."""
    sections = export_configuration(with_users=True).sections
    text = json.dumps(sections, sort_keys=True, default=_mark_of_version, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _mark_of_version(value: object) -> object:
    return [value.number, value.hash, value.is_published] if isinstance(value, Version) else str(value)


def lock_configuration() -> None:
    """Nobody else changes what is there until this transaction ends: applying saves whole rows, and would undo it."""
    locked_draft_revision()
    for model in MODELS.values():
        rows = model._default_manager.all()
        if not isinstance(rows, WorkingCopyQuerySet):
            # Submissions and deliveries, which only refer to such a row, don't wait.
            list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def rehearse(wanted: Configuration, *, prune: bool, publish: bool = False, now: datetime) -> Difference:
    """What applying would change; raises what it would raise. Nothing stays."""
    with transaction.atomic():
        lock_configuration()
        applied = _apply(wanted, prune=prune, publish=publish, user=None, way=Way.SYSTEM, now=now)
        transaction.set_rollback(True)
    return applied.difference


def apply_configuration(
    *,
    wanted: Configuration,
    prune: bool = False,
    publish: bool = False,
    mark: str = "",
    user: User | None = None,
    way: Way = Way.COMMAND,
    source: str = "",
    now: datetime,
) -> Applied:
    """`mark`: the present's when the difference was shown; anything else now raises ConfigurationChanged.

    `source` names the file in the audit. Raises ConfigurationInvalid with every problem, and what publishing raises.
    """
    with transaction.atomic():
        lock_configuration()
        if mark and mark != mark_of_present():
            raise ConfigurationChanged(CHANGED_SINCE)
        applied = _apply(wanted, prune=prune, publish=publish, user=user, way=way, now=now)
        if applied.difference.total:
            record(
                "configuration applied",
                now=now,
                user=user,
                way=way,
                kind="configuration",
                label=source,
                changes=dict(islice(_audited(applied.difference), MOST_AUDITED)),
                note=_counted(applied.difference),
            )
    return applied


def _audited(found: Difference) -> Iterator[tuple[str, Sequence[str | None]]]:
    """What changed, field by field, as the audit has it."""
    for section in found.sections:
        name = section.section.key
        yield from ((f"{name}.{key}", [None, "added"]) for key in section.added)
        for each in section.changed:
            yield from ((f"{name}.{each.key}.{change.path}", [change.before, change.after]) for change in each.changes)
        yield from ((f"{name}.{key}", [None, "moved"]) for key in section.moved)
        yield from ((f"{name}.{key}", ["there", "removed"]) for key in section.removed)


def _counted(found: Difference) -> str:
    told = [
        f"{section.section.many}: {count} {what}"
        for section in found.sections
        for what, count in section.counts.items()
        if count and what != "unchanged"
    ]
    return "; ".join(told)


def _apply(wanted: Configuration, *, prune: bool, publish: bool, user: User | None, way: Way, now: datetime) -> Applied:
    if publish and settings.PLAN_NEEDS_APPROVAL:
        raise ApprovalNeeded("Somebody else has to approve the plan: apply without publishing, then propose it.")
    found = compare(wanted, prune=prune)
    if found.total:
        # One revision of the draft, one audit entry.
        with one_change(), one_entry_for_all():
            _Writer(found, user, now).write()
    if not publish:
        return Applied(found)
    active = Plan.objects.filter(is_active=True).first()
    plan = publish_plan(note="Configuration applied", user=user, way=way, now=now)
    return Applied(replace(found, publishes=plan != active), plan)


class _Writer:
    """Writes what differs, sections in their order, then removes in the order turned round."""

    def __init__(self, found: Difference, user: User | None, now: datetime) -> None:
        self.found = found
        self.user = user
        self.merged = found.merged
        self.now = now
        self.problems: list[Problem] = []
        self.rows: dict[str, dict[str, Any]] = {}
        for key, model in MODELS.items():
            named_by = SECTION[key].named_by
            self.rows[key] = {getattr(row, named_by): row for row in model._default_manager.all()}
        self.rows["webhooks"] = dict(webhooks_by_key())

    def write(self) -> None:
        self._clear_the_way()
        for section in self.found.sections:
            for key in self._written_keys(section):
                self._write_entry(section, key, self.merged.entries(section.section.key)[key])
            self._refuse_problems()
            self._place(section)
        self._write_accounts()
        for section in reversed(self.found.sections):
            self._remove(section)
        self._refuse_problems()

    def _refuse_problems(self) -> None:
        if self.problems:
            raise ConfigurationInvalid(self.problems)

    def _clear_the_way(self) -> None:
        """What only one row may have is taken from the row that has it now, before another one gets it."""
        reps = self.merged.entries("reps")
        moving = [row.pk for key, row in self.rows["reps"].items() if key in reps and row.email != reps[key]["email"]]
        Rep.objects.filter(pk__in=moving).update(email=Concat(F("key"), Value("@moving.invalid")))
        changed = {
            each.key for section in self.found.sections if section.section.key == "reps" for each in section.changed
        }
        naming = [row.pk for key, row in self.rows["reps"].items() if key in changed and "user" in reps[key]]
        Rep.objects.filter(pk__in=naming).update(user=None)
        defaults = [key for key, queue in self.merged.entries("queues").items() if queue["default"]]
        Queue.objects.filter(is_default=True).exclude(key__in=defaults).update(is_default=False)

    def _written_keys(self, section: SectionDifference) -> list[str]:
        touched = {*section.added, *(each.key for each in section.changed)}
        name = _LEANS_ON.get(section.section.key)
        if name is None:
            return [key for key in section.order if key in touched]
        parents = {key: entry[name] for key, entry in self.merged.entries(section.section.key).items()}
        return [key for key in _leaned_on_first(parents) if key in touched]

    def _write_entry(self, section: SectionDifference, key: str, entry: Entry) -> None:
        name = section.section.key
        row = self.rows[name].get(key) or MODELS[name](**{section.section.named_by: key})
        for field in section.section.fields:
            if field.name in entry and _is_plain(row, field):
                self._set(row, field, entry[field.name])
        self._before_saving(name, row, entry)
        if self._is_valid(section.section.fields, row, f"{name}.{key}"):
            self._save(row, f"{name}.{key}")
            self.rows[name][key] = row
            self._write_parts(name, key, row, entry)

    def _set(self, row: models.Model, field: Field, value: Any) -> None:
        if not field.refers_to or value is None:
            # Texts that name something are empty where nothing is named.
            is_text = field.refers_to and not row._meta.get_field(field.on_model).is_relation
            setattr(row, field.on_model, "" if is_text else value)
            return
        is_relation = row._meta.get_field(field.on_model).is_relation
        setattr(row, field.on_model, self.rows[field.refers_to][value] if is_relation else value)

    def _before_saving(self, name: str, row: Any, entry: Entry) -> None:
        if name == "reps" and "user" in entry:
            row.user = User.objects.get(username=entry["user"]) if entry["user"] else None
        if name == "forms":
            row.archived_at = (row.archived_at or self.now) if entry["archived"] else None
        if name == "webhooks":
            row.secret = row.secret if entry["secret"] == GENERATE else entry["secret"]
            row.disabled_reason = "" if entry["enabled"] else row.disabled_reason

    def _is_valid(self, fields: Iterable[Field], row: models.Model, path: str) -> bool:
        """References and conditions were checked before, all at once; a default needs no check."""
        left_out = {
            each.name
            for each in row._meta.concrete_fields
            if each.is_relation
            or isinstance(each, ConditionField)
            or (each.has_default() and getattr(row, each.attname) == each.get_default())
        }
        try:
            row.clean_fields(exclude=left_out)
            # A golden lead asks the database for what it names, which was checked.
            if not isinstance(row, GoldenLead):
                row.clean()
        except ValidationError as invalid:
            named = {each.on_model: each.name for each in fields}
            self.problems.extend(_as_problems(invalid, path, named))
            return False
        return True

    def _save(self, row: models.Model, path: str) -> None:
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            self.problems.append(Problem(path, "clashes with something that is there already"))
            self._refuse_problems()

    def _write_parts(self, name: str, key: str, row: Any, entry: Entry) -> None:
        if name == "queues":
            self._write_members(row, entry["members"], f"queues.{key}.members")
        elif name == "territories":
            row.account_lists.set([self.rows["account_lists"][each] for each in entry["account_lists"]])
        elif name == "forms":
            self._write_versions(row, entry)
        elif name == "experiments":
            self._write_variants(row, entry["variants"], f"experiments.{key}.variants")

    def _write_members(self, queue: Queue, wanted: Mapping[str, Entry], path: str) -> None:
        there = {member.rep.key: member for member in queue.members.select_related("rep")}
        fields = SECTION["queues"].field("members").entries
        for key, entry in wanted.items():
            member = there.get(key) or Member(queue=queue, rep=self.rows["reps"][key])
            if member.pk and all(getattr(member, field.name) == entry[field.name] for field in fields):
                continue
            for field in fields:
                setattr(member, field.name, entry[field.name])
            if self._is_valid(fields, member, f"{path}.{key}"):
                member.save()
        for key in there.keys() - wanted.keys():
            there[key].delete()

    def _write_versions(self, form: Form, entry: Entry) -> None:
        for version in sorted(entry["versions"].values(), key=lambda each: each.number):
            bring_version(
                form=form,
                document=version.document,
                number=version.number,
                is_published=version.is_published,
                now=self.now,
            )
        shown = form.active_version.content_hash if form.active_version else None
        if entry["active"] is None and shown is not None:
            form.active_version = None
            form.save(update_fields=["active_version"])
        elif entry["active"] != shown:
            rows = form.versions.filter(content_hash=entry["active"], status=FormVersion.Status.PUBLISHED)
            activate_version(form=form, version=rows.order_by("-number")[0], user=self.user, now=self.now)

    def _write_variants(self, experiment: Experiment, wanted: Mapping[str, Entry], path: str) -> None:
        there = {variant.key: variant for variant in experiment.variants.all()}
        fields = SECTION["experiments"].field("variants").entries
        for position, (key, entry) in enumerate(wanted.items()):
            variant = there.get(key) or Variant(experiment=experiment, key=key)
            before = (variant.name, variant.weight, variant.is_control, variant.payload, variant.position)
            variant.name, variant.weight, variant.is_control = entry["name"], entry["weight"], entry["control"]
            variant.payload = {**entry["payload"], **self._shown(experiment, entry["form_version"])}
            variant.position = position
            after = (variant.name, variant.weight, variant.is_control, variant.payload, variant.position)
            if (variant.pk is None or before != after) and self._is_valid(fields, variant, f"{path}.{key}"):
                variant.save()
        for key, variant in there.items():
            if key not in wanted:
                self._remove_variant(variant, f"{path}.{key}")

    def _remove_variant(self, variant: Variant, path: str) -> None:
        try:
            variant.clean()  # says whether it may change at all
        except ValidationError as invalid:
            self.problems.extend(_as_problems(invalid, path, {}))
        else:
            self._delete(variant, path)

    def _shown(self, experiment: Experiment, wanted: str | None) -> dict[str, int]:
        if wanted is None:
            return {}
        rows = FormVersion.objects.filter(form__slug=experiment.subject.partition(":")[2], content_hash=wanted)
        return {"form_version": rows.order_by("-status", "number").values_list("pk", flat=True)[0]}

    def _place(self, section: SectionDifference) -> None:
        """Numbers the entries anew where the order changes or somebody joins; else their places stay."""
        if not section.section.is_ordered or not (section.added or section.moved):
            return
        rows = self.rows[section.section.key]
        changed = []
        for place, key in enumerate(section.order):
            if rows[key].position != place:
                rows[key].position = place
                changed.append(rows[key])
        MODELS[section.section.key]._default_manager.bulk_update(changed, ["position"], batch_size=500)

    def _write_accounts(self) -> None:
        section = next((each for each in self.found.sections if each.section.key == "account_lists"), None)
        if section is None:
            return
        lists = self.merged.entries("account_lists")
        touched = [*section.added, *(each.key for each in section.changed)]
        wanted = {key: lists[key]["accounts"] for key in touched}
        write_accounts(wanted, self.rows["account_lists"], self.rows["reps"], leaving=section.removed)

    def _remove(self, section: SectionDifference) -> None:
        name = section.section.key
        leaving = [self.rows[name][key] for key in section.removed]
        if name in _LEANS_ON:
            MODELS[name]._default_manager.filter(pk__in=[row.pk for row in leaving]).update(**{_LEANS_ON[name]: None})
        for row in leaving:
            if isinstance(row, Rep):
                _remove_rep(row)
            elif isinstance(row, Form):
                _remove_form(row, self.now)
            elif isinstance(row, WebhookEndpoint):
                _remove_webhook(row)
            else:
                self._delete(row, f"{name}.{getattr(row, section.section.named_by)}")

    def _delete(self, row: models.Model, path: str) -> None:
        try:
            with transaction.atomic():
                row.delete()
        except ProtectedError as error:
            holders = sorted({str(each._meta.verbose_name) for each in error.protected_objects})
            self.problems.append(Problem(path, f"can't be removed, since there is a {' and a '.join(holders)} of it"))


def _remove_rep(rep: Rep) -> None:
    """Whoever was ever given a lead stays, inactive."""
    try:
        with transaction.atomic():
            rep.delete()
    except ProtectedError:
        rep.active = False
        rep.save(update_fields=["active"])


def _remove_form(form: Form, now: datetime) -> None:
    """Versions are kept for what was sent through them, so the form is archived."""
    if form.versions.exists():
        form.archived_at = now
        form.save(update_fields=["archived_at"])
    else:
        form.delete()


def _remove_webhook(endpoint: WebhookEndpoint) -> None:
    """What was sent to it is kept, so one with deliveries is only turned off."""
    # Waits for whoever is just sending it something.
    WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.deliveries.exists():
        endpoint.enabled, endpoint.disabled_reason = False, "not in the configuration"
        endpoint.save(update_fields=["enabled", "disabled_reason"])
    else:
        endpoint.delete()


def _is_plain(row: models.Model, field: Field) -> bool:
    """A field of the model itself; the others are written one by one."""
    is_known = field.on_model in {each.name for each in row._meta.concrete_fields}
    return is_known and not field.entries and field.name not in ("user", "secret")


def _leaned_on_first(parents: Mapping[str, str | None]) -> list[str]:
    """There is no circle; that was checked."""
    order: dict[str, None] = {}
    for key in parents:
        way = []
        step: str | None = key
        while step is not None and step not in order:
            way.append(step)
            step = parents[step]
        order.update(dict.fromkeys(reversed(way)))
    return list(order)


def _as_problems(invalid: ValidationError, path: str, named: Mapping[str, str]) -> Iterator[Problem]:
    if not hasattr(invalid, "error_dict"):
        yield Problem(path, " ".join(invalid.messages).rstrip("."))
        return
    for attribute, messages in invalid.message_dict.items():
        where = path if attribute == "__all__" else f"{path}.{named.get(attribute, attribute)}"
        yield Problem(where, " ".join(messages).rstrip("."))
