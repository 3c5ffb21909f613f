"""Does a configuration hold together? References, conditions, documents, and what may be there only once. Pure.

Asked of what there would be after applying: a file may name what is there already.
"""

from collections.abc import Iterable, Iterator, Mapping

from conditions import ConditionInvalid, Vocabulary, parse
from config.configuration.document import Configuration
from config.configuration.schema import SECTION, SECTIONS, Entry, Field
from config.errors import Problem
from forms_engine.errors import DefinitionInvalid
from forms_engine.schema import parse_definition
from routing.contract import Contract
from routing.errors import PlanInvalid


def problems_of(merged: Configuration) -> list[Problem]:
    return [
        *_dangling(merged),
        *_not_once(merged),
        *_circles(merged),
        *_targets(merged),
        *_conditions(merged),
        *_documents(merged),
    ]


def _dangling(merged: Configuration) -> Iterator[Problem]:
    for section in SECTIONS:
        for key, entry in merged.entries(section.key).items():
            yield from _dangling_in(section.fields, entry, f"{section.key}.{key}", merged)


def _dangling_in(fields: Iterable[Field], entry: Entry, path: str, merged: Configuration) -> Iterator[Problem]:
    for field in fields:
        value = entry.get(field.name)
        if field.refers_to:
            known = merged.entries(field.refers_to)
            named = [value] if isinstance(value, str) else value or ()
            for key in named:
                if key not in known:
                    yield Problem(f"{path}.{field.name}", f"there is no {SECTION[field.refers_to].one} {key!r}")
        if field.entries and value:
            for key, nested in value.items():
                yield from _dangling_in(field.entries, nested, f"{path}.{field.name}.{key}", merged)


def _not_once(merged: Configuration) -> Iterator[Problem]:
    for name in ("email", "user"):
        values = ((key, rep.get(name)) for key, rep in merged.entries("reps").items())
        yield from _repeated("reps", name, ((key, value) for key, value in values if value))
    defaults = [key for key, queue in merged.entries("queues").items() if queue["default"]]
    for key in defaults[1:]:
        yield Problem(f"queues.{key}.default", f"the default queue is {defaults[0]!r} already; there can be one")
    domains: dict[str, str] = {}
    for key, accounts in merged.entries("account_lists").items():
        for domain in accounts["accounts"]:
            if domains.setdefault(domain, key) != key:
                yield Problem(f"account_lists.{key}.accounts", f"{domain} is on the list {domains[domain]!r} too")


def _repeated(section: str, name: str, values: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, value in values:
        if seen.setdefault(value, key) != key:
            yield Problem(f"{section}.{key}.{name}", f"is the {name} of {seen[value]!r} too")


def _circles(merged: Configuration) -> Iterator[Problem]:
    for section, name in (("queues", "fallback"), ("territories", "parent")):
        parents = {key: entry[name] for key, entry in merged.entries(section).items()}
        for key in parents:
            if _leads_back(key, parents):
                yield Problem(f"{section}.{key}.{name}", "leads in a circle")


def _leads_back(start: str, parents: Mapping[str, str | None]) -> bool:
    seen = {start}
    following = parents[start]
    while following is not None and following in parents:
        if following in seen:
            return True
        seen.add(following)
        following = parents[following]
    return False


def _targets(merged: Configuration) -> Iterator[Problem]:
    for section in ("account_lists", "territories", "rules"):
        for key, entry in merged.entries(section).items():
            if entry["queue"] and entry["owner"]:
                yield Problem(f"{section}.{key}", "has both a queue and an owner; choose one")
            elif section == "rules" and not (entry["queue"] or entry["owner"]):
                yield Problem(f"{section}.{key}", "needs a queue or an owner")
    for key, lead in merged.entries("golden_leads").items():
        if not (lead["queue"] or lead["territory"] or lead["owner"]):
            yield Problem(f"golden_leads.{key}", "must say which queue, territory or owner is expected")


def _conditions(merged: Configuration) -> Iterator[Problem]:
    contract = [{"key": key, **entry} for key, entry in merged.entries("contract").items()]
    try:
        vocabulary = Contract.from_document(contract).vocabulary
    except PlanInvalid as invalid:
        yield Problem("", invalid.message)
        return
    for section in ("territories", "rules"):
        for key, entry in merged.entries(section).items():
            yield from _condition(entry["condition"], f"{section}.{key}.condition", vocabulary)
    for key, queue in merged.entries("queues").items():
        for rep, member in queue["members"].items():
            yield from _condition(member["condition"], f"queues.{key}.members.{rep}.condition", vocabulary)
    for key, experiment in merged.entries("experiments").items():
        yield from _condition(experiment["segment"], f"experiments.{key}.segment", None)


def _condition(document: object, path: str, vocabulary: Vocabulary | None) -> Iterator[Problem]:
    try:
        parse(document, vocabulary)
    except ConditionInvalid as invalid:
        yield Problem(f"{path}.{invalid.path}".rstrip("."), invalid.message)


def _documents(merged: Configuration) -> Iterator[Problem]:
    for slug, form in merged.entries("forms").items():
        for version in form["versions"].values():
            try:
                parse_definition(version.document)
            except DefinitionInvalid as invalid:
                yield Problem(f"forms.{slug}.versions.{version.number}.{invalid.path}".rstrip("."), invalid.reason)
