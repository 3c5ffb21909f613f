"""What stands before the place being read: the fields that a condition there may ask, and whether each must have a
value by then."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conditions import Attribute, Vocabulary
from forms_engine.errors import DefinitionInvalid
from forms_engine.places import all_regions, countries
from forms_engine.schema.model import Field, MailRule


@dataclass(frozen=True)
class MailRules:
    """The form's own rules for every e-mail field; None where the document leaves it to the field's type."""

    free_mail: MailRule | None = None
    disposable: MailRule | None = None
    allow_domains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Placed:
    """A field that was read: where in the document, in which step, and whether among its further questions."""

    field: Field
    path: str
    step: int
    further: bool


@dataclass
class Scope:
    """Grows as the document is read. `field_keys` and `step_keys` are all of the document, whatever else is wrong.

    `skippable` are the indexes of steps that some visitors never see: they have a condition, or a jump leads past.
    `gate_endings`: ending -> path of the first gate that names it; `jumps_over`: step -> path of a jump past it.
    """

    field_keys: frozenset[str]
    step_keys: tuple[str, ...]
    mail: MailRules
    step: int = 0
    placed: dict[str, Placed] = field(default_factory=dict)
    skippable: set[int] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    gate_endings: dict[str, str] = field(default_factory=dict)
    jumps_over: dict[int, str] = field(default_factory=dict)

    def place(self, item: Field, path: str, *, further: bool) -> None:
        """Raises DefinitionInvalid where key, identity or attribute are taken."""
        self._refuse_taken_names(item, path)
        taken = next((key for key, other in self.placed.items() if other.field.maps_to == item.maps_to), None)
        if item.maps_to and taken:
            raise DefinitionInvalid(f"{path}.maps_to", f"{item.maps_to} is already given by {taken}")
        self.placed[item.key] = Placed(item, path, self.step, further)

    def _refuse_taken_names(self, item: Field, path: str) -> None:
        if item.key in self.placed:
            raise DefinitionInvalid(f"{path}.key", f"{item.key} is already the key of another field")
        taken = {name for other in self.placed.values() for name in names_of(other.field)}
        if item.key in taken:
            raise DefinitionInvalid(f"{path}.key", f"{item.key} already stands for another field")
        if not taken.isdisjoint(names_of(item)):
            raise DefinitionInvalid(f"{path}.id", f"{item.id} already stands for another field")

    def skip(self, steps: Iterable[int], path: str) -> None:
        for index in steps:
            self.skippable.add(index)
            self.jumps_over.setdefault(index, path)

    def fields(self) -> Iterator[Field]:
        return (placed.field for placed in self.placed.values())

    def nearest_country(self) -> str | None:
        """The country field read last."""
        return next((item.key for item in reversed(list(self.fields())) if item.type == "country"), None)

    def vocabulary(self) -> Vocabulary:
        return Vocabulary(
            self._attribute(placed) for placed in self.placed.values() if placed.field.type != "statement"
        )

    def _attribute(self, placed: Placed) -> Attribute:
        item = placed.field
        return Attribute(
            name=item.key,
            type=item.value_type,
            choices=_choices(item),
            required=self._always_answered(placed),
            label=item.label or item.key,
        )

    def _always_answered(self, placed: Placed) -> bool:
        """Whether a condition here may rely on a value: on every way to this place the field is asked and required."""
        item = placed.field
        if item.source is not None:
            return item.source.kind == "constant" and not isinstance(item.source.value, str)
        if placed.further or item.visible_when is not None or item.type == "region":
            return False
        return (item.required or item.is_tick) and (placed.step == self.step or placed.step not in self.skippable)


def names_of(item: Field) -> set[str]:
    """What stands for a field: its key, its identity, and what a page sends beside it."""
    beside = {f"{item.key}__country"} if item.country_select else set()
    return {item.key, item.id, *beside}


def _choices(item: Field) -> Mapping[str, str] | None:
    if item.type == "country":
        return countries()
    if item.type == "region":
        return all_regions()
    return {choice.value: choice.label for choice in item.choices if isinstance(choice.value, str)} or None


def keys_in(steps: Any) -> tuple[tuple[str, ...], frozenset[str]]:
    """Every step's and every field's key, leniently: only to tell "comes later" from "doesn't exist"."""
    objects = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    lists = [step.get(name) for step in objects for name in ("fields", "further")]
    fields = [entry for entries in lists if isinstance(entries, list) for entry in entries if isinstance(entry, dict)]
    return (
        tuple(str(step.get("key", "")) for step in objects),
        frozenset(str(entry["key"]) for entry in fields if "key" in entry),
    )
