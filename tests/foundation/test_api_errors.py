"""Whatever is raised, an API client reads `{code, message, fields}`."""

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from foundation.api_errors import not_found_json
from foundation.errors import SwitchyardError


class TeapotError(SwitchyardError):
    code = "teapot"
    status = 418


def answer(error: Exception):
    class Failing(APIView):
        permission_classes = ()
        authentication_classes = ()

        def get(self, request):
            raise error

    response = Failing.as_view()(APIRequestFactory().get("/"))
    return response.render()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TeapotError("Short and stout."), 418, "teapot"),
        (SwitchyardError("No."), 400, "error"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (exceptions.ParseError(), 400, "malformed_json"),
        (exceptions.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/xml"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "rate_limited"),
        (exceptions.NotAuthenticated(), 403, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 403, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.ValidationError("anything"), 400, "bad_request"),
        (exceptions.NotAcceptable(), 406, "bad_request"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_kind_has_a_status_and_a_code(error, status, code):
    response = answer(error)
    assert response.status_code == status
    body = json.loads(response.content)
    assert (set(body), body["code"]) == ({"code", "message", "fields"}, code)
    assert body["message"]


def test_messages_of_fields_are_listed_under_their_names():
    response = answer(TeapotError("Look at these.", fields={"email": ("Too long.", "Not an address.")}))
    assert response.data["fields"] == {"email": ["Too long.", "Not an address."]}


def test_what_a_library_says_is_not_repeated():
    response = answer(exceptions.ValidationError("ann@acme.example is not unique"))
    assert "ann@acme.example" not in response.content.decode()


def test_whoever_is_throttled_learns_for_how_long():
    assert answer(exceptions.Throttled(wait=7)).headers["retry-after"] == "7"


def test_what_nobody_foresaw_is_not_dressed_up():
    with pytest.raises(ZeroDivisionError):
        answer(ZeroDivisionError())


def test_an_address_of_the_api_that_is_none_answers_in_json(rf):
    response = not_found_json(rf.get("/api/v1/nothing"))
    assert response.status_code == 404
    assert json.loads(response.content)["code"] == "not_found"
