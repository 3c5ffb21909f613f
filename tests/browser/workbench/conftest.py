"""What the tasks share: a worker that is always free, and a count of the pages that were opened."""

import pytest
from playwright.sync_api import Page

from foundation.jobs import run_job


@pytest.fixture(autouse=True)
def _jobs_at_once(monkeypatch) -> None:
    """Stands for the worker of long jobs, within the request that starts one."""
    monkeypatch.setattr("foundation.jobs.wake", lambda job_id: run_job(job_id=job_id))


@pytest.fixture
def loads(admin_page: Page) -> list[str]:
    """The pages that were opened."""
    opened: list[str] = []
    admin_page.on("domcontentloaded", lambda page: opened.append(page.url))
    return opened
