"""Move a rule among the rules, or a territory among those of its parent; only what must change is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from foundation.audit import record
from foundation.audit_history import one_entry_for_all
from routing.errors import DraftChanged, NoSuchEntry
from routing.models import Rule, Territory
from routing.models.draft import locked_draft_revision, one_change
from routing.plan_diff import ordinal

MODELS: dict[str, type[Rule] | type[Territory]] = {"rule": Rule, "territory": Territory}
# Between positions that are written anew, so that the next moves find room.
SPACING = 10

_Row = Rule | Territory


@dataclass(frozen=True)
class Moved:
    """Places from 1: among all rules, or among the territories of one parent."""

    kind: str
    key: str
    name: str
    place: int
    place_before: int
    total: int

    def __str__(self) -> str:
        verb = "stays" if self.place == self.place_before else "is now"
        return f"{self.kind.capitalize()} {self.name} {verb} {ordinal(self.place)} of {self.total:,}."


def move_to(*, kind: str, key: str, place: int, revision: str, user: User | None, now: datetime) -> Moved:
    """To this place, from 1; beyond an end means that end. Raises DraftChanged where `revision` is no longer the
    present one, and NoSuchEntry."""
    return _move(kind, key, revision, user, now, lambda before, others: place)


def move_by(*, kind: str, key: str, steps: int, revision: str, user: User | None, now: datetime) -> Moved:
    """Up (-1) or down (+1) by so many places. Raises as `move_to` does."""

    def place(before: int, others: Sequence[_Row]) -> int:
        return before + steps

    return _move(kind, key, revision, user, now, place)


def move_beside(
    *, kind: str, key: str, neighbour: str, after: bool, revision: str, user: User | None, now: datetime
) -> Moved:
    """Just before or after another one that it stands with. Raises as `move_to` does."""

    def place(before: int, others: Sequence[_Row]) -> int:
        keys = [other.key for other in others]
        if neighbour not in keys:
            raise NoSuchEntry(f"A {kind} can't be moved beside “{neighbour}”: they don't stand together.")
        return keys.index(neighbour) + 1 + after

    return _move(kind, key, revision, user, now, place)


# From the place before, and the others that it stands with, to the new place.
_NewPlace = Callable[[int, Sequence[_Row]], int]


def _move(kind: str, key: str, revision: str, user: User | None, now: datetime, new_place: _NewPlace) -> Moved:
    if kind not in MODELS:
        raise NoSuchEntry(f"Nothing of the kind “{kind}” has an order.")
    with one_change():
        if locked_draft_revision() != revision:
            raise DraftChanged("The working copy was changed meanwhile. Look at it again, then move.")
        rows = _rows(kind)
        moving = next((row for row in rows if row.key == key), None)
        if moving is None:
            raise NoSuchEntry(f"There is no {kind} “{key}”.")
        siblings = [row for row in rows if _stand_together(row, moving)]
        others = [row for row in siblings if row is not moving]
        before = siblings.index(moving) + 1
        place = max(1, min(new_place(before, others), len(siblings)))
        moved = Moved(kind, key, moving.name, place, before, len(siblings))
        if place != before:
            _write(rows, moving, others, place)
            record("moved", now=now, user=user, about=moving, changes={"place": [before, place]})
        return moved


def _rows(kind: str) -> list[_Row]:
    rows = MODELS[kind]._default_manager.order_by("position", "id")
    return list(rows.only("key", "name", "position", *(["parent"] if kind == "territory" else [])))


def _stand_together(row: _Row, other: _Row) -> bool:
    return not isinstance(row, Territory) or not isinstance(other, Territory) or row.parent_id == other.parent_id


@one_entry_for_all()
def _write(rows: Sequence[_Row], moving: _Row, others: Sequence[_Row], place: int) -> None:
    """Its new neighbours among all rows are those of the place: territories of other parents lie between."""
    order = [row for row in rows if row is not moving]
    at = order.index(others[place - 1]) if place <= len(others) else order.index(others[-1]) + 1
    ends = [(row.position, row.pk) if row else None for row in (order[at - 1] if at else None, (*order, None)[at])]
    position = room_between(ends[0], ends[1], moving.pk)
    if position is not None:
        _save(moving, position)
        return
    order.insert(at, moving)
    wanted = {row.pk: SPACING * number for number, row in enumerate(order, start=1)}
    changed = [row for row in order if row is not moving and row.position != wanted[row.pk]]
    for row in changed:
        row.position = wanted[row.pk]
    type(moving)._default_manager.bulk_update(changed, ["position"])
    _save(moving, wanted[moving.pk])


def _save(row: _Row, position: int) -> None:
    row.position = position
    row.save(update_fields=["position"])


# (position, id): rows of one position are in the order of their ids.
_End = tuple[int, int] | None


def room_between(before: _End, after: _End, pk: int) -> int | None:
    """A position that puts the row between the two; None where there is no room."""
    low = before[0] if before else 0
    high = after[0] if after else low + 2 * SPACING
    fits = (
        position
        for position in ((low + high) // 2, low, high)
        if (before is None or before < (position, pk)) and (after is None or (position, pk) < after)
    )
    return next(fits, None)
