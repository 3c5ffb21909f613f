"""The plan page in a browser: a shadowed rule seen in time, a territory split, a new rep, moves by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from routing.models import Rule, Territory
from routing.selectors import active_plan
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import MOST_LOADS, Hands, both_ways, by_keyboard

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]
PLAN = "/admin/workbench/plan/"


@pytest.fixture
def publish(admin_page: Page, barriers) -> Callable[[Hands], None]:
    """From any page of the working copy: two more loads."""

    def published(hands: Hands) -> None:
        hands.press(admin_page.get_by_role("link", name=re.compile("^Publish( the plan| …)$")).first)
        expect(admin_page.get_by_text("No lead was decided in the last 90 days")).to_be_visible()
        assert barriers(admin_page) == []
        hands.fill(admin_page.get_by_label("What changes, and why"), "As it was asked for")
        hands.press(admin_page.get_by_role("button", name="Publish", exact=True))
        expect(admin_page.get_by_text("Plan 2 is live")).to_be_visible()
        assert barriers(admin_page) == []

    return published


@both_ways
def test_a_shadowed_rule_is_seen_before_it_is_published(admin_page, loads, barriers, hands: Hands):
    admin_page.goto(PLAN)
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("link", name="Add rule after this (EMEA small business)"))
    hands.fill(admin_page.get_by_label("Name").first, "Everyone else")
    hands.pick(admin_page.locator("#id_queue + .select2 .select2-selection"), "EMEA enterprise")
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Save", exact=True))
    expect(admin_page.get_by_text("was added successfully")).to_be_visible()
    assert barriers(admin_page) == []
    rules = list(Rule.objects.values_list("key", flat=True))
    assert rules.index("everyone-else") == rules.index("emea-small-business") + 1
    hands.press(admin_page.get_by_role("link", name="Plan", exact=True))
    finding = admin_page.locator(".plan-finding", has_text="“Everyone else” of EMEA never decides")
    expect(finding).to_be_visible()
    expect(admin_page.get_by_role("heading", name="1 difference: 1 added")).to_be_visible()
    assert barriers(admin_page) == []
    assert len(loads) <= MOST_LOADS


@both_ways
def test_a_territory_is_split_along_postal_codes(admin_page, loads, barriers, publish, hands: Hands):
    admin_page.goto(PLAN)
    hands.press(admin_page.get_by_role("link", name="Split DACH"))
    expect(admin_page.get_by_role("button", name="Preview")).to_be_visible()
    assert barriers(admin_page) == []
    values = {
        "Range to cut": "DE",
        "The second half begins at": "5",
        "First half: name": "North Germany",
        "Second half: name": "South Germany",
    }
    for label, value in values.items():
        hands.fill(admin_page.get_by_label(label), value)
    hands.press(admin_page.get_by_role("button", name="Preview"))
    expect(admin_page.get_by_text("No lead was in DACH")).to_be_visible()
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Split DACH"))
    expect(admin_page.get_by_text("DACH is split into North Germany and South Germany")).to_be_visible()
    assert Territory.objects.get(key="south-germany").postal_areas == ["DE 5..9"]
    expect(admin_page.locator("#territory-north-germany")).to_contain_text("Germany 0 to 4")
    assert barriers(admin_page) == []
    publish(hands)
    assert "south-germany" in {territory.key for territory in active_plan().plan.territories}
    assert len(loads) <= MOST_LOADS


@both_ways
def test_a_new_rep_joins_a_queue_and_the_plan_says_with_which_share(admin_page, loads, barriers, publish, hands: Hands):
    admin_page.goto("/admin/routing/rep/")
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_title("Add rep"))
    expect(admin_page.locator("#id_email")).to_be_visible()
    hands.fill(admin_page.get_by_label("Name").first, "Nia Example")
    hands.fill(admin_page.locator("#id_email"), "nia.example@tallyfern.example")
    hands.press(admin_page.locator("a.add-row", has_text="Add another Queue"))
    hands.pick(admin_page.locator("#id_memberships-0-queue + .select2 .select2-selection"), "EMEA enterprise")
    assert barriers(admin_page) == []
    hands.press(admin_page.get_by_role("button", name="Save", exact=True))
    expect(admin_page.get_by_text("was added successfully")).to_be_visible()
    hands.press(admin_page.get_by_role("link", name="Plan", exact=True))
    expect(admin_page.locator("#queue-emea-enterprise")).to_contain_text("Member Nia Example now weight 1 (33.3%)")
    expect(admin_page.locator("#rep-nia-example")).to_contain_text("added")
    assert barriers(admin_page) == []
    publish(hands)
    assert "nia-example" in {member.rep for member in active_plan().plan.queues["emea-enterprise"].members}
    assert len(loads) <= MOST_LOADS


def test_a_rule_is_moved_by_keyboard_told_and_moved_back(admin_page, barriers):
    admin_page.goto(f"{PLAN}?kind=rule")
    by_keyboard.tab_to(admin_page.locator("#rule-emea-enterprise .plan-handle"))
    admin_page.keyboard.press("Alt+ArrowUp")
    expect(admin_page.locator("#plan-live")).to_have_text("Rule EMEA enterprise is now 3rd of 9.")
    expect(admin_page.locator("#rule-emea-enterprise .plan-handle")).to_be_focused()
    expect(admin_page.get_by_role("heading", name="1 difference: 1 moved")).to_be_visible()
    assert list(Rule.objects.values_list("key", flat=True)).index("emea-enterprise") == 2
    assert barriers(admin_page) == []
    by_keyboard.press(admin_page.get_by_role("button", name="Undo", exact=True))
    expect(admin_page.locator("#plan-live")).to_have_text("Rule EMEA enterprise is now 4th of 9.")
    expect(admin_page.get_by_role("heading", name="The draft is the same as plan 1")).to_be_visible()


def test_a_move_on_a_page_that_is_out_of_date_says_so_and_shows_what_is_there_now(admin_page):
    admin_page.goto(f"{PLAN}?kind=rule")
    Rule.objects.filter(key="emea-enterprise").update(name="EMEA large")
    by_keyboard.press(admin_page.get_by_role("button", name="Move rule EMEA enterprise up"))
    expect(admin_page.locator("#plan-alert")).to_contain_text("was changed meanwhile")
    expect(admin_page.locator("#rule-emea-enterprise")).to_contain_text("EMEA large")


def test_a_rule_is_dragged_to_another_place(admin_page):
    admin_page.goto(f"{PLAN}?kind=rule")
    admin_page.locator("#rule-amer-enterprise").scroll_into_view_if_needed()
    handle = admin_page.locator("#rule-amer-small-business .plan-handle").bounding_box()
    goal = admin_page.locator("#rule-amer-enterprise").bounding_box()
    admin_page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    admin_page.mouse.down()
    admin_page.mouse.move(goal["x"] + 60, goal["y"] + 6, steps=8)
    admin_page.mouse.up()
    expect(admin_page.locator("#plan-live")).to_have_text("Rule Americas small business is now 1st of 9.")


def test_the_plan_has_no_barrier_in_light_or_dark_and_fits_a_phone(admin_page, barriers):
    Rule.objects.filter(key="emea-enterprise").update(condition={"employees": {"$gte": 2000}})
    admin_page.goto(f"{PLAN}?view=differences")
    expect(admin_page.locator("#plan-check-results")).to_contain_text("for exactly this draft")
    assert barriers(admin_page) == []
    admin_page.emulate_media(color_scheme="dark")
    assert barriers(admin_page) == []
    admin_page.set_viewport_size(PHONE)
    admin_page.goto(PLAN)
    assert not is_wider_than_its_window(admin_page)
