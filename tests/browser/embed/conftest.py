"""Embeds on a page of another origin, in a real Chromium against a live server."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import yaml
from django.contrib.staticfiles.handlers import StaticFilesHandler
from playwright.sync_api import Locator, Page, expect

from config.example_company import FOLDER
from experiments.models import Experiment
from experiments.services.lifecycle import stop_experiment
from forms_engine.models import Brand, Form, Submission
from forms_engine.services.publish_version import publish_version
from tests.browser.embed.site import Site, serve_site
from tests.browser.test_demo_form import send, tell_who


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_site() as served:
        yield served


@pytest.fixture
def demo(example_company, site, live_server, settings, monkeypatch) -> Form:
    """The demo form of three steps, on the company's website, without an experiment on it."""
    settings.PUBLIC_URL = live_server.url
    # The live server would serve static files without the headers that WhiteNoise gives them, as everywhere else.
    monkeypatch.setattr(StaticFilesHandler, "_should_handle", lambda self, path: False)
    stop_experiment(experiment=Experiment.objects.get(), now=datetime.now(UTC))
    return publish("demo", yaml.safe_load((FOLDER / "forms" / "demo-three-steps.yaml").read_text()))


def publish(slug: str, document: object, **options: object) -> Form:
    """A form that any website on this machine may show, and that is filled in faster than people do."""
    form, _ = Form.objects.get_or_create(slug=slug, defaults={"brand": Brand.objects.get(), "name": slug.title()})
    chosen = {"allowed_origins": ["http://127.0.0.1:*"], "min_fill_ms": 0, **options}
    Form.objects.filter(pk=form.pk).update(**chosen)
    form.refresh_from_db()
    publish_version(form=form, document=document, now=datetime.now(UTC))
    return form


@pytest.fixture
def open_site(new_page, demo, site, live_server) -> Callable[..., Page]:
    """Publishes a page on the website, and opens it. `{forms}` in it is Switchyard's address."""

    def opened(html: str, *, query: str = "", policy: str = "", **options: object) -> Page:
        headers = {"Content_Security_Policy": policy.replace("{forms}", live_server.url)} if policy else {}
        address = site.put("/", html.replace("{forms}", live_server.url), **headers)
        page = new_page(**options)
        page.goto(address + query)
        return page

    return opened


SCRIPT = '<script async src="{forms}/static/forms_engine/embed.js"></script>'


def page_with(body: str, *, head: str = "", script: str = SCRIPT) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tallyfern</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{script}{head}</head>'
        f"<body><main><h1>Tallyfern</h1>{body}</main></body></html>"
    )


def form_in(page: Page, number: int = 0) -> Locator:
    """Playwright looks into open shadow roots."""
    return page.locator("switchyard-form").nth(number).locator("form[data-ready]")


def go_on(page: Page) -> None:
    # The link to continue later has the word in it, too.
    page.get_by_role("button", name="Continue", exact=True).click()


def to_second_step(page: Page) -> None:
    tell_who(page)
    go_on(page)
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()


def fill_in(page: Page) -> None:
    """Up to the last button."""
    to_second_step(page)
    page.get_by_role("combobox", name="Country").select_option("US")
    go_on(page)
    expect(page.get_by_role("heading", name="What should we show you?")).to_be_visible()


def fill_in_and_send(page: Page) -> None:
    fill_in(page)
    send(page)


def wait_for_submission(page: Page) -> None:
    """For pages that hear nothing of it."""
    for _ in range(200):
        if Submission.objects.exists():
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing was submitted")
