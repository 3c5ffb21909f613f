"""Chores, as `python -m frontend …`: `build` writes the built files, `check` compares and weighs, `lock` pins."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from frontend import toolchain
from frontend.sizes import gzip_size, measure
from frontend.toolchain import ToolchainError

ROOT = Path(__file__).resolve().parent.parent
# Set of built files -> where they are committed.
BUILT = {
    "forms": ROOT / "forms_engine" / "static" / "forms_engine",
    "workbench": ROOT / "foundation" / "static" / "foundation" / "workbench",
}


def build() -> None:
    toolchain.install()
    for name, folder in BUILT.items():
        toolchain.build(folder, name)


def check() -> None:
    """Types, committed files against their sources, sizes. Raises ToolchainError with all complaints."""
    toolchain.install()
    toolchain.check_types()
    complaints: list[str] = []
    for name, committed in BUILT.items():
        with tempfile.TemporaryDirectory() as folder:
            toolchain.build(Path(folder), name)
            complaints += stale_files(Path(folder), committed)
    groups = measure(ROOT)
    complaints += [group.complaint for group in groups if group.complaint]
    if complaints:
        raise ToolchainError("\n".join(complaints))
    print(*groups, sep="\n")  # noqa: T201
    for path in sorted(BUILT["workbench"].glob("*.js")):
        print(f"workbench, {path.name}: {gzip_size(path.read_bytes()):,} bytes, no limit")  # noqa: T201


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
