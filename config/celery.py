"""The Celery application. Tasks only wake up work that the database already holds."""

import os
import time
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("switchyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(name="config.sweep")
def sweep() -> None:
    """What embedded mode's sweeper thread does, for workers: beat sends it, one of them runs it."""
    from foundation.sweeps import run_due_sweeps

    run_due_sweeps(now_s=time.monotonic())


@app.on_after_finalize.connect
def schedule_sweeps(sender: Celery, **kwargs: Any) -> None:
    from django.conf import settings

    # Calls that no worker took in time are dropped: after an outage one sweep finds everything.
    sender.add_periodic_task(
        settings.SWEEP_INTERVAL_S, sweep.s(), name="sweep", expires=max(10.0, settings.SWEEP_INTERVAL_S * 2)
    )
