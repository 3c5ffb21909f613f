"""Whom an entry gives its leads to: queues and reps by key, name or e-mail address."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.text import slugify

from leads.errors import EmailInvalid
from leads.identity import normalise_email
from leads.places import fold
from routing.assignment_rules.metadata import Entry
from routing.models import Queue, Rep

WITHOUT = (
    "It has no assignee: in Salesforce its leads stop here and keep their owner, here later rules would be asked. "
    "Choose a queue for such entries, or see that later rules don't take its leads."
)


@dataclass(frozen=True)
class Target:
    """`is_new`: it would be made. `email` is a new rep's."""

    kind: Literal["queue", "rep"]
    key: str
    label: str
    is_new: bool = False
    email: str = ""


class Assignees:
    """`chosen` maps an assignee to `queue:<key>` or `rep:<key>`. Reads all queues and reps once."""

    def __init__(self, chosen: Mapping[str, str], *, create_missing: bool, unassigned_to: str) -> None:
        self._chosen, self._create, self._unassigned_to = chosen, create_missing, unassigned_to
        queues = [Target("queue", *row) for row in Queue.objects.values_list("key", "name").order_by("key")]
        self._by_key = {f"queue:{target.key}": target for target in queues}
        self._words: dict[str, dict[str, set[Target]]] = {"queue": {}, "rep": {}}
        for target in queues:
            self._index(target, target.key, target.label)
        for key, name, email in Rep.objects.values_list("key", "name", "email").order_by("key"):
            rep = Target("rep", key, name)
            self._by_key[f"rep:{key}"] = rep
            self._index(rep, key, name)
            self._words["rep"].setdefault(email.lower(), set()).add(rep)
        self._missing: dict[str, None] = {}
        self._made: dict[str, Target] = {}

    def _index(self, target: Target, *words: str) -> None:
        for word in words:
            self._words[target.kind].setdefault(fold(word), set()).add(target)

    @property
    def missing(self) -> tuple[str, ...]:
        """In the order in which they were asked for."""
        return tuple(self._missing)

    def find(self, entry: Entry) -> tuple[Target | None, str]:
        """The target, or None and why."""
        if not entry.assigned_to:
            found = self._by_key.get(f"queue:{self._unassigned_to}")
            return (found, "") if found else (None, WITHOUT)
        if chosen := self._chosen.get(entry.assigned_to):
            target = self._by_key.get(chosen)
            return (target, "") if target else (None, f"There is no {chosen.replace(':', ' ', 1)}.")
        candidates = self._candidates(entry)
        if len(candidates) == 1:
            return candidates[0], ""
        self._missing[entry.assigned_to] = None
        if candidates:
            listed = ", ".join(target.key for target in candidates)
            return None, f"“{entry.assigned_to}” may be any of {listed}: choose one."
        return self._made_for(entry)

    def _candidates(self, entry: Entry) -> list[Target]:
        kinds = {"queue": ("queue",), "user": ("rep",)}.get(entry.assigned_to_type.lower(), ("queue", "rep"))
        words = (entry.assigned_to.lower(), fold(entry.assigned_to))
        found = {target for kind in kinds for word in words for target in self._words[kind].get(word, ())}
        return sorted(found, key=lambda target: target.key)

    def _made_for(self, entry: Entry) -> tuple[Target | None, str]:
        name, kind = entry.assigned_to, entry.assigned_to_type.lower()
        absent = f"There is no {'queue' if kind == 'queue' else 'rep'} “{name}”"
        if not self._create:
            return None, f"{absent}: choose one, or let missing ones be made."
        if name not in self._made:
            if kind == "queue":
                self._made[name] = Target("queue", self._free_key("queue", name), name.replace("_", " ")[:120], True)
            elif email := _email(name):
                key = self._free_key("rep", email.partition("@")[0])
                self._made[name] = Target("rep", key, email[:120], True, email)
            else:
                return None, f"{absent}, and one can't be made without an e-mail address: choose one."
        return self._made[name], ""

    def _free_key(self, kind: str, text: str) -> str:
        taken = {key for key in self._by_key if key.startswith(f"{kind}:")}
        taken |= {f"{target.kind}:{target.key}" for target in self._made.values()}
        return free_key(kind, slugify(text.replace("_", " "))[:50] or kind, taken)


def free_key(kind: str, key: str, taken: Container[str]) -> str:
    """The key, or with a number behind it where it is taken."""
    candidate, number = key, 2
    while f"{kind}:{candidate}" in taken:
        candidate, number = f"{key}-{number}", number + 1
    return candidate


def _email(text: str) -> str:
    try:
        return normalise_email(text)
    except EmailInvalid:
        return ""
