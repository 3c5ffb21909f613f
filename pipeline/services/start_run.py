"""Begin a submission's way, in the transaction that stores the submission."""

from datetime import datetime, timedelta
from uuid import UUID

from pipeline.models import Run
from pipeline.tasks import wake

# The sweeper leaves a new run this long to the wake-up call.
GRACE = timedelta(seconds=3)


def start_run(*, submission_id: UUID, origin: str, deliver: bool, now: datetime) -> Run:
    """Store the run; wake a worker once the caller's transaction has committed."""
    run = new_run(submission_id=submission_id, origin=origin, deliver=deliver, now=now)
    run.save(force_insert=True)
    wake(run.pk)
    return run


def new_run(*, submission_id: UUID, origin: str, deliver: bool, now: datetime) -> Run:
    """Not stored yet: for those who store it together with its submission, and then call `wake`."""
    return Run(submission_id=submission_id, origin=origin, deliver=deliver, wake_at=now + GRACE, created_at=now)
