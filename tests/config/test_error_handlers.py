"""What Django answers by itself looks like the rest: JSON under /api/, a page elsewhere."""

import pytest


@pytest.fixture
def failing(monkeypatch):
    def fail(submission_id):
        raise RuntimeError

    monkeypatch.setattr("forms_engine.api.status.submission_by_id", fail)


def test_a_failure_under_api_is_json(client, failing):
    client.raise_request_exception = False
    response = client.get("/api/v1/submissions/1")
    assert (response.status_code, response.json()["code"]) == (500, "server_error")


def test_an_unknown_page_is_a_page(client):
    response = client.get("/nothing-here")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_host_that_is_not_ours_is_told_so_in_json_under_api(client):
    response = client.get("/api/v1/submissions/1", headers={"host": "elsewhere.example"})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
