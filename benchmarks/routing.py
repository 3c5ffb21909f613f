"""How many leads a second does one core route? `python -m benchmarks.routing`

Each run is brought to Route by the pipeline itself, and its claim is taken; what is measured is the stage as the
pipeline runs it: the decision with its locks and writes, the conditional move and the stage's result, committed. This
process is pinned to one core. The peer is a bare insert of one row in a transaction of its own, measured in turn with
it, so that the ratio holds on a slow machine too.
"""

import os
import statistics
import sys
from collections.abc import Sequence

from benchmarks.databases import CHILD, on_both, set_up
from benchmarks.pipeline import timed

ROUNDS = 600
WARM_UP = 60
COUNTRIES = ("DE", "FR", "GB", "US", "CA", "JP", "BR", "SE")
SIZES = (8, 40, 150, 600, 2500, 12000)


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    set_up()
    from django.utils import timezone

    from enrichment.models import Dataset
    from pipeline.services.advance_run import _do_stage

    runs = [_prepared(i) for i in range(ROUNDS + WARM_UP)]
    bare, routed = [], []
    for i, run in enumerate(runs):
        bare.append(timed(lambda: Dataset.objects.create(key=f"peer-{i}", name="Peer", created_at=timezone.now())))  # noqa: B023
        routed.append(timed(lambda: _do_stage(run, timezone.now)))  # noqa: B023
    _report(bare[WARM_UP:], routed[WARM_UP:])
    _report_outcomes()
    _report_queries(_prepared(len(runs)))


def _prepared(i: int):
    """A run that is claimed and stands before Route."""
    from django.utils import timezone

    from forms_engine.selectors import form_by_slug
    from forms_engine.services.submit import submit
    from pipeline.models import Run, Stage
    from pipeline.services.advance_run import _claim, _do_stage

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
    run = _claim(Run.objects.values_list("id", flat=True).get(submission_id=submitted.submission.pk), timezone.now())
    while run.stage != Stage.ROUTE:
        _do_stage(run, timezone.now)
    return run


def _report(bare: Sequence[float], routed: Sequence[float]) -> None:
    peer, median = statistics.median(bare), statistics.median(routed)
    print(f"  bare insert   median {peer:6.2f} ms")
    print(f"  route         median {median:6.2f} ms   {median / peer:5.1f} x bare insert")
    print(f"  leads a second       {1000 / median:6.0f} by the median, {1000 * len(routed) / sum(routed):.0f} in all")


def _report_outcomes() -> None:
    """That it isn't one easy case that was measured."""
    from django.db.models import Count

    from routing.models import Decision

    for row in Decision.objects.values("queue_key", "reason").annotate(leads=Count("id")).order_by("-leads"):
        print(f"    {row['leads']:4} {row['queue_key'] or 'straight to an owner'} ({row['reason']})")


def _report_queries(run) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from pipeline.services.advance_run import _do_stage

    with CaptureQueriesContext(connection) as captured:
        _do_stage(run, timezone.now)
    print(f"  statements a lead    {len(captured)}")
    if "--verbose" in sys.argv:
        for query in captured:
            print(f"    {query['time']} {query['sql'][:150]}")


if __name__ == "__main__":
    if CHILD in sys.argv:
        main()
    else:
        sys.exit(on_both("benchmarks.routing", *sys.argv[1:]))
