"""What a stage is."""

from datetime import datetime
from typing import Any, Protocol

from pipeline.models import Run


class StageWork(Protocol):
    """Two halves, so that no network call ever happens within a transaction."""

    def gather(self, run: Run, now: datetime) -> Any:
        """Read and call out. Writes nothing. Raises RetryLater where the run should wait."""

    def apply(self, run: Run, gathered: Any, now: datetime) -> dict[str, object]:
        """Write, within the transaction that moves the run on; set fields on `run` as needed.

        Returns the stage's result to keep: counts and codes, no private data.
        """
