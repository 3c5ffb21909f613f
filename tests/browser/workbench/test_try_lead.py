"""Sales ops find out what a changed input would do, keep a result as a golden lead, and see who is next in a queue."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from routing.models import GoldenLead, Member
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import by_keyboard

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]


def has_no_barriers(page: Page, barriers) -> None:
    """In light on a desk, and in the dark on a phone."""
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    assert barriers(page) == []
    assert not is_wider_than_its_window(page)


def test_what_a_changed_input_would_do_is_found_and_kept_as_a_golden_lead(admin_page, barriers):
    admin_page.goto(reverse("routing_pages:try"))
    admin_page.get_by_label("Country", exact=True).select_option(label="Germany")
    admin_page.get_by_label("Employees", exact=True).fill("800")
    admin_page.get_by_role("button", name="Try", exact=True).click()
    answer = admin_page.locator("#answer")
    expect(answer).to_contain_text("by the rule “EMEA mid-market”")
    row = answer.get_by_role("listitem").filter(has_text="Employees were 1,000 or more")
    expect(row).to_contain_text("then “EMEA enterprise”, by the rule “EMEA enterprise”")
    has_no_barriers(admin_page, barriers)
    row.get_by_role("link").click()
    expect(admin_page.get_by_label("Employees", exact=True)).to_have_value("1000")
    admin_page.get_by_label("Name", exact=True).fill("Large and German")
    admin_page.get_by_role("button", name="Save as golden lead").click()
    expect(admin_page.get_by_text("“Large and German” is a golden lead now")).to_be_visible()
    golden = GoldenLead.objects.get(name="Large and German")
    assert (golden.inputs, golden.expected_queue) == ({"country": "DE", "employees": 1000}, "emea-enterprise")


def test_by_keyboard_alone_a_lead_is_tried_and_a_mistake_is_found(admin_page, barriers):
    admin_page.goto(f"{reverse('routing_pages:try')}?in-country=DE&in-region=Nowhere")
    region = admin_page.get_by_label("Region", exact=True)
    expect(region).to_have_attribute("aria-invalid", "true")
    has_no_barriers(admin_page, barriers)
    by_keyboard.tab_to(region)
    admin_page.keyboard.press("Control+A")
    admin_page.keyboard.type("Bavaria")
    admin_page.keyboard.press("Escape")
    admin_page.keyboard.press("Control+A")
    admin_page.keyboard.type("DE-BY")
    admin_page.keyboard.press("Tab")
    admin_page.keyboard.type("80331")
    admin_page.keyboard.press("Enter")
    expect(admin_page.locator("#answer")).to_contain_text("postal code 80331 (given by hand)")


def test_a_member_is_paused_from_the_queues_page_and_the_order_changes(admin_page, barriers):
    admin_page.goto(reverse("routing_pages:queue", args=["amer-mid-market"]))
    expect(admin_page.locator(".sy-queue-turns")).to_contain_text("Daniel Brooks")
    has_no_barriers(admin_page, barriers)
    by_keyboard.press(admin_page.get_by_role("button", name="Pause Daniel Brooks"))
    expect(admin_page.get_by_role("button", name="Let Daniel Brooks go on")).to_be_visible()
    expect(admin_page.locator(".sy-queue-turns")).not_to_contain_text("Daniel Brooks")
    assert Member.objects.get(rep__key="daniel-brooks", queue__key="amer-mid-market").paused


def test_the_overview_of_queues_has_no_barrier_and_leads_to_each(admin_page, barriers):
    admin_page.goto(reverse("routing_pages:queues"))
    has_no_barriers(admin_page, barriers)
    admin_page.get_by_role("link", name="EMEA enterprise").click()
    expect(admin_page.get_by_role("heading", name="Who is away")).to_be_visible()
