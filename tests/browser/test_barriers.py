"""Nobody is kept out: what axe finds, and what a phone can show."""

import time

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from experiments.models import Experiment
from forms_engine.models import FormVersion
from leads.models import Lead
from pipeline.models import Run
from pipeline.services.advance_run import advance_run
from routing.models import Decision, Queue, Rule
from tests.browser.chrome import DESKTOP, PHONE, is_wider_than_its_window
from tests.browser.test_demo_form import expect_owner, go_on, send, tell_who, to_second_step

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

SIZES = {"desktop": DESKTOP, "phone": PHONE}


def second_step(page: Page) -> None:
    to_second_step(page)
    page.get_by_label("My team").check()
    expect(page.get_by_label("How many people work there?")).to_be_visible()


def third_step(page: Page) -> None:
    to_second_step(page)
    go_on(page)
    page.get_by_label("What is it for?").select_option("other")
    expect(page.get_by_label("Tell us in a few words")).to_be_visible()


def error_state(page: Page) -> None:
    go_on(page)
    expect(page.get_by_role("alert")).to_be_focused()


def done(page: Page) -> None:
    to_second_step(page)
    go_on(page)
    send(page)
    expect_owner(page)


STATES = {
    "first step": lambda page: tell_who(page),
    "second step": second_step,
    "third step": third_step,
    "errors": error_state,
    "done": done,
    "index": lambda page: page.goto("/"),
    "contact form": lambda page: page.goto("/f/contact/"),
    "unknown form": lambda page: page.goto("/f/nothing/"),
    "unknown page": lambda page: page.goto("/nothing-here"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_visitors_page_has_no_barrier_in_light_or_dark_and_fits_a_phone(open_demo, barriers, state):
    page = open_demo("three-steps", reduced_motion="reduce")
    STATES[state](page)
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    assert barriers(page) == []
    page.set_viewport_size(PHONE)
    assert not is_wider_than_its_window(page)


@pytest.fixture
def a_lead(client, example_company) -> Lead:
    """One lead with its owner, come in through the API."""
    answers = {"email": "jo@stripe.com", "full_name": "Jo Example"}
    client.post("/api/v1/forms/demo/submissions", {"answers": answers}, content_type="application/json")
    while not advance_run(run_id=Run.objects.get().pk):
        time.sleep(0.05)  # the worker holds it
    return Lead.objects.get()


ADMIN_PAGES = {
    "home": lambda: reverse("admin:index"),
    "leads": lambda: reverse("admin:leads_lead_changelist"),
    "lead": lambda: reverse("admin:leads_lead_change", args=[Lead.objects.get().pk]),
    "queue": lambda: reverse("admin:routing_queue_change", args=[Queue.objects.first().pk]),
    "rule": lambda: reverse("admin:routing_rule_change", args=[Rule.objects.first().pk]),
    "decision": lambda: reverse("admin:routing_decision_change", args=[Decision.objects.get().pk]),
    "experiment": lambda: reverse("admin:experiments_experiment_change", args=[Experiment.objects.get().pk]),
    "form version": lambda: reverse("admin:forms_engine_formversion_change", args=[FormVersion.objects.first().pk]),
    "confirmation": lambda: f"/admin/experiments/experiment/{Experiment.objects.get().pk}/stop",
}


@pytest.mark.parametrize("name", ADMIN_PAGES)
def test_an_admin_page_has_no_barrier(admin_page, a_lead, barriers, name):
    admin_page.goto(ADMIN_PAGES[name]())
    admin_page.wait_for_load_state("networkidle")
    assert barriers(admin_page) == []


@pytest.mark.parametrize("size", SIZES)
def test_admin_pages_fit_the_window(admin_page, a_lead, size):
    admin_page.set_viewport_size(SIZES[size])
    too_wide = []
    for name, address in ADMIN_PAGES.items():
        admin_page.goto(address())
        too_wide += [name] if is_wider_than_its_window(admin_page) else []
    assert too_wide == []
