"""When the network or the server fails: nobody stands before an empty page, and nothing is lost or sent twice."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Route, expect

from forms_engine.models import Submission
from forms_engine.services.server_tokens import issue_token
from pipeline.models import Run
from tests.browser.embed.conftest import fill_in, form_in, page_with, publish, wait_for_submission
from tests.browser.embed.test_pages import asking
from tests.browser.test_demo_form import expect_owner, send

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

LINK = "Write to us instead"
INLINE = page_with(
    f'<switchyard-form form="demo"><a href="mailto:sales@tallyfern.example">{LINK}</a></switchyard-form>', script=""
)
FORM_CALL = re.compile(r"/api/v1/forms/demo\?")


def without_answer(page: Page, address: object, waiting: list[Route]) -> None:
    """Requests to the address are taken, and nobody answers."""
    page.route(address, lambda route: waiting.append(route))


def load_embed(page: Page, live_server) -> None:
    page.add_script_tag(url=f"{live_server.url}/static/forms_engine/embed.js")


@pytest.mark.parametrize("part", ["/api/v1/forms/demo?", "runtime.js", "form.css"])
def test_what_does_not_come_in_three_seconds_gives_way_to_the_fallback(open_site, live_server, part):
    page = open_site(INLINE)
    without_answer(page, lambda url: part in url, [])
    load_embed(page, live_server)
    link = page.get_by_role("link", name=LINK)
    expect(link).to_be_hidden()
    expect(link).to_be_visible(timeout=6000)


def test_a_form_that_comes_late_takes_the_place_of_the_fallback(open_site, live_server):
    page = open_site(INLINE)
    waiting: list[Route] = []
    without_answer(page, FORM_CALL, waiting)
    load_embed(page, live_server)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    page.wait_for_timeout(3500)
    waiting[0].continue_()
    expect(form_in(page)).to_be_visible()
    expect(page.get_by_role("link", name=LINK)).to_be_hidden()


def test_a_form_that_comes_late_does_not_take_the_fallback_from_under_the_visitors_hands(open_site, live_server):
    page = open_site(INLINE)
    waiting: list[Route] = []
    without_answer(page, FORM_CALL, waiting)
    load_embed(page, live_server)
    page.wait_for_timeout(3500)
    page.get_by_role("link", name=LINK).focus()
    with page.expect_response(FORM_CALL):
        waiting[0].continue_()
    page.wait_for_timeout(1000)
    expect(page.get_by_role("link", name=LINK)).to_be_focused()


def test_without_javascript_the_fallback_is_there(open_site):
    page = open_site(INLINE, java_script_enabled=False)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()


@pytest.mark.parametrize("reason", ["the site may not", "there is no such form"])
def test_a_form_that_is_not_given_out_is_an_event_and_shows_the_fallback(open_site, live_server, demo, reason):
    if reason == "the site may not":
        demo.allowed_origins = []
    else:
        demo.slug = "renamed"
    demo.save()
    page = open_site(INLINE)
    page.evaluate("document.addEventListener('error', () => { window.failed = true })")
    load_embed(page, live_server)
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    assert page.evaluate("failed")


def test_a_network_that_is_lost_and_back_gives_one_submission(open_site):
    page = open_site(page_with('<switchyard-form form="demo"></switchyard-form>'))
    fill_in(page)
    page.context.set_offline(True)
    send(page)
    page.wait_for_timeout(1000)
    assert not Submission.objects.exists()
    page.context.set_offline(False)
    expect_owner(page)
    assert (Submission.objects.count(), Run.objects.count()) == (1, 1)


def test_a_script_that_could_not_be_had_is_asked_for_again_at_the_next_press(open_site, live_server):
    page = open_site(INLINE)
    # By this very address: some browsers remember that it failed, so the next try has another.
    page.route("**/sending.js", lambda route: route.abort())
    load_embed(page, live_server)
    fill_in(page)
    send(page)
    expect_owner(page)


def test_an_answer_that_was_lost_on_its_way_back_gives_one_submission(open_site):
    page = open_site(page_with('<switchyard-form form="demo"></switchyard-form>'))
    fill_in(page)
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        route.abort() if len(lost) == 1 else route.fulfill(response=answer)

    page.route("**/submissions", lose_the_first)
    send(page)
    expect_owner(page)
    assert (lost, Submission.objects.count()) == ([202, 202], 1)


def test_a_reload_keeps_the_answers_and_the_step(open_site):
    page = open_site(page_with('<switchyard-form form="demo"></switchyard-form>'))
    fill_in(page)
    page.reload()
    expect(page.get_by_role("heading", name="What should we show you?")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("combobox", name="Country")).to_have_value("US")


def test_a_link_resumes_on_another_computer(open_site, demo, new_page):
    demo.partial_saving = "always"
    demo.save()
    page = open_site(page_with('<switchyard-form form="demo"></switchyard-form>'), query="?ref=friend")
    with page.expect_response(lambda response: "/steps/company" in response.url) as kept:
        fill_in(page)
    token = kept.value.json()["resume"]
    other = new_page()
    other.goto(f"{page.url}&switchyard_resume={token}")
    expect(other.get_by_role("heading", name="What should we show you?")).to_be_visible()
    send(other)
    expect_owner(other)
    submission = Submission.objects.get()
    assert submission.answers["country"] == "US"
    assert "switchyard_resume" not in str(submission.context)


@pytest.mark.parametrize("way", ["attribute", "address"])
def test_a_prefill_token_fills_in_the_form(open_site, client, demo, way):
    _, token = issue_token(name="CRM", form=demo, now=datetime.now(UTC))
    asked = {"answers": {"email": "jo@stripe.com"}}
    headers = {"Authorization": f"Bearer {token}"}
    prefill = client.post("/api/v1/forms/demo/prefill", asked, "application/json", headers=headers).json()["prefill"]
    attribute, query = (f' prefill="{prefill}"', "") if way == "attribute" else ("", f"?switchyard_prefill={prefill}")
    page = open_site(page_with(f'<switchyard-form form="demo"{attribute}></switchyard-form>'), query=query)
    expect(page.get_by_label("Work e-mail")).to_have_value("jo@stripe.com")


def test_a_captured_form_is_sent_once_after_the_network_was_lost(open_site, site):
    publish("lead", asking())
    body = '<form id="lead" action="/thanks" method="post" target="_blank"><input name="email" aria-label="E-mail">'
    page = open_site(page_with(body + "<button>Send</button></form>"))
    page.evaluate("document.forms.lead.addEventListener('submit', event => event.preventDefault())")
    page.evaluate("Switchyard.capture('#lead', {form: 'lead'})")
    page.wait_for_timeout(500)
    page.get_by_label("E-mail").fill("jo@example.com")
    page.wait_for_timeout(1000)
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    page.wait_for_timeout(500)
    assert not Submission.objects.exists()
    page.context.set_offline(False)
    wait_for_submission(page)
    page.wait_for_timeout(500)
    assert [each.answers for each in Submission.objects.all()] == [{"email": "jo@example.com"}]


def test_a_captured_form_that_was_sent_before_the_server_answered_loses_nothing(open_site, site):
    """The names of our fields aren't known yet; numbers are sent as numbers."""
    publish("lead", asking({"key": "guests", "type": "number", "label": "Guests"}))
    inputs = '<input name="email" aria-label="E-mail"><input name="guests" aria-label="Guests"><input name="other">'
    page = open_site(page_with(f'<form id="lead">{inputs}<button>Send</button></form>'))
    page.evaluate("document.forms.lead.addEventListener('submit', event => event.preventDefault())")
    page.evaluate("Switchyard.capture('#lead', {form: 'lead'})")
    page.context.set_offline(True)
    page.get_by_label("E-mail").fill("jo@example.com")
    page.get_by_label("Guests").fill("1,250")
    page.get_by_role("button", name="Send").click()
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    wait_for_submission(page)
    assert Submission.objects.get().answers == {"email": "jo@example.com", "guests": 1250}


def test_a_captured_form_that_the_browser_filled_in_is_no_robots(open_site, site):
    publish("lead", asking(), min_fill_ms=500)
    inputs = '<input name="email" value="jo@example.com" aria-label="E-mail">'
    page = open_site(page_with(f'<form id="lead">{inputs}<button>Send</button></form>'))
    page.evaluate("document.forms.lead.addEventListener('submit', event => event.preventDefault())")
    page.evaluate("Switchyard.capture('#lead', {form: 'lead'})")
    opened = []
    page.on("response", lambda response: opened.append(response) if "/forms/lead?" in response.url else None)
    page.get_by_role("button", name="Send").hover()
    page.mouse.down()
    while not opened:
        page.wait_for_timeout(10)
    page.wait_for_timeout(60)
    page.mouse.up()
    wait_for_submission(page)
    assert Submission.objects.get().marks == []
