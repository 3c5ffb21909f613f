"""One lead tried under two plans: what differs, in one sentence."""

from routing.plan import Plan
from routing.trials import Trial
from routing.what_if import Outcome

_BY = {
    "account_owner": "because the account has an owner",
    "named_account": "because the company is a named account",
    "missing_inputs": "because a required input is missing",
    "no_match": "because no rule applies",
}


def difference_in_words(first: Trial, second: Trial, names: tuple[str, str]) -> str:
    """`names` are what the plans are called where a sentence begins."""
    one, other = names
    who = f"{_who(first)}{_through(first)}"
    same_rep = first.resolution.rep_key == second.resolution.rep_key
    same_queue = first.queue_key == second.queue_key
    if same_rep and same_queue and decided_by(first) == decided_by(second):
        return f"Both give this lead to {who}, {decided_by(first)}."
    if same_rep and same_queue:
        reasons = f"{_inside(one)} {decided_by(first)}, {_inside(other)} {decided_by(second)}"
        return f"Both give this lead to {who}: {reasons}."
    if same_queue and first.queue_key and decided_by(first) == decided_by(second):
        turns = f"{_who(first)} under {_inside(one)}, {_who(second)} under {_inside(other)}"
        return f"Both send this lead to{_through(first).removeprefix(' through')}; only the turn differs: {turns}."
    return (
        f"{one} gives this lead to {who}, {decided_by(first)}; {_inside(other)} gives it to "
        f"{_who(second)}{_through(second)}, {decided_by(second)}."
    )


def decided_by(trial: Trial) -> str:
    """What sent the lead where it went: by the rule “Big”."""
    chain = trial.chain
    return way_in_words(trial.plan, chain.reason, chain.rule, chain.territory)


def way_in_words(plan: Plan, reason: str, rule: str | None, territory: str | None) -> str:
    if rule:
        return f"by the rule “{next(each.name for each in plan.rules if each.key == rule)}”"
    if reason == "territory":
        return f"by the territory “{next(each.name for each in plan.lineage(territory) if each.target)}”"
    return _BY[reason]


def outcome_in_words(outcome: Outcome, plan: Plan) -> str:
    """Where a changed input would send the lead, and by what."""
    if outcome.kind == "owner":
        where = plan.reps[outcome.key].name
    else:
        takers = outcome.takers
        names = ", ".join(plan.reps[rep].name for rep in takers or ())
        where = f"“{plan.queues[outcome.key].name}”" + (f" (for {names or 'nobody'})" if takers is not None else "")
    return f"{where}, {way_in_words(plan, outcome.reason, outcome.rule, outcome.territory)}"


def _inside(name: str) -> str:
    """Within a sentence."""
    return f"{name[:1].lower()}{name[1:]}"


def _who(trial: Trial) -> str:
    return trial.rep.name if trial.rep else "nobody"


def _through(trial: Trial) -> str:
    queue = trial.plan.queues.get(trial.queue_key)
    return f" through “{queue.name}”" if queue else ""
