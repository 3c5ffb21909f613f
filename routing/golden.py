"""Golden leads: saved inputs whose territory, queue or owner must come out as expected. Reads no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.contract import inputs_by_hand
from routing.engine import Chain, match
from routing.errors import InputsInvalid
from routing.models import GoldenLead
from routing.plan import Plan


@dataclass(frozen=True)
class GoldenFailure:
    """`expected` and `found` as "queue desk", "territory emea", "owner ada"; found is why, where inputs don't fit."""

    name: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"“{self.name}” expects {self.expected}, would be {self.found}"


def failures(plan: Plan, golden: Sequence[GoldenLead], now: datetime) -> list[GoldenFailure]:
    """What the plan would decide otherwise. Only the first target counts: who is away today must not block a plan."""
    return [failure for lead in golden for failure in _check(plan, lead, now)]


def _check(plan: Plan, lead: GoldenLead, now: datetime) -> list[GoldenFailure]:
    try:
        chain = match(plan, inputs_by_hand(lead.inputs, plan.contract), now)
    except InputsInvalid as invalid:
        reasons = "; ".join(f"{key} {' '.join(texts)}" for key, texts in invalid.fields.items())
        return [GoldenFailure(lead.name, "inputs that fit the contract", reasons)]
    return [
        GoldenFailure(lead.name, f"{what} {expected}", f"{what} {found or 'none'}")
        for what, expected, found in _expectations(lead, chain)
        if expected and expected != found
    ]


def _expectations(lead: GoldenLead, chain: Chain) -> list[tuple[str, str, str]]:
    first = chain.steps[0]
    queue = first.key if first.kind == "queue" else ""
    owner = first.key if first.kind == "owner" else ""
    return [
        ("territory", lead.expected_territory, chain.territory or ""),
        ("queue", lead.expected_queue, queue),
        ("owner", lead.expected_owner, owner),
    ]
