"""The hosted form in a real browser, from the first question to the owner's name."""

import pytest
from playwright.sync_api import Page, expect

from forms_engine.models import Submission
from pipeline.models import Run
from routing.models import Assignment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tell_who(page: Page, email: str = "jo@stripe.com") -> None:
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Full name").fill("Jo Example")


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continue", exact=True).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Request my demo").click()


def to_second_step(page: Page) -> None:
    tell_who(page)
    go_on(page)
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()


def expect_owner(page: Page) -> None:
    """The page names somebody, and it is who holds the lead."""
    expect(page.get_by_text("You’ll be talking to")).to_be_visible()
    expect(page.locator("[data-owner]")).to_have_text(Assignment.objects.get().rep.name)


def test_three_steps_end_with_the_owners_name(open_demo):
    page = open_demo("three-steps")
    to_second_step(page)
    page.get_by_label("Country optional").select_option("US")
    page.get_by_label("My team").check()
    page.get_by_label("How many people work there?").fill("1200")
    go_on(page)
    page.get_by_label("What is it for?").select_option("capacity")
    send(page)
    expect_owner(page)
    assert Submission.objects.get().answers["employees"] == 1200


def test_one_page_ends_with_the_owners_name(open_demo):
    page = open_demo("one-page")
    tell_who(page)
    send(page)
    expect_owner(page)


@pytest.mark.parametrize("variant", ["three-steps", "one-page"])
def test_the_submission_remembers_the_variant_that_was_shown(open_demo, variant):
    page = open_demo(variant)
    if variant == "three-steps":
        to_second_step(page)
        go_on(page)
    else:
        tell_who(page)
    send(page)
    expect_owner(page)
    assert Submission.objects.get().variant_key == variant


def test_without_javascript_every_step_is_a_page_of_its_own(open_demo):
    page = open_demo("three-steps", java_script_enabled=False)
    to_second_step(page)
    go_on(page)
    expect(page.get_by_role("heading", name="What should we show you?")).to_be_visible()
    send(page)
    expect_owner(page)


def test_without_javascript_a_chosen_condition_asks_its_question_before_going_on(open_demo):
    page = open_demo("one-page", java_script_enabled=False)
    tell_who(page)
    page.get_by_label("What is it for?").select_option("other")
    send(page)
    page.get_by_label("Tell us in a few words").fill("Shift planning")
    send(page)
    expect_owner(page)
    assert Submission.objects.get().answers["use_case_other"] == "Shift planning"


def test_errors_are_summed_up_and_the_summary_has_the_focus(open_demo):
    page = open_demo("three-steps")
    go_on(page)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    assert not Submission.objects.exists()


def test_an_error_links_to_its_field_and_says_what_is_wrong_there(open_demo):
    page = open_demo("three-steps")
    page.get_by_label("Work e-mail").fill("nobody")
    page.get_by_label("Full name").fill("Jo Example")
    go_on(page)
    page.get_by_role("alert").get_by_role("link").click()
    field = page.get_by_label("Work e-mail")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Enter an e-mail address like name@company.com.")


def test_errors_are_shown_without_javascript_too(open_demo):
    page = open_demo("three-steps", java_script_enabled=False)
    # The browser's own check would keep the page from being sent.
    page.get_by_label("Work e-mail").fill("jo@gmail.com")
    page.get_by_label("Full name").fill("Jo Example")
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Use your work e-mail address, please.")


def test_a_conditional_field_comes_and_goes_with_its_condition(open_demo):
    page = open_demo("one-page")
    detail = page.get_by_label("Tell us in a few words")
    expect(detail).to_be_hidden()
    page.get_by_label("What is it for?").select_option("other")
    expect(detail).to_be_visible()
    page.get_by_label("What is it for?").select_option("budgeting")
    expect(detail).to_be_hidden()


def test_what_is_typed_stays_when_another_field_appears(open_demo):
    page = open_demo("one-page")
    tell_who(page)
    page.get_by_label("What is it for?").select_option("other")
    expect(page.get_by_label("Tell us in a few words")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Jo Example")


def test_an_answer_whose_condition_no_longer_holds_is_not_stored(open_demo):
    page = open_demo("one-page")
    tell_who(page)
    page.get_by_label("What is it for?").select_option("other")
    page.get_by_label("Tell us in a few words").fill("never mind")
    page.get_by_label("What is it for?").select_option("capacity")
    expect(page.get_by_label("Tell us in a few words")).to_be_hidden()
    send(page)
    expect_owner(page)
    assert "use_case_other" not in Submission.objects.get().answers


def test_the_browsers_back_button_keeps_the_answers(open_demo):
    page = open_demo("three-steps")
    to_second_step(page)
    page.get_by_label("Country optional").select_option("DE")
    page.go_back()
    expect(page.get_by_label("Work e-mail")).to_have_value("jo@stripe.com")
    page.go_forward()
    expect(page.get_by_label("Country optional")).to_have_value("DE")


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_the_forms_back_button_keeps_the_answers(open_demo, java_script_enabled):
    page = open_demo("three-steps", java_script_enabled=java_script_enabled)
    to_second_step(page)
    page.get_by_label("Country optional").select_option("DE")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Full name")).to_have_value("Jo Example")
    go_on(page)
    expect(page.get_by_label("Country optional")).to_have_value("DE")


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_double_click_sends_once(open_demo, java_script_enabled):
    page = open_demo("one-page", java_script_enabled=java_script_enabled)
    tell_who(page)
    page.get_by_role("button", name="Request my demo").dblclick()
    expect_owner(page)
    assert (Submission.objects.count(), Run.objects.count()) == (1, 1)


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the field or button of this name has the focus."""
    wanted = page.get_by_label(label).or_(page.get_by_role("button", name=label, exact=True))
    for _ in range(20):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {label}")


def test_the_keyboard_alone_is_enough(open_demo):
    page = open_demo("three-steps")
    tab_to(page, "Work e-mail")
    page.keyboard.type("jo@stripe.com")
    tab_to(page, "Full name")
    page.keyboard.type("Jo Example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your company")).to_be_focused()
    tab_to(page, "Just me")
    page.keyboard.press("ArrowDown")
    tab_to(page, "How many people work there?")
    page.keyboard.type("40")
    tab_to(page, "Continue")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="What should we show you?")).to_be_focused()
    tab_to(page, "Request my demo")
    page.keyboard.press("Enter")
    expect_owner(page)
    assert Submission.objects.get().answers["team"] == "team"
