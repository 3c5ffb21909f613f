"""A published plan that is tried on some leads: which of two plans decides a lead? Pure.

The answer depends on the lead's id, its inputs and the rollout alone, so a lead that comes again is decided by the same
plan, in any process. A greater share takes further leads in and leaves none out that was in. docs/workbench.md,
"Rollouts".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from routing.contract import Inputs
from routing.engine import find
from routing.plan import Plan

# Shares are basis points: whole hundredths of a percent.
ALL_BP = 10_000


@dataclass(frozen=True)
class Scope:
    """The leads in a territory and below it, or a share of all leads; neither: everyone."""

    territory: str = ""
    share_bp: int = 0

    @property
    def is_everyone(self) -> bool:
        return not self.territory and not self.share_bp


def takes(key: str, scope: Scope, *, lead: int, inputs: Inputs, plan: Plan, base: Plan, now: datetime) -> bool:
    """Whether the plan that is tried decides this lead, and not its base. `key` is the rollout's own."""
    if scope.territory:
        return any(is_within(each, scope.territory, inputs, now) for each in (plan, base))
    return place_of(key, lead) < scope.share_bp


def is_within(plan: Plan, territory: str, inputs: Inputs, now: datetime) -> bool:
    """Whether the plan finds the lead in this territory or below it."""
    found = find(plan, inputs, now).territory
    return any(each.key == territory for each in plan.lineage(found))


def place_of(key: str, lead: int) -> int:
    """Where the lead stands among all, in basis points: evenly spread, and another place for each rollout."""
    digest = hashlib.sha256(f"{key}{lead}".encode()).digest()
    return int.from_bytes(digest, "big") % ALL_BP
