"""What the script makes of the hosted form: branching, errors, keeping, sending whatever the network does."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from forms_engine.models import FormSession, Submission
from tests.browser.rich_form import publish_rich_form

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

LINK_BUTTON = "Copy a link to continue later"
# What a page without TLS lacks.
WITHOUT_TLS = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"


@pytest.fixture
def open_rich(new_page) -> Callable[..., Page]:
    def opened(address: str = "/f/rich/", **settings: object) -> Page:
        publish_rich_form(**settings)
        page = new_page()
        page.goto(address)
        ready(page)
        return page

    return opened


def ready(page: Page) -> None:
    expect(page.locator("form[data-ready]")).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def to_company(page: Page, email: str = "jo@stripe.com") -> None:
    page.locator("#f-email").fill(email)
    page.locator("#f-name").fill("Jo Example")
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Your company")).to_be_focused()


def to_last(page: Page) -> None:
    """By way of the jump over the needs."""
    to_company(page)
    page.get_by_label("Just me").check()
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Last words")).to_be_focused()
    page.get_by_label("I agree").check()


def send(page: Page) -> None:
    press(page, "Request my demo")


def expect_sent(page: Page) -> dict[str, Any]:
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    return Submission.objects.get().answers


def status(page: Page) -> Any:
    return expect(page.locator("[data-status]"))


def test_every_kind_of_answer_arrives_as_the_server_stores_it(open_rich):
    page = open_rich("/f/rich/?utm_campaign=spring")
    to_company(page)
    choose_country(page, "Germ")
    page.locator("#f-region").select_option("DE-BE")
    page.locator("#f-phone").fill("030 901820")
    page.get_by_label("My team").check()
    page.locator("#f-size").fill("1,200")
    press(page, "Continue")
    page.get_by_role("checkbox", name="Gamma").check()
    page.get_by_role("checkbox", name="Alpha").check()
    page.locator("#f-rays").fill("X")
    press(page, "Continue")
    page.locator("#f-site").fill("Example.com/a")
    page.get_by_label("I agree").check()
    send(page)
    assert expect_sent(page) == {
        "email": "jo@stripe.com",
        "name": "Jo Example",
        "country": "DE",
        "region": "DE-BE",
        "phone": "+4930901820",
        "team": "team",
        "size": 1200,
        "topics": ["alpha", "gamma"],
        "rays": "X",
        "site": "https://example.com/a",
        "terms": True,
        "campaign": "spring",
    }


def choose_country(page: Page, typed: str) -> None:
    country = page.locator("input#f-country")
    country.fill(typed)
    country.press("ArrowDown")
    country.press("Enter")


def test_a_pages_submission_carries_its_proof_of_work(open_rich):
    page = open_rich()
    to_last(page)
    send(page)
    expect_sent(page)
    assert Submission.objects.get().marks == []


def test_progress_counts_the_steps_that_will_come(open_rich):
    page = open_rich()
    to_company(page)
    progress = expect(page.locator("[data-progress-text]"))
    progress.to_have_text("Step 2 of 4")
    page.get_by_label("Just me").check()
    progress.to_have_text("Step 2 of 3")


def test_answers_of_a_step_that_is_jumped_over_are_not_sent(open_rich):
    page = open_rich()
    to_company(page)
    page.get_by_label("My team").check()
    page.locator("#f-size").fill("20")
    press(page, "Continue")
    page.get_by_role("checkbox", name="Alpha").check()
    press(page, "Back")
    page.get_by_label("Just me").check()
    press(page, "Continue")
    page.get_by_label("I agree").check()
    send(page)
    assert expect_sent(page).keys() == {"email", "name", "team", "terms"}


def test_a_gate_ends_the_form_without_a_submission(open_rich):
    page = open_rich()
    to_company(page)
    page.get_by_label("My team").check()
    page.locator("#f-size").fill("1")
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Not yet")).to_be_focused()
    assert not Submission.objects.exists()


def test_an_error_appears_on_leaving_the_field_and_goes_once_it_is_right(open_rich):
    page = open_rich()
    email = page.locator("#f-email")
    email.fill("jo@stripe")
    page.locator("#f-name").focus()
    expect(email).to_have_accessible_description("Enter an e-mail address like name@company.com.")
    status(page).to_have_text("Enter an e-mail address like name@company.com.")
    email.fill("jo@stripe.com")
    expect(email).not_to_have_attribute("aria-invalid", "true")


def test_a_blank_field_that_nobody_touched_is_not_blamed_before_continue(open_rich):
    page = open_rich()
    page.locator("#f-email").focus()
    page.locator("#f-name").focus()
    expect(page.locator(".wrong")).to_have_count(0)


def test_what_only_the_server_knows_is_said_at_continue(open_rich):
    page = open_rich()
    page.locator("#f-email").fill("jo@gmail.com")
    page.locator("#f-name").fill("Jo Example")
    press(page, "Continue")
    expect(page.locator("#f-email-error")).to_have_text("Use your work e-mail address, please.")
    to_company(page)


def test_a_network_that_fails_at_continue_stops_nobody(open_rich):
    page = open_rich()
    page.route("**/steps/*", lambda route: route.abort())
    to_company(page)


def test_answers_survive_a_reload(open_rich):
    page = open_rich()
    to_company(page)
    choose_country(page, "Germ")
    page.locator("#f-region").select_option("DE-BE")
    page.reload()
    ready(page)
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    expect(page.locator("input#f-country")).to_have_value("Germany")
    expect(page.locator("#f-region")).to_have_value("DE-BE")


def test_nothing_is_kept_in_the_browser_once_it_is_sent(open_rich):
    page = open_rich()
    to_last(page)
    send(page)
    expect_sent(page)
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


def test_a_lost_network_keeps_the_answers_and_sends_them_once_it_is_back(open_rich):
    page = open_rich()
    to_last(page)
    page.context.set_offline(True)
    send(page)
    status(page).to_contain_text("You are offline.")
    page.context.set_offline(False)
    expect_sent(page)


def test_what_could_not_be_sent_is_sent_after_a_reload(open_rich):
    page = open_rich()
    to_last(page)
    page.route("**/submissions", lambda route: route.abort())
    send(page)
    status(page).to_contain_text("Sending did not work yet.")
    page.unroute("**/submissions")
    page.reload()
    expect_sent(page)


def test_a_lost_answer_does_not_make_a_second_submission(open_rich):
    page = open_rich()
    to_last(page)
    first_time(page, "**/submissions", lambda route: (route.fetch(), route.abort()))
    send(page)
    expect_sent(page)
    assert Submission.objects.count() == 1


def test_a_session_that_is_too_old_is_renewed_without_asking_anything_again(open_rich):
    page = open_rich()
    to_last(page)
    gone = {"code": "filling_expired", "message": "Too old.", "fields": {}}
    first_time(page, "**/submissions", lambda route: route.fulfill(status=410, json=gone))
    send(page)
    assert expect_sent(page)["name"] == "Jo Example"


def first_time(page: Page, address: str, handle: Callable[[Route], object]) -> None:
    """The first such request is handled so, the others as always."""
    page.route(address, handle, times=1)


def test_without_the_script_that_sends_a_hosted_page_posts_by_itself(new_page):
    publish_rich_form()
    page = new_page()
    page.route("**/sending.js*", lambda route: route.abort())
    page.goto("/f/rich/")
    ready(page)
    page.locator("#f-email").fill("jo@stripe.com")
    page.locator("#f-name").fill("Jo Example")
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    assert page.locator("#f-name").input_value() == "Jo Example"


def test_who_presses_before_the_script_that_sends_is_there_waits_for_it(new_page):
    publish_rich_form()
    page = new_page()
    waiting: list[Route] = []
    page.route("**/sending.js*", lambda route: waiting.append(route))
    page.goto("/f/rich/")
    ready(page)
    press(page, "Continue")
    status(page).to_contain_text("moment")
    waiting[0].continue_()
    expect(page.locator("[data-summary]")).to_be_focused()


def test_the_notice_comes_before_anything_is_kept(open_rich):
    page = open_rich(partial_saving="always")
    notice = page.locator("[data-saving]")
    expect(notice).to_be_hidden()
    page.locator("#f-email").fill("jo@stripe.com")
    expect(notice).to_be_visible()
    assert not FormSession.objects.exists()


def test_kept_answers_are_found_again_by_the_link(open_rich, new_page):
    page = open_rich(partial_saving="always")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    to_company(page)
    press(page, LINK_BUTTON)
    status(page).to_have_text("The link is copied.")
    address = page.evaluate("navigator.clipboard.readText()")
    elsewhere = new_page()
    elsewhere.goto(address)
    ready(elsewhere)
    expect(elsewhere.get_by_role("heading", name="Your company")).to_be_visible()


def test_where_a_page_may_not_copy_the_link_is_there_to_be_copied_by_hand(open_rich):
    page = open_rich(partial_saving="always")
    page.evaluate(WITHOUT_TLS)
    page.evaluate("document.execCommand = () => false")
    to_company(page)
    press(page, LINK_BUTTON)
    field = page.get_by_role("textbox", name=LINK_BUTTON)
    expect(field).to_have_value(re.compile("switchyard_resume="))
    assert page.evaluate("getSelection().toString()") == field.input_value()


def test_a_page_without_tls_copies_the_link_in_the_old_way(open_rich):
    page = open_rich(partial_saving="always")
    page.evaluate(WITHOUT_TLS)
    to_company(page)
    press(page, LINK_BUTTON)
    status(page).to_have_text("The link is copied.")


def test_the_link_begins_where_the_other_buttons_do_and_is_as_wide_as_its_words(open_rich):
    page = open_rich(partial_saving="always")
    to_company(page)
    other = page.get_by_role("button", name="Continue", exact=True).bounding_box()
    link = page.get_by_role("button", name=LINK_BUTTON).bounding_box()
    assert link["x"] == other["x"]
    assert link["width"] < page.locator("form").bounding_box()["width"] * 0.8


@pytest.mark.parametrize("value", ["", "Germ"])
def test_the_arrow_of_a_combobox_has_its_room_whatever_is_typed_from_right_to_left(open_rich, value):
    page = open_rich()
    to_company(page)
    page.evaluate("document.querySelector('form').dir = 'rtl'")
    if value:
        choose_country(page, value)
    style = page.locator("input#f-country").evaluate("input => ({...getComputedStyle(input)})")
    assert style["direction"] == "rtl"
    assert float(style["paddingLeft"][:-2]) > 2 * float(style["paddingRight"][:-2])


def test_the_combobox_is_driven_by_the_keyboard_alone(open_rich):
    page = open_rich()
    to_company(page)
    country = page.get_by_role("combobox", name="Country optional")
    offered = page.get_by_role("listbox", name="Country optional").get_by_role("option")
    country.press_sequentially("aland i")
    expect(offered).to_have_text(["Åland Islands"])
    country.press("Escape")
    expect(offered).to_have_count(0)
    country.fill("united k")
    country.press("ArrowDown")
    expect(offered).to_have_attribute("aria-selected", "true")
    country.press("Enter")
    expect(page.locator("select[name=country]")).to_have_value("GB")


def test_a_text_that_names_no_country_is_taken_back(open_rich):
    page = open_rich()
    to_company(page)
    choose_country(page, "Germ")
    page.locator("input#f-country").fill("nowhere at all")
    page.locator("#f-phone").focus()
    expect(page.locator("input#f-country")).to_have_value("Germany")


def test_regions_that_could_not_be_had_at_first_come_later(new_page):
    publish_rich_form()
    page = new_page()
    page.route(re.compile("places.js$"), lambda route: route.abort())
    page.goto("/f/rich/")
    ready(page)
    to_company(page)
    choose_country(page, "Germ")
    expect(page.locator("#f-region option[value='DE-BE']")).to_be_attached()


def test_the_country_code_follows_the_country_until_another_is_chosen(open_rich):
    page = open_rich()
    to_company(page)
    code = page.locator("select[name=phone__country]")
    choose_country(page, "Germ")
    expect(code).to_have_value("DE")
    code.select_option("AT")
    choose_country(page, "Fran")
    expect(code).to_have_value("AT")


def test_a_tooltip_closes_with_escape(open_rich):
    page = open_rich()
    tip = page.locator("details.tip")
    tip.locator("summary").click()
    expect(tip).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(tip).not_to_have_attribute("open", "")


def test_the_filled_in_form_has_no_barriers(open_rich, barriers):
    page = open_rich()
    to_company(page)
    page.locator("input#f-country").fill("united")
    assert barriers(page) == []
