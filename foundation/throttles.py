"""Rate limits that never cost a lead.

A sliding window of two counters (Cloudflare's, 2017): what came in the present window, and of the window before as much
as still lies within one window's length. It assumes that the window before was filled evenly, so a burst can be let in
a little early or late; it costs one small number however high the limit, where a list of times grows with it.
"""

import logging
import math
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from foundation import counters

# The scopes in which submissions are counted, whichever way they come in: by the sender's address, and by form.
SUBMISSIONS = "submissions"
SUBMISSIONS_OF_FORM = "submissions_of_form"
# Finished steps, which are checked and perhaps kept.
STEPS = "steps"
# Forms opened, each of which may note whom an experiment shows what.
VIEWS = "views"
_LENGTHS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_NAME = 100

logger = logging.getLogger(__name__)


class Counted(NamedTuple):
    """Who is counted in which scope; the scope's rate is a setting."""

    scope: str
    who: str


def seconds_to_wait(*senders: Counted, now_s: float | None = None) -> int:
    """Counts one more; 0 lets it in. What is refused counts too.

    While the cache that counts can't be reached, everybody is let in: better too many requests than a lost lead.
    """
    windows = [_Window(each, time.time() if now_s is None else now_s) for each in senders]
    try:
        counts = counters.count_up(
            {window.present: 2 * window.length_s for window in windows},
            also_read=[window.previous for window in windows],
        )
    except RedisError as error:
        logger.warning("no rate limit: %s", type(error).__name__)
        return 0
    return max((window.wait_s(counts) for window in windows), default=0)


def address_of(request: HttpRequest) -> str:
    """The sender's address; behind trusted proxies the one that the outermost of them saw."""
    proxies = settings.TRUSTED_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if proxies else ""
    if not forwarded:
        return str(request.META.get("REMOTE_ADDR", ""))
    addresses = forwarded.split(",")
    address = addresses[-min(proxies, len(addresses))]
    # Part of a cache's key, so nothing but what an address is made of.
    return "".join(sign for sign in address[:_LONGEST_NAME] if sign.isalnum() or sign in ".:")


def counted_before(key: str, *, timeout_s: int, at_once: bool = False) -> int:
    """Counts one more, and gives the count before it. `at_once` makes it known to all processes before it comes back.
    0 while the cache can't be reached."""
    try:
        return counters.count_up({key: timeout_s}, at_once=at_once)[key] - 1
    except RedisError:
        return 0


def counted(key: str) -> int:
    """How often it was counted up; 0 while the cache can't be reached."""
    try:
        return counters.read(key)
    except RedisError:
        return 0


class _Window:
    def __init__(self, sender: Counted, now_s: float) -> None:
        self.limit, self.length_s = _rate(_rates()[sender.scope])
        number, self.elapsed_s = divmod(now_s, self.length_s)
        name = f"rate:{sender.scope}:{sender.who}"
        self.present, self.previous = f"{name}:{int(number)}", f"{name}:{int(number) - 1}"

    def wait_s(self, counts: Mapping[str, int]) -> int:
        still_counts = counts[self.previous] * (1 - self.elapsed_s / self.length_s)
        within = counts[self.present] + still_counts <= self.limit
        return 0 if within else max(1, math.ceil(self.length_s - self.elapsed_s))


def _rates() -> dict[str, str]:
    rates: dict[str, str] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]  # type: ignore[assignment]
    return rates


@cache
def _rate(text: str) -> tuple[int, int]:
    """(how many, in how many seconds) of a text such as `60/min`."""
    number, _, period = text.partition("/")
    return int(number), _LENGTHS_S[period.strip()[0]]
