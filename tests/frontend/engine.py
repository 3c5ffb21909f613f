"""The browser's functions, called from Python: one Node process that answers JSON lines.

`frontend/src/testing.ts` lists the functions; what is added there can be called here by its name.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from frontend import toolchain

BRIDGE = Path(__file__).with_name("bridge.mjs")


class BrowserProblem(Exception):
    """The function threw; the text is its stack."""


class BrowserEngine:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def call(self, name: str, *values: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"name": name, "values": values}, allow_nan=False) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BrowserProblem("the bridge has ended")
        answer = json.loads(line)
        if "problem" in answer:
            raise BrowserProblem(answer["problem"])
        return answer.get("value")


@contextmanager
def browser_engine(folder: Path) -> Iterator[BrowserEngine]:
    """Bundles the functions into the folder. Raises ToolchainError where the npm packages can't be had."""
    toolchain.install()
    toolchain.build(folder, "src/testing.ts")
    module = (folder / "testing.js").rename(folder / "testing.mjs")
    process = subprocess.Popen(
        [str(toolchain.NODE), str(BRIDGE), module.as_uri()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        yield BrowserEngine(process)
        process.stdin.close()
        process.wait(10)
