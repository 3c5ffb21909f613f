"""Counting with a real Redis-compatible server; the other cache is what the tests of throttles count with."""

from collections import Counter
from threading import current_thread
from time import sleep

import pytest
import redis
from django.core.cache import caches

from foundation import counters
from foundation.counters import Told
from foundation.throttles import counted_before
from tests.servers import redis_server


@pytest.fixture(scope="module")
def url():
    with redis_server() as url:
        yield url


@pytest.fixture
def server(url, settings):
    """A client of the server that the cache counts with."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client


def test_what_is_counted_and_what_is_read_come_together(server):
    counters.count_up({"a": 60})
    assert counters.count_up({"a": 60, "b": 60}, also_read=["c"]) == {"a": 2, "b": 1, "c": 0}
    assert counters.read("b") == 1


def test_every_number_is_forgotten_after_its_time(server):
    counters.count_up({"a": 60, "b": 7}, also_read=["c"])
    assert sorted(server.ttl(key) for key in server.scan_iter()) == [7, 60]


def test_a_server_that_hung_up_meanwhile_is_asked_again(server):
    counters.count_up({"a": 60})
    server.client_kill_filter(_type="normal", skipme=True)
    assert counters.count_up({"a": 60}) == {"a": 2}


def test_a_server_that_forgot_the_script_is_given_it_again(server):
    counters.count_up({"a": 60})
    server.script_flush()
    assert counters.count_up({"a": 60}) == {"a": 2}


def test_after_a_refusal_the_answers_are_those_to_the_next_question(server):
    server.lpush(caches["default"].make_key("a"), "not a number")
    with pytest.raises(redis.RedisError):
        counters.count_up({"a": 60}, also_read=["b"])
    assert counters.count_up({"c": 60}) == {"c": 1}


def test_without_a_server_everybody_is_let_in(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert counted_before("k", timeout_s=9) == 0


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


class TestCountingInMemory:
    """Two processes, and what they told."""

    @pytest.fixture
    def processes(self):
        everybody = Counter()

        def tell(changes):
            everybody.update({key: each.amount for key, each in changes.items()})
            return {key: everybody[key] for key in changes}

        return Told(tell), Told(tell)

    def test_a_process_knows_what_it_counted_itself(self, processes):
        own, _ = processes
        assert [own.count_up({"a": 60}, ["b"]) for _ in range(2)] == [{"a": 1, "b": 0}, {"a": 2, "b": 0}]

    def test_once_told_both_count_together(self, processes):
        own, other = processes
        own.count_up({"a": 60})
        own.tell()
        other.count_up({"a": 60})
        other.tell()
        assert other.count_up({"a": 60}) == {"a": 3}
        own.tell()
        assert own.count_up({"a": 60}) == {"a": 2}

    def test_what_is_counted_while_telling_is_told_next(self):
        told = []

        def tell(changes):
            told.append({key: each.amount for key, each in changes.items()})
            if len(told) == 1:
                own.count_up({"a": 60})
            return {key: sum(each[key] for each in told) for key in changes}

        own = Told(tell)
        own.count_up({"a": 60})
        own.tell()
        assert own.count_up({}, ["a"]) == {"a": 2}
        own.tell()
        own.tell()
        assert told == [{"a": 1}, {"a": 1}]

    def test_what_others_counted_before_is_known_with_the_next_telling(self, processes):
        own, other = processes
        own.count_up({"before": 120})
        own.tell()
        assert other.count_up({"now": 60}, ["before"]) == {"now": 1, "before": 0}
        other.tell()
        assert other.count_up({"now": 60}, ["before"]) == {"now": 2, "before": 1}

    def test_without_a_server_it_counts_alone_and_tells_later(self):
        told = []

        def tell(changes):
            if not told:
                raise redis.ConnectionError
            return {key: 10 + each.amount for key, each in changes.items()}

        own = Told(tell)
        for _ in range(3):
            own.count_up({"a": 60})
            own.tell()
        assert own.count_up({}, ["a"]) == {"a": 3}
        told.append("the server is back")
        own.tell()
        assert own.count_up({}, ["a"]) == {"a": 13}

    def test_what_is_out_of_date_is_forgotten(self):
        clock = Clock()
        own = Told(lambda changes: {key: each.amount for key, each in changes.items()}, clock=clock)
        own.count_up({"a": 60, "b": 600})
        own.tell()
        clock.now_s = 61
        own.tell()
        assert own.count_up({}, ["a", "b"]) == {"a": 0, "b": 1}

    def test_senders_without_end_fill_no_memory(self, monkeypatch):
        monkeypatch.setattr("foundation.counters._MOST_KNOWN", 10)
        clock = Clock()
        own = Told(lambda changes: {key: each.amount for key, each in changes.items()}, clock=clock)
        for n in range(50):
            clock.now_s += 11
            own.count_up({str(n): 10_000})
            own.tell()
        assert len(own._numbers) <= 11


def test_a_process_that_counts_in_memory_tells_the_server(server, monkeypatch):
    own = Told()
    monkeypatch.setattr(own, "_thread", current_thread())
    monkeypatch.setattr(counters, "told", own)
    assert counters.count_up({"a": 60}) == {"a": 1}
    assert counters.read("a") == 0
    own.tell()
    assert (counters.read("a"), counters.count_up({"a": 60}, at_once=True)) == (1, {"a": 2})


def test_its_thread_tells_by_itself(server):
    own = Told()
    own.start()
    own.count_up({"a": 60})
    for _ in range(100):
        if counters.read("a"):
            break
        sleep(0.05)
    assert counters.read("a") == 1
