"""A plan's document as entries that people read: territories as a tree, rules as sentences, queues with shares. Pure.

It reads drafts that don't hold together as well, since those are what people mend: what is referred to and isn't there
is told by its key, a condition that can't be parsed is shown as it is. Words are made when they are asked for; of a
thousand rules a page shows a hundred.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conditions import ConditionInvalid, Vocabulary, parse
from routing.contract import Contract
from routing.criteria_reading import Where, read_criteria
from routing.errors import PlanInvalid
from routing.plan import PREFER
from routing.plan_words import (
    acceptance_in_words,
    canonical,
    counted,
    credit_in_words,
    hours_in_words,
    number,
    plain,
    range_in_words,
    shortened,
    span_in_words,
    without_guards,
)

TERRITORY, RULE, QUEUE, ACCOUNTS, REP, INPUT = "territory", "rule", "queue", "account_list", "rep", "input"
KINDS = (TERRITORY, RULE, QUEUE, ACCOUNTS, REP, INPUT)
# Where each kind is in the document, and whether there it has an order that means something.
SECTIONS: Mapping[str, tuple[str, bool]] = {
    TERRITORY: ("territories", True),
    RULE: ("rules", True),
    QUEUE: ("queues", False),
    ACCOUNTS: ("account_lists", True),
    REP: ("reps", False),
    INPUT: ("contract", True),
}
# What the labels of a queue's members begin with.
MEMBER = "Member "
_WORKING_HOURS = {
    "ignore": "whoever is next, at work or not",
    PREFER: "prefers who is at work",
    "require": "only who is at work",
}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One thing that an entry says. Two parts say the same if, and only if, their `raw` is equal.

    `items` are those of a list, whole: (key, text). `text` may tell only some of them. `share` is a member's part of
    the queue, which others can change while the member itself stays the same.
    """

    label: str
    text: str
    raw: str
    items: tuple[tuple[str, str], ...] = ()
    share: str = ""


@dataclass(frozen=True)
class Entry:
    """One row, rule, … of the document. `place`: its place in the document's order, from 0; `depth`: in the tree.

    `scope` is the key of the territory that it lies or is asked in.
    """

    kind: str
    key: str
    name: str
    place: int
    document: Document = field(repr=False, compare=False)
    tell: Callable[["Entry"], Iterator[Part]] = field(repr=False, compare=False)
    depth: int = 0
    scope: str | None = None

    @cached_property
    def raw(self) -> str:
        return canonical(self.document)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        told = list(self.tell(self))
        known = _KNOWN[self.kind]
        others = [(key, value) for key, value in self.document.items() if key not in known]
        return (*told, *(Part(key, plain(value), canonical(value)) for key, value in others))

    @cached_property
    def text(self) -> str:
        """All that it says, for searching."""
        return " ".join([self.name, self.key, *(f"{part.label} {part.text}" for part in self.parts)]).lower()


# What the parts below tell of; whatever else a document holds is told as it is.
_TARGET = frozenset({"key", "name", "queue", "owner"})
_KNOWN: Mapping[str, frozenset[str]] = {
    TERRITORY: _TARGET | {"parent", "condition", "tie_break", "valid_from", "valid_to", "time_zone", "working_hours"},
    RULE: _TARGET | {"territory", "condition"},
    QUEUE: frozenset(
        {
            "name",
            "fallback",
            "shared_count",
            "working_hours",
            "manager",
            "acceptance",
            "credit",
            "members",
            "is_default",
        }
    ),
    ACCOUNTS: _TARGET | {"accounts"},
    REP: frozenset({"name", "email", "time_zone", "working_hours"}),
    INPUT: frozenset({"key", "label", "type", "vocabulary", "choices", "required", "default"}),
}


class Reading:
    """All entries of one document, by kind and in reading order: a territory's children come after it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.entries: dict[str, tuple[Entry, ...]] = {
            TERRITORY: self._territories(),
            RULE: self._listed(RULE, self._rule, scope="territory"),
            QUEUE: self._queues(),
            ACCOUNTS: self._listed(ACCOUNTS, self._accounts),
            REP: self._reps(),
            INPUT: self._listed(INPUT, self._input),
        }

    def __iter__(self) -> Iterator[Entry]:
        for kind in KINDS:
            yield from self.entries[kind]

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Entry]:
        return {(entry.kind, entry.key): entry for entry in self}

    # Who lies within whom

    def _territories(self) -> tuple[Entry, ...]:
        """As a tree. One whose parent isn't there, or that lies within itself, stands at the root."""
        documents = list(self.document["territories"])
        keys = {entry["key"] for entry in documents}
        below: dict[str | None, list[int]] = {}
        for place, entry in enumerate(documents):
            parent = entry.get("parent")
            below.setdefault(parent if parent in keys else None, []).append(place)
        found: dict[int, int] = {}
        for root in [*below.get(None, ()), *range(len(documents))]:
            self._walk(root, documents, below, found)
        return tuple(self._territory_entry(documents[place], place, depth) for place, depth in found.items())

    def _walk(
        self, root: int, documents: Sequence[Document], below: Mapping[str | None, list[int]], found: dict[int, int]
    ) -> None:
        waiting = [(root, 0)]
        while waiting:
            place, depth = waiting.pop()
            if place not in found:
                found[place] = depth
                waiting.extend((child, depth + 1) for child in reversed(below.get(documents[place]["key"], ())))

    def _territory_entry(self, document: Document, place: int, depth: int) -> Entry:
        return Entry(
            kind=TERRITORY,
            key=document["key"],
            name=document["name"],
            place=place,
            document=document,
            tell=self._territory,
            depth=depth,
            scope=document.get("parent"),
        )

    def _listed(self, kind: str, tell: Callable[[Entry], Iterator[Part]], scope: str = "") -> tuple[Entry, ...]:
        return tuple(
            Entry(
                kind=kind,
                key=document["key"],
                name=document.get("name") or document.get("label") or document["key"],
                place=place,
                document=document,
                tell=tell,
                scope=document.get(scope) if scope else None,
            )
            for place, document in enumerate(self.document[SECTIONS[kind][0]])
        )

    def _queues(self) -> tuple[Entry, ...]:
        """By name; the default queue is marked as such, also where the document only names it."""
        default = self.document["default_queue"]
        marked = {
            key: {**entry, "is_default": True} if key == default else entry
            for key, entry in self.document["queues"].items()
        }
        return _by_name(QUEUE, marked, self._queue)

    def _reps(self) -> tuple[Entry, ...]:
        return _by_name(REP, self.document["reps"], self._rep)

    # What each says

    def _territory(self, entry: Entry) -> Iterator[Part]:
        document = entry.document
        if parent := document.get("parent"):
            yield Part("Within", self._territory_name(parent), canonical(parent))
        yield from self._criteria(document["condition"])
        yield self._target(document, without=self._inherited(entry))
        if document.get("tie_break"):
            yield Part("Tie-break", str(document["tie_break"]), canonical(document["tie_break"]))
        days = [document.get("valid_from"), document.get("valid_to")]
        if any(days):
            yield Part("Valid", span_in_words(*days), canonical(days))
        week, zone = document.get("working_hours") or {}, document.get("time_zone") or ""
        if week or zone:
            yield Part("Customers' hours", hours_in_words(week, zone), canonical([week, zone]))

    def _inherited(self, entry: Entry) -> str:
        """Whom leads go to where the territory itself names nobody."""
        seen = {entry.key}
        above = self._territory_documents.get(entry.document.get("parent") or "")
        while above is not None and above["key"] not in seen:
            if above.get("queue") or above.get("owner"):
                return f"as {above['name']}: {self._target_name(above)}"
            seen.add(above["key"])
            above = self._territory_documents.get(above.get("parent") or "")
        return "whom the rules say"

    def _criteria(self, condition: Document) -> Iterator[Part]:
        criteria = read_criteria(condition)
        if criteria.where:
            items = tuple(sorted(((each.key, self._where(each)) for each in criteria.where), key=lambda item: item[1]))
            yield Part("Where", shortened([text for _, text in items]), canonical(sorted(dict(items))), items)
        for label, low, high, unit in criteria.ranges:
            yield Part(label, f"{range_in_words(low, high)}{unit}", canonical([low, high]))
        if criteria.industries is not None:
            items = tuple((value, self._choice("industry", value)) for value in criteria.industries)
            yield Part("Industries", shortened([text for _, text in items]), canonical(criteria.industries), items)
        if criteria.domains is not None:
            yield Part("Companies", self._companies(criteria.domains), canonical(criteria.domains))
        if criteria.others:
            words = " and ".join(self.words(each) for each in criteria.others)
            yield Part("And", words, canonical(criteria.others))

    def _where(self, where: Where) -> str:
        if where.kind == "postal":
            country = self._choice("country", where.country)
            return f"{country} {where.low}" if where.low == where.high else f"{country} {where.low} to {where.high}"
        return self._choice(where.kind, where.country)

    def _companies(self, domains: Sequence[str]) -> str:
        """Told by the lists that they are on, where it is those lists whole."""
        wanted = set(domains)
        lists = [
            each for each in self.document["account_lists"] if each["accounts"] and each["accounts"].keys() <= wanted
        ]
        if lists and set().union(*(each["accounts"] for each in lists)) == wanted:
            return ", ".join(
                f"on the list {each['name']} ({counted(len(each['accounts']), 'account')})" for each in lists
            )
        return counted(len(domains), "named company", "named companies")

    def _rule(self, entry: Entry) -> Iterator[Part]:
        scope = entry.document.get("territory")
        yield Part("In", self._territory_name(scope) or "every territory", canonical(scope))
        condition = entry.document["condition"]
        yield Part("When", self.words(condition) if condition else "always", canonical(condition))
        yield self._target(entry.document)

    def words(self, condition: Any) -> str:
        """A condition as a sentence; as it is, where it isn't one."""
        try:
            return without_guards(parse(condition, self._vocabulary).describe())
        except ConditionInvalid:
            return canonical(condition)

    def _target(self, document: Document, without: str = "nobody") -> Part:
        target = [document.get("queue"), document.get("owner")]
        return Part("Goes to", self._target_name(document) if any(target) else without, canonical(target))

    def _target_name(self, document: Document) -> str:
        queue, owner = document.get("queue"), document.get("owner")
        return f"queue {self._queue_name(queue)}" if queue else self._rep_name(owner or "")

    def _queue(self, entry: Entry) -> Iterator[Part]:
        document = entry.document
        if document.get("is_default"):
            yield Part("Default", "gets every lead that nothing else matches", "true")
        yield from self._members(document.get("members") or ())
        fallback = document.get("fallback")
        yield Part("Then", ", then ".join(self._fallbacks(entry.key)) or "nobody", canonical(fallback))
        policy = document.get("working_hours") or PREFER
        yield Part("Working hours", _WORKING_HOURS.get(policy, policy), canonical(policy))
        if document.get("shared_count"):
            yield Part("Shares its count as", document["shared_count"], canonical(document["shared_count"]))
        if document.get("manager"):
            yield Part("Manager", self._rep_name(document["manager"]), canonical(document["manager"]))
        acceptance = document.get("acceptance") or {}
        if acceptance:
            yield Part("Acceptance", acceptance_in_words(acceptance), canonical(acceptance))
        credit = document.get("credit") or {}
        if credit:
            yield Part("Credit", credit_in_words(credit), canonical(credit))

    def _members(self, members: Sequence[Document]) -> Iterator[Part]:
        total = sum(number(each.get("weight")) for each in members)
        names = Counter(self._rep_name(each["rep"]) for each in members)
        for member in sorted(members, key=lambda each: (self._rep_name(each["rep"]), each["rep"])):
            name = self._rep_name(member["rep"])
            namesake = f" ({member['rep']})" if names[name] > 1 else ""
            share = _share(member, total)
            yield Part(f"{MEMBER}{name}{namesake}", self._member(member, share), canonical(member), share=share)

    def _member(self, member: Document, share: str) -> str:
        caps = [f"at most {most} a {period}" for period, most in (member.get("caps") or {}).items() if most is not None]
        more = [
            *([f"priority {member['priority']}"] if member.get("priority") else []),
            *caps,
            *([f"only where {self.words(member['condition'])}"] if member.get("condition") else []),
        ]
        return ", ".join(
            [
                f"weight {member.get('weight')} ({share})" if number(member.get("weight")) else "weight 0 (no leads)",
                *more,
            ]
        )

    def _fallbacks(self, queue: str) -> list[str]:
        """Who is tried after it; the default queue always is, last."""
        queues, default = self.document["queues"], self.document["default_queue"]
        chain = [queue]
        following = queues[queue].get("fallback")
        while following in queues and following not in chain:
            chain.append(following)
            following = queues[following].get("fallback")
        if default in queues and default not in chain:
            chain.append(default)
        return [self._queue_name(key) for key in chain[1:]]

    def _accounts(self, entry: Entry) -> Iterator[Part]:
        yield self._target(entry.document)
        accounts = entry.document["accounts"]
        items = tuple((domain, self._account(domain, account)) for domain, account in sorted(accounts.items()))
        names = shortened([domain for domain, _ in items])
        text = f"{counted(len(items), 'account')}: {names}" if items else "none yet"
        yield Part("Accounts", text, canonical(accounts), items)

    def _account(self, domain: str, account: Document) -> str:
        """The domain is what tells accounts apart: `acme.com (Acme, owner Ada)`."""
        owner = f"owner {self._rep_name(account['owner'])}" if account.get("owner") else ""
        more = ", ".join(filter(None, [account.get("name"), owner]))
        return f"{domain} ({more})" if more else domain

    def _rep(self, entry: Entry) -> Iterator[Part]:
        document = entry.document
        yield Part("E-mail", document["email"], canonical(document["email"]))
        hours, zone = document.get("working_hours") or {}, document.get("time_zone") or "UTC"
        yield Part("At work", hours_in_words(hours, zone), canonical([hours, zone]))

    def _input(self, entry: Entry) -> Iterator[Part]:
        document = entry.document
        yield Part("Type", str(document.get("type")), canonical(document.get("type")))
        if document.get("vocabulary"):
            yield Part("One of", f"all {document['vocabulary']}", canonical(document["vocabulary"]))
        if document.get("choices"):
            items = tuple((value, f"{label} ({value})") for value, label in document["choices"].items())
            yield Part("Choices", shortened([text for _, text in items]), canonical(document["choices"]), items)
        yield Part("Required", "yes" if document.get("required") else "no", canonical(bool(document.get("required"))))
        if document.get("default") is not None:
            yield Part("Where unknown", plain(document["default"]), canonical(document["default"]))

    # Names

    @cached_property
    def _territory_documents(self) -> dict[str, Document]:
        return {entry["key"]: entry for entry in self.document["territories"]}

    def _territory_name(self, key: str | None) -> str:
        return self._territory_documents[key]["name"] if key in self._territory_documents else key or ""

    def _queue_name(self, key: str) -> str:
        return str(self.document["queues"].get(key, {}).get("name") or key)

    def _rep_name(self, key: str) -> str:
        return str(self.document["reps"].get(key, {}).get("name") or key)

    @cached_property
    def _vocabulary(self) -> Vocabulary | None:
        try:
            return Contract.from_document(self.document["contract"]).vocabulary
        except PlanInvalid:
            return None

    def _choice(self, attribute: str, value: str) -> str:
        known = self._vocabulary.get(attribute) if self._vocabulary is not None else None
        return known.label_of(value) if known is not None else value


def _share(member: Document, total: float) -> str:
    return f"{100 * number(member.get('weight')) / total:.1f}".removesuffix(".0") + "%" if total else "0%"


def _by_name(
    kind: str, documents: Mapping[str, Document], tell: Callable[[Entry], Iterator[Part]]
) -> tuple[Entry, ...]:
    ordered = sorted(documents.items(), key=lambda item: (item[1]["name"].lower(), item[0]))
    return tuple(
        Entry(kind=kind, key=key, name=document["name"], place=place, document=document, tell=tell)
        for place, (key, document) in enumerate(ordered)
    )
