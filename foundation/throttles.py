"""Rate limits that never cost a lead."""

import logging

from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

# The scope in which submissions are counted, whichever way they come in.
SUBMISSIONS = "submissions"

logger = logging.getLogger(__name__)


class ForgivingThrottle(ScopedRateThrottle):
    """While the cache that counts can't be reached, everybody is let in: better too many requests than a lost lead."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except RedisError as error:
            logger.warning("no rate limit: %s", type(error).__name__)
            return True


class _Scoped(APIView):
    """What a throttle wants to know of a view."""


def is_within_rate(request: HttpRequest, scope: str) -> bool:
    """Counts a request that comes past the API into the same scope, by the same address."""
    view = _Scoped()
    view.throttle_scope = scope  # type: ignore[attr-defined]
    return ForgivingThrottle().allow_request(Request(request), view)
