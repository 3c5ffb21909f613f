"""The configuration copied to another installation, and a shadow run: by mouse, by keyboard alone, without barriers."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from routing.models import Assignment, Member, Plan, Rule
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import MOST_LOADS, Hands, both_ways, by_keyboard

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]
CONFIGURATION, SHADOW = "/admin/workbench/configuration/", "/admin/workbench/shadow/"


def file_of(page: Page) -> Locator:
    return page.get_by_label("File", exact=True)


@both_ways
def test_the_configuration_is_copied_to_another_installation(admin_page, loads, barriers, tmp_path, hands: Hands):
    admin_page.goto(CONFIGURATION)
    assert barriers(admin_page) == []
    with admin_page.expect_download() as download:
        hands.press(admin_page.get_by_role("link", name="Download the configuration"))
    text = download.value.path().read_text()
    (tmp_path / "trial.yaml").write_text(
        text.replace("maya-torres:\n        weight: 2", "maya-torres:\n        weight: 5")
    )

    _another_installation()
    hands.attach(file_of(admin_page), tmp_path / "trial.yaml")
    hands.press(admin_page.get_by_label("Publish the routing plan as well"))
    hands.press(admin_page.get_by_role("button", name="Show what would change"))
    expect(admin_page.get_by_role("heading", name="Rules: 9 added")).to_be_visible()
    weight = admin_page.get_by_role("definition").filter(has_text="Members › maya-torres › weight")
    expect(weight).to_contain_text(re.compile(r"2\s*→\s*5"))
    assert barriers(admin_page) == []

    hands.press(admin_page.get_by_role("button", name="Apply and publish"))
    expect(admin_page.get_by_text("Plan 2 is active.")).to_be_visible()
    assert barriers(admin_page) == []
    assert (Rule.objects.count(), Plan.objects.get(is_active=True).number) == (9, 2)
    assert Member.objects.filter(rep__key="maya-torres", weight=5).exists()
    assert len(loads) <= MOST_LOADS


def _another_installation() -> None:
    """It has no rules yet."""
    Rule.objects.all().delete()


def test_what_can_not_be_applied_is_told_with_its_place(admin_page, barriers, tmp_path):
    admin_page.set_viewport_size(PHONE)
    (tmp_path / "broken.yaml").write_text("switchyard: 1\nrules:\n- {key: a, name: A, queue: nowhere}\n")
    admin_page.goto(CONFIGURATION)
    file_of(admin_page).set_input_files(tmp_path / "broken.yaml")
    admin_page.get_by_role("button", name="Show what would change").click()
    expect(admin_page.get_by_text("rules.a.queue: there is no queue 'nowhere'.")).to_be_visible()
    assert barriers(admin_page) == []
    assert not is_wider_than_its_window(admin_page)


def test_a_shadow_run_shows_where_both_tools_differ(admin_page, loads, barriers, tmp_path):
    export = "Email,Country,Employees,Owner\na@big.example,Germany,5000,Jonas Weber\nb@shop.example,US,5,Jonas Weber\n"
    (tmp_path / "export.csv").write_text(export)
    admin_page.set_viewport_size(PHONE)
    admin_page.goto(SHADOW)
    assert barriers(admin_page) == []
    by_keyboard.attach(file_of(admin_page), tmp_path / "export.csv")
    by_keyboard.press(admin_page.get_by_role("button", name="Begin"))
    expect(admin_page.get_by_role("heading", name="1 lead: Jonas Weber → Americas small business")).to_be_visible()
    admin_page.get_by_text("Why, for line 3").click()
    expect(admin_page.get_by_text("Today's tool chose Jonas Weber, who is in")).to_be_visible()
    assert barriers(admin_page) == []
    assert not is_wider_than_its_window(admin_page)
    assert len(loads) <= MOST_LOADS
    assert not Assignment.objects.exists()


def test_another_tools_queues_are_looked_at_and_applied(admin_page, barriers, tmp_path):
    (tmp_path / "queues.csv").write_text("Queue,Member,Leads\nNew business,zoe@seller.example,12\n,nobody,\n")
    admin_page.goto("/admin/workbench/switch/")
    assert barriers(admin_page) == []
    by_keyboard.attach(file_of(admin_page), tmp_path / "queues.csv")
    by_keyboard.press(admin_page.get_by_role("button", name="Show what would change"))
    expect(admin_page.get_by_text("Line 3: there is no queue.")).to_be_visible()
    assert barriers(admin_page) == []
    by_keyboard.press(admin_page.get_by_role("button", name="Apply the good lines"))
    expect(admin_page.get_by_text("Publish the plan to route by it.")).to_be_visible()
    assert Member.objects.filter(rep__email="zoe@seller.example").exists()
