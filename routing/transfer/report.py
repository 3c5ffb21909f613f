"""What an import would change, row by row, kept as far as people read it. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["new", "changed", "unchanged", "bad"]
STATUSES: tuple[Status, ...] = ("bad", "changed", "new", "unchanged")
# So many of each are shown; bad rows can be downloaded whole.
MOST_SHOWN = 200


@dataclass
class Report:
    """`bad`: row number -> what is wrong: column (or "") and words. `accepted`: identities that will be there."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {status: [] for status in STATUSES})
    bad: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    accepted: set[Hashable] = field(default_factory=set)
    removed: list[str] = field(default_factory=list)
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, status: Status, row: int, label: str, changes: Mapping[str, list[str]]) -> None:
        self._count(status, row, {"row": row, "label": label, "changes": dict(changes)})

    def add_bad(self, row: int, problems: list[tuple[str, str]]) -> None:
        self.bad[row] = problems
        self._count("bad", row, {"row": row, "problems": [list(each) for each in problems]})

    def _count(self, status: Status, row: int, told: dict[str, Any]) -> None:
        self.counts[status] += 1
        self._hash.update(json.dumps([status, told], sort_keys=True, default=str).encode())
        if len(self.shown[status]) < MOST_SHOWN:
            self.shown[status].append(told)

    def finish(self, removed: list[str]) -> None:
        self.removed = removed
        self._hash.update(json.dumps(removed).encode())

    @property
    def digest(self) -> str:
        """Equal for reports that tell the same of every row."""
        return str(self._hash.hexdigest())

    def as_document(self) -> dict[str, Any]:
        counts = {status: self.counts[status] for status in STATUSES}
        return {
            "counts": {**counts, "removed": len(self.removed)},
            "shown": self.shown,
            "removed": self.removed[:MOST_SHOWN],
            "digest": self.digest,
        }
