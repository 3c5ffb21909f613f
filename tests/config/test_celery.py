"""Scaled mode has the same safety net as embedded mode: beat has a worker run the registered sweeps."""

import pytest

from config.celery import app, sweep
from foundation import sweeps


@pytest.fixture
def ran(monkeypatch):
    """Names of the sweeps that ran; the registered ones are put aside."""
    monkeypatch.setattr(sweeps, "_sweeps", {})
    names: list[str] = []
    sweeps.register_sweep("one", lambda: names.append("one"), every_s=0)
    return names


def test_beat_sends_the_sweep(settings):
    app.finalize()
    entry = app.conf.beat_schedule["sweep"]
    assert (entry["task"], entry["schedule"]) == ("config.sweep", settings.SWEEP_INTERVAL_S)


def test_the_task_runs_every_registered_sweep(ran):
    sweep()
    assert ran == ["one"]
