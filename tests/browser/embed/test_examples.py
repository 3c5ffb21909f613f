"""Every example of docs/embedding.md, as a page of another origin, on a computer and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from forms_engine.models import Submission
from tests.browser.chrome import DESKTOP, PHONE
from tests.browser.embed.conftest import fill_in_and_send, form_in, wait_for_submission
from tests.browser.test_demo_form import expect_owner
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = {
    "desktop": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
}
ON_BOTH = ["desktop", pytest.param("phone", marks=pytest.mark.again)]


def example(heading: str) -> str:
    """The first complete page under a heading of the document."""
    text = (ROOT / "docs" / "embedding.md").read_text().split(f"# {heading}\n")[1]
    return re.search(r"```html\n(<!doctype.*?)```", text, re.DOTALL)[1].replace("https://forms.example.com", "{forms}")


def open_form(page: Page, mode: str) -> None:
    """As a visitor of the example does it."""
    if mode in ("Popup", "Full page"):
        page.get_by_text("Request a demo").click()
    elif mode == "Slide-in":
        page.get_by_role("button", name="Questions?").click()


MODES = ["Quick start", "Popup", "Slide-in", "Full page"]


@pytest.mark.parametrize("size", ON_BOTH)
@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_completed_and_names_the_owner(open_site, mode, size):
    page = open_site(example(mode), **SIZES[size])
    open_form(page, mode)
    fill_in_and_send(page)
    expect_owner(page)
    assert Submission.objects.get().quarantined_at is None


@pytest.mark.again
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
def test_a_mode_has_no_barrier(open_site, barriers, mode, size):
    page = open_site(example(mode), **SIZES[size])
    open_form(page, mode)
    expect(form_in(page)).to_be_visible()
    page.wait_for_timeout(400)  # the entrance has ended: colours are final
    assert barriers(page) == []


@pytest.mark.parametrize("size", ON_BOTH)
def test_the_frame_is_completed_and_names_the_owner(open_site, size):
    page = open_site(example("Iframe"), **SIZES[size])
    frame = page.frame_locator("iframe")
    frame.get_by_label("Work e-mail").fill("jo@stripe.com")
    frame.get_by_label("Full name").fill("Jo Example")
    frame.get_by_role("button", name="Continue").click()
    expect(frame.get_by_role("heading", name="Your company")).to_be_visible()
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_role("button", name="Request my demo").click()
    expect(frame.get_by_text("You’ll be talking to")).to_be_visible()


@pytest.mark.parametrize("size", ON_BOTH)
def test_a_form_of_the_site_is_captured_and_still_sends_by_itself(open_site, site, worker, size):
    site.put("/thanks", "<!doctype html><title>Thanks</title><h1>Thanks</h1>")
    page = open_site(example("Capture: a form of your own"), **SIZES[size])
    with page.expect_response(re.compile(r"/api/v1/forms/demo\?")):
        page.get_by_label("E-mail").fill("jo@stripe.com")
    page.get_by_label("Name", exact=True).fill("Jo Example")
    page.get_by_label("Password for your account").fill("hunter2")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thanks")).to_be_visible()
    assert "hunter2" in site.posts[0]
    wait_for_submission(page)
    assert Submission.objects.get().answers == {"email": "jo@stripe.com", "full_name": "Jo Example", "intent": "demo"}
