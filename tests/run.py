"""Runs the suites: `python -m tests.run default|postgres|faults [pytest arguments]`.

Starts the servers a suite needs (both come as wheels), sets the variables, calls pytest, stops the servers.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.servers import postgres_server, redis_server

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_RAN = 5
# One more than the two cores that CI has: a third of the time is waiting for a browser or a server.
# Few tests at a time for each: those in a browser stand together, and one worker would be left with all of them.
WORKERS = ("-n", "3", "--maxschedchunk=4")


def pytest(name: str, *arguments: str, **variables: str) -> int:
    """One pytest run; with COUNTS_DIR set, what it counted is kept there under `name`."""
    command = [sys.executable, "-m", "pytest", *arguments]
    if counts := os.environ.get("COUNTS_DIR"):
        command.append(f"--junitxml={Path(counts) / name}.xml")
    return subprocess.run(command, cwd=ROOT, env={**compiled_once(), **variables}, check=False).returncode


def compiled_once() -> dict[str, str]:
    """The environment; where it forbids bytecode beside the sources, with a folder for it.

    pytest rewrites the assertions of some 370 modules, of plugins for the most part. Each process would do it again.
    """
    kept = dict(os.environ)
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "var" / "pycache"))
    return kept


def default(arguments: list[str]) -> int:
    """The suite on SQLite, then what needs real row locks on PostgreSQL."""
    failed = pytest("sqlite", *WORKERS, "-m", "not faults and not again", *arguments)
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server())
        on_postgres = pytest("concurrency", "-m", "concurrency and not browser", *arguments, DATABASE_URL=url)
    return failed or (0 if on_postgres == NO_TESTS_RAN else on_postgres)


def postgres(arguments: list[str]) -> int:
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server())
        redis = stack.enter_context(redis_server())
        return pytest(
            "postgres",
            *WORKERS,
            "-m",
            "not faults",
            *arguments,
            DATABASE_URL=url,
            REDIS_URL=redis,
            SECRET_KEY="tests-only",
        )


def faults(arguments: list[str]) -> int:
    return pytest("faults", "-m", "faults", *arguments)


SUITES = {"default": default, "postgres": postgres, "faults": faults}

if __name__ == "__main__":
    sys.exit(SUITES[sys.argv[1]](sys.argv[2:]))
