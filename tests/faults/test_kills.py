"""Processes are killed in the middle of work and started again: nothing is lost, doubled or assigned twice.

Each test runs the product as its own processes on a database of its own, so that `kill -9` is real.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.faults

ROWS = 120
# Written by a child process, since this one's Django points at the test database.
COUNTS = """
import json
from django.db.models import Count
from leads.models import Lead
from pipeline.models import Run
from routing.models import Assignment, Decision, LedgerEntry, Standing
live = Assignment.objects.filter(ended_at=None, role="owner")
print(json.dumps({
    "runs": Run.objects.count(),
    "unfinished": Run.objects.unfinished().count(),
    "leads": Lead.objects.count(),
    "live": live.count(),
    "doubled": live.values("lead").annotate(n=Count("id")).filter(n__gt=1).count(),
    "decisions": Decision.objects.count(),
    "through queues": live.exclude(queue_key="").count(),
    "counted": sum(Standing.objects.values_list("count", flat=True)),
    "entries": LedgerEntry.objects.count(),
}))
"""


class Installation:
    """A fresh installation with the example company in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "SUBMISSION_RATE": "10000/min",
        }
        self.manage("migrate", "-v0")
        self.manage("load_example")

    def manage(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments), env=self.env, cwd=ROOT, text=True, capture_output=True, check=False, **options
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    def counts(self) -> dict[str, int]:
        return json.loads(self.manage("shell", "-v0", "-c", COUNTS).stdout.strip().splitlines()[-1])

    def rows(self) -> Path:
        path = self.folder / "rows.csv"
        lines = [f"jo{i}@company-{i}.com,Jo Example" for i in range(ROWS)]
        path.write_text("\n".join(["email,full_name", *lines]) + "\n", encoding="utf-8")
        return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def installation(tmp_path) -> Installation:
    return Installation(tmp_path)


def whole(counts: dict[str, int]) -> bool:
    """Every lead has exactly one live owner, and the counts say what the assignments say."""
    return (
        counts["leads"] == counts["live"] == counts["decisions"]
        and counts["doubled"] == counts["unfinished"] == 0
        and counts["through queues"] == counts["counted"] == counts["entries"]
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_import_that_is_killed_again_and_again_ends_whole(installation, seed):
    draw = random.Random(seed)
    command = installation.command("submit", str(installation.rows()), "--form", "demo", "--wait")
    for _ in range(3):
        process = subprocess.Popen(command, env=installation.env, cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(1.5, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not installation.counts()["doubled"]
    installation.manage(*command[2:], timeout=300)
    counts = installation.counts()
    assert counts["runs"] == ROWS, counts
    assert whole(counts), counts


def test_a_server_that_is_killed_between_posts_finishes_every_run(installation):
    accepted: list[str] = []
    for round_number in range(3):
        server = _serve(installation)
        accepted += [_post(installation, f"jo{round_number}x{i}@company-{i}.com") for i in range(15)]
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    server = _serve(installation)
    try:
        states = [_final_state(installation, submission) for submission in accepted]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    counts = installation.counts()
    assert set(states) == {"assigned"}
    assert (counts["runs"], whole(counts)) == (45, True), counts


def _serve(installation: Installation) -> "subprocess.Popen[bytes]":
    server = subprocess.Popen(
        installation.command("demo", "--port", str(installation.port)),
        env=installation.env,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise RuntimeError("the server did not come up")


def _post(installation: Installation, email: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{installation.port}/api/v1/forms/demo/submissions",
        data=json.dumps({"answers": {"email": email, "full_name": "Jo Example"}}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return str(json.load(response)["id"])


def _final_state(installation: Installation, submission: str) -> str:
    """Waits longer than the lease that a killed process leaves on a run."""
    address = f"http://127.0.0.1:{installation.port}/api/v1/submissions/{submission}"
    for _ in range(600):
        with urllib.request.urlopen(address, timeout=20) as response:
            state = str(json.load(response)["state"])
        if state in ("assigned", "parked"):
            return state
        time.sleep(0.1)
    return state
