"""The metadata file: rules, their entries in order, the criteria of each. Pure.

Source: Salesforce Metadata API Developer Guide, "AssignmentRules", "RuleEntry", "FilterItem". Elements that have no
counterpart here are kept by name, so that they can be told of. What might have been a part of a criterion and can't be
read makes an entry that is left out: without it the rule would take leads that it was never meant for.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from routing.assignment_rules.errors import AssignmentRulesInvalid

MAX_BYTES = 5 * 1024 * 1024
MAX_ENTRIES = 3_000
_ONCE = frozenset({"assignedTo", "assignedToType", "booleanFilter", "formula", "active", "disabled"})
_READ = _ONCE | {"criteriaItems"}
# Those of the guide, which say nothing of whose lead it is.
_WITHOUT_COUNTERPART = frozenset(
    {
        "businessHours", "businessHoursSource", "disableEscalationWhenModified", "escalationAction",
        "escalationStartTime", "notifyCcRecipients", "overrideExistingTeams", "replyToEmail", "senderEmail",
        "senderName", "team", "template",
    }
)  # fmt: skip
_OF_A_CRITERION = frozenset({"field", "operation", "value", "valueField"})


@dataclass(frozen=True)
class Criterion:
    """`value` is the text as written, several values with commas; `value_field` names a field to compare with."""

    field: str
    operation: str
    value: str = ""
    value_field: str = ""


@dataclass(frozen=True)
class Entry:
    """`number` counts from 1 in the order in which Salesforce asks. `other` are elements without a counterpart,
    `unread` the reasons why the entry as a whole can't be relied on."""

    number: int
    assigned_to: str = ""
    assigned_to_type: str = ""
    criteria: tuple[Criterion, ...] = ()
    boolean_filter: str = ""
    formula: str = ""
    switched_off: bool = False
    other: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class AssignmentRule:
    name: str
    active: bool
    entries: tuple[Entry, ...]


def read_rules(content: bytes) -> tuple[AssignmentRule, ...]:
    """Every rule of the file, in its order. Raises AssignmentRulesInvalid."""
    if len(content) > MAX_BYTES:
        raise AssignmentRulesInvalid(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise AssignmentRulesInvalid(
            "The file declares entities or a document type, which rules never need."
        ) from error
    # Encodings that aren't known or don't fit raise the latter two.
    except (ParseError, ValueError, LookupError) as error:
        raise AssignmentRulesInvalid("The file isn't XML that can be read.") from error
    if _name(root) != "AssignmentRules":
        raise AssignmentRulesInvalid("The file holds no assignment rules: its first element isn't AssignmentRules.")
    _refuse_unknown(root, {"assignmentRule"})
    rules = tuple(_rule(element, i) for i, element in enumerate(_children(root, "assignmentRule"), 1))
    if not rules:
        raise AssignmentRulesInvalid("The file holds no assignment rule.")
    twice = [name for name, count in Counter(rule.name for rule in rules).items() if count > 1]
    if twice:
        raise AssignmentRulesInvalid(f"Several rules of the file are called “{twice[0]}”.")
    return rules


def _refuse_unknown(element: Element, known: Collection[str]) -> None:
    """An entry under another name would be lost without a word."""
    for child in element:
        if len(child) > 0 and _name(child) not in known:
            raise AssignmentRulesInvalid(f"The file holds an element “{_name(child)[:60]}”, which isn't known.")


def chosen_rule(rules: tuple[AssignmentRule, ...], name: str = "") -> AssignmentRule:
    """The rule of that name; without a name the active one, or the only one. Raises AssignmentRulesInvalid."""
    named = ", ".join(f"“{rule.name}”" for rule in rules)
    if name:
        found = [rule for rule in rules if rule.name == name]
        if not found:
            raise AssignmentRulesInvalid(f"There is no rule “{name}” in the file; there are {named}.")
        return found[0]
    candidates = [rule for rule in rules if rule.active] or list(rules)
    if len(candidates) > 1:
        raise AssignmentRulesInvalid(f"Which rule? No single one is active; there are {named}.")
    return candidates[0]


def _rule(element: Element, place: int) -> AssignmentRule:
    _refuse_unknown(element, {"ruleEntry"})
    for why in _repeated(element, {"fullName", "active"}):
        raise AssignmentRulesInvalid(f"Rule {place}: {why}")
    entries = tuple(_entry(each, i) for i, each in enumerate(_children(element, "ruleEntry"), 1))
    if len(entries) > MAX_ENTRIES:
        raise AssignmentRulesInvalid(f"A rule has more than {MAX_ENTRIES:,} entries.")
    name = _text(element, "fullName") or f"Rule {place}"
    return AssignmentRule(name=name[:200], active=_is_true(element, "active"), entries=entries)


def _entry(element: Element, number: int) -> Entry:
    return Entry(
        number=number,
        assigned_to=_text(element, "assignedTo"),
        assigned_to_type=_text(element, "assignedToType"),
        criteria=tuple(_criterion(each) for each in _children(element, "criteriaItems")),
        boolean_filter=_text(element, "booleanFilter"),
        formula=_text(element, "formula"),
        switched_off=_is_true(element, "disabled") or _text(element, "active").lower() == "false",
        other=tuple(sorted({_name(each) for each in element if _says_something(each)} - _READ)),
        unread=tuple(_unread(element)),
    )


def _unread(element: Element) -> Iterator[str]:
    """A criterion under a name that isn't known holds others; an entry of nothing else would take every lead."""
    yield from _repeated(element, _ONCE)
    criteria = _children(element, "criteriaItems")
    asks_nothing = not criteria and not _text(element, "formula")
    for child in element:
        name = _name(child)
        if name and name not in _READ and (len(child) > 0 or (asks_nothing and name not in _WITHOUT_COUNTERPART)):
            yield f"It holds an element “{name[:60]}”, which isn't known and may be a criterion."
    for number, each in enumerate(criteria, 1):
        for why in (*_repeated(each, _OF_A_CRITERION), *_strange(each)):
            yield f"Criterion {number}: {why}"


def _repeated(element: Element, names: Collection[str]) -> Iterator[str]:
    """Of several, nobody knows which one is meant; within one that holds a text, nothing else is read."""
    for name in sorted(names):
        found = _children(element, name)
        if len(found) > 1:
            yield f"It says “{name}” {len(found)} times."
        if any(len(each) > 0 for each in found):
            yield f"“{name}” holds more than a text."


def _strange(criterion: Element) -> Iterator[str]:
    for child in criterion:
        if _name(child) not in _OF_A_CRITERION and _says_something(child):
            yield f"It holds an element “{_name(child)[:60]}”, which isn't known."


def _says_something(element: Element) -> bool:
    """Salesforce writes `false` for what isn't used."""
    return (element.text or "").strip().lower() not in ("", "false") or len(element) > 0


def _criterion(element: Element) -> Criterion:
    return Criterion(
        field=_text(element, "field"),
        operation=_text(element, "operation"),
        value=_text(element, "value"),
        value_field=_text(element, "valueField"),
    )


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _name(child) == name]


def _name(element: Element) -> str:
    """Without the namespace; comments and instructions have no name."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: Element, name: str) -> str:
    """Of the first child of that name; "" where there is none."""
    return next(((child.text or "").strip() for child in _children(element, name)), "")


def _is_true(element: Element, name: str) -> bool:
    return _text(element, name).lower() == "true"
