"""What does a submission cost from the door to its owner? `python -m benchmarks.pipeline`

Each submission is stored and its run advanced in this process, on one core, one after another. The peer is a bare
Django insert of one row in a transaction of its own, measured in the same run and in turn with it, so that the ratio
holds on a slow machine too.
"""

import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.databases import CHILD, on_both, set_up

ROUNDS = 300
WARM_UP = 30


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    set_up()
    from django.db.models import Avg
    from django.utils import timezone

    from enrichment.models import Dataset
    from forms_engine.selectors import form_by_slug
    from forms_engine.services.submit import Submitted, submit
    from pipeline.models import Run, StageResult
    from pipeline.services.advance_run import advance_run

    form = form_by_slug("demo")
    submitted: list[Submitted] = []

    def take_in(i: int) -> None:
        answers = {"email": f"jo{i}@company-{i}.com", "full_name": "Jo Example", "country": "DE"}
        submitted.append(
            submit(
                form=form,
                version=None,
                raw_answers=answers,
                context={},
                origin="import",
                deliver=False,
                now=timezone.now(),
                wake_worker=False,
            )
        )

    def go_all_the_way() -> None:
        run_id = Run.objects.values_list("id", flat=True).get(submission_id=submitted[-1].submission.pk)
        assert advance_run(run_id=run_id)

    def bare_insert(i: int) -> None:
        Dataset.objects.create(key=f"peer-{i}", name="Peer", created_at=timezone.now())

    times: dict[str, list[float]] = {"bare insert": [], "submit": [], "advance to owner": []}
    for i in range(ROUNDS + WARM_UP):
        row = (timed(lambda: bare_insert(i)), timed(lambda: take_in(i)), timed(go_all_the_way))  # noqa: B023
        if i >= WARM_UP:
            for kept, value in zip(times.values(), row, strict=True):
                kept.append(value)
    peer = statistics.median(times["bare insert"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"  {name:18} median {median:6.2f} ms   {median / peer:5.1f} x bare insert")
    for stage in StageResult.objects.values("stage").annotate(ms=Avg("duration_ms")).order_by("ms"):
        print(f"    {stage['stage']:16} mean   {stage['ms']:6.2f} ms")


if __name__ == "__main__":
    if CHILD in sys.argv:
        main()
    else:
        sys.exit(on_both("benchmarks.pipeline"))
