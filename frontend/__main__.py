"""Chores, as `python -m frontend …`: `build` writes the built files, `check` compares and weighs, `lock` pins."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from frontend import toolchain
from frontend.sizes import measure
from frontend.toolchain import ToolchainError

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "forms_engine" / "static" / "forms_engine"


def build() -> None:
    toolchain.install()
    toolchain.build(BUILT)


def check() -> None:
    """Types, committed files against their sources, sizes. Raises ToolchainError with all complaints."""
    toolchain.install()
    toolchain.check_types()
    with tempfile.TemporaryDirectory() as folder:
        toolchain.build(Path(folder))
        complaints = list(stale_files(Path(folder), BUILT))
    groups = measure(ROOT)
    complaints += [group.complaint for group in groups if group.complaint]
    if complaints:
        raise ToolchainError("\n".join(complaints))
    print(*groups, sep="\n")  # noqa: T201


def stale_files(fresh: Path, committed: Path) -> Iterator[str]:
    """A complaint for every freshly built file whose committed copy isn't the same, byte for byte."""
    for path in sorted(fresh.rglob("*")):
        copy = committed / path.relative_to(fresh)
        if path.is_file() and not (copy.is_file() and copy.read_bytes() == path.read_bytes()):
            yield f"{copy} isn't what its source in frontend/src builds; run `make frontend` and commit it"


CHORES = {"build": build, "check": check, "lock": toolchain.lock}

if __name__ == "__main__":
    try:
        CHORES[sys.argv[1]]()
    except ToolchainError as problem:
        sys.exit(str(problem))
