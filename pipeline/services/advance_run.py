"""Advance runs, stage by stage, as far as they go now.

Runs that are claimed together go through each stage in one transaction, which costs little more than one run's. What
fails together is tried one by one, so that nobody waits for somebody else's fault.
"""

import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.errors import SwitchyardError
from pipeline.errors import ClaimLost
from pipeline.models import Run, Stage, StageResult
from pipeline.stages import STAGES

logger = logging.getLogger(__name__)

# Longer than any stage may take; a process that dies with a claim holds its runs up for this long.
LEASE = timedelta(seconds=20)
# Whoever asks the world on behalf of many renews their leases this often.
RENEW_AFTER = LEASE / 4
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 25, 125))
BACKOFF_LAST = timedelta(minutes=10)

Clock = Callable[[], datetime]


def advance_run(*, run_id: int, clock: Clock = timezone.now) -> bool:
    """True once the run is finished. False: another worker holds it, or a stage failed and waits for its next try."""
    return bool(advance_runs(run_ids=[run_id], clock=clock))


def advance_runs(*, run_ids: Collection[int], clock: Clock = timezone.now) -> set[int]:
    """Ids of those that are finished. Others are held by another worker, or wait for their next try."""
    claimed = _claim(run_ids, clock())
    going = claimed
    for stage in STAGES:
        here = [run for run in going if run.stage == stage]
        stuck = {run.pk for run in here} - {run.pk for run in _pass_stage(stage, here, clock)}
        going = [run for run in going if run.pk not in stuck]
    not_ours = set(run_ids) - {run.pk for run in claimed}
    done_before = Run.objects.filter(pk__in=not_ours, finished_at__isnull=False).values_list("pk", flat=True)
    return {run.pk for run in going}.union(done_before)


def _claim(run_ids: Collection[int], now: datetime) -> list[Run]:
    """Those that nobody else holds, all with one token."""
    token = secrets.token_hex(16)
    won = Run.objects.claimable(now).filter(pk__in=run_ids).update(lease_token=token, lease_until=now + LEASE)
    if not won:
        return []
    claimed = Run.objects.filter(pk__in=run_ids, lease_token=token)
    return list(claimed.select_related("person", "lead__person", "lead__company").order_by("pk"))


def _pass_stage(stage: Stage, runs: Sequence[Run], clock: Clock) -> list[Run]:
    """Those that have passed it."""
    started = time.monotonic()
    gathered = _gather(stage, runs, clock)
    gathering_s = (time.monotonic() - started) / max(len(runs), 1)
    ready = [run for run in runs if run.pk in gathered]
    if len(ready) > 1:
        try:
            _apply(stage, ready, gathered, gathering_s, clock)
        except Exception as error:  # noqa: BLE001  each is tried again below, and there the fault is seen to
            logger.info("%s runs failed together in %s: %s", len(ready), stage, type(error).__name__)
        else:
            return ready
    return [run for run in ready if _attempt(run, partial(_apply, stage, [run], gathered, gathering_s, clock), clock)]


def _gather(stage: Stage, runs: Iterable[Run], clock: Clock) -> dict[int, Any]:
    """What the stage needs to know, by run; without those that can't say it now."""
    gathered: dict[int, Any] = {}
    renewed = time.monotonic()
    for run in runs:
        if time.monotonic() - renewed > RENEW_AFTER.total_seconds():
            Run.objects.unfinished().filter(lease_token=run.lease_token).update(lease_until=clock() + LEASE)
            renewed = time.monotonic()
        _attempt(run, partial(_gather_one, stage, run, clock, gathered), clock)
    return gathered


def _gather_one(stage: Stage, run: Run, clock: Clock, gathered: dict[int, Any]) -> None:
    gathered[run.pk] = STAGES[stage].gather(run, clock())


def _attempt(run: Run, work: Callable[[], None], clock: Clock) -> bool:
    """Whether it went well. A run that fails is postponed; one that another worker took over is left to them."""
    try:
        work()
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


def _apply(stage: Stage, runs: Sequence[Run], gathered: dict[int, Any], gathering_s: float, clock: Clock) -> None:
    started = time.monotonic()
    with transaction.atomic():
        now = clock()
        results = STAGES[stage].apply(runs, [gathered[run.pk] for run in runs], now)
        _move_on(stage, runs, now)
        took_s = gathering_s + (time.monotonic() - started) / len(runs)
        _keep_results(stage, runs, results, took_s, now)
    for run in runs:
        run.stage = stage.following
        run.attempts = 0


def _keep_results(
    stage: Stage, runs: Sequence[Run], results: Sequence[dict[str, object]], took_s: float, now: datetime
) -> None:
    """`took_s` is each one's share of the time that they took together."""
    StageResult.objects.bulk_create(
        StageResult(run=run, stage=stage, result=result, duration_ms=int(took_s * 1000), completed_at=now)
        for run, result in zip(runs, results, strict=True)
    )


def _move_on(stage: Stage, runs: Sequence[Run], now: datetime) -> None:
    """The conditional update that makes this half count; raises ClaimLost where another worker was faster."""
    is_last = stage.following == Stage.DONE
    ours = Run.objects.filter(stage=stage, lease_token=runs[0].lease_token)
    moved = {
        "stage": stage.following,
        "attempts": 0,
        "last_error": "",
        "lease_until": None if is_last else now + LEASE,
        "finished_at": now if is_last else None,
    }
    if settles := STAGES[stage].settles:
        count = sum(
            ours.filter(pk=run.pk).update(**moved, **{name: getattr(run, name) for name in settles}) for run in runs
        )
    else:
        count = ours.filter(pk__in=[run.pk for run in runs]).update(**moved)
    if count != len(runs):
        raise ClaimLost("A run was taken over.")


def _postpone(run: Run, code: str, now: datetime) -> None:
    """Give the claim back and say when to try again; a run that somebody else took over is left to them."""
    attempts = run.attempts + 1
    wait = BACKOFF[attempts - 1] if attempts <= len(BACKOFF) else BACKOFF_LAST
    Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(
        attempts=attempts, last_error=code[:80], lease_token="", lease_until=None, wake_at=now + wait
    )
