"""How far back? `30d`, `12h` or a day, as commands take it. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta

_SPAN = re.compile(r"([1-9]\d{0,4})([hdw])")
LONGEST = timedelta(days=36_500)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class WindowInvalid(ValueError):
    """Not a span or a day; the text says what to write."""


def parse_since(text: str, now: datetime) -> datetime:
    """`30d` before now, or the beginning of a day in UTC such as 2026-03-01. Raises WindowInvalid."""
    if (found := _SPAN.fullmatch(text.strip())) and (span := int(found[1]) * _UNITS[found[2]]) <= LONGEST:
        return now - span
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), UTC)
    except ValueError:
        raise WindowInvalid(f"{text!r} is not a window; write 30d, 12h, 4w or a day such as 2026-03-01") from None
