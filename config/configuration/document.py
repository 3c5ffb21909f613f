"""A configuration as text and as data. Pure.

Read, every entry is whole: defaults are filled in, accounts are a mapping by domain, and versions of forms are known by
the hash of what they hold, since their numbers differ from one installation to the next. Written, the same
configuration is always the same text.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.configuration.schema import FORMAT, NEEDED, SECTION, SECTIONS, UNTOUCHED, Entry, Field, Section
from forms_engine.canonical import content_hash
from forms_engine.document_files import parse_document
from forms_engine.errors import ImportInvalid
from foundation.errors import SwitchyardError
from routing.hours import WEEKDAYS

LARGEST = 20 * 1024 * 1024
MOST_PROBLEMS = 100
LONGEST_DOMAIN, LONGEST_COMPANY_NAME = 253, 200
ACCOUNT_COLUMNS = ("domain", "company_name", "owner")
_FORMAT_KEY = "switchyard"
# How people read a form's document; what isn't named follows by the alphabet. Databases don't keep an order.
_READ_FIRST = ("id", "key", "type", "title", "intro", "name", "label", "language", "fields", "steps", "value")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `rules.big.queue`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigurationInvalid(SwitchyardError):
    """`problems` has each with its path."""

    code = "configuration_invalid"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{problem}." for problem in self.problems[:MOST_PROBLEMS]))


@dataclass(frozen=True)
class Configuration:
    """`sections` has those the file has; one that it doesn't have is left alone."""

    sections: Mapping[str, dict[str, Entry]] = field(default_factory=dict)

    def entries(self, section: str) -> dict[str, Entry]:
        return self.sections.get(section, {})


def read(text: str) -> Configuration:
    """Raises ConfigurationInvalid."""
    if len(text) > LARGEST:
        raise ConfigurationInvalid([Problem("", f"The file is larger than {LARGEST // 1024**2} MB")])
    try:
        raw = parse_document(text, is_json=False)
    except ImportInvalid as invalid:
        raise ConfigurationInvalid([Problem("", invalid.message.rstrip("."))]) from invalid
    reader = _Reader()
    found = reader.configuration(raw)
    if reader.problems:
        raise ConfigurationInvalid(reader.problems)
    return found


def _can_be_stored(raw: object) -> bool:
    """No null character and no half of a surrogate pair: databases refuse them."""
    try:
        return "\\u0000" not in json.dumps(raw) and bool(json.dumps(raw, ensure_ascii=False).encode())
    except ValueError:
        return False


class _Reader:
    """Goes through the whole file and keeps what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _wrong(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def configuration(self, raw: object) -> Configuration:
        if not isinstance(raw, dict) or not _same(raw.get(_FORMAT_KEY), FORMAT):
            self._wrong(_FORMAT_KEY, f"must be {FORMAT}: the file must begin with `{_FORMAT_KEY}: {FORMAT}`")
            return Configuration()
        if not _can_be_stored(raw):
            self._wrong("", "The file holds a null character or half a character, which can't be stored")
            return Configuration()
        self._unknown(raw, "", (_FORMAT_KEY, *SECTION))
        sections = {section.key: self._section(section, raw[section.key]) for section in SECTIONS if section.key in raw}
        if not self.problems:
            self._name_versions(sections)
        return Configuration(sections)

    def _unknown(self, raw: Mapping[Any, object], path: str, known: Iterable[str]) -> None:
        names = tuple(known)
        for key in raw:
            if key not in names:
                self._wrong(_join(path, key), f"is not known here; known are {', '.join(names)}")

    def _section(self, section: Section, raw: object) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for key, entry, path in self._items(section, raw):
            if key in found:
                self._wrong(path, "stands here twice")
            found[key] = self._entry(section.fields, entry, path)
        return found

    def _items(self, section: Section, raw: object) -> Iterator[tuple[str, dict[str, object], str]]:
        if section.is_ordered:
            yield from self._listed(section, raw)
            return
        if not isinstance(raw, dict):
            self._wrong(section.key, "must be a mapping by key; write {} for none")
            return
        for key, entry in raw.items():
            if self._is_entry(key, entry, _join(section.key, key)):
                yield key, entry, _join(section.key, key)

    def _listed(self, section: Section, raw: object) -> Iterator[tuple[str, dict[str, object], str]]:
        if not isinstance(raw, list):
            self._wrong(section.key, "must be a list; write [] for none")
            return
        for place, item in enumerate(raw):
            path = f"{section.key}[{place}]"
            if not isinstance(item, dict) or "key" not in item:
                self._wrong(path, "must be a mapping with a key")
            elif self._is_entry(item["key"], item, f"{path}.key"):
                entry = {name: value for name, value in item.items() if name != "key"}
                yield item["key"], entry, _join(section.key, item["key"])

    def _is_entry(self, key: object, entry: object, path: str) -> bool:
        if not isinstance(key, str) or not key:
            self._wrong(path, "must have a text as its key; put it in quotes")
        elif not isinstance(entry, dict):
            self._wrong(path, "must be a mapping")
        else:
            return True
        return False

    def _entry(self, fields: tuple[Field, ...], raw: Mapping[str, object], path: str) -> Entry:
        self._unknown(raw, path, (field.name for field in fields))
        entry: Entry = {}
        for each in fields:
            if each.name in raw:
                entry[each.name] = self._value(each, raw[each.name], _join(path, each.name))
            elif each.default is NEEDED:
                self._wrong(_join(path, each.name), "is missing")
            elif each.default is not UNTOUCHED:
                entry[each.name] = each.default
        return entry

    def _value(self, each: Field, raw: object, path: str) -> object:
        if complaint := each.takes(raw):
            self._wrong(path, complaint)
            return {} if each.entries or each.name in _OF_VERSIONS else raw
        if each.name == "accounts":
            return self._accounts(str(raw), path)
        if each.name in _OF_VERSIONS:
            return self._versions(raw, path)
        if each.entries and isinstance(raw, dict):
            return {
                key: self._entry(each.entries, entry, _join(path, key))
                for key, entry in raw.items()
                if self._is_entry(key, entry, _join(path, key))
            }
        return raw

    def _accounts(self, table: str, path: str) -> dict[str, Entry]:
        """The table of a list's accounts: one line an account."""
        found: dict[str, Entry] = {}
        try:
            rows = list(csv.reader(io.StringIO(table, newline=""), strict=True))
        except csv.Error as error:
            self._wrong(path, f"isn't a table: {error}")
            return {}
        if rows and tuple(rows[0]) != ACCOUNT_COLUMNS:
            self._wrong(path, f"must begin with the line {','.join(ACCOUNT_COLUMNS)}")
            return {}
        for line, row in enumerate(rows[1:], start=2):
            if not row:
                continue
            if complaint := _account_complaint(row, found):
                self._wrong(f"{path}, line {line}", complaint)
            else:
                found[row[0]] = {"company_name": row[1], "owner": row[2] or None}
        return found

    def _versions(self, raw: object, path: str) -> dict[int, object]:
        """Number -> document."""
        found: dict[int, object] = {}
        for key, document in raw.items() if isinstance(raw, dict) else ():
            number = key if isinstance(key, int) else int(key) if str(key).isdecimal() and len(key) < 10 else 0
            if isinstance(key, bool) or not 1 <= number < 2**31:
                self._wrong(_join(path, key), "must be named by a number from 1")
            else:
                found[number] = document
        return found

    def _name_versions(self, sections: Mapping[str, dict[str, Entry]]) -> None:
        """From here on versions are known by their hash."""
        hashes: dict[str, dict[int, str]] = {}
        for slug, form in sections.get("forms", {}).items():
            hashes[slug] = self._name_versions_of(slug, form)
        for key, experiment in sections.get("experiments", {}).items():
            known = hashes.get(form_of_subject(experiment["subject"]), {})
            for variant, entry in experiment["variants"].items():
                path = f"experiments.{key}.variants.{variant}.form_version"
                entry["form_version"] = self._hash_of(entry["form_version"], known, path)

    def _name_versions_of(self, slug: str, form: Entry) -> dict[int, str]:
        drafts, published = form.pop("drafts"), form["versions"]
        for number in drafts.keys() & published.keys():
            self._wrong(f"forms.{slug}.drafts.{number}", "is among the versions too")
        numbered = {
            **{number: Version(number, document, is_published=False) for number, document in drafts.items()},
            **{number: Version(number, document, is_published=True) for number, document in published.items()},
        }
        hashes = {number: version.hash for number, version in numbered.items()}
        form["versions"] = {version.hash: version for version in numbered.values()}
        form["active"] = self._hash_of(form["active"], {n: hashes[n] for n in published}, f"forms.{slug}.active")
        return hashes

    def _hash_of(self, number: int | None, known: Mapping[int, str], path: str) -> str | None:
        if number is not None and number not in known:
            self._wrong(path, f"there is no version {number} of the form in this file")
        return None if number is None else known.get(number)


_OF_VERSIONS = ("versions", "drafts")


@dataclass(frozen=True)
class Version:
    """One document of a form. Equal documents are the same version, whatever their numbers."""

    number: int
    document: Any
    is_published: bool

    @property
    def hash(self) -> str:
        return content_hash(self.document)


def form_of_subject(subject: str) -> str:
    """The slug, or "" where an experiment's subject is no form."""
    kind, _, slug = subject.partition(":")
    return slug if kind == "form" else ""


def _account_complaint(row: list[str], found: Mapping[str, object]) -> str:
    if len(row) != len(ACCOUNT_COLUMNS):
        return f"must have {len(ACCOUNT_COLUMNS)} cells: {', '.join(ACCOUNT_COLUMNS)}"
    domain = row[0]
    if not domain or domain != domain.strip().lower() or " " in domain:
        return f"{domain!r} is not a domain as it is kept, such as example.com"
    if len(domain) > LONGEST_DOMAIN or len(row[1]) > LONGEST_COMPANY_NAME:
        return "the domain or the company's name is too long"
    return f"{domain} stands here twice" if domain in found else ""


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def write(configuration: Configuration) -> str:
    """The same text for the same configuration, readable, and good to compare line by line."""
    document: dict[str, object] = {_FORMAT_KEY: FORMAT}
    numbers = {
        slug: {key: version.number for key, version in form["versions"].items()}
        for slug, form in configuration.entries("forms").items()
    }
    for section in SECTIONS:
        if section.key in configuration.sections:
            document[section.key] = _section_written(section, configuration.entries(section.key), numbers)
    parts = (_dumped({key: value}) for key, value in document.items())
    return "\n".join(parts)


_Numbers = Mapping[str, Mapping[str, int]]


def _section_written(section: Section, found: Mapping[str, Entry], numbers: _Numbers) -> object:
    written = {key: _entry_written(section, key, entry, numbers) for key, entry in found.items()}
    if section.is_ordered:
        return [{"key": key, **entry} for key, entry in written.items()]
    return {key: written[key] for key in sorted(written)}


def _entry_written(section: Section, key: str, entry: Entry, numbers: _Numbers) -> dict[str, object]:
    if section.key == "forms":
        entry = _form_written(entry)
    if section.key == "experiments":
        entry = _experiment_written(entry, numbers.get(form_of_subject(entry["subject"]), {}))
    return dict(_fields_written(section.fields, entry))


def _form_written(entry: Entry) -> Entry:
    versions: Iterable[Version] = sorted(entry["versions"].values(), key=lambda version: version.number)
    return {
        **entry,
        "active": entry["versions"][entry["active"]].number if entry["active"] else None,
        "versions": {each.number: _to_read(each.document) for each in versions if each.is_published},
        "drafts": {each.number: _to_read(each.document) for each in versions if not each.is_published},
    }


def _experiment_written(entry: Entry, numbers: Mapping[str, int]) -> Entry:
    variants = {
        key: {**variant, "form_version": numbers.get(variant["form_version"])}
        for key, variant in entry["variants"].items()
    }
    return {**entry, "variants": variants}


def _fields_written(fields: tuple[Field, ...], entry: Entry) -> Iterator[tuple[str, object]]:
    for each in fields:
        value = entry.get(each.name, UNTOUCHED)
        if value is UNTOUCHED or (each.default is not NEEDED and _same(value, each.default)):
            continue
        if each.name == "accounts":
            yield each.name, _accounts_written(value)
        elif each.entries:
            # An experiment's variants stand in an order that counts; members don't.
            keys = value if each.name == "variants" else sorted(value)
            yield each.name, {key: dict(_fields_written(each.entries, value[key])) for key in keys}
        elif each.name in _OF_VERSIONS:
            yield each.name, value
        else:
            yield each.name, _sorted_within(value)


def _same(value: object, default: object) -> bool:
    """`False == 0` in Python, but not in a file."""
    return value == default and isinstance(value, bool) == isinstance(default, bool)


def _accounts_written(accounts: Mapping[str, Entry]) -> str:
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(ACCOUNT_COLUMNS)
    rows.writerows(
        (domain, accounts[domain]["company_name"], accounts[domain]["owner"] or "") for domain in sorted(accounts)
    )
    return out.getvalue()


def _sorted_within(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted_within(value[key]) for key in sorted(value, key=_week_in_order)}
    return [_sorted_within(item) for item in value] if isinstance(value, list) else value


def _week_in_order(key: str) -> tuple[int, str]:
    return (WEEKDAYS.index(key) if key in WEEKDAYS else 0, key)


def _to_read(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _to_read(document[key]) for key in sorted(document, key=_reading_place)}
    return [_to_read(item) for item in document] if isinstance(document, list) else document


def _reading_place(key: str) -> tuple[int, str]:
    return (_READ_FIRST.index(key) if key in _READ_FIRST else len(_READ_FIRST), key)


class _Dumper(yaml.SafeDumper):
    """Written by Python's own code on every machine: the C library folds lines at other places."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Several lines as a block; what a block would change (such as line separators) in double quotes."""
    if any(sign in value for sign in "\r\x85\u2028\u2029\ufeff"):
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


def _represent_list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    """Short lists of plain values on one line."""
    is_short = all(isinstance(item, str | int | float | bool) for item in value) and len(str(value)) < 100
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=is_short)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def _dumped(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
