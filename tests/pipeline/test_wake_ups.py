"""A wake-up call costs the request nothing, and its loss costs seconds."""

from threading import Event, current_thread

from pipeline.wake_ups import WakeUps


def test_without_the_thread_the_caller_calls():
    called = []
    WakeUps(lambda run_id: called.append((run_id, current_thread().name))).call(7)
    assert called == [(7, current_thread().name)]


def test_with_the_thread_somebody_else_calls():
    done, called = Event(), []
    wake_ups = WakeUps(lambda run_id: (called.append((run_id, current_thread().name)), done.set()))
    wake_ups.start()
    wake_ups.call(7)
    assert done.wait(5)
    assert called == [(7, "switchyard-wake-ups")]


def test_a_broker_that_hangs_holds_nobody_up_and_what_is_too_much_is_dropped(caplog):
    go_on, begun = Event(), Event()
    wake_ups = WakeUps(lambda run_id: (begun.set(), go_on.wait(5)), most_waiting=1)
    wake_ups.start()
    wake_ups.call(1)
    assert begun.wait(5)
    wake_ups.call(2)
    wake_ups.call(3)
    go_on.set()
    assert "no wake-up for run 3" in caplog.text


def test_one_call_that_fails_ends_nothing():
    done = Event()

    def send(run_id):
        if run_id == 1:
            raise ZeroDivisionError
        done.set()

    wake_ups = WakeUps(send)
    wake_ups.start()
    wake_ups.call(1)
    wake_ups.call(2)
    assert done.wait(5)
