"""Two decisions for each lead, side by side: how often they agree, and the differences in groups. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.shadow.incumbent import Incoming, owner_named, queue_named
from routing.plan import Plan
from routing.replay import Result

# The same owner; the same queue with only another turn; another queue; today's owner isn't known here; nobody had it.
SAME, TURN, OTHER, UNKNOWN, UNOWNED, PARKED = "same", "turn", "other", "unknown_owner", "unowned", "parked"
KINDS: Mapping[str, str] = {
    SAME: "The same owner",
    TURN: "The same queue, another member: only the turn differs",
    OTHER: "Another queue or owner",
    UNKNOWN: "Today's owner isn't a rep here",
    UNOWNED: "Today's tool chose nobody",
    PARKED: "Nobody here could take the lead",
}
MOST_LINES = 50


class Group(NamedTuple):
    """What differs in the same way. `theirs` and `ours` are names of queues, or of owners outside of queues."""

    kind: str
    theirs: str
    ours: str
    reason: str
    territory: str
    rule: str


@dataclass
class Found:
    """A group's leads: how many, the lines of the first, and one of them explained."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    example: dict[str, Any] = field(default_factory=dict)


class Row(NamedTuple):
    """One lead, both ways. `theirs` is as the file has it."""

    line: int
    kind: str
    theirs: str
    ours: str
    queue: str
    reason: str
    territory: str
    rule: str


@dataclass
class Comparison:
    """`matrix`: (their owner, our owner) -> leads. `queues`: (their queue or owner, our queue) -> leads."""

    plan: Plan
    kinds: Counter[str] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    queues: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    _owners: dict[str, str | None] = field(default_factory=dict)
    groups: dict[Group, Found] = field(default_factory=dict)

    def add(self, incoming: Incoming, result: Result) -> tuple[Row, Found | None]:
        """The row, and its group where this is the first of it: the group then needs an example."""
        kind, theirs = self._judge(incoming, result)
        owner = self._owner(incoming.owner)
        self.kinds[kind] += 1
        if kind == UNKNOWN:
            self.unknown[incoming.owner] += 1
        their_name = self.rep_name(owner) if owner else incoming.owner
        self.matrix[their_name or NOBODY, self.rep_name(result.owner)] += 1
        self.queues[theirs, self._place(result)] += 1
        row = Row(
            incoming.line,
            kind,
            incoming.owner,
            self.rep_name(result.owner),
            self.queue_name(result.queue),
            result.reason,
            result.territory,
            result.rule,
        )
        return row, None if kind == SAME else self._grouped(incoming, kind, theirs, result)

    def _judge(self, incoming: Incoming, result: Result) -> tuple[str, str]:
        """(how both compare, where today's tool sent the lead, in words)"""
        owner = self._owner(incoming.owner)
        queue = queue_named(incoming.queue, self.plan)
        theirs = self.queue_name(queue) if queue else incoming.queue
        if owner is not None and owner == result.owner:
            return SAME, theirs or self._place(result)
        if not result.owner:
            return PARKED, theirs or (self.rep_name(owner) if owner else incoming.owner) or NOBODY
        if owner is None:
            return (UNKNOWN, theirs or incoming.owner) if incoming.owner else (UNOWNED, theirs or NOBODY)
        shared = result.queue in self._queues_of(owner) and queue in (None, result.queue)
        if shared and not (incoming.queue and queue is None):
            return TURN, self.queue_name(result.queue)
        return OTHER, theirs or self._usual_place(owner)

    def _owner(self, named: str) -> str | None:
        if named not in self._owners:
            self._owners[named] = owner_named(named, self.plan)
        return self._owners[named]

    @cached_property
    def _queues_by_rep(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, queue in self.plan.queues.items():
            for member in queue.members:
                found.setdefault(member.rep, []).append(key)
        return found

    def _queues_of(self, owner: str) -> list[str]:
        return self._queues_by_rep.get(owner, [])

    def _usual_place(self, owner: str) -> str:
        """The one queue that the owner is in; whoever is in none or in several stands for themselves."""
        queues = self._queues_of(owner)
        return self.queue_name(queues[0]) if len(queues) == 1 else self.rep_name(owner)

    def _place(self, result: Result) -> str:
        return self.queue_name(result.queue) if result.queue else self.rep_name(result.owner)

    def _grouped(self, incoming: Incoming, kind: str, theirs: str, result: Result) -> Found | None:
        group = Group(kind, theirs, self._place(result), result.reason, result.territory, result.rule)
        found = self.groups.setdefault(group, Found())
        found.count += 1
        if len(found.lines) < MOST_LINES:
            found.lines.append(incoming.line)
        return found if found.count == 1 else None

    def contrast(self, incoming: Incoming, result: Result) -> str:
        """What today's tool did with it, and where its owner stands here, as a sentence."""
        kind, theirs = self._judge(incoming, result)
        owner = self._owner(incoming.owner)
        if owner is None:
            return "Today's tool chose somebody who is no rep here." if incoming.owner else "Today's tool chose nobody."
        name = self.rep_name(owner)
        if kind == TURN:
            return f"Today's tool chose {name}, who is in “{theirs}” too: only whose turn it was differs."
        queues = ", ".join(f"“{self.queue_name(key)}”" for key in self._queues_of(owner)) or "no queue"
        return f"Today's tool chose {name}, who is in {queues} here."

    def rep_name(self, key: str | None) -> str:
        return self.plan.reps[key].name if key in self.plan.reps else key or NOBODY

    def queue_name(self, key: str | None) -> str:
        return self.plan.queues[key].name if key in self.plan.queues else key or ""

    @property
    def leads(self) -> int:
        return sum(self.kinds.values())

    @property
    def comparable(self) -> int:
        """Leads whose owner of today is a rep here."""
        return self.kinds[SAME] + self.kinds[TURN] + self.kinds[OTHER]

    def biggest(self) -> Iterator[tuple[Group, Found]]:
        """Groups that differ, most leads first; where only the turn differs, last."""
        yield from sorted(self.groups.items(), key=lambda item: (item[0].kind == TURN, -item[1].count, item[0]))


NOBODY = "nobody"
