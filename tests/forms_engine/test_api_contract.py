"""The API keeps what its description promises, whatever is sent: no server error, no undocumented status, no answer of
another shape."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from forms_engine.models import Form
from forms_engine.services.server_tokens import issue_token
from tests.forms_engine.factories import NOW
from tests.forms_engine.sessions import begin, send

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    ("GET", "/api/v1/forms/{slug}"),
    ("POST", "/api/v1/forms/{slug}/submissions"),
    ("POST", "/api/v1/forms/{slug}/prefill"),
    ("PUT", "/api/v1/sessions/{session_id}/steps/{step}"),
    ("GET", "/api/v1/submissions/{id}"),
    ("GET", "/api/v1/regions/{country}"),
]


@pytest.fixture
def real(client: Any, contact: Form) -> dict[str, dict[str, str]]:
    """What there is, by where it stands in a request: chance alone would never find a form, a session or a token."""
    Form.objects.update(partial_saving="always")
    session = begin(client).json()
    sent = send(client, session, {"email": "ada@example.com"}).json()
    return {
        "path_parameters": {
            "slug": "contact",
            "session_id": session["session_id"],
            "step": "one",
            "id": sent["id"],
            "country": "DE",
        },
        "body": {"session": session["session"]},
        "headers": {"Authorization": f"Bearer {issue_token(name='CRM', form=None, now=NOW)[1]}"},
    }


@pytest.fixture
def described(real: Any) -> Iterator[Any]:
    """With the test's own connection, which Django would close after each request (as its test client sees to)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def with_what_there_is(case: Any, real: dict[str, dict[str, str]]) -> None:
    for part, values in real.items():
        found = getattr(case, part)
        if part == "headers":
            case.headers.update(values)
        elif isinstance(found, dict):
            found.update({name: value for name, value in values.items() if name in found})


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_whatever_is_sent_the_answer_is_as_described(described: Any, real: Any, method: str, path: str) -> None:
    operation = described[path][method]

    @bounds(
        max_examples=100,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_real=st.booleans())
    def holds(case: Any, is_real: bool) -> None:
        cache.clear()
        if is_real:
            with_what_there_is(case, real)
        case.call_and_validate(checks=CHECKS)

    holds()


def test_every_operation_is_held_to_its_description(described: Any) -> None:
    found = {(operation.ok().method.upper(), operation.ok().path) for operation in described.get_all_operations()}

    assert found == set(OPERATIONS)


def test_the_description_is_of_the_latest_kind(client: Any) -> None:
    assert client.get("/api/schema/?format=json").json()["openapi"].startswith("3.1")
