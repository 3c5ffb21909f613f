"""A wake-up call costs the request nothing, and its loss costs seconds."""

from threading import Event, current_thread
from time import sleep

from pipeline.tasks import advance_several_task, send_wake_ups
from pipeline.wake_ups import WakeUps


def test_without_the_thread_the_caller_calls():
    called = []
    WakeUps(lambda run_ids: called.append((run_ids, current_thread().name))).call(7)
    assert called == [([7], current_thread().name)]


def test_with_the_thread_somebody_else_calls():
    done, called = Event(), []
    wake_ups = WakeUps(lambda run_ids: (called.append((run_ids, current_thread().name)), done.set()))
    wake_ups.start()
    wake_ups.call(7)
    assert done.wait(5)
    assert called == [([7], "switchyard-wake-ups")]


def test_a_broker_that_hangs_holds_nobody_up_and_what_is_too_much_is_dropped(caplog):
    go_on, begun = Event(), Event()
    wake_ups = WakeUps(lambda run_ids: (begun.set(), go_on.wait(5)), most_waiting=1)
    wake_ups.start()
    wake_ups.call(1)
    assert begun.wait(5)
    wake_ups.call(2)
    wake_ups.call(3)
    go_on.set()
    assert "no wake-up for run 3" in caplog.text


def test_one_call_that_fails_ends_nothing():
    done = Event()

    def send(run_ids):
        if 1 in run_ids and 2 not in run_ids:
            raise ZeroDivisionError
        done.set()

    wake_ups = WakeUps(send)
    wake_ups.start()
    wake_ups.call(1)
    wake_ups.call(2)
    assert done.wait(5)


def test_calls_that_come_during_one_share_the_next():
    go_on, done, called = Event(), Event(), []

    def send(run_ids):
        called.append(list(run_ids))
        go_on.wait(5)
        if 4 in run_ids:
            done.set()

    wake_ups = WakeUps(send)
    wake_ups.start()
    for run_id in (1, 2, 3, 4):
        wake_ups.call(run_id)
    go_on.set()
    assert done.wait(5)
    assert [run_id for call in called for run_id in call] == [1, 2, 3, 4]
    assert len(called) <= 2


def test_several_runs_are_one_task(monkeypatch):
    sent = []
    monkeypatch.setattr("pipeline.tasks.advance_several_task.delay", sent.append)
    monkeypatch.setattr("pipeline.tasks.advance_run_task.delay", sent.append)
    send_wake_ups([7])
    send_wake_ups([8, 9])
    assert sent == [7, [8, 9]]


def test_a_task_of_several_advances_each(monkeypatch):
    advanced = []
    monkeypatch.setattr("pipeline.services.advance_run.advance_run", lambda run_id: advanced.append(run_id))
    advance_several_task([8, 9])
    assert advanced == [8, 9]


def test_under_load_many_runs_share_a_call(monkeypatch):
    monkeypatch.setattr("pipeline.wake_ups.PAUSE_S", 0.2)
    done, called = Event(), []

    def send(run_ids):
        called.append(list(run_ids))
        if 9 in run_ids:
            done.set()

    wake_ups = WakeUps(send)
    wake_ups.start()
    for run_id in range(10):
        wake_ups.call(run_id)
        sleep(0.005)
    assert done.wait(5)
    assert [len(call) for call in called] == [1, 9]
