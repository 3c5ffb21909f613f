"""A page with our script: it begins a session, has its steps kept, and sends."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from experiments.models import Experiment, Exposure, Variant
from forms_engine.filling import read_filling
from forms_engine.models import Form, FormSession, Submission
from forms_engine.proof import make_challenge, solve
from forms_engine.services.publish_version import publish_version
from forms_engine.services.server_tokens import issue_token
from foundation.briefly_kept import forget_all
from foundation.throttles import counted
from pipeline.models import Run
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW, FormFactory
from tests.forms_engine.sessions import VISITOR, begin, call, keep, send

pytestmark = pytest.mark.django_db

ANSWERS = {"email": "ada@example.com", "full_name": "Ada Lovelace"}
DEMO = {**ANSWERS, "country": "US", "consent": True}


# Beginning


def test_one_answer_has_all_that_a_page_needs(client: Client, contact: Form) -> None:
    answer = begin(client).json()

    assert set(answer) == {
        *("form", "name", "version", "variant", "language", "direction", "definition", "html", "css", "theme"),
        *("session", "session_id", "challenge", "saves", "known", "resumed_step"),
    }
    assert (answer["form"], answer["version"], answer["language"], answer["direction"]) == ("contact", 1, "en", "ltr")
    assert answer["session"] in answer["html"]


def test_nobody_may_keep_it(client: Client, contact: Form) -> None:
    assert begin(client)["Cache-Control"] == "private, no-store"


def test_a_page_that_only_shows_leaves_the_definition_out(client: Client, contact: Form) -> None:
    assert "definition" not in begin(client, only="markup").json()


def test_the_stylesheet_and_the_brands_properties_come_along(client: Client, contact: Form) -> None:
    answer = begin(client).json()

    assert answer["css"].startswith(f"{settings.PUBLIC_URL}/static/forms_engine/form.css?v=")
    assert answer["theme"].startswith(":host")


def test_beginning_stores_nothing(client: Client, contact: Form) -> None:
    begin(client)

    assert not FormSession.objects.exists()
    assert not Submission.objects.exists()


def test_the_session_knows_where_it_began(client: Client, contact: Form) -> None:
    page = "https://www.example.com/demo?utm_campaign=spring&plan=pro"
    answer = begin(client, page=page, referrer="https://news.example/", language="de-AT").json()

    context = read_filling(answer["session"]).context
    assert context == {
        "page": page,
        "referrer": "https://news.example/",
        "language": "de-AT",
        "utm": {"campaign": "spring"},
        "query": {"plan": "pro"},
    }


def test_our_own_tokens_are_not_part_of_the_pages_address(client: Client, contact: Form) -> None:
    page = "https://www.example.com/?switchyard_resume=secret&plan=pro&switchyard_prefill=secret2"
    answer = begin(client, page=page).json()

    assert read_filling(answer["session"]).context["page"] == "https://www.example.com/?plan=pro"


@pytest.mark.parametrize(
    "query",
    [
        {"page": "x" * 9000},
        {"page": "\x00"},
        {"language": "'"},
        {"visitor": "<script>"},
        {"time_zone": "x" * 500},
        {"prefill": "x"},
        {"resume": "x"},
        {"resume": "\x00" * 100},
        {"sticky": "maybe"},
    ],
    ids=lambda query: str(query)[:30],
)
def test_an_odd_value_never_keeps_the_form_from_showing(client: Client, contact: Form, query: dict[str, str]) -> None:
    assert begin(client, **query).status_code == 200


def test_who_looks_without_opening_sees_no_variant(client: Client, contact: Form) -> None:
    running(contact)

    assert client.head("/api/v1/forms/contact").status_code == 200
    assert not Exposure.objects.exists()


def test_the_form_speaks_the_visitors_language(client: Client) -> None:
    speaking_german()

    answer = begin(client, "greeting", language="de-AT").json()

    assert (answer["language"], answer["definition"]["title"]) == ("de", "Sprechen wir")


def test_a_page_without_a_language_leaves_it_to_the_browser(client: Client) -> None:
    speaking_german()

    headers = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
    answer = client.get("/api/v1/forms/greeting", {"language": ""}, headers=headers).json()

    assert answer["language"] == "de"
    assert read_filling(answer["session"]).context["language"] == "de-AT"


def speaking_german() -> Form:
    form = FormFactory(slug="greeting")
    publish_version(form=form, document=document(translations={"de": {"title": "Sprechen wir"}}), now=NOW)
    return form


# Experiments


def running(form: Form) -> Experiment:
    experiment = Experiment.objects.create(key="e", subject=form.subject, status=Experiment.Status.RUNNING)
    Variant.objects.create(experiment=experiment, key="a", payload={"form_version": form.active_version_id})
    return experiment


def test_the_variant_comes_with_the_first_answer(client: Client, contact: Form) -> None:
    running(contact)

    answer = begin(client, visitor=VISITOR, sticky="1").json()

    assert answer["variant"] == "a"
    exposure = Exposure.objects.get()
    assert (exposure.visitor_id, exposure.sticky) == (VISITOR, True)


def test_an_id_of_this_page_alone_is_marked_so(client: Client, contact: Form) -> None:
    running(contact)
    begin(client, visitor=VISITOR)

    assert not Exposure.objects.get().sticky


def test_a_form_may_show_control_to_those_without_consent(client: Client, contact: Form) -> None:
    running(contact)
    Form.objects.update(without_consent=Form.WithoutConsent.CONTROL)

    assert begin(client, visitor=VISITOR).json()["variant"] is None
    assert not Exposure.objects.exists()
    assert begin(client, visitor=VISITOR, sticky="1").json()["variant"] == "a"


# Sending


def test_what_a_page_sends_is_stored_with_its_run(client: Client, contact: Form) -> None:
    session = begin(client, visitor=VISITOR, sticky="1").json()

    answer = send(client, session, ANSWERS)

    submission = Submission.objects.get()
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert (submission.origin, submission.visitor_id, submission.marks) == ("visitor", VISITOR, [])
    assert Run.objects.get().submission_id == submission.pk


def test_what_the_page_tells_when_sending_is_added(client: Client) -> None:
    hidden = [
        field("plan", "hidden", source={"data": "plan"}),
        field("ga", "hidden", source={"cookie": "ga"}),
    ]
    publish_version(form=FormFactory(slug="page"), document=document(*hidden), now=NOW)
    session = begin(client, "page", page="https://a.example/").json()

    context = {"data": {"plan": "pro", "price": "9"}, "cookies": {"ga": "GA1", "session": "secret"}, "utm": {"x": 5}}
    send(client, session, {"email": "ada@example.com"}, context=context)

    submission = Submission.objects.get()
    assert (submission.answers["plan"], submission.answers["ga"]) == ("pro", "GA1")
    assert submission.context == {"page": "https://a.example/", "data": {"plan": "pro"}, "cookies": {"ga": "GA1"}}


def test_sending_twice_gives_one_submission(client: Client, contact: Form) -> None:
    session = begin(client).json()

    first, again = send(client, session, ANSWERS), send(client, session, ANSWERS)

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert Submission.objects.count() == 1


def test_a_retry_long_after_gives_the_first_one_too(client: Client, contact: Form) -> None:
    session = begin(client).json()
    send(client, session, ANSWERS)
    Submission.objects.update(created_at=timezone.now() - timedelta(hours=2))

    assert send(client, session, ANSWERS).status_code == 202
    assert Submission.objects.count() == 1


def test_the_same_answers_from_another_session_are_one_submission(client: Client, contact: Form) -> None:
    first = send(client, begin(client).json(), ANSWERS)
    again = send(client, begin(client).json(), dict(reversed(ANSWERS.items())), context={"page": "https://b.example/"})

    assert again.json()["id"] == first.json()["id"]
    assert Submission.objects.count() == 1


def test_after_ten_minutes_they_are_two(client: Client, contact: Form) -> None:
    send(client, begin(client).json(), ANSWERS)
    Submission.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    send(client, begin(client).json(), ANSWERS)

    assert Submission.objects.count() == 2


def test_going_back_and_sending_other_answers_is_a_submission_of_its_own(client: Client, contact: Form) -> None:
    session = begin(client).json()
    send(client, session, ANSWERS)
    send(client, session, {**ANSWERS, "full_name": "Ada King"})

    assert Submission.objects.count() == 2


def test_a_plain_html_form_of_another_site_has_no_session(client: Client, contact: Form) -> None:
    answer = call(client, "post", "forms/contact/submissions", {"answers": ANSWERS})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_page_without_a_session_is_refused(client: Client, contact: Form) -> None:
    answer = client.post(
        "/api/v1/forms/contact/submissions",
        json.dumps({"answers": ANSWERS}),
        content_type="application/json",
        headers={"Origin": settings.PUBLIC_URL},
    )

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["session"])


def test_errors_speak_the_sessions_language(client: Client) -> None:
    speaking_german()
    session = begin(client, "greeting", language="de").json()

    answer = send(client, session, {}).json()

    assert answer["code"] == "invalid_answers"
    assert "E-Mail" in answer["fields"]["email"][0]


def changed(session: dict[str, Any]) -> str:
    token: str = session["session"]
    return token[:5] + ("a" if token[5] != "a" else "b") + token[6:]


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\x00", "é" * 50, "x" * 30_000])
def test_a_token_that_is_none_is_refused(client: Client, contact: Form, token: str) -> None:
    session = {**begin(client).json(), "session": token}

    answer = send(client, session, ANSWERS)

    assert (answer.status_code, answer.json()["code"]) == (400, "filling_invalid")
    assert not Submission.objects.exists()


def test_a_token_that_was_changed_is_refused(client: Client, contact: Form) -> None:
    session = begin(client).json()

    assert send(client, {**session, "session": changed(session)}, ANSWERS).json()["code"] == "filling_invalid"


def test_a_token_of_another_form_is_refused(client: Client, contact: Form, demo: Form) -> None:
    session = begin(client, "demo").json()

    assert send(client, {**session, "form": "contact"}, ANSWERS).json()["code"] == "filling_invalid"


def test_a_page_that_was_open_for_too_long_is_told_so(client: Client, contact: Form, settings: Any) -> None:
    session = begin(client).json()
    settings.FORM_VERSION_GRACE = timedelta(seconds=-1)

    answer = send(client, session, ANSWERS)

    assert (answer.status_code, answer.json()["code"]) == (410, "filling_expired")


BAD_BODIES: list[tuple[str, dict[str, Any]]] = [
    ("answers in a list", {"answers": [1]}),
    ("no answers", {"answers": None}),
    ("a proof that is a number", {"proof": 5}),
    ("a trap that is a list", {"trap": []}),
    ("a context that is a text", {"context": "x"}),
    ("a token that is a number", {"session": 5}),
    ("an unknown key", {"oops": 1}),
    ("a version, which the session has", {"version": 1}),
]


@pytest.mark.parametrize("parts", [case[1] for case in BAD_BODIES], ids=[case[0] for case in BAD_BODIES])
def test_a_body_of_another_shape_is_refused(client: Client, contact: Form, parts: dict[str, Any]) -> None:
    body = {"session": begin(client).json()["session"], "answers": ANSWERS, **parts}

    answer = call(client, "post", "forms/contact/submissions", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not Submission.objects.exists()


# Gates


@pytest.fixture
def gated(db: None) -> Form:
    form = FormFactory(slug="gated", partial_saving="always")
    step = {
        "key": "one",
        "fields": [
            field("email", "email", required=True, maps_to="email"),
            field("size", "number", required=True),
        ],
        "gates": [{"when": {"size": {"$lt": 5}}, "ending": "small"}],
    }
    endings = [{"key": "small", "title": "Not for small teams", "message": "Try the **free** plan."}]
    publish_version(form=form, document={"title": "T", "steps": [step], "endings": endings}, now=NOW)
    return form


@pytest.mark.parametrize("way", ["keep", "send"])
def test_at_a_gate_the_ending_comes_without_a_submission(client: Client, gated: Form, way: str) -> None:
    session = begin(client, "gated").json()
    answers = {"email": "ada@example.com", "size": 2}

    answer = keep(client, session, "one", answers) if way == "keep" else send(client, session, answers)

    assert (answer.status_code, answer.json()["code"]) == (422, "gated")
    assert answer.json()["ending"]["title"] == "Not for small teams"
    assert not Submission.objects.exists()
    assert not FormSession.objects.exists()


# Keeping steps


@pytest.fixture
def kept(demo: Form) -> Form:
    Form.objects.update(partial_saving="always")
    return demo


def test_a_finished_step_is_kept(client: Client, kept: Form) -> None:
    session = begin(client, "demo").json()

    answer = keep(client, session, "you", ANSWERS).json()

    row = FormSession.objects.get(pk=session["session_id"])
    assert (answer["saved"], row.step_key, row.answers) == (True, "you", ANSWERS)
    assert row.expires_at - row.saved_at == timedelta(days=30)


def test_a_step_that_overlaps_with_sending_leaves_nothing_behind(client: Client, kept: Form, monkeypatch: Any) -> None:
    looks = iter([False, True])
    monkeypatch.setattr("forms_engine.services.keep_answers.has_been_sent", lambda filling: next(looks))

    assert keep(client, begin(client, "demo").json(), "you", ANSWERS).json()["saved"] is False
    assert not FormSession.objects.exists()


def test_the_next_step_takes_its_place(client: Client, kept: Form) -> None:
    session = begin(client, "demo").json()
    keep(client, session, "you", ANSWERS)
    keep(client, session, "company", {**ANSWERS, "country": "US"})

    row = FormSession.objects.get()
    assert (row.step_key, row.answers["country"]) == ("company", "US")


def test_answers_of_later_steps_are_not_looked_at(client: Client, kept: Form) -> None:
    session = begin(client, "demo").json()

    assert keep(client, session, "you", {**ANSWERS, "country": "Atlantis"}).json()["saved"]
    assert "country" not in FormSession.objects.get().answers


def test_wrong_answers_are_told_and_not_kept(client: Client, kept: Form) -> None:
    answer = keep(client, begin(client, "demo").json(), "you", {"email": "nobody"})

    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"email", "full_name"})
    assert not FormSession.objects.exists()


@pytest.mark.parametrize(
    ("query", "saves"),
    [
        ({"time_zone": "America/New_York"}, True),
        ({"time_zone": "Europe/Berlin"}, False),
        ({}, False),
        ({"time_zone": "Europe/Berlin", "visitor": VISITOR, "sticky": "1"}, True),
        ({"time_zone": "Europe/Berlin", "visitor": VISITOR}, False),
    ],
    ids=str,
)
def test_by_region_the_visits_country_and_consent_decide(
    client: Client, demo: Form, query: dict[str, str], saves: bool
) -> None:
    session = begin(client, "demo", **query).json()

    assert session["saves"] is saves
    assert keep(client, session, "you", ANSWERS).json()["saved"] is saves
    assert FormSession.objects.exists() is saves


def test_the_edge_knows_the_country_better_than_the_browser(client: Client, demo: Form, settings: Any) -> None:
    settings.COUNTRY_HEADER = "CF-IPCountry"

    answer = client.get("/api/v1/forms/demo", {"time_zone": "America/New_York"}, headers={"CF-IPCountry": "DE"})

    assert answer.json()["saves"] is False


def test_nothing_is_kept_that_is_not_allowed_to_be(client: Client, demo: Form) -> None:
    answer = keep(client, begin(client, "demo").json(), "you", ANSWERS)

    assert answer.json() == {"saved": False, "resume": None, "expires_at": None}


def test_sending_deletes_what_was_kept(client: Client, kept: Form) -> None:
    session = begin(client, "demo").json()
    keep(client, session, "you", ANSWERS)
    send(client, session, DEMO)

    assert not FormSession.objects.exists()


def test_a_step_that_arrives_after_sending_is_not_kept(client: Client, kept: Form) -> None:
    session = begin(client, "demo").json()
    send(client, session, DEMO)

    assert keep(client, session, "you", ANSWERS).json()["saved"] is False
    assert not FormSession.objects.exists()


@pytest.mark.parametrize("step", ["nowhere", "%00", "x" * 300])
def test_an_unknown_step_is_said_to_be_so(client: Client, kept: Form, step: str) -> None:
    answer = keep(client, begin(client, "demo").json(), step, ANSWERS)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_step")


def test_the_token_must_be_of_the_session_in_the_address(client: Client, kept: Form) -> None:
    mine, other = begin(client, "demo").json(), begin(client, "demo").json()

    answer = keep(client, {**mine, "session_id": other["session_id"]}, "you", ANSWERS)

    assert (answer.status_code, answer.json()["code"]) == (400, "filling_invalid")


# Coming back


def test_a_link_leads_back_to_the_kept_answers(client: Client, kept: Form) -> None:
    resume = keep(client, begin(client, "demo").json(), "you", ANSWERS).json()["resume"]

    answer = begin(client, "demo", resume=resume).json()

    assert answer["resumed_step"] == "company"
    assert 'value="ada@example.com"' in answer["html"]


def test_whoever_goes_on_sends_one_submission_and_leaves_nothing(client: Client, kept: Form) -> None:
    first = begin(client, "demo").json()
    resume = keep(client, first, "you", ANSWERS).json()["resume"]
    session = begin(client, "demo", resume=resume).json()

    send(client, session, DEMO)

    assert session["session_id"] == first["session_id"]
    assert Submission.objects.count() == 1
    assert not FormSession.objects.exists()


def test_whoever_goes_on_stays_in_the_variant(client: Client, kept: Form) -> None:
    running(kept)
    resume = keep(client, begin(client, "demo", visitor=VISITOR).json(), "you", ANSWERS).json()["resume"]

    assert begin(client, "demo", resume=resume, visitor="another-0123456789").json()["variant"] == "a"
    assert Exposure.objects.count() == 1


def test_a_link_that_is_too_old_begins_anew(client: Client, kept: Form) -> None:
    resume = keep(client, begin(client, "demo").json(), "you", ANSWERS).json()["resume"]
    FormSession.objects.update(expires_at=timezone.now())

    answer = begin(client, "demo", resume=resume).json()

    assert answer["resumed_step"] is None
    assert "ada@example.com" not in answer["html"]


def test_a_link_of_another_form_begins_anew(client: Client, kept: Form, contact: Form) -> None:
    resume = keep(client, begin(client, "demo").json(), "you", ANSWERS).json()["resume"]

    assert "ada@example.com" not in begin(client, "contact", resume=resume).json()["html"]


# Known answers


@pytest.fixture
def asking_once(db: None) -> Form:
    form = FormFactory(slug="once")
    fields = [
        field("full_name", maps_to="full_name", once=True),
        field("team", "select", once=True, choices=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]),
        field("size", "number", visible_when={"team": "b"}),
    ]
    publish_version(form=form, document=document(*fields), now=NOW)
    return form


def known_visitor(client: Client) -> dict[str, str]:
    query = {"visitor": VISITOR, "sticky": "1"}
    answers = {"email": "ada@example.com", "full_name": "Ada", "team": "b", "size": 5}
    send(client, begin(client, "once", **query).json(), answers)
    return query


def test_a_known_visitor_is_not_asked_again(client: Client, asking_once: Form) -> None:
    query = known_visitor(client)

    assert begin(client, "once", **query).json()["known"] == {"full_name": None, "team": "b"}


def test_what_is_known_is_stored_without_being_sent(client: Client, asking_once: Form) -> None:
    query = known_visitor(client)
    session = begin(client, "once", **query).json()

    send(client, session, {"email": "ada.king@example.com", "size": 6})

    newest = Submission.objects.order_by("-created_at").first()
    assert newest is not None
    assert newest.answers == {"email": "ada.king@example.com", "full_name": "Ada", "team": "b", "size": 6}


def test_the_token_in_the_visitors_hands_holds_no_known_value(client: Client, asking_once: Form) -> None:
    query = known_visitor(client)

    assert read_filling(begin(client, "once", **query).json()["session"]).known == ("full_name", "team")


def test_another_form_knows_by_attribute(client: Client, asking_once: Form) -> None:
    query = known_visitor(client)
    other = FormFactory(slug="other")
    publish_version(form=other, document=document(field("name", maps_to="full_name", once=True)), now=NOW)

    assert begin(client, "other", **query).json()["known"] == {"name": None}


def test_an_id_that_is_of_this_page_alone_knows_nothing(client: Client, asking_once: Form) -> None:
    known_visitor(client)

    assert begin(client, "once", visitor=VISITOR).json()["known"] == {}


def test_what_is_held_back_as_spam_is_not_known(client: Client, asking_once: Form) -> None:
    query = known_visitor(client)
    Submission.objects.update(quarantined_at=NOW, marks=["trap"])

    assert begin(client, "once", **query).json()["known"] == {}


def test_asking_costs_one_query(client: Client, asking_once: Form, django_assert_num_queries: Any) -> None:
    query = known_visitor(client)
    begin(client, "once", **query)

    forget_all()
    # The form with its brand and version, the running experiment, what the visitor sent.
    with django_assert_num_queries(3):
        begin(client, "once", **query)


# Prefilled links


def prefill(client: Client, body: Any, token: str) -> Any:
    return client.post(
        "/api/v1/forms/contact/prefill",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )


@pytest.fixture
def token(contact: Form) -> str:
    return issue_token(name="CRM", form=contact, now=NOW)[1]


def test_a_server_makes_a_link_with_answers_in_it(client: Client, contact: Form, token: str) -> None:
    answer = prefill(client, {"answers": ANSWERS}, token)

    made = answer.json()
    assert answer.status_code == 201
    assert made["url"].startswith(f"{settings.PUBLIC_URL}/f/contact/?switchyard_prefill=")
    assert 'value="ada@example.com"' in begin(client, prefill=made["prefill"]).json()["html"]


def test_a_link_runs_out(client: Client, contact: Form, token: str) -> None:
    made = prefill(client, {"answers": ANSWERS, "expires_in_s": 60}, token).json()

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert "ada@example.com" not in begin(client, prefill=made["prefill"]).json()["html"]


def test_a_link_is_of_one_form(client: Client, contact: Form, demo: Form, token: str) -> None:
    made = prefill(client, {"answers": ANSWERS}, token).json()

    assert "ada@example.com" not in begin(client, "demo", prefill=made["prefill"]).json()["html"]


@pytest.mark.parametrize("shown", ["", "sy_wrong", "x" * 500, "é"])
def test_without_a_server_token_there_are_no_links(client: Client, contact: Form, shown: str) -> None:
    answer = prefill(client, {"answers": ANSWERS}, shown)

    assert (answer.status_code, answer.json()["code"]) == (401, "server_token_required")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"answers": {"email": "nobody"}}, 422, "invalid_answers"),
        ({"answers": {"oops": 1}}, 422, "unknown_field"),
        ({"answers": ANSWERS, "expires_in_s": 1}, 400, "invalid_request"),
        ({"answers": ANSWERS, "expires_in_s": 10**12}, 400, "invalid_request"),
        ({"answers": ANSWERS, "expires_in_s": True}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
    ],
    ids=str,
)
def test_a_link_holds_only_what_the_form_takes(
    client: Client, contact: Form, token: str, body: Any, status: int, code: str
) -> None:
    answer = prefill(client, body, token)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_link_may_leave_out_what_is_required(client: Client, contact: Form, token: str) -> None:
    assert prefill(client, {"answers": {"full_name": "Ada"}}, token).status_code == 201


# Regions


def test_the_regions_of_a_country_by_name(client: Client) -> None:
    answer = client.get("/api/v1/regions/AT", {"language": "de-AT"})

    assert {"code": "AT-2", "name": "Kärnten"} in answer.json()["regions"]
    assert (answer["Cache-Control"], answer["Access-Control-Allow-Origin"]) == ("public, max-age=86400", "*")


@pytest.mark.parametrize("language", ["", "xx", "../..", "\x00", "x" * 500])
def test_regions_come_in_english_where_we_have_no_others(client: Client, language: str) -> None:
    names = [region["name"] for region in client.get("/api/v1/regions/US", {"language": language}).json()["regions"]]

    assert "California" in names


@pytest.mark.parametrize("country", ["XX", "de", "%00", "DEU"])
def test_an_unknown_country_is_said_to_be_so(client: Client, country: str) -> None:
    answer = client.get(f"/api/v1/regions/{country}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_country")


# Spam


def expired_proof(session: dict[str, Any]) -> str | None:
    return solve(make_challenge(session["session_id"], key=b"other", max_number=10, expires_at=timezone.now()))


@pytest.mark.parametrize(
    ("more", "marks"),
    [
        ({"trap": "https://spam.example"}, ["trap"]),
        ({"proof": None}, ["proof_missing"]),
        ({"proof": "x"}, ["proof_wrong"]),
    ],
    ids=str,
)
def test_what_looks_like_spam_is_answered_as_ever_and_held_back(
    client: Client, contact: Form, more: dict[str, Any], marks: list[str]
) -> None:
    answer = send(client, begin(client).json(), ANSWERS, **more)

    submission = Submission.objects.get()
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert (submission.marks, submission.is_held_back) == (marks, True)
    assert not Run.objects.exists()


def test_a_proof_of_another_key_is_wrong(client: Client, contact: Form) -> None:
    session = begin(client).json()
    send(client, session, ANSWERS, proof=expired_proof(session))

    assert Submission.objects.get().marks == ["proof_wrong"]


def test_faster_than_a_person_is_held_back(client: Client, contact: Form) -> None:
    Form.objects.update(min_fill_ms=60_000)
    send(client, begin(client).json(), ANSWERS)

    assert Submission.objects.get().marks == ["too_fast"]


def test_what_was_sent_too_fast_does_not_swallow_the_same_sent_later(client: Client, contact: Form) -> None:
    session = begin(client).json()
    for too_fast_ms in (60_000, 0):
        contact.min_fill_ms = too_fast_ms
        contact.save()
        send(client, session, ANSWERS)

    assert sorted(Submission.objects.values_list("marks", flat=True)) == [[], ["too_fast"]]


def test_a_form_without_proof_hands_out_no_challenge(client: Client, contact: Form) -> None:
    Form.objects.update(requires_proof=False)
    session = begin(client).json()
    send(client, session, ANSWERS)

    assert session["challenge"] is None
    assert Submission.objects.get().marks == []


def test_one_session_sends_ten_times_and_what_follows_is_held_back(client: Client, contact: Form) -> None:
    session = begin(client).json()
    for number in range(11):
        send(client, session, {**ANSWERS, "full_name": f"Ada {number}"})

    assert Submission.objects.in_quarantine().get().marks == ["too_many_in_session"]
    assert Run.objects.count() == 10


def test_the_state_of_a_held_back_one_tells_nothing(client: Client, contact: Form) -> None:
    sent = send(client, begin(client).json(), ANSWERS, proof=None).json()

    state = client.get(sent["status_url"].removeprefix(settings.PUBLIC_URL)).json()

    assert state == {"id": sent["id"], "state": "received", "owner": None, "queue": None, "reason": None}


def test_a_person_is_not_swallowed_by_what_a_machine_sent(client: Client, contact: Form) -> None:
    held = send(client, begin(client).json(), ANSWERS, proof=None).json()
    sent = send(client, begin(client).json(), ANSWERS).json()

    assert held["id"] != sent["id"]
    assert Run.objects.count() == 1


@pytest.fixture
def two_a_minute(settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "submissions_of_form": "2/min", "views": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}


@pytest.mark.usefixtures("two_a_minute")
def test_opening_forms_without_end_is_told_to_wait(client: Client, contact: Form) -> None:
    opened = [begin(client), client.get("/f/contact/"), begin(client), client.get("/f/contact/")]

    assert [answer.status_code for answer in opened] == [200, 200, 429, 429]
    assert opened[2].json()["code"] == "rate_limited"


@pytest.mark.usefixtures("two_a_minute")
def test_many_to_one_form_are_told_to_wait(client: Client, contact: Form) -> None:
    session = begin(client).json()
    answers = [
        send(client, session, {**ANSWERS, "full_name": f"Ada {n}"}, origin=settings.PUBLIC_URL) for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


@pytest.mark.usefixtures("two_a_minute")
@pytest.mark.parametrize("refused", [{"answers": {}}, {"answers": {"nickname": "Ada"}}, {"answers": []}, {"proof": 5}])
def test_what_is_refused_counts_too(client: Client, contact: Form, refused: dict[str, object]) -> None:
    session = begin(client).json()
    body = {"session": session["session"], "answers": ANSWERS, **refused}
    refusals = [call(client, "post", "forms/contact/submissions", body) for _ in range(3)]

    assert [answer.status_code == 429 for answer in refusals] == [False, False, True]
    assert send(client, session, ANSWERS).json()["code"] == "rate_limited"


@pytest.mark.usefixtures("two_a_minute")
def test_what_had_to_wait_does_not_count_in_its_session(client: Client, contact: Form) -> None:
    session = begin(client).json()
    sent = [send(client, session, {**ANSWERS, "full_name": f"Ada {n}"}).status_code for n in range(4)]

    assert sent == [202, 202, 429, 429]
    assert counted(f"sent:{session['session_id']}") == 2


# What it costs


# PostgreSQL asks for the same answers and takes both rows in one statement. Besides: savepoint and release, which only
# a test's own transaction needs there, and which stand for BEGIN and COMMIT elsewhere.
STORING = (1 if connection.vendor == "postgresql" else 3) + 2


def test_sending_costs_the_version_the_same_answers_and_the_two_rows(
    client: Client, contact: Form, django_assert_num_queries: Any
) -> None:
    send(client, begin(client).json(), ANSWERS)
    session = begin(client).json()

    forget_all()
    with django_assert_num_queries(1 + STORING):
        send(client, session, {**ANSWERS, "full_name": "Ada King"})
    with django_assert_num_queries(STORING):
        send(client, session, {**ANSWERS, "full_name": "Ada Byron"})
