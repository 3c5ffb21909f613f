"""What an analysis finds. Rules are named by their index. `dataclasses.asdict` gives what JSON can hold.

A witness is a dict of attributes as `Condition.matches` takes them; an attribute that isn't in it is missing.
"""

from dataclasses import dataclass
from typing import Any, Literal

Question = Literal["gap", "overlap", "shadowed"]


@dataclass(frozen=True)
class Gap:
    """Inputs that no rule matches.

    `region` is a condition document that holds for all of them, ready to become a rule; `text` is the same in words.
    `unless` names rules that can't be decided: they don't match the witness, but may match elsewhere in the region.
    """

    region: dict[str, Any]
    text: str
    witness: dict[str, Any]
    unless: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """Two rules with differing outcomes that both match the witness. No earlier rule does: the first decides."""

    first: int
    second: int
    witness: dict[str, Any]


@dataclass(frozen=True)
class Meeting:
    """Two rules that both match the witness, whatever decides."""

    first: int
    second: int
    witness: dict[str, Any]


@dataclass(frozen=True)
class Meetings:
    """`undecided`: pairs that may or may not meet; no others do. `never`: rules that no possible input matches."""

    found: tuple[Meeting, ...]
    undecided: tuple[tuple[int, int], ...]
    never: tuple[int, ...]


@dataclass(frozen=True)
class Shadowed:
    """A rule that decides nothing, since earlier rules, perhaps only together, take every input it matches.

    The witness is one such input; None where none could be found for certain. With `by` empty, no possible input
    matches the rule at all.
    """

    rule: int
    by: tuple[int, ...]
    witness: dict[str, Any] | None


@dataclass(frozen=True)
class Undecided:
    """A question that has no certain answer, and why. `others` are the rules it was asked against.

    `doubts`: the rules that can't be decided, each with why; `reason` says the same without naming them.
    """

    question: Question
    rules: tuple[int, ...]
    reason: str
    others: tuple[int, ...] = ()
    doubts: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Analysis:
    """`more` names the questions with more findings than the limit allowed to report."""

    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    shadowed: tuple[Shadowed, ...]
    undecided: tuple[Undecided, ...]
    more: tuple[Question, ...]
