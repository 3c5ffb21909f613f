"""Who would have got what? The leads of the last days, decided by a plan and by the active one, side by side.

Both are replays of the same past (`routing.replay`), so that the difference is the plan's alone: not that of plans that
were live in between. Where the active plan decided all of them, what was stored is its replay already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from routing.history import CHUNK, history_since
from routing.models import Decision, Queue, Rep, Rollout
from routing.plan import Plan
from routing.replay import Difference, Past, Result, Side, replay

DAYS = 90
MOST_MOVEMENTS, MOST_EXAMPLES = 10, 3
Tell = Callable[[int, int], None]
Replayed = Iterator[tuple[Past, Result]]


@dataclass
class Summary:
    """`examples`: per owner before and after, the first decisions that would have gone that way."""

    difference: Difference = field(default_factory=Difference)
    examples: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, decision: int, before: Result, after: Result) -> None:
        self.difference.add(before, after)
        if before.owner != after.owner:
            found = self.examples.setdefault((before.owner, after.owner), [])
            if len(found) < MOST_EXAMPLES:
                found.append(decision)


def summarise(plan: Plan, active: Plan | None, since: datetime, tell: Tell) -> Summary:
    """`active` None, as before the first publish: what was stored stands for it."""
    summary = Summary()
    if active is None or _decided_all(active, since):
        for past, after in _replayed(plan, since, tell):
            summary.add(past.id, past.result, after)
        return summary
    for past, before, after in _side_by_side(_replayed(active, since), _replayed(plan, since, tell)):
        summary.add(past.id, before, after)
    return summary


def summarise_rollout(rollout: Rollout, plan: Plan, base: Plan, tell: Tell) -> Summary:
    """What the base would have decided of the leads that the tried plan decided, beside what that did."""
    ours = Decision.objects.filter(plan_id=rollout.plan_id, decided_at__gte=rollout.started_at)
    decided = set(ours.filter(kind=Decision.Kind.ROUTING).values_list("pk", flat=True).iterator(chunk_size=CHUNK))
    summary = Summary()
    for past, by_base in _replayed(base, rollout.started_at, tell):
        if past.id in decided:
            summary.add(past.id, by_base, past.result)
    return summary


def _decided_all(active: Plan, since: datetime) -> bool:
    others = Decision.objects.filter(decided_at__gte=since).exclude(plan_hash=active.hash)
    return not others.exists()


def _replayed(plan: Plan, since: datetime, tell: Tell | None = None) -> Replayed:
    history = history_since(since, plan)
    decisions: Iterable[Past] = history.decisions(plan)
    return replay(plan, history.opening, _telling(decisions, history.size, tell) if tell else decisions, history.events)


def _telling(decisions: Iterable[Past], size: int, tell: Tell) -> Iterator[Past]:
    done = 0
    for done, past in enumerate(decisions, start=1):
        tell(done, max(size, done))
        yield past


def _side_by_side(before: Replayed, after: Replayed) -> Iterator[tuple[Past, Result, Result]]:
    """Each is read on its own while leads go on coming: what only one of them has seen is left out."""
    first, second = next(before, None), next(after, None)
    while first and second:
        if first[0].id == second[0].id:
            yield second[0], first[1], second[1]
            first, second = next(before, None), next(after, None)
        elif first[0].id < second[0].id:
            first = next(before, None)
        else:
            second = next(after, None)


def as_document(summary: Summary, plans: Sequence[Plan]) -> dict[str, Any]:
    """What is kept of it, with names instead of keys: the first plan's, else another one's, else today's."""
    difference = summary.difference
    others_first = list(reversed(plans))
    reps = dict(Rep.objects.values_list("key", "name")) | _names(plan.reps for plan in others_first)
    queues = dict(Queue.objects.values_list("key", "name")) | _names(plan.queues for plan in others_first)
    reps, queues = {**reps, "": "Nobody"}, {**queues, "": "Directly to the owner"}
    parked = difference.reasons
    return {
        "leads": difference.decisions,
        "changed": difference.changed,
        "owners": _rows(difference.owners, reps),
        "queues": _rows(difference.queues, queues),
        "fallbacks": list(difference.fallbacks),
        "parked": [parked.before["no_eligible_member"], parked.after["no_eligible_member"]],
        "movements": [
            {
                "from": reps.get(before, before),
                "to": reps.get(after, after),
                "leads": leads,
                "examples": summary.examples[before, after],
            }
            for (before, after), leads in difference.owners.moved.most_common(MOST_MOVEMENTS)
        ],
        "more_movements": max(0, len(difference.owners.moved) - MOST_MOVEMENTS),
    }


def _names(mappings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {key: spec.name for mapping in mappings for key, spec in mapping.items()}


def _rows(side: Side, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The greatest change first, then who has most."""
    rows = [
        {"key": key, "name": names.get(key, key), "before": side.before[key], "after": side.after[key]}
        for key in side.keys
    ]
    return sorted(rows, key=lambda row: (-abs(row["after"] - row["before"]), -row["after"], row["name"]))


def window(now: datetime, days: int = DAYS) -> datetime:
    return now - timedelta(days=days)
