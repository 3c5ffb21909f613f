"""The draft beside the active plan, compared once for each pair of them and process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from routing.draft import Draft, current_draft
from routing.models import Plan as PlanRow
from routing.plan_diff import Comparison, compare
from routing.plan_reading import Reading

EMPTY: Mapping[str, Any] = {
    "contract": (),
    "account_lists": (),
    "territories": (),
    "rules": (),
    "reps": {},
    "queues": {},
    "default_queue": "",
}
# A pair for what people look at, one for what they looked at just before.
_MOST_KEPT = 2


@dataclass(frozen=True)
class ActiveRow:
    id: int
    number: int
    hash: str
    published_at: datetime
    live_since: datetime | None
    note: str


@dataclass(frozen=True)
class DraftComparison:
    """`active` None: nothing was published yet. Then everything in the draft is new."""

    draft: Draft
    active: ActiveRow | None
    comparison: Comparison

    @property
    def is_unpublished(self) -> bool:
        return self.active is None or self.active.hash != self.draft.hash


_kept: dict[tuple[str, str], Comparison] = {}


def draft_comparison() -> DraftComparison:
    """Two queries while neither has changed. Raises PlanInvalid where the draft can't even be compiled."""
    draft = current_draft()
    active = active_row()
    key = (draft.hash, active.hash if active else "")
    found = _kept.get(key)
    if found is None:
        found = compare(reading_of_plan(active.id) if active else Reading(EMPTY), Reading(draft.document))
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return DraftComparison(draft, active, found)


def active_row() -> ActiveRow | None:
    columns = ("id", "number", "hash", "published_at", "live_since", "note")
    row = PlanRow.objects.filter(is_active=True).values_list(*columns).first()
    return ActiveRow(*row) if row is not None else None


@lru_cache(maxsize=4)
def reading_of_plan(plan_id: int) -> Reading:
    """A published plan never changes."""
    return Reading(PlanRow.objects.values_list("document", flat=True).get(pk=plan_id))


def forget_comparisons() -> None:
    """For tests, whose databases begin anew with the same ids."""
    _kept.clear()
    reading_of_plan.cache_clear()
