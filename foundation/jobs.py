"""Work too long for a request, with a progress that people can watch; docs/workbench.md, "Jobs".

A room registers what a kind of job does. The row is what counts: a wake-up call may be lost, and a worker may die.
Then the sweeper finds the job, and it is run again from its beginning. So its work changes nothing, or notes what it
has done in the transaction that does it, and finds it done the next time. Progress is only told, by way of the cache.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from foundation.errors import SwitchyardError
from foundation.models import Job
from foundation.tasks import run_job_task

logger = logging.getLogger(__name__)

# A job that has told nothing for so long has lost its worker. Work must tell its progress more often.
SILENCE = timedelta(minutes=2)
# A queued job is woken again when this has passed.
PATIENCE = timedelta(seconds=10)
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=30)
_TOLD_EVERY_S = 0.2
State = Job.State
_JOINED = (State.QUEUED, State.RUNNING, State.SUCCEEDED)


class JobCancelled(SwitchyardError):
    """Somebody has cancelled the job, or another worker has taken it over: it must change nothing more."""

    code = "job_cancelled"
    status = 409


@dataclass(frozen=True)
class Progress:
    """`total` 0: nobody knows yet how much there is."""

    done: int = 0
    total: int = 0
    note: str = ""

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0


class Work:
    """A job as its work sees it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params: Mapping[str, Any] = job.params
        self._told_s = float("-inf")

    @property
    def file(self) -> bytes:
        return bytes(self.job.file or b"")

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Cheap enough for every row. Raises JobCancelled, which the work lets pass."""
        now_s = time.monotonic()
        if now_s - self._told_s < _TOLD_EVERY_S and done != total:
            return
        self._told_s = now_s
        with _cache_may_be_away():
            self._stop_if_told()
            told = {"done": done, "total": total, "note": note, "attempt": self.job.attempt}
            cache.set(_progress_key(self.job.pk), told, timeout=SILENCE.total_seconds())

    def _stop_if_told(self) -> None:
        said = cache.get_many([_cancel_key(self.job.pk), _progress_key(self.job.pk)])
        if _cancel_key(self.job.pk) in said:
            raise JobCancelled("The job was cancelled.")
        latest = said.get(_progress_key(self.job.pk))
        if latest and latest["attempt"] > self.job.attempt:
            raise JobCancelled("Another worker has taken this job over.")


@dataclass(frozen=True)
class Kind:
    """`work` returns the result, which must be JSON; a SwitchyardError fails the job with its message.

    `template` shows the result, with what `context` adds to `job` and `result`. `permission`: who may see such jobs,
    beside who started them. `if_broken_off` tells what is left of a job that failed or was cancelled.
    """

    name: str
    title: str
    work: Callable[[Work], Mapping[str, Any]]
    permission: str
    template: str
    context: Callable[[Job, HttpRequest], Mapping[str, Any]] | None = None
    if_broken_off: str = "Nothing was changed."


_kinds: dict[str, Kind] = {}


def register_job(kind: Kind) -> None:
    """Called by rooms at start-up. Registering a name again replaces it."""
    _kinds[kind.name] = kind


def kind_of(job: Job) -> Kind:
    return _kinds[job.kind]


def is_known(kind: str) -> bool:
    return kind in _kinds


def start_job(
    kind: str,
    *,
    now: datetime,
    user: User | None,
    params: Mapping[str, Any] | None = None,
    key: str = "",
    file: bytes | None = None,
    file_name: str = "",
) -> Job:
    """A new job, which a worker takes once the present transaction has committed; or the one that has this key already
    and waits, runs or has succeeded."""
    if kind not in _kinds:
        raise KeyError(kind)
    if key and (found := found_job(kind, key)):
        return found
    job = Job(kind=kind, key=key, params=dict(params or {}), file=file, file_name=file_name[:200], user=user)
    job.created_at = now
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:  # somebody else has just asked for the same
        if found := found_job(kind, key):
            return found
        raise
    transaction.on_commit(lambda: wake(job.pk))
    return job


def found_job(kind: str, key: str) -> Job | None:
    """The job of this key that waits, runs or has succeeded."""
    return Job.objects.defer("file").filter(kind=kind, key=key, state__in=_JOINED).first()


def wake(job_id: UUID) -> None:
    try:
        run_job_task.delay(str(job_id))
    except OperationalError as error:
        logger.warning("no wake-up for job %s: %s", job_id, type(error).__name__)


def run_job(*, job_id: UUID, clock: Callable[[], datetime] = timezone.now) -> bool:
    """False where somebody else has the job, or it has ended."""
    job = _claim(job_id, clock())
    if job is None:
        return False
    kind = kind_of(job)
    work = Work(job)
    try:
        work.tell(0, 0)
        result = kind.work(work)
        _end(job, State.SUCCEEDED, clock(), result=dict(result), file=None)
    except JobCancelled:
        _try_to_end(job, State.CANCELLED, clock())
    except SwitchyardError as refused:
        _try_to_end(job, State.FAILED, clock(), error=refused.message[:500])
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _try_to_end(job, State.FAILED, clock(), error="Something went wrong. The log says what.")
    return True


def _claim(job_id: UUID, now: datetime) -> Job | None:
    free = Q(state=State.QUEUED)
    if _is_silent(job_id):
        free |= Q(state=State.RUNNING, started_at__lt=now - SILENCE)
    claimed = Job.objects.filter(free, pk=job_id)
    if not claimed.update(state=State.RUNNING, attempt=F("attempt") + 1, started_at=now):
        return None
    return Job.objects.get(pk=job_id)


def _end(job: Job, state: str, now: datetime, **values: Any) -> None:
    mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING)
    if not mine.update(state=state, ended_at=now, **values):
        raise JobCancelled("Another worker has taken this job over, or it was cancelled.")
    with _cache_may_be_away():
        cache.delete(_progress_key(job.pk))


def _try_to_end(job: Job, state: str, now: datetime, error: str = "") -> None:
    Job.objects.filter(pk=job.pk, attempt=job.attempt, state=State.RUNNING).update(
        state=state, ended_at=now, error=error, file=None
    )


def cancel_job(*, job: Job, now: datetime) -> bool:
    """Whether it will end by this; one that runs ends when it next tells its progress."""
    with _cache_may_be_away():
        cache.set(_cancel_key(job.pk), True, timeout=KEPT_FOR.total_seconds())
    queued = Job.objects.filter(pk=job.pk, state=State.QUEUED)
    if queued.update(state=State.CANCELLED, ended_at=now, file=None):
        return True
    return Job.objects.filter(pk=job.pk, state=State.RUNNING).exists()


def progress_of(job: Job) -> Progress:
    told = None
    with _cache_may_be_away():
        told = cache.get(_progress_key(job.pk))
    return Progress(told["done"], told["total"], told["note"]) if told else Progress()


def may_see(job: Job, user: Any) -> bool:
    return job.user_id == user.pk or bool(user.has_perm(kind_of(job).permission))


def wake_left_jobs(*, now: datetime | None = None) -> int:
    """A sweep: how many were woken. What has been tried too often is given up."""
    now = now or timezone.now()
    unended = Job.objects.filter(ended_at__isnull=True, created_at__lt=now - PATIENCE)
    left = [
        job
        for job in unended.order_by("created_at").only("pk", "state", "attempt", "started_at")[:100]
        if _is_left(job, now)
    ]
    for job in left:
        if job.attempt >= MOST_ATTEMPTS:
            _give_up(job, now)
        else:
            wake(job.pk)
    return len(left)


def _is_left(job: Job, now: datetime) -> bool:
    """Whether nobody works on it. One that waits its turn is woken now and then, since its call may be lost."""
    if job.state == State.QUEUED:
        try:
            return bool(cache.add(f"job:woken:{job.pk}", True, timeout=60))
        except RedisError:
            return True
    return job.started_at is not None and job.started_at < now - SILENCE and _is_silent(job.pk)


def _give_up(job: Job, now: datetime) -> None:
    same = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=job.state)
    same.update(state=State.FAILED, ended_at=now, error="It was interrupted again and again.", file=None)


def delete_old_jobs(*, now: datetime | None = None) -> int:
    """A sweep: how many ended jobs were old enough to go."""
    ended = Job.objects.filter(ended_at__lt=(now or timezone.now()) - KEPT_FOR)
    return ended.delete()[0]


def _is_silent(job_id: UUID) -> bool:
    """False where nobody can know: a job is rather left waiting than done twice at once."""
    try:
        return cache.get(_progress_key(job_id)) is None
    except RedisError:
        return False


@contextmanager
def _cache_may_be_away() -> Iterator[None]:
    """What is told by the cache helps people and the sweep; no job fails for want of it."""
    try:
        yield
    except RedisError as error:
        logger.warning("the cache can't be reached: %s", type(error).__name__)


def _progress_key(job_id: UUID) -> str:
    return f"job:progress:{job_id}"


def _cancel_key(job_id: UUID) -> str:
    return f"job:cancel:{job_id}"
