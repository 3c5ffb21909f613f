"""How what stands in a plan's document is said to people: numbers, lists, hours, clocks, credit. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from routing.hours import WEEKDAYS

_GUARD = re.compile(r" is known and is (?=at least |at most |above |below )")
_OUTCOMES = {"guest_no_show": "guest did not show up", "guest_cancelled": "guest cancelled"}
# Of a list so many items are told, and the others counted.
TOLD = 3


def canonical(value: Any) -> str:
    """Equal for equal documents only, as the plan's hash is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def shortened(texts: Sequence[str], most: int = TOLD) -> str:
    """`Austria, Germany and 3 more`; a single one more is told rather than counted."""
    if len(texts) <= most + 1:
        return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]])) or "none"
    return f"{', '.join(texts[:most])} and {len(texts) - most:,} more"


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else canonical(value)


def number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def without_guards(sentence: str) -> str:
    """`employees is known and is at least 200` -> `employees is at least 200`: nobody takes unknown ones for that."""
    return _GUARD.sub(" is ", sentence)


def range_in_words(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {high:,}"
    return f"from {low:,}" if high is None else f"{low:,} to {high:,}"


def span_in_words(first: str | None, last: str | None) -> str:
    return " ".join(filter(None, [f"from {first}" if first else "", f"until {last}" if last else ""]))


def hours_in_words(week: Mapping[str, Sequence[str]], zone: str) -> str:
    """Days with equal hours together: `mon to fri 09:00-17:00, Europe/Berlin`."""
    groups: list[tuple[list[str], str]] = []
    for day in WEEKDAYS:  # not as they are stored: PostgreSQL orders keys by their length
        text = " and ".join(week.get(day, ()))
        if text and groups and groups[-1][1] == text:
            groups[-1][0].append(day)
        elif text:
            groups.append(([day], text))
    told = [f"{days[0]}–{days[-1]} {text}" if len(days) > 1 else f"{days[0]} {text}" for days, text in groups]
    return ", ".join([*(told or ["always"]), zone]) if zone else ", ".join(told or ["always"])


def acceptance_in_words(acceptance: Mapping[str, Any]) -> str:
    if not acceptance.get("within_min"):
        return "no clock"
    remind = acceptance.get("remind_min")
    reminder = [f"reminder {remind} minutes before"] if remind else []
    stagger = [f"backlog {acceptance['stagger_min']} minutes apart"] if acceptance.get("stagger_min") else []
    return ", ".join([f"within {acceptance['within_min']} minutes", *reminder, *stagger])


def credit_in_words(credit: Mapping[str, Any]) -> str:
    given_back = [_OUTCOMES.get(each, each) for each in credit.get("gives_back") or ()]
    counts = [f"counts {', '.join(credit['counts'])} too"] if credit.get("counts") else []
    back = [f"given back when {', '.join(given_back)}"] if given_back else []
    reasons = credit.get("disqualify_reasons") or ()
    cap = credit.get("disqualify_cap_month")
    disqualified = [f"and when disqualified as {', '.join(reasons)}, {cap or 0} times a month"] if reasons else []
    return ", ".join([*counts, *back, *disqualified]) or "never given back"
