import pytest
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisUnreachable

from foundation.throttles import SUBMISSIONS, SUBMISSIONS_OF_FORM, Counted, address_of, counted_before, seconds_to_wait

# The beginning of a minute.
NOON_S = 1_800_000_000


@pytest.fixture(autouse=True)
def _rates(settings):
    rates = {"submissions": "2/min", "submissions_of_form": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}


def wait(who="::1", at=0.0):
    return seconds_to_wait(Counted(SUBMISSIONS, who), now_s=NOON_S + at)


def test_requests_beyond_the_rate_are_refused():
    assert [wait() > 0 for _ in range(3)] == [False, False, True]


def test_each_sender_is_counted_apart():
    assert [wait("a"), wait("b"), wait("a"), wait("b")] == [0, 0, 0, 0]


def test_whoever_waits_as_told_is_let_in_again():
    assert [wait(at=30), wait(at=30)] == [0, 0]
    assert wait(at=40) == 20
    assert wait(at=40 + 20 + 50) == 0


def test_two_bursts_around_the_minute_are_one():
    assert [wait(at=59), wait(at=59), wait(at=61) > 0] == [0, 0, True]


def test_what_came_longer_than_a_window_ago_counts_no_more():
    assert [wait(), wait(), wait(at=121)] == [0, 0, 0]


def test_a_form_is_limited_beside_the_address():
    waits = [
        seconds_to_wait(Counted(SUBMISSIONS, str(n)), Counted(SUBMISSIONS_OF_FORM, "demo"), now_s=NOON_S)
        for n in range(4)
    ]
    assert [each > 0 for each in waits] == [False, False, False, True]


def test_everybody_is_let_in_while_the_cache_is_away(monkeypatch):
    def unreachable(*args, **kwargs):
        raise RedisUnreachable

    monkeypatch.setattr("foundation.counters.change", unreachable)
    assert [wait(), wait(), wait(), counted_before("k", timeout_s=9)] == [0, 0, 0, 0]


def test_a_counter_tells_how_often_before():
    assert [counted_before("k", timeout_s=9) for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [(0, "9.9.9.9", "127.0.0.1"), (1, "", "127.0.0.1"), (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"), (2, "9.9.9.9", "9.9.9.9")],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert address_of(RequestFactory().get("/", **headers)) == address
