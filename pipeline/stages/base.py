"""What a stage is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from pipeline.models import Run


class StageWork(Protocol):
    """Two halves, so that no network call ever happens within a transaction.

    `settles` names the fields of a run that it sets in `apply`.
    """

    settles: tuple[str, ...]

    def gather(self, run: Run, now: datetime) -> Any:
        """Read and call out. Writes nothing. Raises RetryLater where the run should wait."""

    def apply(self, runs: Sequence[Run], gathered: Sequence[Any], now: datetime) -> list[dict[str, object]]:
        """Write, within the transaction that moves the runs on; `gathered` is in their order.

        Returns each run's result to keep: counts and codes, no private data.
        """
