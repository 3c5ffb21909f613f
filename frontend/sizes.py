"""What the browser has to load, held to `sizes.json`: groups of files, each with a limit in bytes of `gzip -9`."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Group:
    """Files that are loaded together, each compressed by itself; `size` and `limit` in bytes (12 kB is 12,000)."""

    name: str
    size: int
    limit: int
    missing: tuple[str, ...] = ()

    @property
    def complaint(self) -> str | None:
        if self.missing:
            return f"sizes.json names files that aren't there: {', '.join(self.missing)}"
        if self.size > self.limit:
            return (
                f"{self.name}: {self.size:,} bytes of gzip, {self.size - self.limit:,} above the limit {self.limit:,}"
            )
        return None

    def __str__(self) -> str:
        return f"{self.name}: {self.size:,} of {self.limit:,} bytes"


def measure(root: Path, limits: Path = HERE / "sizes.json") -> list[Group]:
    """Every group of the file; paths are relative to `root`."""
    return [
        _group(name, [root / path for path in entry["files"]], entry["limit"], root)
        for name, entry in json.loads(limits.read_text()).items()
    ]


def _group(name: str, paths: list[Path], limit: int, root: Path) -> Group:
    missing = tuple(str(path.relative_to(root)) for path in paths if not path.is_file())
    return Group(name, sum(gzip_size(path.read_bytes()) for path in paths if path.is_file()), limit, missing)


def gzip_size(content: bytes) -> int:
    """Without a time and a name, so that the same content always has the same size."""
    return len(gzip.compress(content, 9, mtime=0))
