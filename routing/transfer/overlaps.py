"""Which spans of time are taken. Pure."""

from bisect import bisect_left, insort
from datetime import datetime

Span = tuple[datetime, datetime]


class Spans:
    """Half-open ones. Those that overlap are kept as one."""

    def __init__(self) -> None:
        self._apart: list[Span] = []

    def add(self, starts_at: datetime, ends_at: datetime) -> None:
        while other := self.overlapping(starts_at, ends_at):
            del self._apart[bisect_left(self._apart, other)]
            starts_at, ends_at = min(starts_at, other[0]), max(ends_at, other[1])
        insort(self._apart, (starts_at, ends_at))

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> Span | None:
        before = bisect_left(self._apart, (ends_at,))
        last = self._apart[before - 1] if before else None
        return last if last and last[1] > starts_at else None
