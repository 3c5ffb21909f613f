"""Home, the audit and alert rules on a phone: no barrier, nothing wider than the window, by keyboard too."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from foundation.models import AuditEntry
from routing.models import AlertRule, Rule
from routing.services.check_alerts import check_alerts
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import by_keyboard
from tests.config.test_admin_pages import send

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(admin_page, example_company) -> Page:
    admin_page.set_viewport_size(PHONE)
    return admin_page


def test_home_on_a_phone_has_no_barrier_and_its_numbers_can_be_followed(phone, barriers):
    send(1)
    phone.goto("/admin/")
    assert barriers(phone) == []
    assert not is_wider_than_its_window(phone)
    by_keyboard.press(phone.get_by_text("The same as a table").first)
    expect(phone.get_by_role("table", name="Leads by hour today")).to_be_visible()
    assert barriers(phone) == []
    assert not is_wider_than_its_window(phone)
    by_keyboard.press(phone.get_by_role("link", name="Assigned today"))
    expect(phone.locator("#result_list tbody")).to_have_count(1)


def test_the_menu_can_be_skipped(admin_page, example_company):
    admin_page.goto("/admin/")
    way = admin_page.get_by_role("link", name="Skip to the content")
    admin_page.keyboard.press("Tab")
    expect(way).to_be_focused()
    expect(way).to_be_in_viewport()
    admin_page.keyboard.press("Enter")
    admin_page.keyboard.press("Tab")
    assert admin_page.evaluate("document.activeElement.closest('#content') !== null")
    expect(way).not_to_be_in_viewport()


def test_the_audit_on_a_phone_has_no_barrier_and_shows_what_was_before(phone, barriers):
    rule = Rule.objects.first()
    before, rule.name = rule.name, "Renamed"
    rule.save()
    phone.goto("/admin/foundation/auditentry/")
    assert barriers(phone) == []
    assert not is_wider_than_its_window(phone)
    phone.goto(f"/admin/foundation/auditentry/{AuditEntry.objects.first().pk}/change/")
    expect(phone.locator("td[data-label=Before]")).to_have_text(before)
    expect(phone.locator("td[data-label=After]")).to_have_text("Renamed")
    assert barriers(phone) == []
    assert not is_wider_than_its_window(phone)


def test_alert_rules_on_a_phone_have_no_barrier_and_say_what_they_would_tell(phone, barriers):
    rule = AlertRule.objects.create(key="waiting", name="Leads wait", kind="parked")
    check_alerts(now=timezone.now())
    for address in ("", f"{rule.pk}/change/", f"{rule.pk}/now/"):
        phone.goto(f"/admin/routing/alertrule/{address}")
        assert barriers(phone) == []
        assert not is_wider_than_its_window(phone)
    expect(phone.get_by_role("heading", name="It would tell nobody now.")).to_be_visible()
