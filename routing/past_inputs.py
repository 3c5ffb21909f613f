"""How many past leads would a condition hold for? Counted over the inputs of the newest decisions.

The inputs are kept in the process's memory for a minute, so that typing doesn't read them anew with each pause, and
counting stops when its time is up: the answer is then about fewer leads, and says so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from conditions import Condition
from foundation.condition_builder import Count
from routing.models import Decision

WINDOW = timedelta(days=90)
MOST_LEADS = 10_000
KEPT_FOR_S = 60.0
LONGEST_COUNT_S = 0.2
# The clock is looked at once for so many leads.
_STRIDE = 100
WHAT = f"decided leads ({WINDOW.days} days)"

Values = Mapping[str, object]


def past_values(now: datetime) -> list[Values]:
    """What routing knew of the leads that it decided, newest first."""
    decided = Decision.objects.routed_between(now - WINDOW, now).order_by("-id")
    found = decided.values_list(KeyTransform("values", "inputs"), flat=True)[:MOST_LEADS]
    return [values for values in found if isinstance(values, dict)]


def count_matching(
    condition: Condition, past: Sequence[Values], *, clock: Callable[[], float] = time.monotonic
) -> Count:
    """Newest first, until all are asked or the time is up."""
    until = clock() + LONGEST_COUNT_S
    holds = _Remembered(condition)
    matching = looked_at = 0
    for values in past:
        if looked_at % _STRIDE == 0 and clock() > until:
            break
        matching += holds.of(values)
        looked_at += 1
    return Count(matching, looked_at, WHAT)


class _Remembered:
    """Leads that don't differ in what the condition asks about are asked once: many leads come from few countries."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._names = sorted(condition.attributes)
        self._answers: dict[tuple[object, ...], bool] = {}

    def of(self, values: Values) -> bool:
        key = tuple(map(values.get, self._names))
        try:
            answer = self._answers.get(key)
        except TypeError:  # a list among them
            return self._condition.matches(values)
        if answer is None:
            answer = self._answers[key] = self._condition.matches(values)
        return answer


class KeptPast:
    """One reading for all who type within a minute. Two threads may read at once; both find the same."""

    def __init__(self) -> None:
        self._kept: tuple[float, list[Values]] | None = None

    def values(self) -> list[Values]:
        kept = self._kept
        if kept is None or time.monotonic() - kept[0] > KEPT_FOR_S:
            kept = self._kept = (time.monotonic(), past_values(timezone.now()))
        return kept[1]

    def forget(self) -> None:
        self._kept = None


kept_past = KeptPast()


def count_past(condition: Condition) -> Count:
    return count_matching(condition, kept_past.values())
