"""Erase a person: overwrite personal values in place, wherever they live.

Each room that keeps personal values registers an eraser; this service knows only its own rows and the foundation's.
Decisions, counts and whatever isn't personal stay. So does a company's row, even where its domain is somebody's own
name (docs/leads.md says why).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from foundation.models import Mail, OutboxEvent
from leads.identity import normalise_email
from leads.models import Lead, Observation, Person
from leads.selectors import who_are

# Given the person, still under the old address, and the time; returns how many rows were overwritten.
Eraser = Callable[[Person, datetime], int]
_erasers: dict[str, Eraser] = {}
# Given an address and the time, for what is kept of somebody who never became a person.
AddressEraser = Callable[[str, datetime], int]
_address_erasers: dict[str, AddressEraser] = {}

ERASED = {"erased": True}


def register_eraser(name: str, erase: Eraser) -> None:
    """Called by rooms at start-up. `name` is what the operator reads beside the count; the last one of a name holds."""
    _erasers[name] = erase


def register_address_eraser(name: str, erase: AddressEraser) -> None:
    """As above; called for every address, whether somebody is known under it or not."""
    _address_erasers[name] = erase


@dataclass(frozen=True)
class Erasure:
    """What was overwritten: what -> how many rows. `found` is False where nothing is known of the address."""

    found: bool
    overwritten: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def erase_person(*, email: str, now: datetime) -> Erasure:
    """All or nothing, in one transaction; an eraser that fails leaves everything as it was. Raises EmailInvalid."""
    address = normalise_email(email)
    known = _known_under(address)
    if not known:
        by_address = _erase_address(address, now)
        return Erasure(found=any(by_address.values()), overwritten=by_address)
    overwritten: Counter[str] = Counter()
    for person in known:
        overwritten.update(_erase_one(person, now))
    return Erasure(found=True, overwritten={"person": len(known), **overwritten})


def _known_under(address: str) -> list[Person]:
    """The person's row and those of all other addresses that were merged with it, locked in the order of ids, as a
    merge locks them; the one they were merged into comes last."""
    locked: list[Person] = []
    while (who := who_are(Person.objects.filter(email=address)).first()) is not None:
        rows = Person.objects.filter(Q(pk=who) | Q(merged_into=who)).order_by("pk")
        # Asked again once they are locked: a merge that was waited for has changed who belongs together.
        if set(rows.values_list("pk", flat=True)) == {person.pk for person in locked}:
            return sorted(locked, key=lambda person: person.pk == who)
        locked = list(rows.select_for_update())
    return []


def _erase_one(person: Person, now: datetime) -> dict[str, int]:
    overwritten = {name: erase(person, now) for name, erase in _erasers.items()}
    overwritten["observations"] = _erase_observations(person)
    overwritten["events"] = OutboxEvent.objects.filter(subject=f"person:{person.pk}").update(payload=ERASED)
    overwritten["mails"] = _erase_mails(person, now)
    overwritten["admin log entries"] = _erase_admin_log(person)
    overwritten.update(_erase_address(person.email, now))
    _overwrite(person, now)
    return overwritten


def _erase_address(address: str, now: datetime) -> dict[str, int]:
    return {name: erase(address, now) for name, erase in _address_erasers.items()}


def _erase_observations(person: Person) -> int:
    personal = Observation.objects.filter(person=person, personal=True, value__isnull=False)
    return personal.update(value=None)


def _erase_mails(person: Person, now: datetime) -> int:
    """What was written about the person to others; what isn't sent yet never will be."""
    about = Mail.objects.filter(about=f"person:{person.pk}")
    about.filter(sent_at__isnull=True).update(given_up_at=now)
    return about.update(subject="erased", body="")


def _erase_admin_log(person: Person) -> int:
    """The admin's own log repeats each object's name."""
    leads = [str(pk) for pk in Lead.objects.filter(person=person).values_list("pk", flat=True)]
    total = 0
    for model, ids in ((Person, [str(person.pk)]), (Lead, leads)):
        entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
        total += entries.update(object_repr="erased", change_message="")
    return total


def _overwrite(person: Person, now: datetime) -> None:
    person.email = f"erased-{uuid4().hex}@erased.invalid"
    person.full_name = ""
    person.erased_at = now
    person.save(update_fields=["email", "full_name", "erased_at"])
