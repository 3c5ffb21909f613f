"""Start and stop experiments. Rooms that know what a payload means may veto a start."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from experiments.errors import StartRefused
from experiments.models import Experiment
from foundation.audit import Way, record

# Reasons against starting, as sentences; empty means none.
StartCheck = Callable[[Experiment], list[str]]
_checks: dict[str, StartCheck] = {}
_RUNNING = "It is already running."


def register_start_check(name: str, check: StartCheck) -> None:
    """Called by higher rooms at start-up."""
    _checks[name] = check


def start_experiment(*, experiment: Experiment, now: datetime, user: User | None = None) -> Experiment:
    """Raises StartRefused with every reason against it. A stopped experiment may be started again."""
    reasons = [*_own_reasons(experiment), *(reason for check in _checks.values() for reason in check(experiment))]
    if reasons:
        raise StartRefused(reasons)
    try:
        with transaction.atomic():
            # Of two people who press start at once, one starts it; the other learns that it is running.
            waiting = Experiment.objects.filter(pk=experiment.pk).exclude(status=Experiment.Status.RUNNING)
            started = waiting.update(status=Experiment.Status.RUNNING, started_at=now, stopped_at=None)
            if started:
                _record("started", experiment, now, user)
    except IntegrityError as error:
        raise StartRefused([_taken(experiment)]) from error
    experiment.refresh_from_db()
    if not started:
        raise StartRefused([_RUNNING])
    return experiment


def _own_reasons(experiment: Experiment) -> list[str]:
    variants = list(experiment.variants.all())
    reasons = []
    if experiment.is_running:
        reasons.append(_RUNNING)
    if len(variants) < 2 or not all(variant.weight for variant in variants):
        reasons.append("It needs at least two variants, each with a weight above 0.")
    if sum(variant.is_control for variant in variants) != 1:
        reasons.append("Exactly one variant must be the control.")
    others = Experiment.objects.filter(subject=experiment.subject, status=Experiment.Status.RUNNING)
    if others.exclude(pk=experiment.pk).exists():
        reasons.append(_taken(experiment))
    return reasons


def _taken(experiment: Experiment) -> str:
    return f"Another experiment is running on {experiment.subject}; stop it first."


@transaction.atomic
def stop_experiment(*, experiment: Experiment, now: datetime, user: User | None = None) -> bool:
    """False where it wasn't running."""
    stopped = Experiment.objects.filter(pk=experiment.pk, status=Experiment.Status.RUNNING).update(
        status=Experiment.Status.STOPPED, stopped_at=now
    )
    if stopped:
        _record("stopped", experiment, now, user)
    experiment.refresh_from_db()
    return bool(stopped)


def _record(action: str, experiment: Experiment, now: datetime, user: User | None) -> None:
    record(action, now=now, user=user, way=Way.ADMIN if user else Way.SYSTEM, about=experiment)
