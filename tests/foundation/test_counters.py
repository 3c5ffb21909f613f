"""Counting with a real Redis-compatible server; the other cache is what the tests of throttles count with."""

import pytest
import redis
from django.core.cache import caches

from foundation import counters
from foundation.throttles import count
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
    assert count((), beside={"k": 9}) == (0, None, False)
