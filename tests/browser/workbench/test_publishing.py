"""Putting a plan back, publishing for some leads first, and a second pair of eyes: by mouse and by keyboard alone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from routing.models import Plan, Queue, Rollout, Rule
from routing.rollout import Scope
from routing.selectors import active_plan
from routing.services.propose_plan import propose_plan
from routing.services.publish_plan import publish_plan
from routing.services.rollouts import start_rollout
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import MOST_LOADS, Hands, both_ways
from tests.routing.clocked import send

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]
PUBLISH = "/admin/workbench/publish/"


def change_team(name: str) -> None:
    """The mid-market of EMEA goes to the enterprise team."""
    Rule.objects.filter(key="emea-mid-market").update(queue=Queue.objects.get(key="emea-enterprise"), name=name)


@both_ways
def test_yesterdays_plan_is_put_back_and_the_working_copy_with_it(admin_page: Page, loads, barriers, hands: Hands):
    send(timezone.now() - timedelta(days=2), values={"country": "FR", "employees": 300})
    change_team("Wrong")
    publish_plan(note="Wrong team", now=timezone.now() - timedelta(days=1))
    admin_page.goto(PUBLISH)
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("link", name="Roll back to plan 1"))
    expect(admin_page.get_by_text("1 of 1 leads would have come out otherwise")).to_be_visible()
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Put Plan 1 back"))
    expect(admin_page.get_by_text("Plan 1 is live again")).to_be_visible()
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Make the working copy equal to Plan 1"))
    expect(admin_page.get_by_text("The working copy says the same")).to_be_visible()
    assert barriers(admin_page) == []
    assert (active_plan().number, Rule.objects.get(key="emea-mid-market").queue.key) == (1, "emea-mid-market")
    assert len(loads) <= MOST_LOADS


@both_ways
def test_a_plan_is_published_for_one_territory_compared_and_finished(admin_page: Page, loads, barriers, hands: Hands):
    change_team("New team")
    admin_page.goto(PUBLISH)
    expect(admin_page.get_by_text("No lead was decided in the last 90 days")).to_be_visible()
    hands.fill(admin_page.get_by_label("What changes, and why"), "Enterprise takes the mid-market")
    hands.press(admin_page.get_by_label("For one territory first"))
    hands.choose(admin_page.get_by_label("Territory", exact=True), "EMEA › DACH")
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Publish", exact=True))
    expect(admin_page.get_by_text("territory DACH and below").first).to_be_visible()
    for country in ("DE", "FR"):
        send(timezone.now(), values={"country": country, "employees": 300})
    hands.press(admin_page.get_by_role("button", name="Compare"))
    expect(admin_page.get_by_text("1 of 1 leads would have come out otherwise")).to_be_visible()
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Finish: make Plan 2 live"))
    expect(admin_page.get_by_text("Plan 2 is live for everyone.")).to_be_visible()
    assert (active_plan().number, Rollout.objects.get().territory_key) == (2, "dach")
    assert len(loads) <= MOST_LOADS


@both_ways
def test_a_second_person_looks_at_what_was_proposed_and_approves(
    admin_page: Page, loads, barriers, settings, hands: Hands
):
    settings.PLAN_NEEDS_APPROVAL = True
    change_team("New team")
    ann = User.objects.create_user("ann")
    propose_plan(note="Enterprise takes the mid-market", scope=Scope(), user=ann, now=timezone.now())
    admin_page.goto(PUBLISH)
    hands.press(admin_page.get_by_role("link", name="Enterprise takes the mid-market"))
    expect(admin_page.get_by_text("Proposed by ann")).to_be_visible()
    expect(admin_page.get_by_text("No lead was decided in the last 90 days")).to_be_visible()
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Approve"))
    expect(admin_page.get_by_text("Approved: Plan 2 is live.")).to_be_visible()
    assert Plan.objects.get(is_active=True).published_by == ann
    assert len(loads) <= MOST_LOADS


def test_on_a_phone_no_page_is_wider_than_the_screen(admin_page: Page, barriers):
    change_team("New team")
    publish_plan(note="New team", now=timezone.now())
    Rule.objects.filter(key="emea-mid-market").update(name="Renamed")
    admin_page.set_viewport_size(PHONE)
    for path in (PUBLISH, "/admin/workbench/rollback/1/", "/admin/workbench/rollouts/"):
        admin_page.goto(path)
        assert not is_wider_than_its_window(admin_page)
        assert barriers(admin_page) == []


def test_the_plan_page_shows_how_a_plan_that_is_tried_goes_on_a_phone_too(admin_page: Page, barriers):
    change_team("New team")
    start_rollout(scope=Scope(share_bp=5_000), user=None, now=timezone.now())
    admin_page.set_viewport_size(PHONE)
    admin_page.goto("/admin/workbench/plan/")
    expect(admin_page.get_by_role("heading", name="Since it began")).to_be_visible()
    assert not is_wider_than_its_window(admin_page)
    assert barriers(admin_page) == []
