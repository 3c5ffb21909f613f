"""Forms on all sorts of pages: several, moved, removed, in other languages, by strict policies, without consent."""

import pytest
from playwright.sync_api import Page, expect

from forms_engine.models import Submission
from tests.browser.chrome import DESKTOP, PHONE
from tests.browser.embed.conftest import fill_in_and_send, form_in, page_with, publish
from tests.browser.test_demo_form import expect_owner

pytestmark = [pytest.mark.browser, pytest.mark.again, pytest.mark.django_db(transaction=True)]

ELEMENT = '<switchyard-form form="demo"></switchyard-form>'
EMAIL = {"key": "email", "type": "email", "label": "E-mail", "required": True, "maps_to": "email"}


def asking(*fields: object, **more: object) -> dict[str, object]:
    """A document of one step that asks for the address and what else is given."""
    return {"title": "A form", "steps": [{"key": "one", "title": "One step", "fields": [EMAIL, *fields]}], **more}


STRICT = (
    "default-src 'none'; script-src {forms}; connect-src {forms}; style-src 'none'; form-action 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types switchyard"
)


@pytest.mark.parametrize("mode", ["inline", "popup", "slide-in", "full"])
def test_a_strict_policy_is_enough(open_site, mode):
    # `new_page` fails the test for any complaint about the policy.
    element = f'<switchyard-form form="demo" mode="{mode}" open-on="time:0" min-height="400px"></switchyard-form>'
    page = open_site(page_with(element), policy=STRICT)
    fill_in_and_send(page)
    expect_owner(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_when_the_form_comes(open_site, size):
    head = "<style>switchyard-form { display: block; min-height: 34rem }</style>"
    page = open_site(page_with(f"{ELEMENT}<p>Text below.</p>", head=head), viewport=size)
    expect(form_in(page)).to_be_visible()
    page.wait_for_timeout(500)
    shift = """new Promise(done => new PerformanceObserver(list =>
        done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))
    ).observe({type: "layout-shift", buffered: true}) || setTimeout(done, 500, 0))"""
    assert page.evaluate(shift) == 0


def kept_in(page: Page) -> tuple[int, list[object]]:
    """How much is in local storage, and which cookies there are."""
    return page.evaluate("localStorage.length"), page.context.cookies()


def test_without_consent_nothing_outlives_the_tab(open_site):
    page = open_site(page_with(ELEMENT))
    fill_in_and_send(page)
    expect_owner(page)
    assert kept_in(page) == (0, [])
    assert Submission.objects.get().visitor_id != ""


@pytest.mark.parametrize("attribute", ['consent="granted"', ""], ids=["attribute", "call"])
def test_with_consent_the_visitor_is_known_again(open_site, attribute):
    page = open_site(page_with(ELEMENT.replace(">", f" {attribute}>", 1)))
    expect(form_in(page)).to_be_visible()
    if not attribute:
        page.evaluate("Switchyard.consent(true)")
    page.wait_for_function("localStorage.switchyard_visitor")
    visitor = page.evaluate("localStorage.switchyard_visitor")
    with page.expect_request(lambda request: "/api/v1/forms/demo?" in request.url) as asked:
        page.reload()
    assert f"visitor={visitor}&sticky=1" in asked.value.url


def test_withdrawing_consent_deletes_what_was_kept(open_site):
    page = open_site(page_with(ELEMENT))
    expect(form_in(page)).to_be_visible()
    page.evaluate("Switchyard.consent(true)")
    page.wait_for_function("localStorage.switchyard_visitor")
    page.evaluate("Switchyard.consent(false)")
    page.wait_for_function("!localStorage.switchyard_visitor")
    assert kept_in(page) == (0, [])


def test_hidden_fields_see_the_pages_query_cookies_and_data(open_site):
    sources = {"plan": {"data": "plan"}, "team": {"data": "team"}, "seen": {"cookie": "seen"}, "ref": {"query": "ref"}}
    hidden = [{"key": key, "type": "hidden", "source": source} for key, source in sources.items()]
    campaign = {"key": "campaign", "type": "hidden", "source": {"utm": "campaign"}}
    publish("hidden", asking(*hidden, campaign))
    script = "<script>document.cookie = 'seen=before'</script>"
    page = open_site(
        page_with('<switchyard-form form="hidden" data-plan="pro"></switchyard-form>', head=script),
        query="?ref=friend&utm_campaign=spring",
    )
    page.evaluate("Switchyard.data({plan: 'free', team: 'sales'})")
    page.get_by_label("E-mail").fill("jo@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    answers = Submission.objects.get().answers
    expected = {"plan": "pro", "team": "sales", "seen": "before", "ref": "friend", "campaign": "spring"}
    assert {key: answers.get(key) for key in expected} == expected


def test_events_tell_of_every_stage(open_site):
    listening = "<script>window.told = []; for (const name of ['ready', 'step', 'submitted', 'assigned'])"
    listening += " document.addEventListener(name, ({type}) => told.push(type))</script>"
    page = open_site(page_with(ELEMENT, head=listening))
    page.evaluate("Switchyard.on('assigned', (detail, element) => { window.owner = detail.owner.name + element.id })")
    fill_in_and_send(page)
    expect_owner(page)
    assert page.evaluate("told") == ["ready", "step", "step", "step", "submitted", "assigned"]
    assert page.evaluate("owner") == page.locator("[data-owner]").inner_text()


def test_several_forms_stand_on_one_page_without_meddling(open_site):
    publish("other", asking())
    page = open_site(page_with(f'{ELEMENT}<switchyard-form form="other"></switchyard-form>'))
    expect(form_in(page, 0)).to_be_visible()
    expect(form_in(page, 1)).to_be_visible()
    page.get_by_label("E-mail", exact=True).fill("jo@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Submission.objects.get().version.form.slug == "other"


def test_an_element_that_is_moved_keeps_its_answers(open_site):
    page = open_site(page_with(f'<div id="a">{ELEMENT}</div><div id="b"></div>'))
    page.get_by_label("Full name").fill("Jo Example")
    page.evaluate("document.querySelector('#b').append(document.querySelector('switchyard-form'))")
    expect(page.locator("#b").get_by_label("Full name")).to_have_value("Jo Example")


def test_an_element_that_is_put_back_has_the_answers_of_the_tab(open_site):
    page = open_site(page_with(ELEMENT))
    page.get_by_label("Full name").fill("Jo Example")
    page.evaluate("window.form = document.querySelector('switchyard-form'); form.remove()")
    page.wait_for_timeout(200)
    page.evaluate("document.body.append(form)")
    expect(page.get_by_label("Full name")).to_have_value("Jo Example")


def test_an_element_made_by_a_script_may_get_its_form_later(open_site):
    page = open_site(page_with(""))
    page.wait_for_function("!!customElements.get('switchyard-form')")
    page.evaluate(
        "() => { const made = document.createElement('switchyard-form'); document.body.append(made);"
        " made.setAttribute('form', 'demo') }"
    )
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_another_form_attribute_shows_another_form(open_site):
    publish("other", asking())
    page = open_site(page_with(ELEMENT))
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    page.evaluate("document.querySelector('switchyard-form').setAttribute('form', 'other')")
    expect(page.get_by_role("heading", name="One step")).to_be_visible()
    expect(page.get_by_role("heading", name="Who are you?")).to_have_count(0)


def test_an_arabic_form_runs_from_right_to_left(open_site):
    arabic = {"title": "نموذج", "steps": {"one": {"title": "من أنت؟"}}, "fields": {"email": {"label": "البريد"}}}
    publish("arabic", asking(translations={"ar": arabic}))
    page = open_site(page_with('<section lang="ar"><switchyard-form form="arabic"></switchyard-form></section>'))
    expect(page.get_by_role("heading", name="من أنت؟")).to_be_visible()
    label = page.get_by_text("البريد").bounding_box()
    form = form_in(page).bounding_box()
    assert form_in(page).get_attribute("dir") == "rtl"
    assert label["x"] + label["width"] > form["x"] + form["width"] * 0.8


def test_an_ending_may_lead_to_another_form_in_the_same_place(open_site):
    publish("other", asking())
    ending = {"key": "next", "kind": "form", "form": "other"}
    publish("first", asking(endings=[ending]))
    page = open_site(page_with('<switchyard-form form="first"></switchyard-form>'))
    page.get_by_label("E-mail").fill("jo@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("form[data-form=other][data-ready]")).to_be_visible()
