from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisUnreachable
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from foundation.throttles import ForgivingThrottle


class View:
    throttle_scope = "submissions"


def allowed() -> bool:
    return ForgivingThrottle().allow_request(Request(APIRequestFactory().post("/")), View())


def test_requests_beyond_the_rate_are_refused(monkeypatch):
    monkeypatch.setattr(ForgivingThrottle, "THROTTLE_RATES", {"submissions": "2/min"})
    assert [allowed(), allowed(), allowed()] == [True, True, False]


def test_everybody_is_let_in_while_the_cache_is_away(monkeypatch):
    def unreachable(*args, **kwargs):
        raise RedisUnreachable

    monkeypatch.setattr(cache, "get", unreachable)
    assert allowed()
