"""When to try again. Pure."""

import hashlib
from datetime import timedelta

# After the n-th failed attempt, wait this long: just over three days in all.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(DELAYS) + 1
JITTER = 0.1
LONGEST_RETRY_AFTER = timedelta(hours=24)


def next_delay(*, attempts_made: int, message_id: str, retry_after: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many failed attempts; None once there is no further one.

    Up to a tenth is added, drawn from the message's id, so that a receiver that comes back isn't met by everything
    at once. A longer `retry_after` of the receiver is honoured, up to a day.
    """
    if attempts_made >= MAX_ATTEMPTS:
        return None
    delay = DELAYS[attempts_made - 1]
    digest = hashlib.sha256(f"{message_id}:{attempts_made}".encode()).digest()
    delay += delay * (JITTER * int.from_bytes(digest[:4], "big") / 2**32)
    return max(delay, min(retry_after, LONGEST_RETRY_AFTER)) if retry_after else delay
