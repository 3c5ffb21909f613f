"""Make two territories within one, along postal codes. What lies in neither stays with the one above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils.text import slugify

from foundation.audit import record
from routing.errors import SplitRefused
from routing.models import Queue, Rep, Territory
from routing.models.draft import locked_draft_revision, one_change
from routing.splitting import overlap
from routing.territories import PostalArea

_LONGEST_KEY = 60


@dataclass(frozen=True)
class Half:
    """Without a queue and without an owner leads go where the territory above sends them."""

    name: str
    areas: Sequence[PostalArea]
    queue: Queue | None = None
    owner: Rep | None = None


def split_territory(
    *, territory: Territory, first: Half, second: Half, user: User | None, now: datetime
) -> tuple[Territory, Territory]:
    """Both stand last in the order, so that territories that were there before win where they overlap. They have the
    customers' hours of the one above.

    Raises SplitRefused where the halves share codes or one has none.
    """
    if not (first.areas and second.areas):
        raise SplitRefused("Each half needs postal areas.")
    if shared := overlap(first.areas, second.areas):
        raise SplitRefused(f"Both halves have codes of {shared[1]}: the first by {shared[0]}.")
    with one_change():
        locked_draft_revision()
        last = Territory.objects.aggregate(last=Max("position"))["last"] or 0
        made = tuple(_made(territory, half, last + number) for number, half in enumerate((first, second), start=1))
        changes = {half.name: [[], [str(area) for area in half.areas][:100]] for half in (first, second)}
        record("split", now=now, user=user, about=territory, changes=changes)
    return made[0], made[1]


def _made(parent: Territory, half: Half, position: int) -> Territory:
    territory = Territory(
        key=_free_key(half.name),
        name=half.name,
        parent=parent,
        postal_areas=[str(area) for area in half.areas],
        queue=half.queue,
        owner=half.owner,
        position=position,
        # A clock asks the hours of the lead's own territory, never of those above.
        time_zone=parent.time_zone,
        working_hours=parent.working_hours,
    )
    territory.full_clean()
    territory.save()
    return territory


def _free_key(name: str) -> str:
    """Made from the name, with a number behind it where it is taken."""
    base = slugify(name)[: _LONGEST_KEY - 4] or "territory"
    taken = set(Territory.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{number}" for number in range(2, 1000))) if key not in taken)
