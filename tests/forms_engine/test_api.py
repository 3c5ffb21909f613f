import json
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, RequestFactory

from forms_engine.errors import BodyTooLarge
from forms_engine.models import Form, Submission
from forms_engine.request_body import read_json_object
from forms_engine.services.publish_version import publish_version
from pipeline.models import Run
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW

URL = "/api/v1/forms/contact/submissions"
ANSWERS = {"email": "ada@example.com", "full_name": "Ada Lovelace"}
BODY = {"answers": ANSWERS}

pytestmark = pytest.mark.django_db


def post(client: Client, body: Any, url: str = URL, **more: Any) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(url, data, **{"content_type": "application/json", **more})


def test_a_submission_is_accepted_with_the_address_of_its_status(client: Client, contact: Form) -> None:
    response = post(client, BODY)

    submission = Submission.objects.get()
    answer = response.json()
    ending = answer.pop("ending")
    assert response.status_code == 202
    assert answer == {
        "id": str(submission.pk),
        "status_url": f"{settings.PUBLIC_URL}/api/v1/submissions/{submission.pk}",
        "state": "received",
    }
    assert (ending["key"], ending["kind"], ending["title"]) == ("success", "message", "Thank you")


def test_what_a_server_sends_has_that_origin_and_is_delivered(client: Client, contact: Form) -> None:
    post(client, BODY)

    submission = Submission.objects.get()
    assert (submission.origin, submission.deliver, submission.visitor_id) == ("server", True, "")


def test_the_context_is_kept(client: Client, contact: Form) -> None:
    context = {"utm": {"utm_source": "ads"}, "referrer": "https://a.example/", "page": "https://b.example/?plan=pro"}

    post(client, {**BODY, "context": context})

    assert Submission.objects.get().context == {
        "utm": {"source": "ads"},
        "referrer": "https://a.example/",
        "page": "https://b.example/?plan=pro",
        "query": {"plan": "pro"},
    }


def test_a_key_makes_sending_again_safe(client: Client, contact: Form) -> None:
    first = post(client, BODY, headers={"Idempotency-Key": "k-1"})
    again = post(client, json.dumps(BODY, indent=3), headers={"Idempotency-Key": "k-1"})

    assert again.status_code == 202
    assert again.json() == first.json()
    assert Submission.objects.count() == 1


def test_a_key_with_another_body_is_refused(client: Client, contact: Form) -> None:
    post(client, BODY, headers={"Idempotency-Key": "k-1"})

    response = post(client, {"answers": {**ANSWERS, "full_name": "Eve"}}, headers={"Idempotency-Key": "k-1"})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Submission.objects.count() == 1


def test_an_older_version_may_be_named(client: Client, contact: Form) -> None:
    publish_version(form=contact, document=document(field("other", required=True)), now=NOW.replace(year=2099))

    assert post(client, {**BODY, "version": 1}).status_code == 202


def deep(levels: int) -> str:
    return '{"answers": ' + "[" * levels + "]" * levels + "}"


BAD: list[tuple[str, Any, int, str]] = [
    ("nothing", " ", 400, "malformed_json"),
    ("not JSON", "{", 400, "malformed_json"),
    ("bytes that aren't UTF-8", b'{"answers": {"email": "\xff"}}', 400, "malformed_json"),
    ("UTF-16", json.dumps(BODY).encode("utf-16"), 400, "malformed_json"),
    ("not a number", '{"answers": {"email": NaN}}', 400, "malformed_json"),
    ("infinity", '{"answers": {"email": 1e999}}', 400, "malformed_json"),
    ("a number of many digits", '{"answers": {"email": ' + "9" * 5000 + "}}", 400, "malformed_json"),
    ("half a character", '{"answers": {"email": "\\ud800"}}', 400, "malformed_json"),
    ("half a character in a key", '{"answers": {"\\udfff": "x"}}', 400, "malformed_json"),
    ("a key twice", '{"answers": {}, "answers": {}}', 400, "malformed_json"),
    ("a deep body", deep(30_000), 400, "malformed_json"),
    ("a list", [], 400, "invalid_request"),
    ("null", "null", 400, "invalid_request"),
    ("no answers", {}, 400, "invalid_request"),
    ("answers in a list", {"answers": [ANSWERS]}, 400, "invalid_request"),
    ("a somewhat deep body", deep(50), 400, "invalid_request"),
    ("an unknown key beside answers", {**BODY, "form": "contact"}, 400, "invalid_request"),
    ("a version that isn't a number", {**BODY, "version": "1"}, 400, "invalid_request"),
    ("a version that is a truth", {**BODY, "version": True}, 400, "invalid_request"),
    ("an unknown version", {**BODY, "version": 99}, 404, "unknown_version"),
    ("a version beyond measure", {**BODY, "version": 10**30}, 404, "unknown_version"),
    ("a version below 1", {**BODY, "version": -1}, 404, "unknown_version"),
    ("an unknown field", {"answers": {**ANSWERS, "shoe_size": 44}}, 422, "unknown_field"),
    ("a wrong type", {"answers": {**ANSWERS, "full_name": 5}}, 422, "invalid_answers"),
    ("a nested answer", {"answers": {**ANSWERS, "full_name": {"first": "Ada"}}}, 422, "invalid_answers"),
    ("a NUL", {"answers": {**ANSWERS, "full_name": "a\x00b"}}, 422, "invalid_answers"),
    ("an address that is none", {"answers": {"email": "ada"}}, 422, "invalid_answers"),
    ("no address", {"answers": {}}, 422, "invalid_answers"),
    ("a context that is no object", {**BODY, "context": "x"}, 422, "invalid_context"),
    ("a null context", {**BODY, "context": None}, 422, "invalid_context"),
    ("an unknown key in the context", {**BODY, "context": {"ip": "::1"}}, 422, "invalid_context"),
    ("utm of the wrong type", {**BODY, "context": {"utm": {"source": 5}}}, 422, "invalid_context"),
    ("utm with odd names", {**BODY, "context": {"utm": {"a b": "x"}}}, 422, "invalid_context"),
    ("utm named twice", {**BODY, "context": {"utm": {"a": "x", "utm_a": "y"}}}, 422, "invalid_context"),
    ("too many utm", {**BODY, "context": {"utm": {f"k{i}": "x" for i in range(31)}}}, 422, "invalid_context"),
    ("a page too long", {**BODY, "context": {"page": "x" * 2001}}, 422, "invalid_context"),
    ("a NUL in the referrer", {**BODY, "context": {"referrer": "\x00"}}, 422, "invalid_context"),
    ("an answer of two megabytes", {"answers": {"email": "x" * 2_000_000}}, 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_and_stores_nothing(
    client: Client, contact: Form, body: Any, status: int, code: str
) -> None:
    response = post(client, body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert set(response.json()) == {"code", "message", "fields"}
    assert not Submission.objects.exists()
    assert not Run.objects.exists()


def test_the_wrong_field_is_named(client: Client, contact: Form) -> None:
    assert list(post(client, {"answers": {**ANSWERS, "full_name": 5}}).json()["fields"]) == ["full_name"]


def test_an_expired_version_is_gone(client: Client, contact: Form) -> None:
    publish_version(form=contact, document=document(field("other")), now=NOW)

    response = post(client, {**BODY, "version": 1})

    assert (response.status_code, response.json()["code"]) == (410, "form_version_expired")
    assert not Submission.objects.exists()


@pytest.mark.parametrize("slug", ["nothing", "%00", "a%20b", "x" * 300, "..", "%F0%9F%9A%82"])
def test_an_unknown_form_is_said_to_be_so(client: Client, contact: Form, slug: str) -> None:
    response = post(client, BODY, f"/api/v1/forms/{slug}/submissions")

    assert (response.status_code, response.json()["code"]) == (404, "unknown_form")


def test_an_archived_form_is_unknown(client: Client, contact: Form) -> None:
    Form.objects.update(archived_at=NOW)

    assert post(client, BODY).json()["code"] == "unknown_form"


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "é"])
def test_a_key_must_be_short_and_printable(client: Client, contact: Form, key: str) -> None:
    response = post(client, BODY, headers={"Idempotency-Key": key})

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


def test_only_json_is_taken(client: Client, contact: Form) -> None:
    response = client.post(URL, {"email": "ada@example.com"})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("query", "accept"), [("", "application/xml"), ("", "text/html"), ("?format=xml", "*/*")])
def test_whatever_is_asked_for_the_answer_is_json_and_the_lead_is_kept(
    client: Client, contact: Form, query: str, accept: str
) -> None:
    response = post(client, BODY, URL + query, headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (202, "application/json")


def test_only_post_is_taken(client: Client, contact: Form) -> None:
    assert client.get(URL).json()["code"] == "method_not_allowed"


def test_too_many_requests_are_told_to_wait(client: Client, contact: Form) -> None:
    responses = [post(client, BODY) for _ in range(61)]

    assert [response.status_code for response in responses[-2:]] == [202, 429]
    assert responses[-1].json()["code"] == "rate_limited"


def test_a_login_gives_no_power_and_needs_no_csrf_token(contact: Form, admin_user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)

    assert post(client, BODY).status_code == 202


def chunked(body: bytes) -> HttpRequest:
    """A request without a length, from a server that marks where the body ends."""
    request = RequestFactory().post("/", body, content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    request.META["wsgi.input"] = BytesIO(body)
    request.META["wsgi.input_terminated"] = True
    return request


def test_a_chunked_body_is_read_in_bounds() -> None:
    with pytest.raises(BodyTooLarge):
        read_json_object(chunked(b"{" + b" " * 200 + b"}"), max_bytes=100)


def test_a_chunked_body_within_bounds_is_read() -> None:
    assert read_json_object(chunked(b'{"a": 1}'), max_bytes=100) == {"a": 1}


# Status


def test_a_new_submission_is_received(client: Client, contact: Form) -> None:
    created = post(client, BODY).json()

    response = client.get(created["status_url"].removeprefix(settings.PUBLIC_URL))

    assert response.json() == {"id": created["id"], "state": "received", "owner": None, "queue": None, "reason": None}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "x", "%00"])
def test_an_unknown_submission_is_said_to_be_so(client: Client, name: str) -> None:
    response = client.get(f"/api/v1/submissions/{name}")

    assert (response.status_code, response.json()["code"]) == (404, "unknown_submission")


def test_a_post_to_another_address_under_api_is_told_so_in_json(contact: Form) -> None:
    response = post(Client(enforce_csrf_checks=True), BODY, URL + "/")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_every_other_address_under_api_answers_in_json(client: Client) -> None:
    response = client.get("/api/v2/nothing")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


# Description


def test_the_schema_describes_both_operations(client: Client) -> None:
    paths = client.get("/api/schema/?format=json").json()["paths"]

    submit = paths["/api/v1/forms/{slug}/submissions"]["post"]
    assert set(submit["responses"]) == {*("202", "400", "401", "403", "404", "405", "410", "413", "415", "422", "429")}
    assert "get" in paths["/api/v1/submissions/{id}"]
