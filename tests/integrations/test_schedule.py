from datetime import timedelta

import pytest

from integrations.webhooks.schedule import DELAYS, MAX_ATTEMPTS, next_delay


@pytest.mark.parametrize("attempts_made", range(1, MAX_ATTEMPTS))
def test_a_failed_attempt_is_followed_by_its_delay_and_up_to_a_tenth(attempts_made):
    delay = next_delay(attempts_made=attempts_made, message_id="msg_1")
    assert DELAYS[attempts_made - 1] <= delay < DELAYS[attempts_made - 1] * 1.1


def test_after_the_last_attempt_there_is_no_further_one():
    assert next_delay(attempts_made=MAX_ATTEMPTS, message_id="msg_1") is None


def test_an_attempt_made_by_hand_after_the_last_one_starts_no_new_round():
    assert next_delay(attempts_made=MAX_ATTEMPTS + 1, message_id="msg_1") is None


def test_all_attempts_together_span_more_than_three_days():
    assert timedelta(days=3) < sum(DELAYS, timedelta()) < timedelta(days=4)


def test_one_message_always_waits_equally_long():
    assert next_delay(attempts_made=3, message_id="msg_1") == next_delay(attempts_made=3, message_id="msg_1")


def test_messages_come_back_spread_out():
    assert len({next_delay(attempts_made=3, message_id=f"msg_{number}") for number in range(50)}) == 50


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=30), timedelta(hours=24)),
    ],
)
def test_a_receiver_that_asks_for_longer_gets_it_up_to_a_day(asked, waits):
    assert next_delay(attempts_made=1, message_id="msg_1", retry_after=asked) == waits


def test_a_receiver_that_asks_for_less_is_not_hurried():
    asked = timedelta(seconds=1)
    assert next_delay(attempts_made=2, message_id="msg_1", retry_after=asked) >= DELAYS[1]
