"""Assignment rules against the working copy: what they would become, and making them that."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.contrib.auth.models import User
from django.utils.text import slugify

from conditions import parse
from foundation.audit import Way, record
from foundation.audit_history import one_entry_for_all
from foundation.texts import plainly
from routing.assignment_rules.assignees import Assignees, Target
from routing.assignment_rules.errors import AssignmentRulesInvalid, WorkingCopyChanged
from routing.assignment_rules.fields import FieldMap, folded
from routing.assignment_rules.metadata import AssignmentRule, Entry, chosen_rule, read_rules
from routing.assignment_rules.translation import Choosing, Translation, translate
from routing.contract import Contract
from routing.models import Queue, Rep, Rule
from routing.models.draft import locked_draft_revision, one_change
from routing.services.compile_plan import working_contract

Status = Literal["new", "changed", "unchanged", "left_out"]
STATUSES: tuple[Status, ...] = ("new", "changed", "unchanged", "left_out")
_NAME_LENGTH = 120
# With `sf-`, a hash and the number of an entry a key stays within its 60 signs.
_SLUG_LENGTH = 40


@dataclass(frozen=True)
class Wishes:
    """What a person decides beside the file.

    `fields`: Salesforce field -> input. `values`: (field, value) -> choice. `country`: alpha-2, for states without one.
    `assignees`: assignee -> `queue:<key>` or `rep:<key>`. `unassigned_to`: queue for entries without assignee.
    """

    rule: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    country: str = ""
    assignees: Mapping[str, str] = field(default_factory=dict)
    create_missing: bool = False
    unassigned_to: str = ""


@dataclass(frozen=True)
class PlannedRule:
    """An entry with what becomes of it. `changes`: part -> [before, after]."""

    translation: Translation
    key: str
    name: str
    status: Status
    sentence: str = ""
    target: Target | None = None
    changes: Mapping[str, list[str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return self.translation.entry.number


@dataclass(frozen=True)
class RulesImport:
    """`fields`: each field of the criteria with its input, or "". `missing`: assignees that are neither queue nor rep.
    Of rules that an earlier import made, `stale` are keys whose entries the file no longer has, `held` those whose
    entries are left out now. They stay as they are, the latter in the entry's place, unless they are removed."""

    rule: AssignmentRule
    rule_names: tuple[str, ...]
    planned: tuple[PlannedRule, ...]
    fields: Mapping[str, str]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    held: tuple[str, ...]
    moves_to_end: bool
    digest: str

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(planned.status for planned in self.planned)
        return {status: counted[status] for status in STATUSES}

    @property
    def changes_anything(self) -> bool:
        return bool(self.counts["new"] or self.counts["changed"] or self.moves_to_end)


def plan_import(*, content: bytes, wishes: Wishes) -> RulesImport:
    """What applying would do; writes nothing. Raises AssignmentRulesInvalid."""
    rules = read_rules(content)
    rule = chosen_rule(rules, wishes.rule)
    contract = working_contract()
    _refuse_wrong_wishes(wishes, contract)
    fields = FieldMap(contract, wishes.fields)
    assignees = Assignees(wishes.assignees, create_missing=wishes.create_missing, unassigned_to=wishes.unassigned_to)
    chosen = {(folded(name), plainly(text)): to for (name, text), to in wishes.values.items()}
    choosing = Choosing(wishes.country, chosen)
    prefix = f"sf-{_slug(rule.name)}-"
    existing = {each.key: each for each in Rule.objects.select_related("queue", "owner").filter(key__startswith=prefix)}
    planner = _Planner(prefix, existing, assignees)
    planned = tuple(planner.plan(translate(entry, fields, choosing)) for entry in rule.entries)
    of_file = {each.key for each in planned}
    stale = tuple(sorted(key for key in existing if key not in of_file and key.removeprefix(prefix).isdecimal()))
    held = tuple(each.key for each in planned if each.status == "left_out" and each.key in existing)
    return RulesImport(
        rule=rule,
        rule_names=tuple(each.name for each in rules),
        planned=planned,
        fields=_fields_of(rule.entries, fields),
        missing=assignees.missing,
        stale=stale,
        held=held,
        moves_to_end=_moves_to_end(planned, existing),
        digest=_digest(planned, stale),
    )


def apply_import(
    *,
    content: bytes,
    wishes: Wishes,
    digest: str | None,
    file_name: str,
    user: User | None,
    way: Way,
    now: datetime,
    remove: bool = False,
) -> RulesImport:
    """Make the working copy so, all or nothing. Rules of other origin stay; new ones come after them.

    `remove` takes away what is stale or held. Raises WorkingCopyChanged where `digest`, of what was shown, no longer
    fits; None asks for no comparison.
    """
    with one_change(), one_entry_for_all():
        locked_draft_revision()
        shown = plan_import(content=content, wishes=wishes)
        if digest is not None and digest != shown.digest:
            raise WorkingCopyChanged("The working copy has changed since this was shown; look again.")
        removed = {*shown.stale, *shown.held} if remove else set()
        Rule.objects.filter(key__in=removed).delete()
        placed = [each for each in shown.planned if each.status != "left_out" or each.key in {*shown.held} - removed]
        _write(placed, shown.moves_to_end)
        record(
            "imported",
            now=now,
            user=user,
            way=way,
            kind="routing.rule",
            label=f"Salesforce rule “{shown.rule.name}”",
            changes={**{status: [0, count] for status, count in shown.counts.items()}, "removed": [0, len(removed)]},
            note=f"From the file {file_name}",
        )
    return shown


def _slug(name: str) -> str:
    """Of its own for each name of a rule: where the name doesn't fit into a key, a short hash of it stands behind."""
    slug = slugify(name)
    is_kept = "-" not in name and slug == name.casefold().replace(" ", "-")
    if is_kept and len(slug) <= _SLUG_LENGTH:
        return slug
    return f"{slug[:_SLUG_LENGTH].strip('-') or 'rule'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _refuse_wrong_wishes(wishes: Wishes, contract: Contract) -> None:
    for name, key in wishes.fields.items():
        if key and key not in contract.by_key:
            known = ", ".join(sorted(contract.by_key))
            raise AssignmentRulesInvalid(f"{name} can't be {key}: there is no such input; there are {known}.")
    countries = contract.by_key["country"].choices if "country" in contract.by_key else None
    if wishes.country and countries is not None and wishes.country not in countries:
        raise AssignmentRulesInvalid(f"{wishes.country} is no country code.")


def _fields_of(entries: Iterable[Entry], fields: FieldMap) -> dict[str, str]:
    """Each field once, in the order in which the file names it."""
    found: dict[str, str] = {}
    for entry in entries:
        for criterion in entry.criteria:
            mapped = fields.find(criterion.field)
            found.setdefault(criterion.field, mapped.spec.key if mapped else "")
    return found


class _Planner:
    def __init__(self, prefix: str, existing: Mapping[str, Rule], assignees: Assignees) -> None:
        self._prefix, self._existing, self._assignees = prefix, existing, assignees

    def plan(self, translation: Translation) -> PlannedRule:
        entry, notes = translation.entry, list(translation.notes)
        if entry.other:
            notes.append(f"Without counterpart, and not taken over: {', '.join(entry.other)}.")
        target, problem = self._assignees.find(entry)
        problems = (*translation.problems, *([problem] if problem else []))
        if entry.switched_off:
            problems = ("It is switched off in the file.", *problems)
        key, name = f"{self._prefix}{entry.number}", _name(translation)
        document, sentence = translation.document, translation.sentence
        if problems or target is None or document is None:
            if key in self._existing:
                notes.append("The rule that an earlier import made of it stays as it is, in its place.")
            return PlannedRule(translation, key, name, "left_out", sentence, problems=problems, notes=tuple(notes))
        before = self._existing.get(key)
        changes = self._changes(before, name, document, sentence, target) if before else {}
        status: Status = "new" if before is None else "changed" if changes else "unchanged"
        if target.is_new:
            notes.append(f"The {target.kind} {target.label} is made too.")
        return PlannedRule(translation, key, name, status, sentence, target, changes, notes=tuple(notes))

    def _changes(
        self, before: Rule, name: str, document: Mapping[str, Any], sentence: str, target: Target
    ) -> dict[str, list[str]]:
        changes: dict[str, list[str]] = {}
        if before.name != name:
            changes["name"] = [before.name, name]
        if before.condition != document:
            changes["condition"] = [_told(before.condition), sentence]
        held = before.queue or before.owner
        if held is None or (held.key, isinstance(held, Queue)) != (target.key, target.kind == "queue"):
            changes["target"] = [str(held or ""), target.label]
        return changes


def _told(document: Any) -> str:
    try:
        return parse(document).describe()
    except ValueError:
        return json.dumps(document)


def _name(translation: Translation) -> str:
    text = f"{translation.entry.number}. {translation.said}"
    return text if len(text) <= _NAME_LENGTH else f"{text[: _NAME_LENGTH - 1]}…"


def _moves_to_end(planned: Iterable[PlannedRule], existing: Mapping[str, Rule]) -> bool:
    """Where rules are new, or stand in another order than in the file, all of them are put after the others.

    That holds for rules of entries that are left out now, too: they would go ahead of all that come before them.
    """
    kept = [each for each in planned if each.status != "left_out" or each.key in existing]
    if any(each.status == "new" for each in kept):
        return any(each.key in existing for each in kept)
    places = [(existing[each.key].position, existing[each.key].pk) for each in kept]
    return places != sorted(places)


def _digest(planned: Iterable[PlannedRule], stale: tuple[str, ...]) -> str:
    said: list[Any] = [
        [
            each.key,
            each.status,
            each.name,
            each.sentence,
            each.target.label if each.target else "",
            dict(each.changes),
            each.notes,
        ]
        for each in planned
    ]
    said.append(stale)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _write(kept: list[PlannedRule], moves_to_end: bool) -> None:
    keys = [planned.key for planned in kept]
    existing = {rule.key: rule for rule in Rule.objects.select_for_update().filter(key__in=keys)}
    last = Rule.objects.exclude(key__in=keys).order_by("-position").values_list("position", flat=True).first() or 0
    place_anew = moves_to_end or any(planned.key not in existing for planned in kept)
    targets = _Targets()
    new: list[Rule] = []
    changed: list[Rule] = []
    for place, planned in enumerate(kept, 1):
        rule = existing.get(planned.key) or Rule(key=planned.key)
        if place_anew:
            rule.position = last + place
        if planned.status != "left_out":
            rule.name, rule.condition = planned.name, dict(planned.translation.document or {})
            targets.give(rule, planned.target)
        (changed if planned.key in existing else new).append(rule)
    Rule.objects.bulk_create(new, batch_size=500)
    Rule.objects.bulk_update(changed, ["name", "condition", "queue", "owner", "position"], batch_size=500)


class _Targets:
    """Queues and reps by key; those that were asked for are made when they are first needed."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}

    def give(self, rule: Rule, target: Target | None) -> None:
        if target is None:
            return
        place = (target.kind, target.key)
        if place not in self._ids:
            self._ids[place] = self._row_of(target).pk
        rule.queue_id = self._ids[place] if target.kind == "queue" else None
        rule.owner_id = self._ids[place] if target.kind == "rep" else None

    def _row_of(self, target: Target) -> Queue | Rep:
        if not target.is_new:
            find: Callable[..., Any] = Queue.objects.get if target.kind == "queue" else Rep.objects.get
            found: Queue | Rep = find(key=target.key)
            return found
        if target.kind == "queue":
            return Queue.objects.create(key=target.key, name=target.label)
        return Rep.objects.create(key=target.key, name=target.label, email=target.email)
