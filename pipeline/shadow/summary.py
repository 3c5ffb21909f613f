"""A comparison as a document to keep and show: bounded, and without a name or an address of a lead. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.shadow.comparison import KINDS, OTHER, SAME, TURN, Comparison, Found, Group, Row
from pipeline.shadow.incumbent import ROLES, Columns, Reading
from routing.explain import REASONS
from routing.plan import Plan

MOST_BAD, MOST_UNKNOWN, MOST_GROUPS, MOST_PAIRS = 200, 50, 100, 100
# Differing leads that a page keeps for its file; the command has no such bound.
MOST_ROWS = 20_000
CSV_COLUMNS = (
    "line",
    "difference",
    "owner_today",
    "owner_here",
    "queue_here",
    "reason",
    "territory",
    "rule",
)


def summary(
    comparison: Comparison, reading: Reading, columns: Columns, *, plan_name: str, rows: Sequence[Row] = ()
) -> dict[str, Any]:
    return {
        "plan": plan_name,
        "leads": comparison.leads,
        "kinds": [
            {"kind": kind, "title": KINDS[kind], "count": comparison.kinds[kind]}
            for kind in KINDS
            if comparison.kinds[kind]
        ],
        "agreement": agreement(comparison),
        "columns": [
            {"what": ROLES.get(what) or _label(comparison.plan, what), "header": header}
            for what, header in columns.used.items()
        ],
        "unused": columns.unused[:50],
        "unread": [[_label(comparison.plan, key), count] for key, count in reading.unread.most_common()],
        "bad": [[bad.line, bad.why] for bad in reading.bad[:MOST_BAD]],
        "bad_count": len(reading.bad),
        "unknown": comparison.unknown.most_common(MOST_UNKNOWN),
        "unknown_count": len(comparison.unknown),
        "groups": [
            _group(comparison.plan, group, found)
            for place, (group, found) in enumerate(comparison.biggest())
            if place < MOST_GROUPS
        ],
        "group_count": len(comparison.groups),
        "owners": _pairs(comparison.matrix),
        "queues": _pairs(comparison.queues),
        "rows": [list(row) for row in rows],
    }


def _label(plan: Plan, key: str) -> str:
    spec = plan.contract.by_key.get(key)
    return spec.label.lower() if spec and spec.label else key


def agreement(comparison: Comparison) -> dict[str, Any]:
    """Of the leads whose owner of today is a rep here; shares in tenths of a percent."""
    of = comparison.comparable
    same, turn = comparison.kinds[SAME], comparison.kinds[TURN]
    return {
        "of": of,
        "owner": same,
        "queue": same + turn,
        "other": comparison.kinds[OTHER],
        "owner_percent": percent(same, of),
        "queue_percent": percent(same + turn, of),
    }


def percent(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else "–"


def _group(plan: Plan, group: Group, found: Found) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "title": KINDS[group.kind],
        "theirs": group.theirs,
        "ours": group.ours,
        "reason": REASONS.get(group.reason, group.reason),
        "territory": territory_name(plan, group.territory),
        "rule": rule_name(plan, group.rule),
        "count": found.count,
        "lines": found.lines,
        "example": found.example,
    }


def territory_name(plan: Plan, key: str) -> str:
    found = plan.territory_by_key.get(key)
    return found.name if found else key


def rule_name(plan: Plan, key: str) -> str:
    return next((rule.name for rule in plan.rules if rule.key == key), key)


def _pairs(counts: Counter[tuple[str, str]]) -> list[list[object]]:
    return [[theirs, ours, count] for (theirs, ours), count in counts.most_common(MOST_PAIRS)]


def csv_cells(row: Iterable[Any]) -> list[object]:
    """One differing lead for a file; `row` is a `Row` or what became of one in JSON."""
    line, kind, *rest = row
    return [line, KINDS[kind], *rest]


def report_lines(result: Mapping[str, Any]) -> Iterable[str]:
    """The summary for a terminal."""
    yield f"{result['leads']:,} leads decided with {result['plan']}, beside what today's tool decided."
    known = result["agreement"]
    yield f"The same owner: {known['owner']:,} of {known['of']:,} ({known['owner_percent']})."
    yield f"The same queue: {known['queue']:,} of {known['of']:,} ({known['queue_percent']})."
    columns = ", ".join(f"{each['header']} = {each['what']}" for each in result["columns"])
    yield f"Columns: {columns}."
    if result["unused"]:
        yield f"Not used: {', '.join(result['unused'])}."
    yield from (f"Not understood, so unknown: {what} in {count:,} rows." for what, count in result["unread"])
    yield from _bad_lines(result)
    if result["unknown"]:
        told = ", ".join(f"{name or '(empty)'} ({count:,})" for name, count in result["unknown"])
        yield f"Owners who are no reps here: {told}."
    for group in result["groups"]:
        yield from _group_lines(group)


def _bad_lines(result: Mapping[str, Any]) -> Iterable[str]:
    if result["bad_count"]:
        yield f"Rows left out: {result['bad_count']:,}."
        yield from (f"  line {line}: {why}" for line, why in result["bad"][:20])


def _group_lines(group: Mapping[str, Any]) -> Iterable[str]:
    by = ", ".join(f"{what} “{group[what]}”" for what in ("territory", "rule") if group[what])
    yield ""
    yield f"{group['count']:,} from {group['theirs']} to {group['ours']} ({group['title']})"
    yield f"  {group['reason']}" + (f" By {by}." if by else "")
    example = group["example"]
    yield f"  Such as line {example['line']}:"
    yield from (f"    {sentence}" for sentence in example["sentences"])
