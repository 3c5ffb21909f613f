"""A lead that is only tried: decided as a real one would be, from the present standings, and stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from routing.contract import Inputs
from routing.engine import Chain, match
from routing.plan import Plan, RepSpec
from routing.pools import Footing
from routing.resolution import Resolution
from routing.services.route_lead import footing_of, resolve_on
from routing.turns import Seat, Turn, next_turns, seats_of
from routing.what_if import WhatIf, what_if

NEXT = 6
# Decides equal claims where no stored decision lends its seed.
SEED = "try"


@dataclass(frozen=True)
class Trial:
    """Told by `routing.explain` like a stored decision. `footing` is what the database said of everybody concerned."""

    plan: Plan
    given: Inputs
    now: datetime
    seed: str
    chain: Chain
    resolution: Resolution
    footing: Footing

    @property
    def rep(self) -> RepSpec | None:
        return self.plan.reps[self.resolution.rep_key] if self.resolution.rep_key else None

    @property
    def queue_key(self) -> str:
        return self.resolution.queue_key

    @property
    def reason(self) -> str:
        return self.resolution.reason

    @property
    def tie_break(self) -> str:
        return self.resolution.pick.tie_break if self.resolution.pick else ""

    @property
    def inputs(self) -> Mapping[str, Any]:
        return self.given.as_document()

    @property
    def pools(self) -> Sequence[Mapping[str, Any]]:
        return [pool.as_document() for pool in self.resolution.pools]

    @property
    def passed_over(self) -> Sequence[Mapping[str, Any]]:
        return [asdict(each) for each in self.resolution.passed_over]

    @cached_property
    def trace(self) -> Sequence[Mapping[str, Any]]:
        return self.chain.trace_document()

    @property
    def queues(self) -> list[str]:
        """Those that were asked, in order."""
        return [pool.queue for pool in self.resolution.pools]

    def seats(self, queue: str) -> list[Seat]:
        return seats_of(queue, self.plan, self.footing, self.given, self.now)

    def turns(self, queue: str) -> list[Turn]:
        """This lead's turn, then those of the next five like it."""
        return next_turns(queue, self.plan, self.footing, self.given, now=self.now, seed=self.seed, count=NEXT)

    def what_if(self) -> WhatIf:
        return what_if(self.plan, self.given, self.now)


def try_lead(*, plan: Plan, inputs: Inputs, now: datetime, seed: str = SEED) -> Trial:
    """Reads in two queries, without locks, and writes nothing."""
    chain = match(plan, inputs, now)
    footing = footing_of(chain, plan, now)
    resolution = resolve_on(footing, chain, plan, inputs, now=now, seed=seed)
    return Trial(plan, inputs, now, seed, chain, resolution, footing)
