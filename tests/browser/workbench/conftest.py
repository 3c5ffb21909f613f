"""What the tasks share: a worker that is always free, and a count of the pages that were opened."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from foundation.jobs import run_job
from tests.browser.workbench.hands import by_mouse, loads_of

Barriers = Callable[[Page], list[str]]


@pytest.fixture(autouse=True)
def _jobs_at_once(monkeypatch) -> None:
    """Stands for the worker of long jobs, within the request that starts one."""
    monkeypatch.setattr("foundation.jobs.wake", lambda job_id: run_job(job_id=job_id))


@pytest.fixture
def loads(admin_page: Page) -> list[str]:
    """The pages that were opened."""
    return loads_of(admin_page)


@pytest.fixture
def barriers(request, barriers: Barriers) -> Barriers:
    """axe takes a second or two a page, and both hands open the same pages: it is asked by keyboard only."""
    variant = getattr(request.node, "callspec", None)
    return (lambda page: []) if variant and variant.params.get("hands") is by_mouse else barriers
