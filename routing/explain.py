"""Why this owner? Sentences from a stored decision; nothing is reconstructed from today's rules or counts.

What is told needn't be stored: a lead that is only tried is explained in the same words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from routing.balancing import UNIT, Pool, PoolMember
from routing.models import Assignment, Decision
from routing.plan import IGNORE, PREFER, Plan

REASONS: Mapping[str, str] = {
    "existing_owner": "The lead already had an owner, who keeps it.",
    "account_owner": "The account already has an owner.",
    "named_account": "The company is a named account.",
    "territory": "The territory decides by itself.",
    "rule": "A rule applied.",
    "missing_inputs": "A required input was missing, so the fallback queue took the lead.",
    "no_match": "No rule applied, so the fallback queue took the lead.",
    "fallback_queue": "Nobody in the chosen queue could take the lead, so its fallback queue did.",
    "owner_unavailable": "The chosen owner could not take the lead, so the fallback queue did.",
    "no_eligible_member": "Nobody could take the lead, so it is parked.",
    "by_hand": "Somebody moved the lead by hand.",
    "moved_in_turn": "Somebody moved the lead into a queue, where it went to the next in turn.",
    "decided_again": "Somebody had the lead decided again by a plan.",
    "moved_back": "Somebody moved the lead back to whom it was with before.",
    "declined": "The rep declined the lead, so the next in turn has it, or the manager where nobody was next.",
    "overdue": "The lead was not accepted in time, so the next in turn took it over.",
    "to_manager": "Nobody accepted the lead in time, so the manager has it.",
    "nobody_available": "The lead was not accepted in time, but nobody else could take it, so it stays.",
    "no_manager": "Nobody accepted the lead in time and the queue has no active manager, so it stays.",
}
# Characters of a clause that are told.
LONGEST_CLAUSE = 140
_SOURCES: Mapping[str, str] = {
    "answer": "answered",
    "hidden": "from a hidden field",
    "crm": "from the CRM",
    "enrichment": "from enrichment",
    "inferred": "inferred",
    "default": "assumed by default",
    "given": "given by hand",
}
_UNAVAILABLE: Mapping[str, str] = {
    "inactive": "was inactive",
    "paused": "was paused here",
    "absent": "was absent",
    "condition": "does not take such leads",
    "cap_day": "had as many leads as a day allows",
    "cap_week": "had as many leads as a week allows",
    "cap_month": "had as many leads as a month allows",
    "held_before": "had the lead before",
    "declined": "declined the lead before",
}
_TIE_BREAKS: Mapping[str, str] = {
    "weight": "the greater weight",
    "priority": "the higher priority",
    "least_recently_assigned": "who had waited longest",
    "draw": "a draw from the recorded seed",
}


class Named(Protocol):
    """A rep, as a row or as a plan has it."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...


class Told(Protocol):
    """What sentences are made from: a stored `Decision`, or what would be decided (`routing.trials.Trial`).

    `inputs`, `pools`, `passed_over` and `trace` are documents, as a decision stores them.
    """

    @property
    def rep(self) -> Named | None: ...

    @property
    def queue_key(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def tie_break(self) -> str: ...

    @property
    def inputs(self) -> Mapping[str, Any]: ...

    @property
    def pools(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def passed_over(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def trace(self) -> Sequence[Mapping[str, Any]]: ...


def headline(decision: Told) -> str:
    """One line: who, and the reason in words."""
    who = decision.rep.name if decision.rep else "Nobody yet"
    return f"{who}: {REASONS.get(decision.reason, decision.reason)}"


def why_in_words(decision: Decision, plan: Plan | None) -> str:
    """One sentence for lists: the reason, with the names that say where the lead came from, where `plan` has them."""
    reason = REASONS.get(decision.reason, decision.reason)
    names = ", ".join(_names(decision, plan)) if plan else ""
    return f"{reason.removesuffix('.')} ({names})." if names else reason


def _names(decision: Decision, plan: Plan) -> Iterator[str]:
    if decision.territory_key in plan.territory_by_key:
        yield f"territory {plan.territory_by_key[decision.territory_key].name}"
    if decision.rule_key in plan.rule_by_key:
        yield f"rule “{plan.rule_by_key[decision.rule_key].name}”"
    if decision.queue_key in plan.queues:
        yield f"queue “{plan.queues[decision.queue_key].name}”"


def sentences(decision: Told, plan: Plan) -> list[str]:
    """The way of the decision from inputs to person, in order."""
    return [*known(decision, plan), *(text for _, text in questions(decision, plan)), *persons(decision, plan)]


def questions(decision: Told, plan: Plan) -> list[tuple[str, str]]:
    """What was asked on the way, each with its outcome (matched or skipped) and its sentence."""
    told = ((entry["outcome"], _trace_sentence(entry, decision, plan)) for entry in decision.trace)
    return [(outcome, sentence) for outcome, sentence in told if sentence]


def known(decision: Told, plan: Plan) -> list[str]:
    """What the decision rests on: inputs with their sources, what was missing, what was refused."""
    return list(_inputs(decision, plan))


def persons(decision: Told, plan: Plan) -> list[str]:
    """How the targets ended with a person: who could not take the lead and why, then whose turn it was."""
    return [*_owners_passed_over(decision, plan), *_pools(decision, plan)]


def provenance(decision: Decision, plan_number: int) -> str:
    """Under which plan, and how long it took; moves are not timed."""
    took = f" in {decision.duration_us / 1000:,.1f} ms" if decision.duration_us else ""
    return (
        f"Decided under plan {plan_number} (hash {decision.plan_hash[:12]}…) with the seed {decision.seed[:12]}…{took}."
    )


def _inputs(decision: Told, plan: Plan) -> Iterator[str]:
    inputs = decision.inputs
    known = [
        f"{_label(plan, key)} {_value(plan, key, value)} ({_source(inputs['sources'].get(key))})"
        for key, value in sorted(inputs["values"].items(), key=lambda item: _place(plan, item[0]))
    ]
    yield f"Known: {'; '.join(known)}." if known else "Nothing was known of the lead."
    if inputs["missing"]:
        yield f"Missing although required: {', '.join(_label(plan, key) for key in inputs['missing'])}."
    for key, why in inputs["refused"].items():
        yield f"{_capital(_label(plan, key))} was not used: the observed value {why}."


def _place(plan: Plan, key: str) -> int:
    """In the contract's order; databases don't keep the order in which inputs were written."""
    keys = list(plan.contract.by_key)
    return keys.index(key) if key in plan.contract.by_key else len(keys)


def _source(source: str | None) -> str:
    return _SOURCES.get(source or "", source or "source unknown")


def _label(plan: Plan, key: str) -> str:
    spec = plan.contract.by_key.get(key)
    return spec.label.lower() if spec and spec.label else key


def _value(plan: Plan, key: str, value: object) -> str:
    spec = plan.contract.by_key.get(key)
    if isinstance(value, list):
        return ", ".join(_value(plan, key, item) for item in value) or "none"
    if spec is not None and spec.choices is not None and isinstance(value, str):
        return spec.choices.get(value, value)
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}"
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


_MATCHED = {
    "existing_owner": "The lead was already assigned to {name}, who keeps it ({note}).",
    "account_owner": "The account's owner is {name}.",
    "named_account": "Named account: {note}, on the list “{name}”.",
    "inputs": "Not enough to decide on: {note}.",
    "default": "No rule applied, so the lead goes to “{name}”.",
}


def _trace_sentence(entry: Mapping[str, Any], decision: Told, plan: Plan) -> str:
    stage, outcome = entry["stage"], entry["outcome"]
    if outcome == "matched" and stage in _MATCHED:
        return _MATCHED[stage].format(**entry)
    because = _because(entry, decision, plan)
    if stage == "territory" and outcome == "matched":
        return f"Territory: {entry['name']}{because}."
    if stage == "rule" and outcome == "matched":
        return f"Rule “{entry['name']}” applies{because or ': it takes every lead'}."
    if stage == "rule" and entry["name"]:
        return f"Rule “{entry['name']}” does not apply{because}."
    return f"{_capital(entry['note'])}." if entry["note"] else ""


def _because(entry: Mapping[str, Any], decision: Told, plan: Plan) -> str:
    clauses = "; ".join(
        f"{_short(clause['text'])} — here {_seen(clause['seen'], clause['text'], decision, plan)}"
        for clause in entry["clauses"]
        if clause["text"]
    )
    notes = [*([clauses] if clauses else []), *([_note(entry["note"], plan)] if entry["note"] else [])]
    return f": {', '.join(notes)}" if notes else ""


def _short(text: str) -> str:
    """A territory may list a hundred countries; the trace keeps them all."""
    return text if len(text) <= LONGEST_CLAUSE else f"{text[:LONGEST_CLAUSE].rsplit(', ', 1)[0]}, …"


def _note(note: str, plan: Plan) -> str:
    """The trace names a territory by its key; people know its name."""
    start = "only for territory "
    territory = plan.territory_by_key.get(note.removeprefix(start))
    return f"it is only for {territory.name}" if note.startswith(start) and territory else note


def _seen(value: object, text: str, decision: Told, plan: Plan) -> str:
    """A clause keeps the bare value; the input that it names says what it is called."""
    for key, known in decision.inputs["values"].items():
        if known == value and text.lower().startswith(_label(plan, key)):
            return _value(plan, key, value)
    return _plain(value)


def _owners_passed_over(decision: Told, plan: Plan) -> Iterator[str]:
    for passed in decision.passed_over:
        if passed["kind"] == "owner":
            yield f"{_rep_name(plan, passed['key'])} {_UNAVAILABLE[passed['reason']]}, so the lead went on."


def _rep_name(plan: Plan, key: str) -> str:
    return plan.reps[key].name if key in plan.reps else key


def _queue_name(plan: Plan, key: str) -> str:
    return plan.queues[key].name if key in plan.queues else key


def _pools(decision: Told, plan: Plan) -> Iterator[str]:
    for pool in map(Pool.from_document, decision.pools):
        queue = _queue_name(plan, pool.queue)
        eligible = pool.eligible()
        for member in pool.members:
            if member not in eligible:
                yield f"In “{queue}”, {_rep_name(plan, member.rep)} {_why_not(member, pool)}."
        if not eligible:
            behind = ", so the next queue was asked" if pool.queue != decision.queue_key else ""
            yield f"In “{queue}”, nobody could take the lead{behind}."
        elif decision.rep is not None and pool.queue == decision.queue_key:
            yield from _turn(decision, plan, queue, eligible)


def _why_not(member: PoolMember, pool: Pool) -> str:
    if member.weight <= 0:
        return "has weight 0"
    if member.unavailable:
        return _UNAVAILABLE.get(member.unavailable, member.unavailable)
    others = ", and others were at work" if pool.working_hours == PREFER else ""
    return f"was outside working hours{others}"


def _turn(decision: Told, plan: Plan, queue: str, eligible: list[PoolMember]) -> Iterator[str]:
    total = sum(member.weight for member in eligible)
    standings = "; ".join(
        f"{_rep_name(plan, member.rep)} weight {member.weight:,} of {total:,}, had {member.count:,}, "
        f"owed {_owed(member, total):,.2f}"
        for member in eligible
    )
    name = decision.rep.name if decision.rep else "nobody"
    turn = f"only {name} could take the lead" if len(eligible) == 1 else f"it was {name}'s turn"
    yield f"In “{queue}”, {turn}: {standings}."
    most = max(eligible, key=lambda member: (_owed(member, total), member.rep == _rep_key(decision)))
    if most.rep != _rep_key(decision):
        yield f"{_rep_name(plan, most.rep)} is owed more, but the claim of {name} grows faster and can't wait as long."
    elif not decision.tie_break and _share_a_claim(eligible, most, total):
        yield f"Others are owed as much, but the claim of {name} grows fastest and can't wait as long."
    if decision.tie_break:
        yield f"Equal claims were decided by {_TIE_BREAKS.get(decision.tie_break, decision.tie_break)}."
    away = plan.queues[decision.queue_key].working_hours if decision.queue_key in plan.queues else IGNORE
    if away != IGNORE and all(member.off_hours for member in eligible):
        yield "Nobody there was at work, so working hours made no difference."


def _share_a_claim(eligible: list[PoolMember], most: PoolMember, total: int) -> bool:
    return any(other.rep != most.rep and _owed(other, total) == _owed(most, total) for other in eligible)


def _rep_key(decision: Told) -> str:
    return decision.rep.key if decision.rep else ""


def _owed(member: PoolMember, total: int) -> float:
    """In leads, this one's share included, to hundredths; nothing is owed -0.00."""
    return round(member.shortfall / UNIT + member.weight / total, 2) + 0.0


def assignment_lines(assignments: Iterable[Assignment], plan: Plan) -> list[str]:
    """Who held the lead from when until when, oldest first."""
    return [_assignment_line(each, plan) for each in sorted(assignments, key=lambda each: each.pk)]


def _assignment_line(held: Assignment, plan: Plan) -> str:
    queue = f", through “{_queue_name(plan, held.queue_key)}”" if held.queue_key else ", directly"
    until = f" until {moment(held.ended_at)} ({held.ended_reason or 'ended'})" if held.ended_at else ""
    moved = [
        *([f"moved by {held.moved_by}"] if held.moved_by else []),
        *([f"“{held.note}”"] if held.note else []),
        *([_clock(held)] if held.due_at else []),
    ]
    return f"{moment(held.created_at)}{until}: {held.rep.name}{queue}{''.join(f'; {each}' for each in moved)}."


def _clock(held: Assignment) -> str:
    if held.clock_stopped_at:
        how = held.get_clock_stopped_by_display().lower()
        return f"to be accepted by {moment(held.due_at)}, {how} at {moment(held.clock_stopped_at)}"
    return f"to be accepted by {moment(held.due_at)}"


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "an unknown time"
