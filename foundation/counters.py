"""Numbers that several processes count together, and forget: in the cache, in one round trip.

With Redis the cache's own interface would take three for each number, and makes a client for each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache


def count_up(timeouts_s: Mapping[str, int], *, also_read: Sequence[str] = ()) -> dict[str, int]:
    """Each key of `timeouts_s` counted up by one, and what stands under `also_read`; 0 where there is nothing.

    Raises RedisError.
    """
    client = _redis_client()
    return _in_redis(client, timeouts_s, also_read) if client else _in_cache(timeouts_s, also_read)


def read(key: str) -> int:
    """Raises RedisError."""
    return count_up({}, also_read=[key])[key]


def _in_redis(client: Any, timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    # Several servers may share one Redis; the cache's own prefix keeps them apart.
    names = {key: cache.make_key(key) for key in (*timeouts_s, *also_read)}
    with client.pipeline(transaction=False) as pipeline:
        for key, timeout_s in timeouts_s.items():
            pipeline.incr(names[key])
            pipeline.expire(names[key], timeout_s)
        for key in also_read:
            pipeline.get(names[key])
        answers = pipeline.execute()
    counted = dict(zip(timeouts_s, answers[: 2 * len(timeouts_s) : 2], strict=True))
    return counted | {
        key: int(answer or 0) for key, answer in zip(also_read, answers[2 * len(timeouts_s) :], strict=True)
    }


def _in_cache(timeouts_s: Mapping[str, int], also_read: Sequence[str]) -> dict[str, int]:
    counted = {key: _increment(key, timeout_s) for key, timeout_s in timeouts_s.items()}
    return counted | {key: int(cache.get(key, 0)) for key in also_read}


def _increment(key: str, timeout_s: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        # There is none yet; of two at once only one adds it.
        return 1 if cache.add(key, 1, timeout_s) else int(cache.incr(key))


def _redis_client() -> Any:
    """Made once for each of Django's caches, of which every thread has its own; None where the cache isn't Redis."""
    if not isinstance(caches["default"], RedisCache):
        return None
    backend: Any = caches["default"]
    client = getattr(backend, "counting_client", None)
    if client is None:
        client = backend.counting_client = backend._cache.get_client(write=True)
    return client
