"""A real Chromium against a live server with the example company; the pipeline runs as in embedded mode."""

import queue
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect

from experiments.models import Experiment
from experiments.services.assign_variant import choose_variant
from forms_engine.models import Form
from forms_engine.views.visitor import CONSENT_COOKIE, GRANTED, VISITOR_COOKIE
from pipeline.services.advance_run import advance_run
from tests.browser.chrome import DESKTOP, chromium, chromium_path
from tests.kept_rows import begin_with_the_example_company

LOOPBACK = {"localhost", "127.0.0.1"}
# How long to wait for what must come; a busy machine is slow, and nothing here asserts a speed.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser(django_db_setup) -> Iterator[Browser]:
    if chromium_path() is None:
        pytest.skip("no Chromium on the PATH")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def example_company(transactional_db) -> None:
    begin_with_the_example_company()
    # A robot fills in a form faster than any person does.
    Form.objects.update(min_fill_ms=0)


@pytest.fixture
def worker(monkeypatch, transactional_db) -> Iterator[None]:
    """Stands for the worker thread of embedded mode: it advances the runs it is woken for, in their order."""
    woken: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    monkeypatch.setattr("pipeline.tasks.advance_run_task.delay", woken.put)

    def work() -> None:
        while (run_id := woken.get()) is not None:
            advance_run(run_id=run_id)
        connections.close_all()

    thread = threading.Thread(target=work, name="test-worker")
    thread.start()
    yield
    woken.put(None)
    thread.join()


class Watched:
    """What the pages of a test asked for and complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.hosts: set[str | None] = set()
        self.complaints: list[str] = []
        context.on("request", lambda request: self._note(request.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda message: self._read(message.text))

    def _note(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.hostname)

    def _read(self, text: str) -> None:
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.complaints.append(text)


@pytest.fixture
def new_page(browser, live_server, example_company, worker) -> Iterator[Callable[..., Page]]:
    """Opens a page in a profile of its own; at the end no page may have left loopback or complained."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(**options: object) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "base_url": live_server.url, **options})
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, Watched(context)))
        return context.new_page()

    yield make
    for context, watched in opened:
        context.close()
        assert watched.hosts <= LOOPBACK
        assert watched.complaints == []


@pytest.fixture
def open_demo(new_page, live_server) -> Callable[..., Page]:
    """The demo form in the wanted variant, as a visitor who has agreed and whom the hash puts there."""

    def opened(variant: str = "three-steps", **options: object) -> Page:
        page = new_page(**options)
        cookies = {CONSENT_COOKIE: GRANTED, VISITOR_COOKIE: visitor_in(variant)}
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        page.goto("/f/demo/")
        return page

    return opened


def visitor_in(variant: str) -> str:
    experiment = Experiment.objects.get()
    ids = (f"browser-test-visitor-{number}" for number in range(200))
    return next(found for found in ids if choose_variant(experiment, found).key == variant)


@pytest.fixture
def admin_page(new_page, live_server, client, admin_user) -> Page:
    """Signed in as a superuser."""
    client.force_login(admin_user)
    page = new_page()
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return page


@pytest.fixture(scope="session")
def barriers() -> Callable[[Page], list[str]]:
    """What axe finds on the page as it stands: rule and element, one line each."""

    def found(page: Page) -> list[str]:
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in Axe().run(page).response["violations"]
            for node in violation["nodes"]
        ]

    return found
