"""Pages of other sites: which may call, and what their browser is told."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from forms_engine.models import Brand, Form
from tests.forms_engine.sessions import ORIGIN, begin, call, keep, send

pytestmark = pytest.mark.django_db

ANSWERS = {"email": "ada@example.com", "full_name": "Ada Lovelace"}
ELSEWHERE = "https://evil.example"


@pytest.fixture(autouse=True)
def _listed(contact: Form) -> None:
    Form.objects.update(allowed_origins=[ORIGIN], partial_saving="always")


def ask(client: Client, path: str, method: str, origin: str = ORIGIN) -> Any:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options(f"/api/v1/{path}", headers=headers)


def test_a_listed_site_may_begin_and_send(client: Client) -> None:
    begun = begin(client, origin=ORIGIN)
    sent = send(client, begun.json(), ANSWERS, origin=ORIGIN)

    assert (begun.status_code, sent.status_code) == (200, 202)
    assert {begun["Access-Control-Allow-Origin"], sent["Access-Control-Allow-Origin"]} == {ORIGIN}


def test_any_other_site_may_not(client: Client) -> None:
    session = begin(client).json()

    answers = [begin(client, origin=ELSEWHERE), send(client, session, ANSWERS, origin=ELSEWHERE)]
    answers.append(keep(client, session, "one", ANSWERS, origin=ELSEWHERE))

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "origin_not_allowed")}
    assert not any(answer.has_header("Access-Control-Allow-Origin") for answer in answers)


@pytest.mark.parametrize("origin", ["null", "https://www.example.com.evil.example", "http://www.example.com"])
def test_a_lookalike_is_another_site(client: Client, origin: str) -> None:
    assert begin(client, origin=origin).status_code == 403


def test_a_site_of_the_brand_may(client: Client) -> None:
    Brand.objects.update(allowed_domains=["acme.example"])

    assert begin(client, origin="https://shop.acme.example").status_code == 200


@pytest.mark.parametrize("origin", [settings.PUBLIC_URL, "http://testserver"])
def test_our_own_pages_may(client: Client, origin: str) -> None:
    assert begin(client, origin=origin)["Access-Control-Allow-Origin"] == origin


def test_no_cache_gives_one_sites_answer_to_another(client: Client) -> None:
    assert "Origin" in begin(client)["Vary"]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("forms/contact", "GET"),
        ("forms/contact/submissions", "POST"),
        ("sessions/abc/steps/one", "PUT"),
    ],
)
def test_a_browser_that_asks_first_is_answered(client: Client, path: str, method: str) -> None:
    answer = ask(client, path, method)

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert method in answer["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer["Access-Control-Allow-Headers"]
    assert int(answer["Access-Control-Max-Age"]) > 0


def test_a_browser_of_another_site_is_told_no(client: Client) -> None:
    answer = ask(client, "forms/contact/submissions", "POST", ELSEWHERE)

    assert answer.status_code == 403
    assert not answer.has_header("Access-Control-Allow-Origin")


def test_no_answer_lets_cookies_along(client: Client) -> None:
    answers = [begin(client, origin=ORIGIN), ask(client, "forms/contact", "GET")]

    assert not any(answer.has_header("Access-Control-Allow-Credentials") for answer in answers)


def test_a_listed_site_may_follow_its_submission(client: Client) -> None:
    sent = send(client, begin(client).json(), ANSWERS).json()
    path = sent["status_url"].removeprefix(settings.PUBLIC_URL)

    assert client.get(path, headers={"Origin": ORIGIN})["Access-Control-Allow-Origin"] == ORIGIN
    assert client.get(path, headers={"Origin": ELSEWHERE}).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ({"session": "x", "answers": {}}, 400), ({"session": "x" * 70_000}, 413)],
    ids=["not JSON", "no session of ours", "too much"],
)
def test_a_listed_site_can_read_why_it_was_refused(client: Client, body: Any, status: int) -> None:
    answer = call(client, "post", "forms/contact/submissions", body, origin=ORIGIN)

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, ORIGIN)


def test_a_listed_site_can_read_how_long_to_wait(client: Client, settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "submissions": "0/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}

    answer = send(client, begin(client).json(), ANSWERS, origin=ORIGIN)

    assert (answer.status_code, answer["Access-Control-Expose-Headers"]) == (429, "Retry-After")
    assert answer["Access-Control-Allow-Origin"] == ORIGIN


def test_a_listed_site_can_read_that_the_server_failed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("the visitor typed ada@example.com")

    session = begin(client).json()
    monkeypatch.setattr("forms_engine.api.submissions.submit_filling", fail)
    client.raise_request_exception = False

    answer = send(client, session, ANSWERS, origin=ORIGIN)

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "ada" not in answer.content.decode()


def test_regions_are_for_everybody(client: Client) -> None:
    assert client.get("/api/v1/regions/US", headers={"Origin": ELSEWHERE})["Access-Control-Allow-Origin"] == "*"


def test_a_call_without_an_origin_is_a_servers(client: Client) -> None:
    assert not begin(client).has_header("Access-Control-Allow-Origin")
