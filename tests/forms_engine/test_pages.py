import gzip
import json
import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from experiments.models import Experiment, Exposure, Variant
from forms_engine.models import Form, Submission
from forms_engine.services.publish_version import publish_version
from foundation.briefly_kept import forget_all
from foundation.throttles import SUBMISSIONS
from pipeline.models import Run
from pipeline.selectors import RunState
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW, BrandFactory, FormFactory
from tests.forms_engine.markup import Element, controls, read_markup

pytestmark = pytest.mark.django_db
URL = "/f/demo/"
YOU = {"email": "ada@example.com", "full_name": "Ada Lovelace"}


class Page:
    """What a browser without JavaScript would know of a page: what it shows, and what it would post."""

    def __init__(self, response: Any) -> None:
        self.root = read_markup(response.content.decode())
        self.controls = controls(self.root)

    @property
    def elements(self) -> list[Element]:
        return list(self.root.walk())

    @property
    def shown(self) -> set[str]:
        """Names of the controls that can be seen."""
        named = (
            element for element in self.elements if element.attrs.get("name") and element.attrs.get("type") != "hidden"
        )
        return {str(element.attrs["name"]) for element in named if not element.is_hidden}

    @property
    def text(self) -> str:
        """What can be read on it."""
        return " ".join(
            element.own_text
            for element in self.elements
            if not element.is_hidden and element.tag not in {"script", "title"}
        )

    def of_id(self, name: str) -> dict[str, str | None]:
        return self.root.one(id=name).attrs

    @property
    def session(self) -> Any:
        return json.loads(self._data("data-session"))

    def _data(self, name: str) -> str:
        return next(element.own_text for element in self.elements if name in element.attrs)


class Visitor:
    """Fills in the form page by page, as a browser without JavaScript does."""

    def __init__(self, url: str = URL, **headers: str) -> None:
        self.client = Client()
        self.url = url
        self.response = self.client.get(url, headers=headers)
        self.page = Page(self.response)

    def send(self, action: str = "next", **typed: str | list[str]) -> "Visitor":
        self.response = self.client.post(self.url.split("?")[0], {**self.page.controls, **typed, "_action": action})
        if self.response.status_code != 303:
            self.page = Page(self.response)
        return self

    @property
    def step(self) -> str:
        return self.page.controls["_step"][0]


def at_the_last_step(country: str = "FR") -> Visitor:
    return Visitor().send(**YOU).send(country=country)


def test_the_first_page_asks_the_first_steps_questions(demo: Form) -> None:
    visitor = Visitor()

    assert visitor.response.status_code == 200
    assert {"email", "full_name"} <= visitor.page.shown
    assert "country" not in visitor.page.shown
    assert "Step 1 of 3" in visitor.page.text


def test_a_form_is_filled_in_step_by_step(demo: Form) -> None:
    visitor = at_the_last_step().send(message="Hello", consent="on")

    submission = Submission.objects.get()
    assert visitor.response.status_code == 303
    assert visitor.response["Location"] == f"/f/demo/done/{submission.pk}/"
    assert submission.answers == {
        **YOU,
        "country": "FR",
        "message": "Hello",
        "consent": True,
    }
    assert (submission.origin, submission.deliver) == ("visitor", True)


def test_a_wrong_answer_shows_the_step_again_with_what_was_typed(demo: Form) -> None:
    visitor = Visitor().send(email="ada", full_name="Ada")

    assert (visitor.response.status_code, visitor.step) == (422, "you")
    assert visitor.page.controls["email"] == ["ada"]
    assert "Enter an e-mail address" in visitor.page.text


def test_errors_are_tied_to_their_fields(demo: Form) -> None:
    page = Visitor().send(email="ada", full_name="Ada").page

    assert page.of_id("f-email")["aria-invalid"] == "true"
    assert "f-email-error" in str(page.of_id("f-email")["aria-describedby"])
    assert page.root.all("a", href="#f-email")


def test_back_keeps_the_answers_even_wrong_ones(demo: Form) -> None:
    visitor = Visitor().send(**YOU).send("back", country="DE")

    assert (visitor.step, visitor.page.controls["full_name"], visitor.page.controls["country"]) == (
        "you",
        ["Ada Lovelace"],
        ["DE"],
    )


def test_continue_first_shows_questions_that_appeared(demo: Form) -> None:
    visitor = Visitor().send(**YOU).send(country="DE")

    assert (visitor.response.status_code, visitor.step) == (200, "company")
    assert "employees" in visitor.page.shown
    assert "more questions" in visitor.page.text


def test_once_shown_they_must_be_answered(demo: Form) -> None:
    visitor = Visitor().send(**YOU).send(country="DE").send()

    assert visitor.response.status_code == 422
    assert visitor.send(employees="1,200").step == "last"


def test_refresh_shows_what_depends_on_a_change_and_blames_nobody(demo: Form) -> None:
    visitor = Visitor().send(**YOU).send("refresh", country="DE")

    assert (visitor.response.status_code, visitor.step) == (200, "company")
    assert "employees" in visitor.page.shown


def test_a_step_without_visible_fields_is_passed_over(demo: Form) -> None:
    steps = [
        {"key": "one", "fields": [field("email", "email", required=True, maps_to="email"), field("more", "checkbox")]},
        {"key": "two", "fields": [field("why", visible_when={"more": True})]},
        {"key": "three", "fields": [field("note")]},
    ]
    publish_version(form=demo, document={"title": "Hi", "steps": steps}, now=NOW)

    visitor = Visitor()
    assert "Step 1 of 2" in visitor.page.text
    assert visitor.send(email="ada@example.com").step == "three"
    assert visitor.send("goto:one").send(more="on").step == "two"


def test_earlier_answers_are_checked_again_at_the_end(demo: Form) -> None:
    visitor = at_the_last_step()
    visitor.page.controls["email"] = ["tampered"]

    visitor.send(consent="on")

    assert (visitor.response.status_code, visitor.step) == (422, "you")
    assert not Submission.objects.exists()


def test_nobody_jumps_over_a_step(demo: Form) -> None:
    visitor = Visitor()

    assert visitor.send("goto:last", _step="last").step == "you"
    assert visitor.send("next", _step="last").step == "you"


def test_sending_twice_makes_one_submission(demo: Form) -> None:
    visitor = at_the_last_step().send(consent="on")
    first = visitor.response["Location"]

    assert visitor.send(consent="on").response["Location"] == first
    assert Submission.objects.count() == Run.objects.count() == 1


def test_going_back_and_sending_other_answers_is_another_submission(demo: Form) -> None:
    visitor = at_the_last_step().send(consent="on")

    assert visitor.send(consent="on", message="One more thing").response.status_code == 303
    assert Submission.objects.count() == 2


def test_names_that_are_not_fields_are_ignored(demo: Form) -> None:
    at_the_last_step().send(consent="on", shoe_size="44", campaign="forged")

    assert Submission.objects.get().answers.keys().isdisjoint({"shoe_size", "campaign"})


def test_campaign_referrer_and_language_are_remembered(demo: Form) -> None:
    visitor = Visitor(
        f"{URL}?utm_campaign=spring&plan=pro", referer="https://news.example/", accept_language="de-AT,de;q=0.9"
    )
    visitor.send(**YOU).send(country="FR").send(consent="on")

    submission = Submission.objects.get()
    assert submission.answers["campaign"] == "spring"
    assert submission.context == {
        "page": f"{settings.PUBLIC_URL}/f/demo/?utm_campaign=spring&plan=pro",
        "referrer": "https://news.example/",
        "language": "de-AT",
        "utm": {"campaign": "spring"},
        "query": {"plan": "pro"},
    }


@pytest.mark.parametrize(
    "query",
    [
        "utm_campaign=%00",
        "utm_campaign=%ED%A0%80",
        "utm_" + "x" * 500 + "=1",
        "q=" + "x" * 5000,
        "&".join(["a=b"] * 999),
    ],
)
def test_odd_addresses_neither_break_the_page_nor_the_submission(demo: Form, query: str) -> None:
    Visitor(f"{URL}?{query}").send(**YOU).send(country="FR").send(consent="on")

    assert Submission.objects.count() == 1


# Hostile input

JSON = "application/json"
SCRIPT = "\"><script>alert(1)</script>'<img src=x onerror=alert(1)>"


def test_what_was_typed_is_escaped_wherever_it_comes_back(demo: Form) -> None:
    shown_again = Visitor().send(email=SCRIPT, full_name=SCRIPT)
    carried = Visitor().send(email="ada@example.com", full_name=SCRIPT)

    for response in (shown_again.response, carried.response):
        assert b"<script>alert" not in response.content
        assert b"<img" not in response.content
    assert carried.page.controls["full_name"] == [SCRIPT]


def test_texts_of_a_form_are_escaped_too() -> None:
    form = FormFactory(slug="demo", brand=BrandFactory(name=SCRIPT, privacy_text=SCRIPT))
    choices = [{"value": SCRIPT, "label": SCRIPT}]
    fields = [
        field("a", label=SCRIPT, help=SCRIPT, placeholder=SCRIPT, default=SCRIPT),
        field("b", "select", choices=choices),
        field("c", "radio", choices=choices),
    ]
    publish_version(form=form, document=document(*fields, title=SCRIPT, intro=SCRIPT, submit_label="<b>"), now=NOW)

    content = Visitor().response.content

    assert b"<script>alert" not in content
    assert b"<img" not in content
    assert b"<b>" not in content


def test_a_page_may_load_nothing_from_elsewhere(demo: Form) -> None:
    policy = Visitor().response["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_only_the_brands_logo_may_come_from_where_it_lives(demo: Form) -> None:
    demo.brand.theme = {"logo_url": "https://cdn.example.com/logo.svg"}
    demo.brand.save()

    assert "img-src 'self' data: https://cdn.example.com" in Visitor().response["Content-Security-Policy"]


def test_pages_hold_no_inline_style_or_script(demo: Form) -> None:
    for element in Visitor().page.elements:
        assert "style" not in element.attrs
        assert not any(name.startswith("on") for name in element.attrs)
        assert element.tag not in {"style", "script"} or "src" in element.attrs or element.attrs["type"] == JSON


def test_pages_are_not_kept_by_caches(demo: Form) -> None:
    assert Visitor().response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("token", ["", "x", "x:y:z"])
def test_a_token_that_is_not_ours_is_refused(demo: Form, token: str) -> None:
    response = Client().post(URL, {"_token": token, **YOU})

    assert response.status_code == 400
    assert b"Start anew" in response.content


def test_a_token_of_another_form_is_refused(demo: Form, contact: Form) -> None:
    token = Visitor("/f/contact/").page.controls["_token"][0]

    assert Client().post(URL, {"_token": token, **YOU}).status_code == 400


def test_a_page_open_for_too_long_is_gone(demo: Form) -> None:
    visitor = Visitor()

    with time_machine.travel(timedelta(seconds=settings.FORM_VERSION_GRACE.total_seconds() + 60)):
        assert visitor.send(**YOU).response.status_code == 410


def test_a_version_that_expired_meanwhile_is_gone(demo: Form) -> None:
    visitor = at_the_last_step()
    publish_version(form=demo, document=document(), now=NOW)

    assert visitor.send(consent="on").response.status_code == 410
    assert not Submission.objects.exists()


def test_a_post_of_megabytes_is_refused(demo: Form) -> None:
    visitor = Visitor()

    assert visitor.send(email="x" * 2_000_000).response.status_code == 413


def test_too_many_submissions_from_one_address_are_told_to_wait(demo: Form, settings: Any) -> None:
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {**rates, SUBMISSIONS: "1/min"}}
    first, second = at_the_last_step(), at_the_last_step("AT")

    assert first.send(consent="on").response.status_code == 303
    assert second.send(consent="on").response.status_code == 429
    assert second.response["Retry-After"] == "60"
    assert b"Go back and send again in a minute" in second.response.content
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("url", ["/f/nothing/", "/f/%00/", "/f/demo/done/nothing/", "/nothing/"])
def test_what_is_not_there_is_a_page_of_the_same_look(demo: Form, url: str) -> None:
    response = Client().get(url)

    assert response.status_code == 404
    assert b"There is nothing here" in response.content


# Visitors, experiments


def experiment(form: Form) -> Experiment:
    """One page against three steps, running."""
    three = form.active_version
    one = publish_version(form=form, document=document(field("full_name")), now=NOW)
    made = Experiment.objects.create(key="steps", subject=form.subject, status=Experiment.Status.RUNNING)
    for key, version in (("three", three), ("one", one)):
        assert version is not None
        Variant.objects.create(
            experiment=made, key=key, payload={"form_version": version.pk}, is_control=key == "three"
        )
    return made


def test_without_consent_nothing_is_kept_of_the_visitor(demo: Form) -> None:
    experiment(demo)
    client = Client()

    client.get(URL)
    client.get(URL)

    assert not client.cookies
    assert list(Exposure.objects.values_list("sticky", flat=True)) == [False, False]


def test_with_consent_the_visitor_keeps_the_variant(demo: Form) -> None:
    experiment(demo)
    client = Client()

    steps = {Page(client.get(f"{URL}?consent=1")).controls["_step"][0] for _ in range(5)}

    assert client.cookies["sy_visitor"]["httponly"]
    assert len(steps) == Exposure.objects.count() == 1
    assert Exposure.objects.get().sticky


def test_consent_withdrawn_forgets_the_visitor(demo: Form) -> None:
    client = Client()
    client.get(f"{URL}?consent=1")

    client.get(f"{URL}?consent=0")

    assert client.cookies["sy_visitor"].value == ""


def test_an_id_of_somebody_elses_making_is_not_taken_without_consent(demo: Form) -> None:
    experiment(demo)
    client = Client()
    client.cookies["sy_visitor"] = "x" * 22

    client.get(URL)

    assert Exposure.objects.get().visitor_id != "x" * 22


def test_a_submission_knows_what_its_visitor_saw(demo: Form) -> None:
    experiment(demo)
    visitor = Visitor()
    visitor.send(**YOU)
    if visitor.response.status_code != 303:
        visitor.send(country="FR").send(consent="on")

    submission, exposure = Submission.objects.get(), Exposure.objects.get()
    assert (submission.experiment_key, submission.variant_key) == ("steps", exposure.variant.key)
    assert (submission.exposure_id, submission.visitor_id) == (exposure.pk, exposure.visitor_id)
    assert submission.version_id == exposure.variant.payload["form_version"]


def test_a_variant_that_points_nowhere_shows_the_active_version(demo: Form) -> None:
    made = Experiment.objects.create(key="e", subject=demo.subject, status=Experiment.Status.RUNNING)
    Variant.objects.create(experiment=made, key="a", payload={"form_version": 10**30})

    assert Visitor().step == "you"


def test_looking_with_head_shows_nobody_anything(demo: Form) -> None:
    experiment(demo)

    assert Client().head(URL).status_code == 200
    assert not Exposure.objects.exists()


# Thank you


def done(state: RunState, query: str = "") -> Any:
    location = at_the_last_step().send(consent="on").response["Location"]
    with patch("forms_engine.views.done.state_of", return_value=state):
        return Client().get(location + query)


def test_the_owner_is_named_once_known(demo: Form) -> None:
    page = Page(done(RunState("assigned", owner_name="Grace Hopper", owner_email="grace@example.com")))

    assert re.search(r"You’ll be talking to\s+Grace Hopper", page.text)
    assert "GH" in page.text
    assert not page.root.all("meta", http_equiv="refresh")


def test_until_then_the_page_asks_again(demo: Form) -> None:
    response = done(RunState("received"))

    assert b'<noscript><meta http-equiv="refresh" content="1;url=?r=1"></noscript>' in response.content
    assert f'data-poll="/api/v1/submissions/{Submission.objects.get().pk}"' in response.content.decode()


def test_asking_again_comes_to_an_end(demo: Form) -> None:
    assert b"http-equiv" not in done(RunState("received"), "?r=8").content


def test_a_parked_lead_is_told_kindly(demo: Form) -> None:
    page = done(RunState("parked", reason="no_eligible_member")).content.decode()

    assert re.search(r'<div class="found" data-when="parked">', page)
    assert "no_eligible_member" not in page


def test_the_thank_you_page_repeats_no_personal_answer(demo: Form) -> None:
    content = done(RunState("received")).content

    assert b"ada" not in content.lower().replace(b"data", b"")


def test_a_submission_is_thanked_on_its_own_forms_page_only(demo: Form, contact: Form) -> None:
    location = at_the_last_step().send(consent="on").response["Location"]

    assert Client().get(location.replace("demo", "contact")).status_code == 404


# The rest of the site


def test_the_front_door_lists_open_forms(demo: Form) -> None:
    FormFactory(name="Never published")

    content = Client().get("/").content

    assert b'href="/f/demo/"' in content
    assert b"Never published" not in content


def test_a_brands_colours_are_a_stylesheet_that_may_be_kept(demo: Form) -> None:
    links = [element.attrs["href"] for element in Visitor().page.root.all("link")]
    address = next(href for href in links if "/brands/" in str(href))

    response = Client().get(str(address))

    assert "immutable" in response["Cache-Control"]
    assert b"--accent:" in response.content


# Every kind of way through a form, without a script

CHOICES = [{"value": "s", "label": "Small"}, {"value": "l", "label": "Large"}]


def winding() -> Form:
    """A form with a gate, a jump, a list, a phone number and a region."""
    form = FormFactory(slug="demo")
    steps = [
        {
            "key": "you",
            "fields": [
                field("email", "email", required=True, maps_to="email"),
                field("size", "radio", required=True, choices=CHOICES),
                field("needs", "checkboxes", choices=CHOICES),
            ],
            "gates": [{"when": {"needs": {"$exists": False}}, "ending": "sorry"}],
            "jumps": [{"when": {"size": "s"}, "to": "last"}],
        },
        {
            "key": "place",
            "fields": [field("country", "country", required=True), field("region", "region", required=True)],
        },
        {"key": "last", "fields": [field("phone", "tel")]},
    ]
    endings = [
        {"key": "sorry", "title": "Not yet", "message": "Come back when you need us."},
        {"key": "large", "when": {"size": "l"}, "kind": "redirect", "url": "https://www.example.com/thanks"},
        {"key": "thanks", "title": "Thanks"},
    ]
    publish_version(form=form, document={"title": "Hi", "steps": steps, "endings": endings}, now=NOW)
    return form


def test_a_jump_leaves_out_the_step_and_its_answers() -> None:
    winding()
    visitor = Visitor().send(email="ada@example.com", size="s", needs=["s", "l"])
    assert visitor.step == "last"

    visitor.send(country="DE", phone="030 1234567", phone__country="DE")

    assert Submission.objects.get().answers == {
        "email": "ada@example.com",
        "size": "s",
        "needs": ["s", "l"],
        "phone": "+49301234567",
    }


def test_a_gate_ends_the_form_and_stores_nothing() -> None:
    winding()
    visitor = Visitor().send(email="ada@example.com", size="s")

    assert visitor.response.status_code == 200
    assert "Not yet" in visitor.page.text
    assert "data-poll" not in visitor.response.content.decode()
    assert not Submission.objects.exists()


def test_regions_come_with_the_country() -> None:
    winding()
    visitor = Visitor().send(email="ada@example.com", size="l", needs=["l"]).send(country="DE")

    assert visitor.step == "place"
    assert "region" in visitor.page.shown
    assert visitor.send(region="DE-BE").step == "last"


def test_an_ending_may_be_another_page() -> None:
    winding()
    visitor = Visitor().send(email="ada@example.com", size="l", needs=["l"]).send(country="DE")

    response = visitor.send(region="DE-BE").send().response

    assert (response.status_code, response["Location"]) == (303, "https://www.example.com/thanks")
    assert "https://www.example.com" in Visitor().response["Content-Security-Policy"].partition("form-action")[2]


def test_an_ending_may_be_another_form(contact: Form) -> None:
    form = FormFactory(slug="demo")
    endings = [{"key": "more", "kind": "form", "form": "contact"}]
    publish_version(form=form, document=document(endings=endings), now=NOW)

    assert Visitor().send(email="ada@example.com").response["Location"] == "/f/contact/"


def test_a_filled_in_trap_goes_to_quarantine_and_is_answered_alike(demo: Form) -> None:
    response = at_the_last_step().send(consent="on", _website="https://spam.example").response

    assert (response.status_code, Submission.objects.get().marks) == (303, ["trap"])
    assert not Run.objects.exists()


# Languages

GERMAN = {"title": "Sprechen wir", "fields": {"email": {"label": "E-Mail"}}}
ARABIC = {"title": "تحدث إلينا"}


@pytest.fixture
def spoken() -> Form:
    form = FormFactory(slug="demo", brand=BrandFactory(privacy_url="https://example.com/privacy"))
    publish_version(form=form, document=document(translations={"de": GERMAN, "ar": ARABIC}), now=NOW)
    return form


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("?lang=ar", "de", "ar"),
        ("?lang=xx", "de", "de"),
        ("", "nl,fr;q=0.9", "en"),
        ("", "", "en"),
        ("?lang=" + "x" * 500, "\x00;;q=", "en"),
    ],
)
def test_a_page_speaks_the_visitors_language(spoken: Form, query: str, header: str, language: str) -> None:
    page = Visitor(URL + query, accept_language=header).page

    assert page.root.one("html").attrs["lang"] == page.root.one("form").attrs["lang"] == language


def test_a_page_keeps_its_language_and_so_do_its_errors(spoken: Form) -> None:
    visitor = Visitor(f"{URL}?lang=de").send(email="ada")

    assert visitor.page.root.one("html").attrs["lang"] == "de"
    assert visitor.page.root.one("title").text.startswith("Fehler: Sprechen wir")
    assert Visitor(f"{URL}?lang=de").send(email="ada@example.com").response.status_code == 303
    assert Submission.objects.get().language == "de"


def test_a_page_may_be_written_from_the_right(spoken: Form) -> None:
    page = Visitor(f"{URL}?lang=ar").page

    assert page.root.one("html").attrs["dir"] == page.root.one("form").attrs["dir"] == "rtl"
    assert "الخصوصية" in page.text


def test_the_thanks_speak_the_language_of_the_form(spoken: Form) -> None:
    location = Visitor(f"{URL}?lang=de").send(email="ada@example.com").response["Location"]
    page = Page(Client().get(location))

    assert page.root.one("html").attrs["lang"] == "de"
    assert page.root.one("h1").text == "Vielen Dank"


def test_an_error_page_speaks_the_forms_language_in_its_look(spoken: Form) -> None:
    response = Client().post(URL, {"_token": "x"}, headers={"accept-language": "de"})
    page = Page(response)

    assert (response.status_code, page.root.one("html").attrs["lang"]) == (400, "de")
    assert page.root.one("a", class_="button").attrs["href"] == URL
    assert "Acme" in page.text


# Within another site's page

FRAME = "/f/demo/frame/"


@pytest.fixture
def framed(demo: Form) -> Form:
    demo.allowed_origins = ["https://www.example.com"]
    demo.save()
    return demo


def ancestors(response: Any) -> str:
    directives = dict(each.strip().partition(" ")[::2] for each in response["Content-Security-Policy"].split(";"))
    return str(directives["frame-ancestors"])


def test_only_allowed_sites_may_frame_the_frame_page(framed: Form) -> None:
    response = Visitor(FRAME).response

    assert ancestors(response) == "'self' https://www.example.com"
    assert "X-Frame-Options" not in response


def test_nobody_may_frame_the_other_page(framed: Form) -> None:
    response = Visitor().response

    assert (ancestors(response), response["X-Frame-Options"]) == ("'none'", "DENY")


def test_a_framed_page_has_no_header_and_footer(framed: Form) -> None:
    page = Visitor(FRAME).page

    assert page.root.one("body").attrs["class"] == "framed"
    assert not page.root.all("header")
    assert not page.root.all("footer")


def test_a_framed_form_is_filled_in_within_its_frame(framed: Form) -> None:
    visitor = Visitor(FRAME)
    assert visitor.page.root.one("form").attrs["action"] == FRAME

    visitor.send(**YOU).send(country="FR").send(consent="on")

    assert visitor.response["Location"] == f"/f/demo/frame/done/{Submission.objects.get().pk}/"
    done = visitor.client.get(visitor.response["Location"])
    assert ancestors(done) == "'self' https://www.example.com"
    assert not Page(done).root.all("header")


def test_an_error_is_shown_within_the_frame(framed: Form) -> None:
    response = Client().post(FRAME, {"_token": "x"})

    assert (response.status_code, ancestors(response)) == (400, "'self' https://www.example.com")


def test_within_a_frame_no_visitor_is_recognised(framed: Form) -> None:
    client = Client()
    client.get(f"{URL}?consent=1")
    experiment(framed)

    response = client.get(FRAME)

    assert not response.cookies
    assert not Exposure.objects.get().sticky


# What the script needs, and what the wire carries


def test_the_page_tells_the_script_of_the_session(demo: Form) -> None:
    session = Visitor().page.session

    assert session["api"] == "/api/v1"
    assert session["challenge"]["algorithm"] == "SHA-256"
    assert session.keys() >= {"session_id", "saves", "consented", "known", "resumed_step"}


def test_a_page_is_compressed_for_browsers_that_take_it(demo: Form) -> None:
    response = Client().get(URL, headers={"accept-encoding": "gzip, br"})

    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    read_markup(gzip.decompress(response.content).decode())
    assert "Content-Encoding" not in Client().get(URL)


@pytest.mark.parametrize("header", ["", "br", "gzip;q=0", "identity, gzip;q=0.0"])
def test_a_page_is_plain_for_others(demo: Form, header: str) -> None:
    response = Client().get(URL, headers={"accept-encoding": header})

    assert "Content-Encoding" not in response


def test_opening_a_form_asks_the_database_twice_and_soon_again_once(demo: Form, django_assert_num_queries: Any) -> None:
    Client().get(URL)

    forget_all()
    with django_assert_num_queries(2) as queries:
        Client().get(URL)
    assert not any('"document"' in query["sql"] for query in queries)
    with django_assert_num_queries(1):
        Client().get(URL)


def test_a_hidden_field_reads_its_cookie_without_a_script() -> None:
    form = FormFactory(slug="demo")
    publish_version(form=form, document=document(field("client", "hidden", source={"cookie": "_ga"})), now=NOW)
    visitor = Visitor()
    visitor.client.cookies["_ga"] = "GA1.2.345"
    visitor.client.cookies["other"] = "private"

    visitor.send(email="ada@example.com")

    assert Submission.objects.get().answers["client"] == "GA1.2.345"
    assert "private" not in str(Submission.objects.get().context)
