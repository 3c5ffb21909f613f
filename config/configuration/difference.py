"""What applying a configuration would change, entry by entry and field by field. Pure."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.configuration.document import Configuration, form_of_subject
from config.configuration.schema import GENERATE, SECTIONS, Entry, Section

# form -> hash -> number, of all versions there are
KnownVersions = Mapping[str, Mapping[str, int]]
NOTHING = "nothing"


@dataclass(frozen=True)
class Change:
    """One field, with where in the entry it is (`members`, `ada`, `weight`) and both values in words."""

    where: tuple[str, ...]
    before: str
    after: str

    @property
    def path(self) -> str:
        return ".".join(self.where)

    @property
    def place(self) -> str:
        """For people who don't read files."""
        return " › ".join(part.replace("_", " ") for part in self.where)

    def __str__(self) -> str:
        return f"{self.path}: {self.before} → {self.after}"


@dataclass(frozen=True)
class Changed:
    key: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class SectionDifference:
    """`moved`: keys whose place changes (the fewest that explain the new order). `order`: all keys, afterwards."""

    section: Section
    added: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()
    moved: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    order: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.moved or self.removed)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "moved": len(self.moved),
            "removed": len(self.removed),
            "unchanged": self.unchanged,
        }


@dataclass(frozen=True)
class Difference:
    """`merged` is what there would be afterwards. `publishes`: the routing plan becomes another one by it."""

    sections: tuple[SectionDifference, ...]
    merged: Configuration
    publishes: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.total and not self.publishes

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """For each section that changes."""
        return {each.section.key: each.counts for each in self.sections if not each.is_empty}

    @property
    def total(self) -> int:
        """How many entries change; publishing is none of them."""
        return sum(sum(each.counts.values()) - each.unchanged for each in self.sections)


def difference(
    present: Configuration,
    wanted: Configuration,
    *,
    prune: bool,
    versions: KnownVersions | None = None,
    kept: Mapping[str, Collection[str]] | None = None,
) -> Difference:
    """`prune`: what a section of the file doesn't name is removed, but for what is `kept`. A section that isn't in the
    file is left alone."""
    labels = _labels(wanted, versions or {})
    stays = {**(kept or {}), "brands": _brands_in_use(present, wanted)}
    found = []
    for section in SECTIONS:
        if section.key in wanted.sections:
            before, after = present.entries(section.key), wanted.sections[section.key]
            removed = _removed(section, before, after, stays.get(section.key, ())) if prune else ()
            found.append(_section(section, before, after, removed, labels))
    return Difference(tuple(found), _merged(present, wanted, found))


def _removed(
    section: Section, present: Mapping[str, Entry], wanted: Mapping[str, Entry], kept: Collection[str]
) -> tuple[str, ...]:
    return tuple(
        key
        for key, entry in present.items()
        if key not in wanted and key not in kept and not _is_out_of_use(section, entry)
    )


def _brands_in_use(present: Configuration, wanted: Configuration) -> set[str]:
    """A brand stays for as long as a form has it, be it an archived one."""
    return {form["brand"] for form in {**present.entries("forms"), **wanted.entries("forms")}.values()}


def _labels(wanted: Configuration, versions: KnownVersions) -> "_Labels":
    """form -> hash -> what people call that version."""
    labels: _Labels = {}
    for slug in {*versions, *wanted.entries("forms")}:
        of_file = wanted.entries("forms").get(slug, {}).get("versions", {})
        labels[slug] = {
            **{key: f"version {version.number} of the file" for key, version in of_file.items()},
            **{key: f"version {number}" for key, number in versions.get(slug, {}).items()},
        }
    return labels


_Labels = dict[str, dict[str, str]]


def _section(
    section: Section,
    present: Mapping[str, Entry],
    wanted: Mapping[str, Entry],
    removed: tuple[str, ...],
    labels: _Labels,
) -> SectionDifference:
    changed = []
    for key, entry in wanted.items():
        if key in present and (changes := tuple(_changes(section, key, present[key], entry, labels))):
            changed.append(Changed(key, changes))
    left = [key for key in present if key not in removed]
    order = merged_order(list(wanted), left)
    moved = _moved(left, [key for key in order if key in present]) if section.is_ordered else ()
    touched = {*(each.key for each in changed), *moved}
    return SectionDifference(
        section=section,
        added=tuple(key for key in wanted if key not in present),
        changed=tuple(changed),
        moved=moved,
        removed=removed,
        unchanged=len(left) - len(touched),
        order=tuple(order),
    )


def _is_out_of_use(section: Section, entry: Entry) -> bool:
    """What records name can't be removed, only put out of use: that is how removing it ends."""
    return (section.key == "reps" and not entry["active"]) or (section.key == "forms" and entry["archived"])


def merged_order(wanted: Sequence[str], present: Sequence[str]) -> list[str]:
    """The file's order; what the file doesn't name stays behind the entry it stands behind now."""
    named = set(wanted)
    after: dict[str | None, list[str]] = {}
    last: str | None = None
    for key in present:
        if key in named:
            last = key
        else:
            after.setdefault(last, []).append(key)
    return [*after.get(None, ()), *(each for key in wanted for each in (key, *after.get(key, ())))]


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The fewest keys whose moving explains the new order: those outside of a longest rising subsequence."""
    places = {key: place for place, key in enumerate(before)}
    stays = _longest_rising([places[key] for key in after])
    return tuple(key for key in after if places[key] not in stays)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Patience sorting: Schensted, Canadian Journal of Mathematics 13 (1961)."""
    ends: list[int] = []
    behind: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(ends, number)
        behind[number] = ends[place - 1] if place else None
        ends[place : place + 1] = [number]
    found: set[int] = set()
    last: int | None = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = behind[last]
    return found


def _changes(section: Section, key: str, before: Entry, after: Entry, labels: _Labels) -> Iterator[Change]:
    if section.key == "forms":
        yield from _version_changes(before, after, labels.get(key, {}))
    if section.key == "experiments":
        yield from _order_changes("variants", list(before["variants"]), list(after["variants"]))
        before, after = (_in_labels(entry, labels) for entry in (before, after))
    if section.key == "webhooks" and after["secret"] not in (GENERATE, before["secret"]):
        yield Change(("secret",), "a secret", "another secret")
    for field in section.fields:
        if field.name in after and field.name not in _TOLD_APART.get(section.key, ()):
            yield from _value_changes((field.name,), before.get(field.name), after[field.name])


# Versions are compared by what they hold, secrets are never shown.
_TOLD_APART = {"forms": ("versions", "active"), "webhooks": ("secret",)}


def _in_labels(experiment: Entry, labels: _Labels) -> Entry:
    known = labels.get(form_of_subject(experiment["subject"]), {})
    variants = {
        key: {**variant, "form_version": known.get(variant["form_version"] or "", variant["form_version"])}
        for key, variant in experiment["variants"].items()
    }
    return {**experiment, "variants": variants}


def _version_changes(before: Entry, after: Entry, labels: Mapping[str, str]) -> Iterator[Change]:
    """A version that is there under another number isn't new."""
    for key, version in after["versions"].items():
        if labels[key].endswith("of the file"):
            yield Change(
                ("versions", str(version.number)), NOTHING, "a new document" if version.is_published else "a draft"
            )
        elif version.is_published and key in before["versions"] and not before["versions"][key].is_published:
            yield Change(("versions", str(version.number)), "a draft", "published")
    if before["active"] != after["active"]:
        yield Change(
            ("active",), *(labels.get(key, key) if key else NOTHING for key in (before["active"], after["active"]))
        )


def _value_changes(where: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    """Mappings are gone into; everything else changes as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(key for key in before if key not in after)]:
            if before.get(key, NOTHING) != after.get(key, NOTHING):
                yield from _value_changes((*where, str(key)), before.get(key), after.get(key))
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield Change(where, in_words(before), in_words(after))


def _order_changes(path: str, before: list[str], after: list[str]) -> Iterator[Change]:
    if before != after and sorted(before) == sorted(after):
        yield Change((f"order of {path}",), ", ".join(before), ", ".join(after))


def in_words(value: Any) -> str:
    """Short enough for a line; who wants all of it opens the file."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _cut(", ".join(map(str, value)))
    if isinstance(value, dict):
        told = (f"{key} {in_words(each)}" for key, each in value.items() if each not in (None, "", [], {}, False))
        return _cut(", ".join(told)) or "there"
    return _cut(str(value))


def _cut(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _merged(present: Configuration, wanted: Configuration, found: Sequence[SectionDifference]) -> Configuration:
    sections = dict(present.sections)
    for each in found:
        key = each.section.key
        entries = {**present.entries(key), **wanted.sections[key]}
        sections[key] = {name: entries[name] for name in each.order}
    return Configuration(sections)
