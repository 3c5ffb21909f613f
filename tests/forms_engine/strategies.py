"""Random valid forms with conditions, jumps, gates and further questions, and random answers to them.

`forms()` gives a `Form`: the document, its fields as written, and strategies to fill it in. `answers` are what servers
may send, right and wrong. `page_answers` are what a page can hold and a browser can judge on its own: e-mail domains,
phone numbers and regions of another country are the server's to refuse, so there they are right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

TODAY = date(2026, 3, 9)
COUNTRIES = ("DE", "FR", "HK", "US")
REGIONS = {"DE": ("DE-BE", "DE-BY"), "FR": ("FR-IDF", "FR-BRE"), "US": ("US-CA",), "HK": ()}
TEXTS = ("ada", "Bob", "x", "a b", "Ünal", "\U0001f600\U0001f600", "AB-12")
NUMBERS = (-3, 0, 1, 2.5, 10, 200, 5000)
DATES = ("2025-12-31", "2026-02-28", "2026-06-01", "2027-01-01")
CHOICES = ("a", "b", "c")
SIZES = (10, 200)
# Types whose known value a page may be told.
CLOSED = ("select", "sizes", "radio", "checkboxes", "checkbox", "country", "number")
OPEN = ("text", "textarea", "company", "date", "tel", "url", "work_email")
ENDINGS = ("too_small", "elsewhere")


@dataclass(frozen=True)
class Form:
    document: Json
    fields: tuple[Json, ...]

    def answers(self) -> st.SearchStrategy[Json]:
        """As a server sends them: right, wrong and blank."""
        return self._filled(lambda item: st.one_of(right_value(item), wrong_value(item), st.none()))

    def page_answers(self, known: Json) -> st.SearchStrategy[Json]:
        """As a page holds them that was told of `known`: a region is one of the country that counts."""
        filled = self._filled(lambda item: st.one_of(right_value(item), _wrong_on_page(item)))
        return filled.map(lambda answers: self._with_regions_of_their_country(answers, known))

    def _with_regions_of_their_country(self, answers: Json, known: Json) -> Json:
        country_of = {item["key"]: item["country"] for item in self.fields if item["type"] == "region"}
        said = {**answers, **known}
        return {
            key: value
            for key, value in answers.items()
            if key not in country_of or str(value).startswith(f"{said.get(country_of[key])}-")
        }

    def known(self) -> st.SearchStrategy[Json]:
        """Canonical answers given before, of some fields that ask once."""
        once = [item for item in self.fields if item.get("once") or item.get("further")]
        return st.fixed_dictionaries({}, optional={item["key"]: _known_value(item) for item in once})

    def _filled(self, of: Any) -> st.SearchStrategy[Json]:
        asked = [item for item in self.fields if item["type"] not in {"hidden", "statement"}]
        email, others = asked[0], asked[1:]
        return st.fixed_dictionaries(
            {email["key"]: st.one_of(st.just("ada@example.com"), of(email))},
            optional={item["key"]: of(item) for item in others},
        )


def contexts() -> st.SearchStrategy[Json]:
    texts = st.sampled_from(["ads", "team", " pro ", ""])
    return st.fixed_dictionaries(
        {},
        optional={
            "referrer": texts,
            "utm": st.fixed_dictionaries({}, optional={"x": texts}),
            "query": st.fixed_dictionaries({}, optional={"x": texts}),
            "cookies": st.fixed_dictionaries({}, optional={"x": texts}),
            "data": st.fixed_dictionaries({}, optional={"x": texts}),
        },
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    count = draw(st.integers(1, 4))
    fields: list[Json] = []
    steps = [draw(_steps(index, count, fields)) for index in range(count)]
    return Form({"title": "T", "steps": steps, "endings": _endings(draw, steps, fields)}, tuple(fields))


@st.composite
def _steps(draw: st.DrawFn, index: int, count: int, fields: list[Json]) -> Json:
    step: Json = {"key": f"s{index}"}
    if index:
        _maybe(draw, step, "visible_when", conditions(fields))
    asked = [_email()] if index == 0 else []
    fields.extend(asked)
    asked.extend(_field(draw, fields) for _ in range(draw(st.integers(0 if asked else 1, 4))))
    if all(item["type"] == "hidden" for item in asked):
        asked.append(_field(draw, fields, kinds=CLOSED))
    step["fields"] = [_as_written(item) for item in asked]
    further = [_field(draw, fields, kinds=CLOSED, further=True) for _ in range(draw(st.integers(0, 2)))]
    step["further"] = [_as_written(item) for item in further]
    if draw(st.booleans()):
        targets = [f"s{later}" for later in range(index + 1, count)] + ["end"]
        step["jumps"] = [{"when": draw(conditions(fields)), "to": draw(st.sampled_from(targets))}]
    if draw(st.integers(0, 5)) == 5:
        step["gates"] = [{"when": draw(conditions(fields)), "ending": draw(st.sampled_from(ENDINGS))}]
    return step


def _endings(draw: st.DrawFn, steps: Sequence[Json], fields: list[Json]) -> list[Json]:
    named = {gate["ending"] for step in steps for gate in step.get("gates", [])}
    of_gates = [{"key": key, "title": key} for key in sorted(named)]
    by_condition = [{"key": "other", "when": draw(conditions(fields))}] if draw(st.booleans()) else []
    return [*of_gates, *by_condition]


def _email() -> Json:
    return {"key": "email", "type": "email", "label": "E-mail", "required": True, "maps_to": "email"}


def _field(draw: st.DrawFn, fields: list[Json], *, kinds: Sequence[str] = (), further: bool = False) -> Json:
    """A field that may ask those before it, and now stands among them."""
    countries = [item["key"] for item in fields if item["type"] == "country"]
    choice = kinds or (*CLOSED, *CLOSED, *OPEN, "consent", "statement", "hidden", *(["region"] if countries else []))
    kind = draw(st.sampled_from(choice))
    item: Json = {"key": f"f{len(fields)}", "type": kind, **draw(_details(kind, countries))}
    if kind not in {"hidden", "statement"}:
        item["label"] = "L"
        item["required"] = draw(st.booleans())
    if kind != "hidden":
        _maybe(draw, item, "visible_when", conditions(fields))
    if kind in CLOSED and not further:
        item["once"] = draw(st.booleans())
    if kind == "region":
        item["once"] = any(other["key"] == item["country"] and other.get("once") for other in fields)
    if further:
        item["further"] = True
    if kind == "sizes":
        item["type"] = "select"
    fields.append(item)
    return item


def _as_written(item: Json) -> Json:
    return {key: value for key, value in item.items() if key != "further"}


def _maybe(draw: st.DrawFn, target: Json, key: str, strategy: st.SearchStrategy[Any]) -> None:
    if draw(st.booleans()):
        target[key] = draw(strategy)


def _details(kind: str, countries: list[str]) -> st.SearchStrategy[Json]:
    """The keys of the type itself."""
    if kind in {"select", "radio", "checkboxes"}:
        choices = {"choices": [{"value": value, "label": value} for value in CHOICES]}
        counts = [{}, {"min_choices": 2}, {"max_choices": 2}] if kind == "checkboxes" else [{}]
        return st.sampled_from([{**choices, **more} for more in counts])
    if kind == "sizes":
        return st.just({"choices": [{"value": value, "label": str(value)} for value in SIZES]})
    if kind == "hidden":
        sources = [{"constant": "team"}, {"constant": 3}, {"constant": True}, {"referrer": True}]
        sources += [{kind: "x"} for kind in ("utm", "query", "cookie", "data")]
        return st.sampled_from([{"source": source} for source in sources])
    if kind == "region":
        return st.sampled_from([{"country": key} for key in countries])
    return st.sampled_from(_DETAILS.get(kind, [{}]))


_DETAILS: dict[str, list[Json]] = {
    "text": [{}, {"min_length": 2}, {"max_length": 3}, {"pattern": r"[A-Z]{2}-\d+"}],
    "number": [{}, {"min": 1}, {"max": 200, "whole": True}],
    "date": [{}, {"min": "2026-01-01", "max": "2026-12-31"}, {"min": "today"}, {"max": "today"}],
    "statement": [{"statement": {"text": "Hello"}}],
}


# Conditions


def conditions(fields: Sequence[Json]) -> st.SearchStrategy[Json]:
    """Over the fields given, as the strict language wants them; one that always holds where there are none."""
    asked = [item for item in fields if item["type"] != "statement"]
    if not asked:
        return st.just({})
    clause = st.sampled_from(asked).flatmap(lambda item: clauses(item).map(lambda test: {item["key"]: test}))
    several = st.lists(clause, min_size=1, max_size=2)
    return st.one_of(
        clause,
        several.map(lambda parts: {"$and": parts}),
        several.map(lambda parts: {"$or": parts}),
        several.map(lambda parts: {"$nor": parts}),
        clause.map(lambda part: {"$not": part}),
    )


def clauses(item: Json) -> st.SearchStrategy[Any]:
    """A test on one field's value."""
    exists = st.booleans().map(lambda there: {"$exists": there})
    kind = item["type"]
    if kind in {"checkbox", "consent"}:
        return st.one_of(st.booleans(), exists)
    if kind == "hidden":
        return st.one_of(exists, _equal(_constants(item)))
    if kind == "checkboxes":
        return st.one_of(exists, _list_tests())
    if kind in {"tel", "email", "work_email", "url"}:
        return exists
    return st.one_of(exists, _equal(_literals(item)), *_orders(item), *_patterns(item))


def _constants(item: Json) -> Sequence[Any]:
    constant = item["source"].get("constant", "team")
    return (constant,) if isinstance(constant, bool | int) else ("team", "ads", "pro")


def _literals(item: Json) -> Sequence[Any]:
    if item["type"] == "region":
        return [code for codes in REGIONS.values() for code in codes]
    if "choices" in item:
        return [choice["value"] for choice in item["choices"]]
    return {"country": COUNTRIES, "number": NUMBERS, "date": DATES}.get(item["type"], TEXTS)


def _equal(literals: Sequence[Any]) -> st.SearchStrategy[Any]:
    one = st.sampled_from(list(literals))
    some = st.lists(one, min_size=1, max_size=2)
    if any(isinstance(literal, bool) for literal in literals):
        return one
    return st.one_of(
        one, one.map(lambda value: {"$ne": value}), some.map(lambda v: {"$in": v}), some.map(lambda v: {"$nin": v})
    )


def _list_tests() -> st.SearchStrategy[Json]:
    some = st.lists(st.sampled_from(CHOICES), min_size=1, max_size=2)
    sizes = st.integers(0, 3)
    return st.one_of(
        some.map(lambda v: {"$in": v}),
        some.map(lambda v: {"$nin": v}),
        some.map(lambda v: {"$all": v}),
        sizes.map(lambda size: {"$size": size}),
        sizes.map(lambda size: {"$size": {"$gte": size}}),
    )


def _orders(item: Json) -> list[st.SearchStrategy[Json]]:
    if item["type"] not in {"number", "date"} and item.get("choices", [{}])[0].get("value") not in SIZES:
        return []
    operators = st.sampled_from(["$lt", "$lte", "$gt", "$gte"])
    bounds = st.sampled_from(list(_literals(item)))
    return [st.builds(lambda operator, bound: {"$exists": True, operator: bound}, operators, bounds)]


def _patterns(item: Json) -> list[st.SearchStrategy[Json]]:
    if item["type"] not in {"text", "textarea", "company"}:
        return []
    operators = st.sampled_from(["$regex", "$regexi", "$notRegex"])
    return [st.builds(lambda operator, text: {operator: text}, operators, st.sampled_from(["^a", "b$", r"\d", "."]))]


# Values


def right_value(item: Json) -> st.SearchStrategy[Any]:
    """Of the right type; whether it is within the field's bounds is left to chance."""
    kind = item["type"]
    if "choices" in item:
        values = [choice["value"] for choice in item["choices"]]
        one = st.sampled_from(values)
        return st.lists(one, max_size=3) if kind == "checkboxes" else one
    return st.sampled_from(_RIGHT[kind])


_RIGHT: dict[str, Sequence[Any]] = {
    "text": TEXTS,
    "textarea": (*TEXTS, "a\nb"),
    "company": TEXTS,
    "email": ("ada@example.com", " Bob@Example.COM "),
    "work_email": ("ada@example.com", "Bob@Example.COM"),
    "tel": ("+4930901820", "+33123456789"),
    "url": ("example.com", "HTTPS://Example.com/A", "http://a.example.com:80?x"),
    "number": NUMBERS,
    "date": DATES,
    "checkbox": (True, False),
    "consent": (True, False),
    "country": COUNTRIES,
    "region": [code for codes in REGIONS.values() for code in codes],
}


def wrong_value(item: Json) -> st.SearchStrategy[Any]:
    """What a server may send and nobody should."""
    anything = st.sampled_from(["", "  ", "?", "\x00", "x" * 300, 5, True, ["a", "z"], {"a": 1}])
    return st.one_of(anything, _wrong_on_page(item))


def _wrong_on_page(item: Json) -> st.SearchStrategy[Any]:
    blank = "" if item["type"] not in {"checkbox", "consent", "checkboxes"} else None
    return st.sampled_from(_WRONG.get(item["type"], [blank]))


_WRONG: dict[str, list[Any]] = {
    "text": ["", " ", "x" * 201],
    "company": ["", "x" * 201],
    "email": ["", "ada", "ada@"],
    "work_email": ["", "ada@"],
    "url": ["", "example", "ftp://example.com", "https://a:b@example.com"],
    "number": ["", "many", "1.2.3"],
    "date": ["", "2026-02-30", "soon"],
}


def _known_value(item: Json) -> st.SearchStrategy[Any]:
    if item["type"] != "checkboxes":
        return right_value(item)
    some = st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3, unique=True)
    return some.map(lambda values: sorted(values))
