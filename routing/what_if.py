"""What would one changed input do? Pure.

For each input the values that the plan itself names are tried: its thresholds and their neighbours, the choices that
conditions list, one choice that none of them lists, and the value being unknown. Values with one result are told
together. The question is where the lead would be sent, not who of a queue is next: that depends on the standings.

Values that contradict the changed one are taken out with it: a region of another country, a postal code when the
country changes. No more than `MOST_TRIED` values are tried for all inputs together; what was left out is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice, pairwise
from typing import NamedTuple

from routing.contract import Inputs, InputSpec, inputs_again
from routing.engine import Chain, find
from routing.geography import countries_of_region
from routing.plan import Plan

MOST_TRIED = 400
# So many values of one row are named; the others are counted.
MOST_NAMED = 8
ANY_OTHER = "any other that the plan doesn’t name"
UNKNOWN = "unknown"

Given = Mapping[str, object]


@dataclass(frozen=True)
class Outcome:
    """Where a lead is sent: `kind` is "owner" or "queue", `key` whose.

    `takers`: the reps of the queue who take such leads, where one of them takes only some; else None.
    """

    kind: str
    key: str
    takers: tuple[str, ...] | None
    reason: str
    territory: str | None
    rule: str | None
    account_list: str | None

    @property
    def who(self) -> tuple[str, str, tuple[str, ...] | None]:
        return self.kind, self.key, self.takers


@dataclass(frozen=True)
class Alternative:
    """One changed input with another result than the present one.

    `text` completes "If the input …". `given` are the inputs that show it, without `dropped`.
    """

    key: str
    text: str
    given: Given
    dropped: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True)
class WhatIf:
    """`left_out`: how many values of an input were not tried, by key."""

    present: Outcome
    alternatives: tuple[Alternative, ...]
    tried: int
    left_out: Mapping[str, int]


class _Candidate(NamedTuple):
    """A value to try (None: unknown) and how it is said."""

    value: object
    label: str


class _Tried(NamedTuple):
    candidate: _Candidate
    given: Given
    dropped: tuple[str, ...]
    outcome: Outcome


def what_if(plan: Plan, inputs: Inputs, now: datetime, limit: int = MOST_TRIED) -> WhatIf:
    """In the order of the contract."""
    given = {key: value for key, value in inputs.values.items() if inputs.sources.get(key) != "default"}
    trial = _Trial(plan, given, now)
    candidates = {spec.key: _candidates(plan, spec, given.get(spec.key), given) for spec in plan.contract.inputs}
    shares = _shares({key: len(found) for key, found in candidates.items()}, limit)
    alternatives: list[Alternative] = []
    tried = 0
    for spec in plan.contract.inputs:
        asked = _nearest(spec, candidates[spec.key], given.get(spec.key), shares[spec.key])
        tried += len(asked)
        alternatives.extend(trial.alternatives(spec, asked, is_whole=len(asked) == len(candidates[spec.key])))
    left_out = {key: len(found) - shares[key] for key, found in candidates.items() if len(found) > shares[key]}
    return WhatIf(trial.present, tuple(alternatives), tried, left_out)


def _shares(wanted: Mapping[str, int], limit: int) -> dict[str, int]:
    """The limit handed out so that inputs with few values get all of theirs, and the others equal parts of the rest."""
    shares, left = {}, limit
    for place, (key, count) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        shares[key] = min(count, left // (len(wanted) - place))
        left -= shares[key]
    return shares


class _Trial:
    """One lead under one plan, asked again and again with one input changed."""

    def __init__(self, plan: Plan, given: Given, now: datetime) -> None:
        self._plan = plan
        self._given = given
        self._now = now
        self.present = self._outcome(given)

    def alternatives(
        self, spec: InputSpec, candidates: Sequence[_Candidate], *, is_whole: bool
    ) -> Iterator[Alternative]:
        """`is_whole`: no value was left out, so that the outermost ranges have no end."""
        tried = [self._try(spec.key, candidate) for candidate in candidates]
        if spec.type == "number" and _are_whole(_numbers(each.candidate.value for each in tried)):
            yield from self._ranges(spec, [each for each in tried if each.candidate.value is not None], is_whole)
            tried = [each for each in tried if each.candidate.value is None]
        yield from self._groups(spec, tried)

    def _try(self, key: str, candidate: _Candidate) -> _Tried:
        given, dropped = _changed(self._plan, self._given, key, candidate.value)
        return _Tried(candidate, given, dropped, self._outcome(given))

    def _outcome(self, given: Given) -> Outcome:
        offered = Inputs(values=given, sources=dict.fromkeys(given, "given"))
        inputs = inputs_again(offered, self._plan.contract)
        return outcome_of(self._plan, find(self._plan, inputs, self._now), inputs)

    def _ranges(self, spec: InputSpec, tried: Sequence[_Tried], is_whole: bool) -> Iterator[Alternative]:
        """Neighbours with one result, as one range; between two points no condition tells numbers apart."""
        runs = [list(run) for _, run in groupby(tried, key=lambda each: each.outcome.who)]
        current = self._given.get(spec.key)
        for place, run in enumerate(runs):
            if run[0].outcome.who == self.present.who:
                continue
            open_low, open_high = is_whole and place == 0, is_whole and place == len(runs) - 1
            shown = min(run, key=lambda each: _distance(each.candidate.value, current))
            text = f"were {_range(list(_numbers(each.candidate.value for each in run)), open_low, open_high)}"
            yield Alternative(spec.key, text, shown.given, shown.dropped, shown.outcome)

    def _groups(self, spec: InputSpec, tried: Sequence[_Tried]) -> Iterator[Alternative]:
        """Being unknown is told apart from values: mostly it has another reason."""
        groups: dict[tuple[bool, object], list[_Tried]] = {}
        for each in tried:
            if each.outcome.who != self.present.who:
                groups.setdefault((each.candidate.value is None, each.outcome.who), []).append(each)
        for (is_unknown, _), group in groups.items():
            labels = _either([each.candidate.label for each in group])
            text = labels if spec.type == "list" and not is_unknown else f"were {labels}"
            yield Alternative(spec.key, text, group[0].given, group[0].dropped, group[0].outcome)


def outcome_of(plan: Plan, chain: Chain, inputs: Inputs) -> Outcome:
    first = chain.steps[0]
    takers = _takers(plan, first.key, inputs) if first.kind == "queue" else None
    return Outcome(first.kind, first.key, takers, chain.reason, chain.territory, chain.rule, chain.account_list)


def _takers(plan: Plan, queue: str, inputs: Inputs) -> tuple[str, ...] | None:
    members = [member for member in plan.queues[queue].members if member.weight > 0]
    if all(member.condition is None for member in members):
        return None
    return tuple(
        sorted(each.rep for each in members if each.condition is None or each.condition.matches(inputs.values))
    )


def _changed(plan: Plan, given: Given, key: str, value: object) -> tuple[Given, tuple[str, ...]]:
    """The inputs with one changed (None: taken out), and the keys of those that contradict it and are gone, too."""
    dropped = tuple(other for other in _contradicted(plan, given, key, value) if other in given)
    changed = {name: known for name, known in given.items() if name != key and name not in dropped}
    return (changed if value is None else {**changed, key: value}), dropped


def _contradicted(plan: Plan, given: Given, key: str, value: object) -> Iterator[str]:
    country, region = _by_vocabulary(plan, "countries"), _by_vocabulary(plan, "regions")
    if key != country or value == given.get(key):
        return
    yield "postal_code"
    if region is not None and not _lies_in(given.get(region), value):
        yield region


def _by_vocabulary(plan: Plan, name: str) -> str | None:
    found = (spec.key for spec in plan.contract.inputs if spec.vocabulary == name and spec.type == "string")
    return next(found, None)


def _lies_in(region: object, country: object) -> bool:
    return isinstance(region, str) and country in countries_of_region(region)


def _candidates(plan: Plan, spec: InputSpec, current: object, given: Given) -> list[_Candidate]:
    if spec.type == "list":
        found = _list_candidates(plan, spec, current)
    elif spec.type == "number":
        found = _number_candidates(plan, spec)
    elif spec.type == "boolean":
        found = [_Candidate(value, "yes" if value else "no") for value in (True, False) if value is not current]
    else:
        found = _text_candidates(plan, spec, current, given)
    return [*found, *([_Candidate(None, UNKNOWN)] if spec.key in given else [])]


def _list_candidates(plan: Plan, spec: InputSpec, current: object) -> list[_Candidate]:
    held = [item for item in current if isinstance(item, str)] if isinstance(current, list) else []
    named = [value for value in plan.literals.get(spec.key, ()) if isinstance(value, str)]
    more = [
        _Candidate([*held, value], f"had {_label(spec, value)}{' too' if held else ''}")
        for value in named
        if value not in held and spec.accepts([value])
    ]
    fewer = [
        _Candidate([each for each in held if each != value], f"lacked {_label(spec, value)}")
        for value in held
        if len(held) > 1
    ]
    return [*more, *fewer]


def _number_candidates(plan: Plan, spec: InputSpec) -> list[_Candidate]:
    """Those that the plan names and their neighbours, ascending. None is below 0 where no named one is."""
    named = sorted(_numbers(plan.literals.get(spec.key, ())))
    points = _whole_points(named) if _are_whole(named) else _points_between(named)
    least = 0 if named and named[0] >= 0 else None
    return [_Candidate(point, f"{point:,}") for point in points if least is None or point >= least]


def _whole_points(named: Sequence[float]) -> list[int]:
    return sorted({round(value) + step for value in named for step in (-1, 0, 1)})


def _points_between(named: Sequence[float]) -> list[float]:
    """The numbers themselves, one between each two, and one beyond either end."""
    between = [(low + high) / 2 for low, high in pairwise(named)]
    return sorted({named[0] - 1, *named, *between, named[-1] + 1})


def _text_candidates(plan: Plan, spec: InputSpec, current: object, given: Given) -> list[_Candidate]:
    found = {each.value: each for each in _examples(plan, spec)}
    for value in plan.literals.get(spec.key, ()):
        if isinstance(value, str) and spec.accepts(value):
            found.setdefault(value, _Candidate(value, _label(spec, value)))
    if spec.choices and (other := _unnamed(spec, found, given)):
        found[other] = _Candidate(other, ANY_OTHER)
    here = given.get(_by_vocabulary(plan, "countries") or "")
    elsewhere = spec.vocabulary == "regions" and here is not None
    return [
        each
        for value, each in found.items()
        if value != current and value and not (elsewhere and not _lies_in(value, here))
    ]


def _unnamed(spec: InputSpec, found: Mapping[object, _Candidate], given: Given) -> str | None:
    """A choice that stands for all that the plan doesn't name; None where the lead has such a one already."""
    if spec.vocabulary == "regions" or (spec.key in given and given[spec.key] not in found):
        return None
    return next((value for value in spec.choices or {} if value not in found), None)


def _examples(plan: Plan, spec: InputSpec) -> Iterator[_Candidate]:
    """What no condition names but the plan looks up: an account of each list, a rep who owns the account."""
    if spec.key == "company_domain":
        for accounts in plan.account_lists:
            if domain := next((each for each, row in accounts.accounts.items() if row.owner is None), None):
                yield _Candidate(domain, f"on the list “{accounts.name}”, such as {domain}")
    if spec.key == "account_owner" and plan.reps:
        rep = next(iter(plan.reps.values()))
        yield _Candidate(rep.email, f"a rep, such as {rep.name}")


def _label(spec: InputSpec, value: str) -> str:
    return (spec.choices or {}).get(value, value)


def _nearest(spec: InputSpec, candidates: Sequence[_Candidate], current: object, count: int) -> list[_Candidate]:
    """As many as may be asked: of numbers those around the current one, in order; of others the first."""
    if len(candidates) <= count or spec.type != "number":
        return list(islice(candidates, count))
    distances = [_distance(each.value, current) for each in candidates]
    places = sorted(range(len(candidates)), key=distances.__getitem__)[:count]
    return [candidates[place] for place in sorted(places)]


def _distance(value: object, current: object) -> float:
    """Being unknown is nearest of all, so that it is never left out."""
    if not isinstance(value, int | float):
        return -1
    return abs(value - current) if isinstance(current, int | float) else abs(value)


def _numbers(values: Iterable[object]) -> Iterator[float]:
    return (value for value in values if isinstance(value, int | float) and not isinstance(value, bool))


def _are_whole(values: Iterable[float]) -> bool:
    return all(float(value).is_integer() for value in values)


def _range(run: Sequence[float], open_low: bool, open_high: bool) -> str:
    low, high = run[0], run[-1]
    if open_low and open_high:
        return "any number"
    if open_low:
        return f"{high:,} or fewer"
    if open_high:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"from {low:,} to {high:,}"


def _either(labels: Sequence[str]) -> str:
    named = [*labels[:MOST_NAMED], *([f"{len(labels) - MOST_NAMED} more"] if len(labels) > MOST_NAMED else [])]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
