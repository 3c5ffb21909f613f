"""What a plan leaves open, says twice or never reaches. Pure; `conditions.analysis` does the searching.

A plan's territories and rules become one list of conditions in the order in which they decide, and its territories
alone another one. docs/proving.md, "Analysis", says what is asked of them and what counts as a finding.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from conditions import Condition, parse
from conditions.analysis import Dependency, Gap, Meetings, Overlap, Shadowed, Undecided, analyse, meetings
from routing.contract import Contract, InputSpec
from routing.geography import countries_of_region
from routing.plan import Plan, Rule, Target, Territory

# How many findings of a kind are told, and how many are looked through for them.
LIMIT = 100
LOOKED_THROUGH = 2000
# A sentence names so many rules and counts the others.
NAMED = 10


@dataclass(frozen=True)
class Finding:
    """`kind`: gap, overlap or shadowed. `subjects`: `rule:big` or `territory:emea`, in order of precedence.

    `witness` is a lead that shows it; None only for what no lead can show.
    """

    kind: str
    subjects: tuple[str, ...]
    text: str
    witness: Mapping[str, Any] | None


@dataclass(frozen=True)
class Report:
    """`undecided`: questions without a certain answer, in words. `more`: kinds with more findings than are told."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]
    more: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """One line of the list that is analysed: a territory or a rule with all that must hold for it to decide."""

    subject: str
    title: str
    condition: Condition
    target: Target

    @property
    def name(self) -> str:
        """Within a sentence: rule “Big” of EMEA."""
        return f"{self.subject.partition(':')[0]} {self.title}"

    @property
    def opening(self) -> str:
        """The same where a sentence begins."""
        return f"{self.subject.partition(':')[0].capitalize()} {self.title}"


def analyse_plan(plan: Plan, now: datetime) -> Report:
    """As the plan decides on the day of `now`, in UTC; overlaps of territories are found for all days."""
    territories = [_territory_entry(plan, territory) for territory in plan.territories]
    rivalry = meetings(
        [entry.condition for entry in territories], plan.contract.vocabulary, dependencies=_dependencies(plan.contract)
    )
    rivals = _rivals(plan, rivalry)
    entries = _entries(plan, rivals, now.astimezone(UTC).date())
    decided = analyse(
        [(entry.condition, entry.target) for entry in entries],
        plan.contract.vocabulary,
        dependencies=_dependencies(plan.contract),
        limit=LOOKED_THROUGH,
    )
    found = {
        "gap": [_gap(plan, entries, gap) for gap in decided.gaps],
        "overlap": [*_territory_overlaps(plan, rivalry), *_rule_overlaps(plan, entries, decided.overlaps)],
        "shadowed": [*_empty_territories(territories, rivalry), *_never_reached(plan, entries, decided.shadowed)],
    }
    return Report(
        findings=tuple(
            replace(finding, witness=_whole_lead(plan.contract, finding.witness))
            for findings in found.values()
            for finding in findings[:LIMIT]
        ),
        undecided=(
            *_undecided_overlaps(plan, rivalry),
            *(_undecided(entries, each) for each in map(partial(_of_rules, entries), decided.undecided) if each),
        ),
        more=tuple(kind for kind, findings in found.items() if len(findings) > LIMIT or kind in decided.more),
    )


_ANY_VALUE = {"string": "any", "number": 0, "boolean": False, "list": []}


def _whole_lead(contract: Contract, witness: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """With the required inputs that no condition reads: without them nothing would be asked."""
    if witness is None:
        return None
    unread = [spec for spec in contract.inputs if spec.required and spec.default is None and spec.key not in witness]
    return {**witness, **{spec.key: _any_value(spec) for spec in unread}}


def _any_value(spec: InputSpec) -> object:
    return next(iter(spec.choices)) if spec.choices and spec.type != "list" else _ANY_VALUE[spec.type]


def _dependencies(contract: Contract) -> list[Dependency]:
    """A region says its country."""
    by_vocabulary = {spec.vocabulary: spec.key for spec in contract.inputs if spec.vocabulary and spec.type == "string"}
    if not {"regions", "countries"} <= by_vocabulary.keys():
        return []
    return [Dependency(by_vocabulary["regions"], by_vocabulary["countries"], countries_of_region)]


def _territory_entry(plan: Plan, territory: Territory) -> _Entry:
    condition = _parsed(plan, [_document(plan, territory)])
    return _Entry(f"territory:{territory.key}", f"“{territory.name}”", condition, territory.target)


def _parsed(plan: Plan, documents: Iterable[Mapping[str, Any]]) -> Condition:
    parts = [document for document in documents if document]
    return parse(parts[0] if len(parts) == 1 else {"$and": parts} if parts else {}, plan.contract.vocabulary)


def _document(plan: Plan, territory: Territory) -> dict[str, Any]:
    """The territory's condition and those of its ancestors."""
    parts = [dict(each.condition.document) for each in plan.lineage(territory.key) if each.condition.document]
    return parts[0] if len(parts) == 1 else {"$and": parts} if parts else {}


# Territory -> those of other branches that a lead can be in as well.
_Rivals = Mapping[str, frozenset[str]]
_Ranks = Mapping[str, tuple[int, int, int]]


def _rivals(plan: Plan, rivalry: Meetings) -> _Rivals:
    rivals: dict[str, set[str]] = {}
    for one, other in [*((meeting.first, meeting.second) for meeting in rivalry.found), *rivalry.undecided]:
        first, second = plan.territories[one], plan.territories[other]
        if not _on_one_branch(plan, first, second):
            rivals.setdefault(first.key, set()).add(second.key)
            rivals.setdefault(second.key, set()).add(first.key)
    return {key: frozenset(found) for key, found in rivals.items()}


def _reads_anything(plan: Plan, territory: Territory) -> bool:
    return any(each.condition.attributes for each in plan.lineage(territory.key))


def _on_one_branch(plan: Plan, one: Territory, other: Territory) -> bool:
    return one in plan.lineage(other.key) or other in plan.lineage(one.key)


def _entries(plan: Plan, rivals: _Rivals, day: date) -> list[_Entry]:
    """Territories that decide by themselves, best first, then the rules; those of the day only."""
    valid = [each for each in plan.territories if all(ancestor.is_valid_on(day) for ancestor in plan.lineage(each.key))]
    ranks = _ranks(plan)
    deciding = sorted((each for each in valid if _deciding(plan, each)), key=lambda each: ranks[each.key])
    return [
        *(_deciding_entry(plan, each, rivals, ranks, valid) for each in deciding),
        *(
            _rule_entry(plan, rule, rivals, ranks, valid)
            for rule in plan.rules
            if rule.territory is None or plan.territory_by_key[rule.territory] in valid
        ),
    ]


def _deciding(plan: Plan, territory: Territory) -> Target | None:
    """The target that the territory has or inherits."""
    return next((each.target for each in plan.lineage(territory.key) if each.target), None)


def _ranks(plan: Plan) -> dict[str, tuple[int, int, int]]:
    """The engine's order among territories that hold: lower is better."""
    return {territory.key: rank for territory, rank in zip(plan.territories, plan.territory_ranks, strict=True)}


def _deciding_entry(
    plan: Plan, territory: Territory, rivals: _Rivals, ranks: _Ranks, valid: Sequence[Territory]
) -> _Entry:
    """Unless a better rival without a target takes the lead: then rules decide."""
    better = [each for each in _better(plan, territory, rivals, ranks, valid) if not _deciding(plan, each)]
    condition = _parsed(plan, [_document(plan, territory), *_without(plan, better)])
    target = _deciding(plan, territory) or territory.target
    return _Entry(f"territory:{territory.key}", f"“{territory.name}”", condition, target)


def _better(
    plan: Plan, territory: Territory, rivals: _Rivals, ranks: _Ranks, valid: Sequence[Territory]
) -> list[Territory]:
    rank = ranks[territory.key]
    return [each for each in valid if each.key in rivals.get(territory.key, ()) and ranks[each.key] < rank]


def _without(plan: Plan, territories: Sequence[Territory]) -> list[dict[str, Any]]:
    return [{"$nor": [_document(plan, each) for each in territories]}] if territories else []


def _rule_entry(plan: Plan, rule: Rule, rivals: _Rivals, ranks: _Ranks, valid: Sequence[Territory]) -> _Entry:
    """Within its territory, as far as the lead falls into that and not into a better rival of another branch.

    A rival loses again where the lead is in a still better territory below the rule's own.
    """
    territory = plan.territory_by_key[rule.territory] if rule.territory is not None else None
    documents = [dict(rule.condition.document)]
    if territory is not None:
        documents.append(_document(plan, territory))
        below = [each for each in valid if territory in plan.lineage(each.key)]
        for rival in _better(plan, territory, rivals, ranks, valid):
            still_better = [each for each in below if ranks[each.key] < ranks[rival.key]]
            documents.append({"$nor": [{"$and": [_document(plan, rival), *_without(plan, still_better)]}]})
    scope = f" of {territory.name}" if territory else ""
    return _Entry(f"rule:{rule.key}", f"“{rule.name}”{scope}", _parsed(plan, documents), rule.target)


def _gap(plan: Plan, entries: Sequence[_Entry], gap: Gap) -> Finding:
    queue = plan.queues[plan.default_queue].name
    where = gap.text or "any lead"
    unless = f", unless {_names(entries, gap.unless)} takes it" if gap.unless else ""
    text = f"Nothing decides where {where}{unless}; such leads go to “{queue}”."
    return Finding("gap", (), text, gap.witness)


def _names(entries: Sequence[_Entry], places: Sequence[int]) -> str:
    more = [f"{len(places) - NAMED} more"] if len(places) > NAMED else []
    return ", ".join([*(entries[place].name for place in places[:NAMED]), *more])


def _territory_overlaps(plan: Plan, rivalry: Meetings) -> Iterator[Finding]:
    for meeting in rivalry.found:
        first, second = plan.territories[meeting.first], plan.territories[meeting.second]
        if _settled_by_order_alone(plan, first, second):
            text = (
                f"A lead can be in “{first.name}” and in “{second.name}”, equally deep and without a differing "
                f"tie-break; between the two, their order decides for “{first.name}”."
            )
            yield Finding("overlap", _subjects(first, second), text, meeting.witness)


def _undecided_overlaps(plan: Plan, rivalry: Meetings) -> Iterator[str]:
    for one, other in rivalry.undecided:
        first, second = plan.territories[one], plan.territories[other]
        if _settled_by_order_alone(plan, first, second):
            yield f"Whether a lead can be in “{first.name}” and in “{second.name}” is undecided."


def _subjects(*territories: Territory) -> tuple[str, ...]:
    return tuple(f"territory:{territory.key}" for territory in territories)


def _settled_by_order_alone(plan: Plan, first: Territory, second: Territory) -> bool:
    """One that holds everywhere is a fallback if it comes last; before others it takes all of theirs."""
    lineages = plan.lineage(first.key), plan.lineage(second.key)
    return (
        (_reads_anything(plan, second) or not _reads_anything(plan, first))
        and len(lineages[0]) == len(lineages[1])
        and first.tie_break == second.tie_break
        and _ever_together([*lineages[0], *lineages[1]])
    )


def _ever_together(territories: Sequence[Territory]) -> bool:
    """Whether there is a day on which all of them are valid."""
    last_start = max((each.valid_from for each in territories if each.valid_from), default=date.min)
    first_end = min((each.valid_to for each in territories if each.valid_to), default=date.max)
    return last_start <= first_end


def _rule_overlaps(plan: Plan, entries: Sequence[_Entry], overlaps: Iterable[Overlap]) -> Iterator[Finding]:
    """Of rules only: that a territory decides before rules is what its target is for. A rule that takes all that is
    left of its territory is a fallback, and meant to overlap."""
    everything = {f"rule:{rule.key}" for rule in plan.rules if not rule.condition.document}
    for overlap in overlaps:
        first, second = entries[overlap.first], entries[overlap.second]
        subjects = first.subject, second.subject
        if all(subject.startswith("rule:") for subject in subjects) and subjects[1] not in everything:
            text = f"A lead can meet both {first.name} and {second.name}, which send it elsewhere; the first decides."
            yield Finding("overlap", subjects, text, overlap.witness)


def _empty_territories(territories: Sequence[_Entry], rivalry: Meetings) -> Iterator[Finding]:
    for place in rivalry.never:
        entry = territories[place]
        yield Finding("shadowed", (entry.subject,), f"No lead can be in {entry.name}.", None)


def _never_reached(plan: Plan, entries: Sequence[_Entry], shadowed: Iterable[Shadowed]) -> Iterator[Finding]:
    for each in shadowed:
        entry = entries[each.rule]
        if entry.subject.startswith("territory:") and not _taken_by_others(plan, entries, each):
            continue
        by = ", ".join(entries[place].name for place in each.by)
        why = f"{by} {'takes' if len(each.by) == 1 else 'together take'} all of it" if by else "no lead can meet it"
        subjects = (entry.subject, *(entries[place].subject for place in each.by))
        yield Finding("shadowed", subjects, f"{entry.opening} never decides: {why}.", each.witness)


def _taken_by_others(plan: Plan, entries: Sequence[_Entry], each: Shadowed) -> bool:
    """That its own descendants take all of a territory is what they are for, and one that is empty is told as such."""
    territory, *takers = (
        plan.territory_by_key[entries[place].subject.removeprefix("territory:")] for place in (each.rule, *each.by)
    )
    return bool(takers) and not any(territory in plan.lineage(taker.key) for taker in takers)


_QUESTIONS = {
    "gap": "Whether something is left open",
    "overlap": "Whether there is an overlap",
    "shadowed": "Whether something is never reached",
}


def _of_rules(entries: Sequence[_Entry], each: Undecided) -> Undecided | None:
    """Overlaps are asked of rules only; None where it was about a territory."""
    if each.question != "overlap":
        return each
    rules, others = (
        tuple(place for place in places if entries[place].subject.startswith("rule:"))
        for places in (each.rules, each.others)
    )
    if not rules or len(others) < bool(each.others):
        return None
    return replace(each, rules=rules, others=others)


def _undecided(entries: Sequence[_Entry], each: Undecided) -> str:
    of = f" of {_names(entries, each.rules)}" if each.rules else ""
    with_ = f" with {_names(entries, each.others)}" if each.others else ""
    return f"{_QUESTIONS[each.question]}{of}{with_} is undecided: {_why(entries, each)}."


def _why(entries: Sequence[_Entry], each: Undecided) -> str:
    """Whoever is in doubt is named, unless it is what the question is of."""
    if [rule for rule, _ in each.doubts] in ([], list(each.rules[:1])):
        return each.reason
    return "; ".join(f"{entries[rule].name}: {why}" for rule, why in each.doubts)
