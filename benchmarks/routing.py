"""How many leads a second does one core route? `python -m benchmarks.routing`

Runs are brought to Route by the pipeline itself, and their claim is taken; what is measured is the stage as the
pipeline runs it: the decisions with their locks and writes, the conditional move and the stage's results, committed.
One lead at a time, as when a visitor waits, and in batches, as imports and backlogs go. This process is pinned to one
core. The peer is a bare insert of one row in a transaction of its own, measured in turn with it, so that the ratio
holds on a slow machine too.
"""

import os
import statistics
import sys
from collections.abc import Sequence
from itertools import count

from benchmarks.databases import CHILD, on_both, set_up
from benchmarks.pipeline import timed

SIZES_OF_BATCHES = (1, 10, 50)
ROUNDS = {1: 300, 10: 60, 50: 30}
WARM_UP = 3
COUNTRIES = ("DE", "FR", "GB", "US", "CA", "JP", "BR", "SE")
SIZES = (8, 40, 150, 600, 2500, 12000)

_numbers = count()


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    set_up()
    for size in SIZES_OF_BATCHES:
        _measure(size)
    _report_outcomes()
    _report_queries(_prepared(SIZES_OF_BATCHES[-1]))


def _measure(size: int) -> None:
    bare, routed = [], []
    for _ in range(ROUNDS[size] + WARM_UP):
        runs = _prepared(size)
        bare.append(timed(_insert_bare))
        routed.append(timed(lambda: _route(runs)) / size)  # noqa: B023
    _report(size, bare[WARM_UP:], routed[WARM_UP:])


def _insert_bare() -> None:
    from django.utils import timezone

    from enrichment.models import Dataset

    Dataset.objects.create(key=f"peer-{next(_numbers)}", name="Peer", created_at=timezone.now())


def _route(runs) -> None:
    from django.utils import timezone

    from pipeline.models import Stage
    from pipeline.services.advance_run import _pass_stage

    passed = _pass_stage(Stage.ROUTE, runs, timezone.now)
    assert len(passed) == len(runs)


def _prepared(size: int):
    """Runs that are claimed and stand before Route."""
    from django.utils import timezone

    from pipeline.models import Stage
    from pipeline.selectors import run_ids_of
    from pipeline.services.advance_run import _claim, _pass_stage

    runs = _claim(list(run_ids_of([_submitted(next(_numbers)) for _ in range(size)]).values()), timezone.now())
    for stage in (Stage.CAPTURE, Stage.ENRICH, Stage.VALIDATE):
        assert len(_pass_stage(stage, runs, timezone.now)) == size
    return runs


def _submitted(i: int):
    from django.utils import timezone

    from forms_engine.selectors import form_by_slug
    from forms_engine.services.submit import submit

    submitted = submit(
        form=form_by_slug("demo"),
        version=None,
        raw_answers={
            "email": f"jo{i}@company-{i}.com",
            "full_name": "Jo Example",
            "country": COUNTRIES[i % len(COUNTRIES)],
            "team": "company",
            "employees": SIZES[i % len(SIZES)],
        },
        context={},
        origin="server",
        deliver=False,
        now=timezone.now(),
        wake_worker=False,
    )
    return submitted.submission.pk


def _report(size: int, bare: Sequence[float], routed: Sequence[float]) -> None:
    peer, median = statistics.median(bare), statistics.median(routed)
    print(
        f"  {size:3} at a time   {median:6.2f} ms a lead   {median / peer:5.1f} x bare insert ({peer:.2f} ms)   "
        f"{1000 / median:5.0f} leads/s by the median, {1000 * len(routed) / sum(routed):.0f} in all"
    )


def _report_outcomes() -> None:
    """That it isn't one easy case that was measured."""
    from django.db.models import Count

    from routing.models import Decision

    for row in Decision.objects.values("queue_key", "reason").annotate(leads=Count("id")).order_by("-leads"):
        print(f"    {row['leads']:4} {row['queue_key'] or 'straight to an owner'} ({row['reason']})")


def _report_queries(runs) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        _route(runs)
    print(f"  statements for {len(runs)} leads    {len(captured)}")
    if "--verbose" in sys.argv:
        for query in captured:
            print(f"    {query['time']} {query['sql'][:150]}")


if __name__ == "__main__":
    if CHILD in sys.argv:
        main()
    else:
        sys.exit(on_both("benchmarks.routing", *sys.argv[1:]))
