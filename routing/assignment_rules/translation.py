"""An entry as a condition of the rule language, or the reasons why it can't be one. Pure.

In Salesforce a criterion holds or doesn't; a blank field equals nothing but blank, is not equal to any value, contains
nothing, and is neither less nor greater than a number. Here a blank field is an input that isn't known, and every
clause is written so that it answers the same, also within NOT: docs/moving-in.md, "What blank means".
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from conditions import ConditionInvalid, parse
from leads.places import to_country
from routing.assignment_rules.boolean_filter import (
    Every,
    FilterInvalid,
    Logic,
    Negation,
    Ref,
    Some,
    every_of,
    held_beside,
    in_words,
    numbers_in,
    parse_filter,
)
from routing.assignment_rules.fields import FieldMap, Mapped, folded
from routing.assignment_rules.metadata import Criterion, Entry
from routing.assignment_rules.values import (
    Choices,
    ValueRefused,
    as_boolean,
    as_number,
    as_postal,
    folded_label,
    is_postal,
    split_values,
)

Document = dict[str, Any]
_SPECIAL = frozenset("\\.+*?()|[]{}^$")
_ORDER = {"lessthan": "$lt", "lessorequal": "$lte", "greaterthan": "$gt", "greaterorequal": "$gte"}
_SAID = {
    "equals": "equals",
    "notequal": "is not",
    "lessthan": "is less than",
    "lessorequal": "is at most",
    "greaterthan": "is greater than",
    "greaterorequal": "is at least",
    "contains": "contains",
    "notcontain": "does not contain",
    "startswith": "starts with",
    "includes": "includes",
    "excludes": "excludes",
    "within": "is within",
}


@dataclass(frozen=True)
class Translation:
    """`document` is None where there are problems; `sentence` is it in words, `said` the entry as Salesforce says it.
    Notes tell what was read in a way one should know of."""

    entry: Entry
    said: str
    document: Document | None = None
    sentence: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choosing:
    """What a person decided: `country` (alpha-2) is that of states without one; `values` maps a field, folded, and a
    value, folded, to a choice."""

    country: str = ""
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)


def translate(entry: Entry, fields: FieldMap, choosing: Choosing) -> Translation:
    """Never raises; nothing of the entry is dropped without a problem or a note."""
    return _Translator(entry, fields, choosing).result()


class _Refused(ValueError):
    """A criterion, or all of the entry, has no counterpart."""


class _Translator:
    def __init__(self, entry: Entry, fields: FieldMap, choosing: Choosing) -> None:
        self._entry, self._fields, self._choosing = entry, fields, choosing
        self._problems = list(entry.unread)
        self._notes: list[str] = []
        self._sentence = ""

    def result(self) -> Translation:
        logic = self._logic()
        document = self._document(logic) if logic is not None else None
        return Translation(
            entry=self._entry,
            said=self._said(logic),
            document=None if self._problems else document,
            sentence="" if self._problems else self._sentence,
            problems=tuple(self._problems),
            notes=tuple(self._notes),
        )

    def _logic(self) -> Logic | None:
        if self._entry.formula:
            self._problems.append("It is a formula, which has no counterpart; write the rule by hand.")
            return None
        if not self._entry.boolean_filter:
            return every_of(len(self._entry.criteria))
        try:
            logic = parse_filter(self._entry.boolean_filter, len(self._entry.criteria))
        except FilterInvalid as invalid:
            self._problems.append(f"Its filter logic “{self._entry.boolean_filter[:200]}” can't be read: {invalid}.")
            return None
        if unused := sorted({*range(1, len(self._entry.criteria) + 1)} - {*numbers_in(logic)}):
            listed = ", ".join(map(str, unused))
            self._notes.append(f"The filter logic doesn't ask for criteria {listed}; they change nothing.")
        return logic

    def _document(self, logic: Logic) -> Document | None:
        otherwise = frozenset({self._choosing.country} - {""})
        countries = held_beside(logic, lambda number: self._countries_of(self._entry.criteria[number - 1]), otherwise)
        leaves = {number: self._leaf(number, countries[number]) for number in sorted(countries)}
        if self._problems:
            return None
        document = _joined(logic, leaves)
        try:
            self._sentence = parse(document, self._fields.contract.vocabulary).describe()
        except ConditionInvalid as invalid:
            self._problems.append(f"It can't be said in the rule language: {invalid}.")
        return document

    def _leaf(self, number: int, countries: Collection[str]) -> Document:
        """States are looked for in these countries."""
        criterion = self._entry.criteria[number - 1]
        try:
            return self._clause(criterion, countries)
        except (_Refused, ValueRefused) as refused:
            self._problems.append(f"Criterion {number}, {said_criterion(criterion)}: {refused}.")
            return {}

    def _clause(self, criterion: Criterion, countries: Collection[str]) -> Document:
        if criterion.value_field:
            raise _Refused(f"it compares with another field, {criterion.value_field}")
        if criterion.operation.lower() not in _SAID:
            raise _Refused(f"the operator “{criterion.operation}” isn't known")
        if criterion.operation.lower() == "within":
            raise _Refused("distances aren't known here")
        mapped = self._fields.find(criterion.field)
        if mapped is None:
            raise _Refused(f"{criterion.field or 'a field without a name'} is no input of the contract")
        values = split_values(criterion.value)
        if mapped.spec.type == "number":
            return _number_clause(mapped.spec.key, criterion.operation.lower(), values)
        if mapped.spec.type == "boolean":
            return _boolean_clause(mapped.spec.key, criterion.operation.lower(), values)
        if mapped.spec.choices is not None:
            return self._choice_clause(mapped, criterion.operation.lower(), values, countries)
        if mapped.spec.type == "list":
            return _list_clause(mapped.spec.key, criterion.operation.lower(), values)
        return _text_clause(mapped, criterion.operation.lower(), values)

    def _choice_clause(self, mapped: Mapped, operation: str, values: list[str], countries: Collection[str]) -> Document:
        given = {text: key for (name, text), key in self._choosing.values.items() if name == folded(mapped.field)}
        choices = Choices(mapped, given, countries)
        known = [value for value in values if value]
        if operation in ("equals", "notequal", "includes", "excludes"):
            groups = [_named(choices, mapped, value) for value in known]
            self._tell_of_other_names(mapped, known, groups)
            if mapped.spec.type == "list":
                return _list_clause(mapped.spec.key, operation, values, choice=lambda text: choices.named(text)[0])
            if operation in ("includes", "excludes"):
                raise _Refused("it asks a list, and the input holds one value")
            found = [value for group in groups for value in group]
            return _equality(mapped.spec.key, "$in", found, blank="" in values, negated=operation == "notequal")
        if mapped.spec.type == "list" or operation in _ORDER or "" in values:
            raise _Refused(f"“{_SAID[operation]}” can't be asked of it")
        found = choices.whose_name(known, starts=operation == "startswith")
        self._notes.append(f"{_SAID[operation].capitalize()} {_listed(known)} stands for {_labels(mapped, found)}.")
        return _equality(mapped.spec.key, "$in", found, blank=False, negated=operation == "notcontain")

    def _tell_of_other_names(self, mapped: Mapped, values: list[str], groups: list[list[str]]) -> None:
        """A name that isn't quite ours may hold less or more than the choice it is read as."""
        for value, group in zip(values, groups, strict=True):
            labels = mapped.spec.choices or {}
            names = {folded_label(word) for choice in group for word in (choice, labels.get(choice, ""))}
            if not mapped.spec.vocabulary and folded_label(value) not in names:
                self._notes.append(f"“{value}” is read as {_labels(mapped, group)}.")

    def _countries_of(self, criterion: Criterion) -> frozenset[str]:
        """Those that a criterion asks for by name. What can't be read is told where the criterion is translated."""
        mapped = self._fields.find(criterion.field)
        if mapped is None or mapped.spec.vocabulary != "countries" or criterion.operation.lower() != "equals":
            return frozenset()
        try:
            return frozenset(filter(None, map(to_country, split_values(criterion.value))))
        except ValueRefused:
            return frozenset()

    def _said(self, logic: Logic | None) -> str:
        criteria = self._entry.criteria
        if self._entry.formula:
            return f"Formula: {self._entry.formula[:300]}"
        if logic is None:
            listed = "; ".join(f"{i}. {said_criterion(each)}" for i, each in enumerate(criteria, 1))
            return f"{self._entry.boolean_filter[:200]}, where {listed}"
        nothing = "Not understood" if self._entry.unread else "Always"
        return in_words(logic, lambda number: said_criterion(criteria[number - 1])) or nothing


def said_criterion(criterion: Criterion) -> str:
    """As Salesforce's own page would say it: `Lead.Country equals “Germany,Austria”`."""
    operation = _SAID.get(criterion.operation.lower(), criterion.operation or "?")
    if criterion.value_field:
        return f"{criterion.field} {operation} the field {criterion.value_field}"
    if not criterion.value:
        return f"{criterion.field} {operation} blank"
    value = criterion.value if len(criterion.value) <= 200 else f"{criterion.value[:197]}…"
    return f"{criterion.field} {operation} “{value}”"


def _named(choices: Choices, mapped: Mapped, value: str) -> list[str]:
    found = choices.named(value)
    if mapped.spec.type == "list" and len(found) > 1:
        raise _Refused(f"“{value}” stands for several values")
    return found


def _labels(mapped: Mapped, values: list[str]) -> str:
    labels = [(mapped.spec.choices or {}).get(value, value) for value in values]
    return ", ".join(labels[:10]) + (f" and {len(labels) - 10} more" if len(labels) > 10 else "")


def _listed(values: list[str]) -> str:
    return " or ".join(f"“{value}”" for value in values[:10])


def _joined(logic: Logic, leaves: Mapping[int, Document]) -> Document:
    match logic:
        case Ref(number):
            return leaves[number]
        case Negation(part):
            return {"$not": _joined(part, leaves)}
        case Every(parts):
            return _all([_joined(part, leaves) for part in parts])
        case Some(parts):
            return {"$or": [_joined(part, leaves) for part in parts]}


def _all(documents: list[Document]) -> Document:
    """One flat document where each part asks for an attribute of its own, since that reads best."""
    names = [name for document in documents for name in document]
    if len(names) == len(set(names)) and not any(name.startswith("$") for name in names):
        return {name: test for document in documents for name, test in document.items()}
    return {"$and": documents}


def _any(documents: list[Document]) -> Document:
    return documents[0] if len(documents) == 1 else {"$or": documents}


def _equality(key: str, operator: str, values: list[Any], *, blank: bool, negated: bool) -> Document:
    """`operator` is `$in` or `$ini`. A blank that is asked for beside values counts as one of them."""
    tests: list[Document] = []
    if blank:
        tests.append({key: {"$exists": negated}})
    if values:
        unique = list(dict.fromkeys(values))
        if negated:
            tests.append({key: {operator.replace("$", "$n"): unique}})
        elif len(unique) == 1 and operator == "$in":
            tests.append({key: unique[0]})
        else:
            tests.append({key: {operator: unique}})
    if len(tests) == 1:
        return tests[0]
    return {"$and": tests} if negated else {"$or": tests}


def _one_value(operation: str, values: list[str]) -> str:
    if len(values) != 1:
        raise _Refused("it compares with several values; a number with commas needs quotes")
    if not values[0]:
        raise _Refused(f"“{_SAID[operation]}” compares with nothing")
    return values[0]


def _number_clause(key: str, operation: str, values: list[str]) -> Document:
    if operation in _ORDER:
        # Below or above nothing holds for nobody, hence the guard.
        return {key: {"$exists": True, _ORDER[operation]: as_number(_one_value(operation, values))}}
    if operation in ("equals", "notequal"):
        numbers = [as_number(value) for value in values if value]
        return _equality(key, "$in", numbers, blank="" in values, negated=operation == "notequal")
    raise _Refused(f"“{_SAID[operation]}” can't be asked of a number")


def _boolean_clause(key: str, operation: str, values: list[str]) -> Document:
    """A box that isn't ticked is False in Salesforce; so is one that isn't known."""
    if operation not in ("equals", "notequal"):
        raise _Refused(f"“{_SAID[operation]}” can't be asked of a yes or no")
    wanted = {as_boolean(value) for value in values}
    if len(wanted) > 1:
        return {} if operation == "equals" else {"$not": {}}
    return {key: True} if wanted == {operation == "equals"} else {key: {"$ne": True}}


def _list_clause(
    key: str, operation: str, values: list[str], choice: Callable[[str], str] = lambda text: text
) -> Document:
    """Values of a list are separated by commas where any will do, by semicolons where all must be there."""
    groups = [[choice(part.strip()) for part in value.split(";") if part.strip()] for value in values if value]
    if operation in ("includes", "excludes"):
        if not groups or "" in values:
            raise _Refused(f"“{_SAID[operation]}” asks for nothing")
        held = _any([{key: {"$alli": group}} for group in groups])
        return held if operation == "includes" else {"$not": held}
    if operation in ("equals", "notequal"):
        same = [{key: {"$alli": group, "$size": len(group)}} for group in groups]
        blank: list[Document] = [{"$or": [{key: {"$exists": False}}, {key: {"$size": 0}}]}] if "" in values else []
        held = _any([*blank, *same])
        return held if operation == "equals" else {"$not": held}
    raise _Refused(f"“{_SAID[operation]}” can't be asked of a list")


def _text_clause(mapped: Mapped, operation: str, values: list[str]) -> Document:
    key, postal = mapped.spec.key, is_postal(mapped.spec)
    if operation in ("equals", "notequal"):
        known = [as_postal(value) if postal else value for value in values if value]
        operator = "$in" if postal else "$ini"
        return _equality(key, operator, known, blank="" in values, negated=operation == "notequal")
    if operation in ("includes", "excludes"):
        raise _Refused("it asks a list, and the input holds one text")
    if operation in _ORDER:
        if not postal:
            raise _Refused("texts other than postal codes aren't compared by order")
        return {key: {"$exists": True, _ORDER[operation]: as_postal(_one_value(operation, values))}}
    if "" in values:
        raise _Refused(f"“{_SAID[operation]}” asks for nothing")
    if operation == "notcontain":
        return _all([{key: {"$notRegexi": _pattern(value)}} for value in values])
    if operation == "contains":
        return _any([{key: {"$regexi": _pattern(value)}} for value in values])
    return _any([_starts_with(key, value, postal) for value in values])


def _starts_with(key: str, value: str, postal: bool) -> Document:
    prefix = as_postal(value)
    if postal and prefix.isascii() and prefix.isalnum():
        # A range of texts, which the checks of a plan can reason about.
        return {key: {"$exists": True, "$gte": prefix, "$lt": prefix[:-1] + chr(ord(prefix[-1]) + 1)}}
    return {key: {"$regexi": f"^{_pattern(value)}"}}


def _pattern(text: str) -> str:
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)
