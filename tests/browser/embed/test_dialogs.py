"""Popups, slide-ins and full pages: what opens them, where the focus is, and that they are in nobody's way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from forms_engine.models import Submission
from tests.browser.embed.conftest import form_in, page_with
from tests.browser.test_demo_form import expect_owner

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

TALL = '<p style="height: 300vh">Much text.</p><p><input aria-label="Search"></p>'
POPUP = page_with('<switchyard-form form="demo" mode="popup" label="Request a demo"></switchyard-form>' + TALL)
HEADING = "Who are you?"


def automatic(open_on: str, mode: str = "popup") -> str:
    return page_with(f'<switchyard-form form="demo" mode="{mode}" open-on="{open_on}"></switchyard-form>{TALL}')


def open_popup(page: Page) -> None:
    page.get_by_role("button", name="Request a demo").click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_focused()


def focus_is_within(page: Page) -> bool:
    return page.evaluate("document.activeElement.localName === 'switchyard-form'")


def tab_to(page: Page, name: str) -> None:
    """Within a shadow root, where the page's own active element is the host."""
    button = page.get_by_role("button", name=name)
    for _ in range(10):
        page.keyboard.press("Tab")
        if button.evaluate("element => element.matches(':focus')"):
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_the_focus_goes_to_the_heading_stays_within_and_returns_to_the_opener(open_site):
    page = open_site(POPUP)
    open_popup(page)
    stays = []
    for _ in range(12):
        page.keyboard.press("Tab")
        # Between the last and the first stop the browser's own bar has its turn.
        stays.append(focus_is_within(page) or page.evaluate("document.activeElement === document.body"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Request a demo")).to_be_focused()
    assert all(stays)


def test_the_dialog_is_named_by_the_step_it_shows(open_site):
    page = open_site(POPUP)
    open_popup(page)
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()
    page.get_by_label("Work e-mail").fill("jo@stripe.com")
    page.get_by_label("Full name").fill("Jo Example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Your company")).to_be_visible()


def test_a_click_beside_it_closes_it_and_keeps_the_answers(open_site):
    page = open_site(POPUP)
    open_popup(page)
    page.get_by_label("Full name").fill("Jo Example")
    page.mouse.click(20, 20)
    expect(page.get_by_role("dialog")).to_have_count(0)
    open_popup(page)
    expect(page.get_by_label("Full name")).to_have_value("Jo Example")


def test_marking_a_text_out_of_the_dialog_does_not_close_it(open_site):
    page = open_site(POPUP)
    open_popup(page)
    page.get_by_label("Full name").hover()
    page.mouse.down()
    page.mouse.move(20, 20)
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_page_behind_a_popup_does_not_scroll(open_site):
    page = open_site(POPUP)
    open_popup(page)
    page.mouse.move(20, 400)
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0


def test_the_keyboard_alone_is_enough(open_site):
    page = open_site(POPUP)
    expect(page.get_by_role("button", name="Request a demo")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=HEADING)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("jo@stripe.com")
    page.keyboard.press("Tab")
    page.keyboard.type("Jo Example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your company")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("United States")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What should we show you?")).to_be_focused()
    tab_to(page, "Request my demo")
    page.keyboard.press("Enter")
    expect_owner(page)
    assert Submission.objects.get().answers["country"] == "US"


def test_a_slide_in_that_opens_by_itself_leaves_the_focus_and_the_page(open_site):
    page = open_site(automatic("time:0.2", "slide-in"))
    button = page.get_by_label("Search")
    expect(form_in(page)).to_be_visible()
    assert not focus_is_within(page)
    button.fill("still usable")
    expect(button).to_be_focused()


def test_a_slide_in_that_was_clicked_for_has_the_focus_and_escape_gives_it_back(open_site):
    body = '<button id="ask">Questions?</button><switchyard-form form="demo" mode="slide-in" open-on="click:#ask">'
    page = open_site(page_with(body + "</switchyard-form>"))
    page.wait_for_function("!!customElements.get('switchyard-form')")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Questions?").click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_focused()
    page.keyboard.press("Escape")
    expect(form_in(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Questions?")).to_be_focused()


ASK = '<button id="ask">Questions?</button><a href="#ask" id="other">Other</a>'
SLIDE_IN = f'{ASK}<switchyard-form form="demo" mode="slide-in" open-on="click:#ask"></switchyard-form>'


@pytest.fixture(params=["runtime.js", "dialogs.js"])
def slow_site(open_site, live_server, request):
    """A page with the stub whose next script, or the one after, comes once it is called for."""

    def opened(body: str) -> tuple[Page, Callable[[], None]]:
        page = open_site(page_with(body, script=""))
        waiting: list[Route] = []
        page.route(f"**/{request.param}", lambda route: waiting.append(route))
        with page.expect_request(f"**/{request.param}"):
            page.add_script_tag(url=f"{live_server.url}/static/forms_engine/embed.js")
        return page, lambda: waiting[0].continue_()

    return opened


@pytest.mark.parametrize("key", ["", "Enter", "Space"])
def test_a_button_of_the_page_that_is_pressed_before_the_scripts_have_come_opens_the_dialog(slow_site, key):
    page, let_scripts_come = slow_site(SLIDE_IN)
    button = page.get_by_role("button", name="Questions?")
    button.press(key) if key else button.click()
    let_scripts_come()
    expect(page.get_by_role("heading", name=HEADING)).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_an_early_click_on_something_else_opens_nothing(slow_site):
    page, let_scripts_come = slow_site(SLIDE_IN)
    page.get_by_role("link", name="Other").click()
    let_scripts_come()
    page.wait_for_timeout(1000)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_click_that_was_dealt_with_opens_no_element_that_comes_later(open_site):
    page = open_site(page_with(SLIDE_IN))
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Questions?").click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_focused()
    page.evaluate("document.body.append(document.querySelector('switchyard-form').cloneNode())")
    page.wait_for_timeout(1000)
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_what_opens_by_itself_waits_until_nobody_types(open_site):
    page = open_site(automatic("time:1"))
    page.get_by_label("Search").focus()
    page.wait_for_timeout(2500)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Search").blur()
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()


def test_once_closed_it_does_not_open_by_itself_again_in_this_tab(open_site):
    page = open_site(automatic("time:0.1"))
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.wait_for_timeout(1500)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_scrolling_half_of_the_page_opens_it(open_site):
    page = open_site(automatic("scroll:50"))
    page.wait_for_timeout(1000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.mouse.wheel(0, 2000)
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()


def test_a_pointer_that_leaves_at_the_top_opens_it(open_site):
    page = open_site(automatic("exit"))
    page.wait_for_timeout(1000)
    leaving = "document.dispatchEvent(new MouseEvent('mouseout', {clientY: -1, bubbles: true}))"
    page.evaluate(leaving)
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()


def test_the_page_opens_and_closes_it_by_a_call(open_site):
    page = open_site(POPUP)
    expect(page.get_by_role("button", name="Request a demo")).to_be_visible()
    page.evaluate("Switchyard.open('demo')")
    expect(page.get_by_role("dialog", name=HEADING)).to_be_visible()
    page.evaluate("Switchyard.close()")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_in_a_popup_the_fallback_is_in_the_dialog_and_goes_back_to_the_page(open_site):
    link = '<a href="https://tallyfern.example/">Request a demo</a>'
    page = open_site(page_with(f'<switchyard-form form="unheard-of" mode="popup">{link}</switchyard-form>'))
    page.wait_for_timeout(1000)
    page.get_by_role("link", name="Request a demo").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    slot = page.locator("dialog slot")
    expect(slot).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Request a demo")).to_be_visible()
