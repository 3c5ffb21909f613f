"""Conditions and lists without JSON, by keyboard and by hand."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from experiments.models import Experiment
from routing.models import Member, Rule, Territory
from routing.services.publish_plan import publish_plan
from tests.browser.chrome import PHONE, is_wider_than_its_window
from tests.browser.workbench.hands import by_keyboard
from tests.routing.clocked import send

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]


def document(page: Page, name: str = "condition") -> object:
    return json.loads(page.locator(f"#id_{name}").input_value())


def keys(page: Page, *pressed: str) -> None:
    """A text is typed, a key with a capital pressed."""
    for each in pressed:
        if each[0].isupper():
            page.keyboard.press(each)
        else:
            page.keyboard.type(each)


def new_rule(page: Page) -> None:
    page.goto("/admin/routing/rule/add/")
    by_keyboard.tab_to(page.get_by_role("button", name="Add a condition"))


def test_a_rule_is_built_by_keyboard_alone_and_counts_past_leads(admin_page, example_company):
    publish_plan(now=timezone.now())
    for country in ("DE", "DE", "FR"):
        send(timezone.now(), values={"country": country})
    new_rule(admin_page)
    keys(admin_page, "Enter", "countr", "Enter")
    expect(admin_page.get_by_label("Country: how to compare")).to_be_focused()
    keys(admin_page, "Tab", "germ", "Enter")
    expect(admin_page.get_by_text("Holds where Country is Germany")).to_be_visible()
    expect(admin_page.get_by_text("Matches 2 of the last 3 decided leads (90 days).")).to_be_visible()
    assert document(admin_page) == {"country": "DE"}
    Rule.objects.all().delete()
    by_keyboard.fill(admin_page.locator("#id_name"), "German")
    expect(admin_page.locator("#id_key")).to_have_value("german")
    by_keyboard.pick(admin_page.locator("#id_queue + .select2 .select2-selection"), "EMEA enterprise")
    by_keyboard.press(admin_page.get_by_role("button", name="Save", exact=True))
    admin_page.wait_for_url("**/rule/")
    assert Rule.objects.get().condition == {"country": "DE"}


def test_a_pasted_list_names_what_it_does_not_know_and_keeps_it_until_mended(admin_page, barriers):
    new_rule(admin_page)
    keys(admin_page, "Enter", "country", "Enter")
    admin_page.get_by_label("Country: how to compare").select_option("in")
    admin_page.get_by_text("Paste a list").click()
    admin_page.get_by_label("paste a list").fill("Germany\tAustria\nAT; Germny\nAtlantis")
    admin_page.get_by_role("button", name="Add these").click()
    expect(admin_page.get_by_text("5 pasted, 1 repeated, 2 unknown: Germny, Atlantis")).to_be_visible()
    admin_page.get_by_role("button", name="Save", exact=True).click()
    expect(admin_page.get_by_text("Not saved. Some pasted values are not known")).to_be_attached()
    assert barriers(admin_page) == []
    admin_page.get_by_label("Not known: Germny").fill("France")
    keys(admin_page, "Enter")
    admin_page.get_by_role("button", name="Leave out Atlantis").click()
    assert document(admin_page) == {"country": {"$in": ["DE", "AT", "FR"]}}


def test_groups_are_nested_moved_duplicated_and_removed_and_focus_stays(admin_page, barriers):
    rule = Rule.objects.first()
    Rule.objects.filter(pk=rule.pk).update(
        condition={"$and": [{"country": "DE"}, {"$or": [{"language": "de"}, {"language": "en"}]}]}
    )
    admin_page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    admin_page.goto(f"/admin/routing/rule/{rule.pk}/change/")
    group = admin_page.get_by_role("group", name="Group", exact=True)
    group.get_by_role("button", name="Remove Language").first.press("Enter")
    expect(group.get_by_role("button", name="Remove Language")).to_be_focused()
    group.get_by_label("How these hold together").select_option("none")
    admin_page.get_by_role("button", name="Move Country down").press("Enter")
    expect(admin_page.get_by_role("button", name="Move Country down")).to_be_focused()
    assert document(admin_page) == {"$and": [{"$nor": [{"country": "DE"}, {"language": "en"}]}]}
    keys(admin_page, "Alt+ArrowUp")
    admin_page.get_by_role("button", name="Duplicate Country").press("Enter")
    assert document(admin_page) == {"$and": [{"country": "DE"}, {"country": "DE"}, {"$nor": [{"language": "en"}]}]}
    expect(admin_page.get_by_text("not (Language is en)")).to_be_visible()
    assert barriers(admin_page) == []
    admin_page.set_viewport_size(PHONE)
    assert not is_wider_than_its_window(admin_page)


def test_what_rows_cannot_show_stays_and_json_can_be_edited(admin_page):
    rule = Rule.objects.first()
    Rule.objects.filter(pk=rule.pk).update(condition={"$and": [{"intent": {"$veq": "1.0"}}, {"country": "DE"}]})
    admin_page.goto(f"/admin/routing/rule/{rule.pk}/change/")
    expect(admin_page.get_by_text("Rows can't show this part.")).to_be_visible()
    admin_page.get_by_role("button", name="Remove Country").click()
    assert document(admin_page) == {"$and": [{"intent": {"$veq": "1.0"}}]}
    admin_page.get_by_role("button", name="Edit as JSON").click()
    admin_page.locator("#id_condition").fill('{"employees": {"$exists": true, "$gte": 5}, "country": "XX"}')
    expect(admin_page.get_by_text("country: 'XX' is not a choice of country")).to_be_visible()
    admin_page.get_by_role("button", name="Edit as JSON").click()
    country = admin_page.get_by_role("group", name="Country", exact=True)
    expect(country.get_by_text("'XX' is not a choice of country")).to_be_visible()


def test_a_comparison_of_what_may_be_unknown_is_guarded_without_a_word(admin_page):
    new_rule(admin_page)
    keys(admin_page, "Enter", "revenue", "Enter")
    admin_page.get_by_label("Revenue in USD: how to compare").select_option("at_least")
    admin_page.get_by_label("Revenue in USD is at least").fill("1,000,000")
    assert document(admin_page) == {"revenue": {"$exists": True, "$gte": 1_000_000}}
    expect(admin_page.get_by_text("is at least 1,000,000")).to_be_visible()


def test_a_territory_is_filled_in_by_names(admin_page, barriers):
    admin_page.goto("/admin/routing/territory/add/")
    admin_page.get_by_role("combobox", name="Regions").focus()
    keys(admin_page, "calif", "Enter")
    admin_page.get_by_role("combobox", name="Countries").focus()
    keys(admin_page, "germ", "Enter", "austria", "Enter", "Escape")
    admin_page.get_by_role("button", name="Add hours on Monday").press("Enter")
    admin_page.get_by_role("button", name="Copy Monday to all weekdays").press("Enter")
    assert barriers(admin_page) == []
    admin_page.locator("#id_name").press_sequentially("South")
    expect(admin_page.locator("#id_key")).to_have_value("south")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    admin_page.wait_for_url("**/territory/")
    made = Territory.objects.get(key="south")
    assert (made.countries, made.regions) == (["DE", "AT"], ["US-CA"])
    assert made.working_hours == {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def test_a_members_condition_is_built_in_a_dialog(admin_page, barriers):
    member = Member.objects.order_by("queue__name", "rep__name").first()
    admin_page.goto(f"/admin/routing/queue/{member.queue_id}/change/")
    edit = admin_page.get_by_role("button", name="Edit condition").first
    edit.press("Enter")
    dialog = admin_page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a condition").press("Enter")
    keys(admin_page, "language", "Enter", "Tab", "de")
    assert barriers(admin_page) == []
    dialog.get_by_role("button", name="Done").press("Enter")
    expect(edit).to_be_focused()
    expect(admin_page.get_by_text("Language is de").first).to_be_visible()


def test_a_segment_takes_names_that_nobody_listed(admin_page):
    Experiment.objects.update(status=Experiment.Status.DRAFT)
    admin_page.goto(f"/admin/experiments/experiment/{Experiment.objects.get().pk}/change/")
    admin_page.get_by_role("button", name="Add a condition").press("Enter")
    keys(admin_page, "plan", "Enter", "Tab", "3")
    assert document(admin_page, "segment") == {"plan": 3}
    expect(admin_page.get_by_text("Holds where plan is 3")).to_be_visible()


def test_where_the_scripts_do_not_come_the_boxes_are_there(admin_page):
    """Unfold's own pages need a script to be seen at all; ours are boxes without one."""
    admin_page.route("**/foundation/workbench/*.js", lambda route: route.abort())
    admin_page.goto("/admin/routing/territory/add/")
    for label in ("Countries", "Postal areas", "Condition", "Working hours"):
        expect(admin_page.get_by_label(label)).to_be_visible()
    expect(admin_page.get_by_label("Condition")).to_have_value("{}")


@pytest.mark.parametrize("model", ["rep", "goldenlead", "contractinput"])
def test_the_other_forms_have_no_barrier_and_fit_a_phone(admin_page, barriers, model):
    admin_page.set_viewport_size(PHONE)
    admin_page.goto(f"/admin/routing/{model}/add/")
    admin_page.wait_for_load_state("networkidle")
    assert barriers(admin_page) == []
    assert not is_wider_than_its_window(admin_page)
