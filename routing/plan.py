"""A plan as frozen data: what a decision needs of reps, queues, territories, rules and accounts. Pure.

`routing.plan_document` makes it from the document that is hashed and kept, and checks it whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from conditions import Condition, FirstMatch
from routing.accounts import normalised_company_name
from routing.contract import Contract
from routing.hours import WorkingHours

IGNORE, PREFER, REQUIRE = "ignore", "prefer", "require"
ALWAYS_OPEN = WorkingHours("UTC", ((),) * 7)


@dataclass(frozen=True)
class Target:
    """A queue or one rep, never both; neither means there is no target."""

    queue: str | None = None
    owner: str | None = None

    def __bool__(self) -> bool:
        return bool(self.queue or self.owner)


@dataclass(frozen=True)
class RepSpec:
    key: str
    name: str
    email: str
    time_zone: str = "UTC"
    hours: WorkingHours = ALWAYS_OPEN


@dataclass(frozen=True)
class MemberSpec:
    """`condition`: which leads of the queue the member may get (None: all). `caps`: (period, most leads in it)."""

    rep: str
    weight: int
    priority: int = 0
    condition: Condition | None = None
    caps: tuple[tuple[str, int], ...] = ()

    @property
    def is_capped(self) -> bool:
        return bool(self.caps)


@dataclass(frozen=True)
class Acceptance:
    """How soon a lead must be accepted, in minutes of business time; `within_min` None: there is no clock.

    `remind_min` is how long before the due time a reminder goes out. Leads that arrive while nobody works are due one
    after the other, `stagger_min` apart.
    """

    within_min: int | None = None
    remind_min: int = 0
    stagger_min: int = 0


@dataclass(frozen=True)
class Credit:
    """`counts` holds "owned", "duplicate" and "test" where such leads take credit too.

    `gives_back` are the outcomes that give credit back; a disqualification does for one of `disqualify_reasons`, up to
    `disqualify_cap_month` times a month and rep.
    """

    counts: frozenset[str] = frozenset()
    gives_back: frozenset[str] = frozenset({"guest_no_show", "guest_cancelled", "duplicate"})
    disqualify_reasons: frozenset[str] = frozenset()
    disqualify_cap_month: int = 0


@dataclass(frozen=True)
class QueueSpec:
    """`ledger` is the key of the count, the queue's own unless it shares one. `manager` gets what nobody accepts."""

    key: str
    name: str
    fallback: str | None
    members: tuple[MemberSpec, ...]
    ledger: str = ""
    working_hours: str = PREFER
    manager: str | None = None
    acceptance: Acceptance = Acceptance()
    credit: Credit = Credit()

    @cached_property
    def member_by_rep(self) -> dict[str, MemberSpec]:
        return {member.rep: member for member in self.members}


@dataclass(frozen=True)
class Account:
    """`owner` None: the list's target."""

    domain: str
    company_name: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class AccountList:
    """Named accounts by registrable domain."""

    key: str
    name: str
    target: Target
    accounts: Mapping[str, Account]


@dataclass(frozen=True)
class Territory:
    """`valid_from` and `valid_to` are days in UTC, both included. `hours` are the business hours of its customers."""

    key: str
    name: str
    parent: str | None
    condition: Condition
    target: Target
    tie_break: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    hours: WorkingHours = ALWAYS_OPEN

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Rule:
    key: str
    name: str
    territory: str | None
    condition: Condition
    target: Target


@dataclass(frozen=True)
class Plan:
    hash: str
    contract: Contract
    reps: Mapping[str, RepSpec]
    account_lists: tuple[AccountList, ...]
    territories: tuple[Territory, ...]
    rules: tuple[Rule, ...]
    queues: Mapping[str, QueueSpec]
    default_queue: str

    @cached_property
    def account_by_domain(self) -> dict[str, tuple[AccountList, Account]]:
        return {domain: (each, account) for each in self.account_lists for domain, account in each.accounts.items()}

    @cached_property
    def accounts_by_name(self) -> dict[str, list[tuple[AccountList, Account]]]:
        """By normalised company name; several accounts may have one name, in the order of lists and domains."""
        found: dict[str, list[tuple[AccountList, Account]]] = {}
        for accounts in self.account_lists:
            for _, account in sorted(accounts.accounts.items()):
                if name := normalised_company_name(account.company_name):
                    found.setdefault(name, []).append((accounts, account))
        return found

    @cached_property
    def territory_index(self) -> FirstMatch:
        """Over `territories`, by their own conditions alone."""
        return FirstMatch(territory.condition for territory in self.territories)

    @cached_property
    def territory_ranks(self) -> tuple[tuple[int, int, int], ...]:
        """By place; of several territories that hold, the lead is in that of the lowest rank: the deepest, then the one
        with the highest tie-break, then the first."""
        return tuple(
            (-len(self.lineage(territory.key)), -territory.tie_break, place)
            for place, territory in enumerate(self.territories)
        )

    @cached_property
    def has_dated_territories(self) -> bool:
        return any(territory.valid_from or territory.valid_to for territory in self.territories)

    @cached_property
    def rule_by_key(self) -> "dict[str, Rule]":
        return {rule.key: rule for rule in self.rules}

    @cached_property
    def rules_by_scope(self) -> dict[str | None, tuple[FirstMatch, tuple[int, ...]]]:
        """Per territory (None: rules without one) an index over its rules and their places among all rules."""
        places: dict[str | None, list[int]] = {}
        for place, rule in enumerate(self.rules):
            places.setdefault(rule.territory, []).append(place)
        return {
            scope: (FirstMatch(self.rules[place].condition for place in found), tuple(found))
            for scope, found in places.items()
        }

    @cached_property
    def literals(self) -> dict[str, tuple[object, ...]]:
        """By input, every value that a territory, a rule or a member's condition compares it with, each once."""
        members = (member.condition for queue in self.queues.values() for member in queue.members if member.condition)
        conditions = [each.condition for each in self.territories] + [each.condition for each in self.rules]
        found: dict[str, dict[tuple[type, object], object]] = {}
        for condition in (*conditions, *members):
            for name, value in condition.literals():
                if isinstance(value, str | int | float):
                    found.setdefault(name, {}).setdefault((type(value), value), value)
        return {name: tuple(values.values()) for name, values in found.items()}

    @cached_property
    def territory_by_key(self) -> dict[str, Territory]:
        return {territory.key: territory for territory in self.territories}

    @cached_property
    def rep_by_email(self) -> dict[str, str]:
        return {rep.email.lower(): rep.key for rep in self.reps.values()}

    def lineage(self, territory: str | None) -> tuple[Territory, ...]:
        """The territory and its ancestors, nearest first."""
        return self._lineages[territory] if territory is not None else ()

    @cached_property
    def _lineages(self) -> dict[str, tuple[Territory, ...]]:
        lineages = {}
        for territory in self.territories:
            chain, following = [territory], territory.parent
            while following is not None:
                chain.append(self.territory_by_key[following])
                following = chain[-1].parent
            lineages[territory.key] = tuple(chain)
        return lineages

    @cached_property
    def ledger_keys(self) -> frozenset[str]:
        return frozenset(queue.ledger for queue in self.queues.values())

    def queues_of_ledger(self, ledger: str) -> tuple[QueueSpec, ...]:
        return tuple(queue for queue in self.queues.values() if queue.ledger == ledger)

    def weights_of_ledger(self, ledger: str) -> Mapping[str, int]:
        """By rep, of those who share in what is counted there; whoever is in several of its queues has the last's."""
        return self._weights.get(ledger, {})

    @cached_property
    def _weights(self) -> Mapping[str, Mapping[str, int]]:
        weights: dict[str, dict[str, int]] = {}
        for queue in self.queues.values():
            weights.setdefault(queue.ledger, {}).update({each.rep: each.weight for each in queue.members})
        return weights

    def sharing_in(self, ledger: str, rep: str) -> Mapping[str, int]:
        """Weights of those among whom the leads of this count are shared, and of the rep, who may be none of them."""
        return {rep: 0, **self.weights_of_ledger(ledger)}

    def is_member(self, ledger: str, rep: str) -> bool:
        """Whether the rep is a member of any queue of this count."""
        return any(rep in queue.member_by_rep for queue in self.queues_of_ledger(ledger))

    def counts_of_owned(self, rep: str) -> set[str]:
        """The ledgers in which a lead that goes straight to the rep, by ownership, is counted too."""
        queues = self.queues.values()
        return {each.ledger for each in queues if "owned" in each.credit.counts and rep in each.member_by_rep}

    def fallbacks_of(self, queue: str) -> tuple[str, ...]:
        """The queues tried after this one, in order; the default queue is always last."""
        return self._fallbacks[queue]

    @cached_property
    def _fallbacks(self) -> dict[str, tuple[str, ...]]:
        return {queue: self._fallback_chain(queue) for queue in self.queues}

    def _fallback_chain(self, queue: str) -> tuple[str, ...]:
        chain: list[str] = []
        following = self.queues[queue].fallback
        while following is not None:
            chain.append(following)
            following = self.queues[following].fallback
        if self.default_queue not in (queue, *chain):
            chain.append(self.default_queue)
        return tuple(chain)
