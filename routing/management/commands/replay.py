"""`manage.py replay --draft --since 90d --out diff.csv`"""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from foundation.csv_rows import WriteRow, written_whole
from foundation.errors import SwitchyardError
from routing.draft import draft_plan
from routing.explain import REASONS
from routing.history import history_since
from routing.models import Plan as PlanRow
from routing.models import Queue, Rep
from routing.plan import Plan
from routing.replay import FALLBACKS, Difference, Past, Result, Side, replay
from routing.selectors import active_plan, parsed_plan
from routing.windows import WindowInvalid, parse_since

COLUMNS = (
    *("decision", "submission", "lead", "decided_at"),
    *("owner_before", "owner_after", "queue_before", "queue_after", "reason_before", "reason_after"),
    *("territory_before", "territory_after", "rule_before", "rule_after"),
)


class Command(BaseCommand):
    help = "Decide a window of past leads again with another plan, and show what would have changed. Writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--draft", action="store_true", help="with the working copy")
        which.add_argument("--plan", type=int, help="with a published plan, by its number; the active one by default")
        parser.add_argument("--since", default="90d", help="30d, 12h, 4w or a day such as 2026-03-01")
        parser.add_argument("--out", type=Path, help="write each lead that would have gone otherwise, as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            since = parse_since(options["since"], timezone.now())
            plan, name = _chosen_plan(options)
        except WindowInvalid as invalid:
            raise CommandError(str(invalid)) from invalid
        except SwitchyardError as error:
            raise CommandError(error.message) from error
        try:
            with written_whole(options["out"], COLUMNS) as write:
                difference = _compare(plan, since, write)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        for line in _report(difference, name, f"since {since:%Y-%m-%d %H:%M} UTC", plan):
            self.stdout.write(line)


def _compare(plan: Plan, since: datetime, write: WriteRow) -> Difference:
    history, difference = history_since(since, plan), Difference()
    decisions = tqdm(history.decisions(plan), total=history.size, unit=" decisions", mininterval=0.5)
    for past, after in replay(plan, history.opening, decisions, history.events):
        if difference.add(past.result, after):
            write(_cells(past, after))
    return difference


def _chosen_plan(options: dict[str, Any]) -> tuple[Plan, str]:
    if options["draft"]:
        return draft_plan(), "the draft"
    if options["plan"] is None:
        active = active_plan()
        return active.plan, f"plan {active.number}"
    pk = PlanRow.objects.filter(number=options["plan"]).values_list("pk", flat=True).first()
    if pk is None:
        raise CommandError(f"There is no plan {options['plan']}.")
    return parsed_plan(pk), f"plan {options['plan']}"


def _cells(past: Past, after: Result) -> list[object]:
    sides = (side for pair in zip(past.result, after, strict=True) for side in pair)
    # The seed of a routing is its submission's id.
    return [past.id, UUID(past.seed), past.lead, past.decided_at.isoformat(), *sides]


def _report(difference: Difference, name: str, window: str, plan: Plan) -> Iterator[str]:
    yield f"Decisions {window} that were decided again with {name}: {difference.decisions:,}."
    if not difference.changed:
        yield "Nothing would have gone otherwise."
        return
    share = difference.changed / difference.decisions
    yield f"{difference.changed:,} would have gone otherwise ({share:.1%})."
    reps = {**dict(Rep.objects.values_list("key", "name")), **{key: rep.name for key, rep in plan.reps.items()}}
    queues = {**dict(Queue.objects.values_list("key", "name")), **{key: each.name for key, each in plan.queues.items()}}
    yield from _side("Owner", difference.owners, {**reps, "": "nobody"})
    yield from _side("Queue", difference.queues, {**queues, "": "directly to the owner"})
    yield from _fallbacks(difference)


def _side(title: str, side: Side, names: dict[str, str]) -> Iterator[str]:
    yield ""
    yield f"{title:32} {'before':>9} {'after':>9} {'same':>9}"
    for key in side.keys:
        name = names.get(key, key)
        yield f"{name[:32]:32} {side.before[key]:>9,} {side.after[key]:>9,} {side.same[key]:>9,}"
    for (before, after), count in side.moved.most_common():
        yield f"  {count:,} from {names.get(before, before)} to {names.get(after, after)}"


def _fallbacks(difference: Difference) -> Iterator[str]:
    before, after = difference.fallbacks
    yield ""
    yield f"{'Fallbacks':32} {before:>9,} {after:>9,}"
    for reason in _in_order(difference.reasons.keys):
        counts = difference.reasons.before[reason], difference.reasons.after[reason]
        yield f"  {reason:30} {counts[0]:>9,} {counts[1]:>9,}"


def _in_order(reasons: Iterable[str]) -> list[str]:
    return [reason for reason in REASONS if reason in FALLBACKS and reason in set(reasons)]
