"""Begin a submission's way, in the transaction that stores the submission."""

from datetime import datetime, timedelta
from uuid import UUID

from pipeline.models import Run
from pipeline.tasks import wake

# The sweeper leaves a new run this long to the wake-up call.
GRACE = timedelta(seconds=3)


def start_run(*, submission_id: UUID, origin: str, deliver: bool, now: datetime, wake_worker: bool = True) -> Run:
    """Store the run; wake a worker once the caller's transaction has committed.

    `wake_worker` off leaves the run to the caller, who will advance it in this process.
    """
    run = Run.objects.create(
        submission_id=submission_id, origin=origin, deliver=deliver, wake_at=now + GRACE, created_at=now
    )
    if wake_worker:
        wake(run.pk)
    return run
