"""Find runs that nobody advances, and wake them."""

from datetime import datetime, timedelta

from pipeline.models import Run
from pipeline.services.advance_run import advance_run
from pipeline.tasks import send_wake_up

# A woken run isn't woken again before this: a slow worker must not drown in its own reminders.
NEXT_LOOK = timedelta(seconds=30)


def sweep(*, now: datetime, limit: int = 200) -> int:
    """How many runs were woken. Where the broker can't be reached, the runs are advanced right here."""
    woken = 0
    for run_id in list(Run.objects.left_behind(now).values_list("id", flat=True)[:limit]):
        # Of several sweepers only the one whose update counts wakes the run.
        if not Run.objects.left_behind(now).filter(pk=run_id).update(wake_at=now + NEXT_LOOK):
            continue
        woken += 1
        if not send_wake_up(run_id):
            advance_run(run_id=run_id)
    return woken
