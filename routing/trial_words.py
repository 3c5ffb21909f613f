"""One lead tried under two plans: what differs, in one sentence. Pure."""

from routing.trials import Trial

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
    plan, chain = trial.plan, trial.chain
    if chain.rule:
        return f"by the rule “{next(rule.name for rule in plan.rules if rule.key == chain.rule)}”"
    if chain.territory and chain.reason == "territory":
        return f"by the territory “{plan.territory_by_key[chain.territory].name}”"
    return _BY[chain.reason]


def _inside(name: str) -> str:
    """Within a sentence."""
    return f"{name[:1].lower()}{name[1:]}"


def _who(trial: Trial) -> str:
    return trial.rep.name if trial.rep else "nobody"


def _through(trial: Trial) -> str:
    queue = trial.plan.queues.get(trial.queue_key)
    return f" through “{queue.name}”" if queue else ""
