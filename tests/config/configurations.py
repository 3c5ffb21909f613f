"""Whole configurations for tests: a small one by hand, and any by chance."""

import unicodedata
from typing import Any

from hypothesis import strategies as st

from config.configuration.document import Configuration, Version
from config.configuration.schema import SECTION, Entry, Field
from tests.forms_engine.documents import document

SMALL = """switchyard: 1
contract:
- {key: country, label: Country, type: string, vocabulary: countries, required: true}
- {key: employees, label: Employees, type: number, default: 10}
reps:
  ada: {name: Ada, email: ada@seller.example}
  ben: {name: Ben, email: ben@seller.example, time_zone: Europe/Berlin}
queues:
  desk: {name: Desk, default: true, members: {ada: {}}}
  big:
    name: Big
    fallback: desk
    members:
      ada: {weight: 2}
      ben: {cap_day: 5}
account_lists:
  strategic:
    name: Strategic
    queue: big
    accounts: |
      domain,company_name,owner
      acme.com,Acme Inc.,ben
      zeta.com,"Zeta, Works",
territories:
- {key: emea, name: EMEA, countries: [DE, FR]}
- {key: dach, name: DACH, parent: emea, countries: [DE]}
rules:
- {key: large, name: Large, territory: emea, condition: {employees: {$gte: 200}}, queue: big}
- {key: rest, name: Rest, queue: desk}
golden_leads:
  A large one: {inputs: {country: DE, employees: 500}, queue: big}
brands: {}
forms: {}
experiments: {}
webhooks: {}
"""


def entry(section: str, **given: Any) -> Entry:
    return filled(SECTION[section].fields, given)


def filled(fields: tuple[Field, ...], given: dict[str, Any]) -> Entry:
    defaults = {
        field.name: field.default for field in fields if isinstance(field.default, str | int | list | dict | None)
    }
    return {**defaults, **given}


# Texts as people write them, and some that YAML, CSV or spreadsheets take for something else.
AWKWARD = ["no", "007", "2026-03-31", "=1+1", "a: b", "# c", "two\nlines\n", " x ", "naïve “quote”", "~", "a,b\"c",
           "1e3", "line\u2028sep", "tab\there", "🙂", "null", "- x", "{y}",
           "trailing \n", "\u0085", "!x", "%", "@x", "`z`"]  # fmt: skip
labels = st.one_of(st.sampled_from(AWKWARD), st.text("abc é:#-'\"", min_size=1, max_size=12)).filter(
    lambda text: text.strip()
)
names = labels.filter(lambda text: not any(unicodedata.category(sign) == "Cc" for sign in text))
KEYS = ["ada", "ben", "cyd", "on", "1", "007", "null", "x-1"]
keys = st.sampled_from(KEYS)
sizes = st.one_of(st.none(), st.integers(0, 10**12))
conditions = st.sampled_from(
    [{}, {"country": "DE"}, {"employees": {"$gte": 200}}, {"$or": [{"country": "NO"}, {"employees": {"$lt": 5}}]}]
)


def optional(known: list[str]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *known])


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """Any that holds together."""
    reps = draw(st.lists(keys, unique=True, min_size=1, max_size=4))
    queues = draw(st.lists(keys, unique=True, min_size=1, max_size=4))
    lists = draw(st.lists(keys, unique=True, max_size=2))
    territories = draw(st.lists(keys, unique=True, max_size=4))
    brands = draw(st.lists(keys, unique=True, min_size=1, max_size=2))
    forms = {key: draw(_form(brands)) for key in draw(st.lists(keys, unique=True, max_size=2))}
    domains = draw(st.lists(st.sampled_from([f"d{n}.example" for n in range(9)]), unique=True))
    return Configuration(
        {
            "contract": _CONTRACT,
            "reps": {key: draw(_rep(key)) for key in reps},
            "queues": {key: draw(_queue(place, queues, reps)) for place, key in enumerate(queues)},
            "account_lists": {key: draw(_list(domains[place::2], queues, reps)) for place, key in enumerate(lists)},
            "territories": {
                key: draw(_territory(territories[:place], lists, queues)) for place, key in enumerate(territories)
            },
            "rules": {
                key: entry(
                    "rules",
                    name=draw(names),
                    territory=draw(optional(territories)),
                    condition=draw(conditions),
                    queue=draw(st.sampled_from(queues)),
                )
                for key in draw(st.lists(keys, unique=True, max_size=4))
            },
            "golden_leads": {
                key: entry("golden_leads", inputs={"country": "DE"}, queue=draw(st.sampled_from(queues)))
                for key in draw(st.lists(labels, unique=True, max_size=2))
            },
            "brands": {key: entry("brands", name=draw(labels), privacy_text=draw(labels)) for key in brands},
            "forms": forms,
            "experiments": {key: draw(_experiment(forms)) for key in draw(st.lists(keys, unique=True, max_size=2))},
            "webhooks": {
                key: entry("webhooks", url="https://hooks.example/x", enabled=draw(st.booleans()))
                for key in draw(st.lists(labels, unique=True, max_size=2))
            },
        }
    )


_CONTRACT = {
    "country": entry("contract", label="Country", type="string", vocabulary="countries", required=True),
    "employees": entry("contract", label="Employees", type="number", default=10),
    "size": entry("contract", label="Size", type="string", choices={"s": "Small", "l": "Large"}),
}


@st.composite
def _rep(draw: st.DrawFn, key: str) -> Entry:
    hours = st.sampled_from([{}, {"mon": ["09:00-17:00"], "fri": ["09:00-12:00", "13:00-15:00"]}])
    zone = st.sampled_from(["UTC", "Europe/Oslo"])
    return {
        **entry("reps", name=draw(names), email=f"{key}@seller.example", working_hours=draw(hours)),
        "time_zone": draw(zone),
        "active": draw(st.booleans()),
    }


@st.composite
def _queue(draw: st.DrawFn, place: int, queues: list[str], reps: list[str]) -> Entry:
    fields = SECTION["queues"].field("members").entries
    members = {
        rep: filled(
            fields, {"weight": draw(st.integers(0, 9)), "condition": draw(conditions), "cap_week": draw(sizes_small)}
        )
        for rep in draw(st.lists(st.sampled_from(reps), unique=True))
    }
    return entry(
        "queues",
        name=draw(names),
        default=place == 0 and draw(st.booleans()),
        fallback=draw(optional(queues[:place])),
        manager=draw(optional(reps)),
        counts=draw(st.sampled_from([[], ["test"]])),
        members=members,
    )


sizes_small = st.one_of(st.none(), st.integers(0, 100))


@st.composite
def _list(draw: st.DrawFn, domains: list[str], queues: list[str], reps: list[str]) -> Entry:
    accounts = {
        domain: {"company_name": draw(st.one_of(st.just(""), labels)), "owner": draw(optional(reps))}
        for domain in domains
    }
    return entry("account_lists", name=draw(names), queue=draw(st.sampled_from(queues)), accounts=accounts)


@st.composite
def _territory(draw: st.DrawFn, before: list[str], lists: list[str], queues: list[str]) -> Entry:
    return entry(
        "territories",
        name=draw(names),
        parent=draw(optional(before)),
        countries=draw(st.sampled_from([[], ["NO", "DE"]])),
        postal_areas=draw(st.sampled_from([[], ["DE 80", "DE 81..86"]])),
        employees_min=draw(sizes),
        account_lists=sorted(draw(st.lists(st.sampled_from(lists), unique=True))) if lists else [],
        condition=draw(conditions),
        queue=draw(optional(queues)),
        valid_from=draw(st.sampled_from([None, "2026-03-31"])),
        tie_break=draw(st.integers(-5, 5)),
    )


@st.composite
def _form(draw: st.DrawFn, brands: list[str]) -> Entry:
    titles = draw(st.lists(labels, unique=True, max_size=2))
    numbers = draw(st.lists(st.integers(1, 99), unique=True, min_size=len(titles), max_size=len(titles)))
    versions = [
        Version(number, document(title=title), is_published=True) for number, title in zip(numbers, titles, strict=True)
    ]
    found = entry("forms", name=draw(labels), brand=draw(st.sampled_from(brands)), archived=draw(st.booleans()))
    found.pop("drafts")
    # What isn't shown is no part of a configuration, so that every version must be.
    shown = versions[:1]
    return {**found, "versions": {each.hash: each for each in shown}, "active": shown[0].hash if shown else None}


@st.composite
def _experiment(draw: st.DrawFn, forms: dict[str, Entry]) -> Entry:
    slug = draw(st.sampled_from([*forms, "other"]))
    shown = list(forms[slug]["versions"]) if slug in forms else []
    fields = SECTION["experiments"].field("variants").entries
    variants = {
        key: filled(
            fields, {"name": draw(labels), "control": draw(st.booleans()), "form_version": draw(optional(shown))}
        )
        for key in draw(st.lists(keys, unique=True, max_size=3))
    }
    return entry(
        "experiments",
        name=draw(labels),
        subject=f"form:{slug}",
        coverage=draw(st.sampled_from([1.0, 0.25])),
        variants=variants,
    )
