"""Pages as wide as a desk's screen: nothing overlaps, and what has the focus is in sight."""

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page

from routing.models import Queue
from tests.browser.workbench.test_leads_tasks import send

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

LEAST_TARGET = 24
STOPS = 60


def box(found: Locator) -> dict[str, float]:
    place = found.bounding_box()
    assert place is not None
    return {**place, "right": place["x"] + place["width"], "bottom": place["y"] + place["height"]}


def test_the_columns_of_a_leads_page_do_not_overlap(admin_page, example_company):
    (lead,) = send(1)
    admin_page.goto(reverse("admin:leads_lead_change", args=[lead.pk]))
    known, happened = (admin_page.get_by_role("region", name=name) for name in ("What is known", "What happened"))
    assert box(known)["right"] < box(happened)["x"]


def test_only_tables_of_lines_to_delete_have_a_column_of_that_name(admin_page, example_company):
    first, second = send(2)
    admin_page.goto(f"{reverse('pipeline_pages:merge', args=[first.pk])}?other={second.pk}")
    heads = admin_page.locator("table thead th").all_inner_texts()
    assert heads == ["What", "Stays", "Goes"]


def hidden_by_the_bar(page: Page) -> bool:
    """Whether what has the focus in the form is below the bar's upper edge."""
    return bool(
        page.evaluate(
            """() => {
              const bar = document.querySelector("#submit-row"), at = document.activeElement;
              if (!document.querySelector("#content-main").contains(at)) return false;
              return at.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1;
            }"""
        )
    )


def test_the_bar_with_save_hides_nothing_that_has_the_focus(admin_page, example_company):
    admin_page.goto(reverse("admin:routing_queue_change", args=[Queue.objects.get(key="emea-mid-market").pk]))
    admin_page.locator("#id_name").focus()
    hidden = []
    for _ in range(STOPS):
        admin_page.keyboard.press("Tab")
        if hidden_by_the_bar(admin_page):
            hidden.append(admin_page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
    assert hidden == []


def test_a_new_line_of_a_table_comes_into_sight(admin_page, example_company):
    admin_page.goto(reverse("admin:routing_queue_change", args=[Queue.objects.get(key="emea-mid-market").pk]))
    admin_page.locator("a.add-row", has_text="Add another Member").focus()
    admin_page.keyboard.press("Enter")
    assert box(admin_page.locator("#id_members-2-weight"))["bottom"] <= box(admin_page.locator("#submit-row"))["y"]


def test_a_rule_is_dragged_by_a_handle_that_can_be_hit(admin_page, example_company):
    admin_page.goto(reverse("routing_pages:plan"))
    handle = box(admin_page.locator(".plan-handle").first)
    assert min(handle["width"], handle["height"]) >= LEAST_TARGET
