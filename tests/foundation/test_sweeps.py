import pytest

from foundation import sweeps
from foundation.sweeps import register_sweep, run_due_sweeps


@pytest.fixture(autouse=True)
def no_sweeps(monkeypatch) -> None:
    monkeypatch.setattr(sweeps, "_sweeps", {})


@pytest.fixture
def done() -> list[str]:
    return []


def fail() -> None:
    raise RuntimeError("broken")


def test_a_new_sweep_runs_at_once(done):
    register_sweep("tidy", lambda: done.append("tidy"), every_s=60)
    assert run_due_sweeps(now_s=0) == ["tidy"]
    assert done == ["tidy"]


def test_a_sweep_waits_for_its_interval(done):
    register_sweep("tidy", lambda: done.append("tidy"), every_s=60)
    for now_s in (100, 159, 160):
        run_due_sweeps(now_s=now_s)
    assert len(done) == 2


def test_one_that_fails_is_logged_and_does_not_stop_the_others(done, caplog):
    register_sweep("broken", fail, every_s=60)
    register_sweep("tidy", lambda: done.append("tidy"), every_s=60)
    assert run_due_sweeps(now_s=0) == ["tidy"]
    assert done == ["tidy"]
    assert "sweep broken failed" in caplog.text


def test_one_that_fails_is_tried_again_after_its_interval(caplog):
    register_sweep("broken", fail, every_s=60)
    for now_s in (0, 30, 60):
        run_due_sweeps(now_s=now_s)
    assert caplog.text.count("sweep broken failed") == 2


def test_registering_a_name_again_replaces_it(done):
    register_sweep("tidy", lambda: done.append("old"), every_s=60)
    register_sweep("tidy", lambda: done.append("new"), every_s=60)
    run_due_sweeps(now_s=0)
    assert done == ["new"]
