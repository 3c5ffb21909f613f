"""Why this owner? Sentences from a stored decision; nothing is reconstructed from today's rules or counts."""

from collections.abc import Iterator, Mapping
from typing import Any

from routing.balancing import UNIT
from routing.models import Decision
from routing.plan import Plan

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
}


def headline(decision: Decision) -> str:
    """One line: who, and the reason in words."""
    who = decision.rep.name if decision.rep else "Nobody yet"
    return f"{who}: {REASONS.get(decision.reason, decision.reason)}"


def sentences(decision: Decision, plan: Plan) -> list[str]:
    """The way of the decision from inputs to person, in order."""
    return [
        *_inputs(decision, plan),
        *(sentence for entry in decision.trace if (sentence := _trace_sentence(entry))),
        *_pool(decision, plan),
    ]


def _inputs(decision: Decision, plan: Plan) -> Iterator[str]:
    inputs = decision.inputs
    known = [
        f"{_label(plan, key)} {value} ({inputs['sources'].get(key, 'unknown')})"
        for key, value in inputs["values"].items()
    ]
    yield f"Known: {'; '.join(known)}." if known else "Nothing was known of the lead."
    if inputs["missing"]:
        yield f"Missing although required: {', '.join(_label(plan, key) for key in inputs['missing'])}."
    for key, why in inputs["refused"].items():
        yield f"{_label(plan, key)} was not used: the observed value {why}."


def _label(plan: Plan, key: str) -> str:
    spec = plan.contract.by_key.get(key)
    return spec.label.lower() if spec and spec.label else key


_MATCHED = {
    "existing_owner": "The lead was already assigned to {name}, who keeps it ({note}).",
    "account_owner": "The account's owner is {name}.",
    "named_account": "{note} is on the named-accounts list “{name}”.",
    "inputs": "Not enough to decide on: {note}.",
    "default": "No rule applied, so the lead goes to “{name}”.",
}


def _trace_sentence(entry: Mapping[str, Any]) -> str:
    stage, outcome = entry["stage"], entry["outcome"]
    if outcome == "matched" and stage in _MATCHED:
        return _MATCHED[stage].format(**entry)
    if stage == "territory" and outcome == "matched":
        return f"Territory: {entry['name']}{_because(entry)}."
    if stage == "rule" and outcome == "matched":
        return f"Rule “{entry['name']}” applies{_because(entry)}."
    if stage == "rule" and entry["name"]:
        return f"Rule “{entry['name']}” does not apply{_because(entry)}."
    return f"{entry['note'][:1].upper()}{entry['note'][1:]}." if entry["note"] else ""


def _because(entry: Mapping[str, Any]) -> str:
    if entry["clauses"]:
        clauses = "; ".join(f"{clause['text']} — here {_seen(clause['seen'])}" for clause in entry["clauses"])
        return f": {clauses}"
    return f": {entry['note']}" if entry["note"] else ""


def _seen(value: object) -> str:
    return "unknown" if value is None else str(value)


def _pool(decision: Decision, plan: Plan) -> Iterator[str]:
    for pool in decision.pools:
        queue = plan.queues[pool["queue"]].name
        eligible = [member for member in pool["members"] if member["weight"] > 0 and not member["unavailable"]]
        for member in pool["members"]:
            if member["unavailable"]:
                yield f"In “{queue}”, {plan.reps[member['rep']].name} was {member['unavailable']}."
        if not eligible:
            yield f"In “{queue}”, nobody could take the lead."
            continue
        if decision.rep is None:
            continue
        yield from _turn(decision, plan, queue, eligible)


def _turn(decision: Decision, plan: Plan, queue: str, eligible: list[Mapping[str, Any]]) -> Iterator[str]:
    total = sum(member["weight"] for member in eligible)
    standings = "; ".join(
        f"{plan.reps[member['rep']].name} weight {member['weight']} of {total}, had {member['count']}, "
        f"owed {member['shortfall'] / UNIT + member['weight'] / total:.2f}"
        for member in eligible
    )
    yield f"In “{queue}”, it was {decision.rep.name if decision.rep else 'nobody'}'s turn: {standings}."
    if decision.tie_break:
        yield f"Equal claims were decided by {decision.tie_break.replace('_', ' ')}."
