"""The browser's functions, bundled once per session."""

from collections.abc import Iterator

import pytest

from frontend import toolchain
from frontend.toolchain import ToolchainError
from tests.frontend.engine import BrowserEngine, browser_engine


@pytest.fixture(scope="session")
def packages() -> None:
    """The npm packages; skips, saying so, where they can't be installed (`make frontend-check` fails there)."""
    try:
        toolchain.install()
    except ToolchainError as problem:
        pytest.skip(f"the npm packages of frontend/ can't be installed here: {problem}")


@pytest.fixture(scope="session")
def browser(packages, tmp_path_factory) -> Iterator[BrowserEngine]:
    with browser_engine(tmp_path_factory.mktemp("browser")) as engine:
        yield engine
