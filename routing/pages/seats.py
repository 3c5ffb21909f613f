"""Members of a queue as pages show them: who is owed what, who can take a lead, who is next."""

from dataclasses import dataclass

from routing.plan import Plan
from routing.turns import Seat, Turn

_DECIDED: dict[str, str] = {
    "weight": "equal claims; greater weight",
    "priority": "equal claims; higher priority",
    "least_recently_assigned": "equal claims; waited longest",
    "draw": "equal claims; drawn by lot",
}


@dataclass(frozen=True)
class Line:
    """One turn of the simulated order; `name` "" where nobody is left."""

    number: int
    name: str
    why: str


@dataclass(frozen=True)
class Asking:
    """One queue that was asked for a lead."""

    key: str
    name: str
    seats: list[Seat]
    chosen: str | None
    turns: list[Line]


def pool_panel(key: str, plan: Plan, seats: list[Seat], turns: list[Turn], *, chosen: str | None = None) -> Asking:
    return Asking(key, plan.queues[key].name, seats, chosen, lines_of(turns, plan))


def lines_of(turns: list[Turn], plan: Plan) -> list[Line]:
    return [
        Line(number, plan.reps[turn.rep].name if turn.rep else "", _why(turn))
        for number, turn in enumerate(turns, start=1)
    ]


def _why(turn: Turn) -> str:
    if turn.is_only:
        return "the only one who can take it"
    how = f"; {_DECIDED[turn.tie_break]}" if turn.tie_break else ""
    return f"owed {turn.claim:,.2f}{how}"
