"""Advance a run, stage by stage, as far as it goes now."""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from foundation.errors import SwitchyardError
from pipeline.errors import ClaimLost
from pipeline.models import Run, Stage, StageResult
from pipeline.stages import STAGES

logger = logging.getLogger(__name__)

# Longer than any stage may take; a process that dies with a claim holds its run up for this long.
LEASE = timedelta(seconds=20)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 25, 125))
BACKOFF_LAST = timedelta(minutes=10)

Clock = Callable[[], datetime]


def advance_run(*, run_id: int, clock: Clock = timezone.now) -> bool:
    """True once the run is finished. False: another worker holds it, or a stage failed and waits for its next try."""
    run = _claim(run_id, clock())
    if run is None:
        return Run.objects.filter(pk=run_id, finished_at__isnull=False).exists()
    while run.stage != Stage.DONE:
        try:
            _do_stage(run, clock)
        except ClaimLost:
            return False
        except SwitchyardError as error:
            _postpone(run, error.code, clock())
            return False
        except Exception as error:  # noqa: BLE001  whatever went wrong, the run must be tried again and never dropped
            # The text of an exception may hold somebody's address; its type doesn't.
            logger.error("run %s failed in %s: %s", run.pk, run.stage, type(error).__name__)
            _postpone(run, f"unexpected:{type(error).__name__}", clock())
            return False
    return True


def _claim(run_id: int, now: datetime) -> Run | None:
    token = secrets.token_hex(16)
    won = Run.objects.claimable(now).filter(pk=run_id).update(lease_token=token, lease_until=now + LEASE)
    if not won:
        return None
    return Run.objects.select_related("person", "lead__person", "lead__company").get(pk=run_id)


def _do_stage(run: Run, clock: Clock) -> None:
    stage = Stage(run.stage)
    started = time.monotonic()
    gathered = STAGES[stage].gather(run, clock())
    with transaction.atomic():
        now = clock()
        result = STAGES[stage].apply(run, gathered, now)
        _move_on(run, stage, now)
        StageResult.objects.create(
            run=run,
            stage=stage,
            result=result,
            duration_ms=int((time.monotonic() - started) * 1000),
            completed_at=now,
        )
    run.stage = stage.following
    run.attempts = 0


def _move_on(run: Run, stage: Stage, now: datetime) -> None:
    """The conditional update that makes this half count; raises ClaimLost where another worker was faster."""
    following = stage.following
    is_last = following == Stage.DONE
    moved = Run.objects.filter(pk=run.pk, stage=stage, lease_token=run.lease_token).update(
        stage=following,
        attempts=0,
        last_error="",
        person=run.person,
        lead=run.lead,
        inputs=run.inputs,
        lease_until=None if is_last else now + LEASE,
        finished_at=now if is_last else None,
    )
    if not moved:
        raise ClaimLost("The run was taken over.")


def _postpone(run: Run, code: str, now: datetime) -> None:
    """Give the claim back and say when to try again; a run that somebody else took over is left to them."""
    attempts = run.attempts + 1
    wait = BACKOFF[attempts - 1] if attempts <= len(BACKOFF) else BACKOFF_LAST
    Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(
        attempts=attempts, last_error=code[:80], lease_token="", lease_until=None, wake_at=now + wait
    )
