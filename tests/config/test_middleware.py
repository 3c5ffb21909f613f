"""What public requests are spared, and what they aren't."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.csp import PolicyMiddleware
from config.middleware import AuthenticationMiddleware, MessageMiddleware, SessionMiddleware, history_middleware

SIGNED_IN = (SessionMiddleware, AuthenticationMiddleware, MessageMiddleware)


def through(path, *middleware):
    """The request as a view sees it."""
    seen = []

    def view(request):
        seen.append(request)
        return HttpResponse()

    for each in reversed(middleware):
        view = each(view)
    view(RequestFactory().get(path))
    return seen[0]


@pytest.mark.parametrize("path", ["/f/demo/", "/api/v1/forms/demo"])
def test_public_requests_have_no_session_and_no_user(path):
    request = through(path, *SIGNED_IN)
    assert not hasattr(request, "session")
    assert not hasattr(request, "user")


@pytest.mark.parametrize("path", ["/admin/", "/", "/api/docs/", "/foo"])
def test_all_others_have_both(path):
    request = through(path, *SIGNED_IN)
    assert request.user.is_anonymous


def test_changes_in_the_admin_know_who_made_them(monkeypatch):
    noted = []
    monkeypatch.setattr(
        "config.middleware.HistoryRequestMiddleware",
        lambda get_response: lambda request: (noted.append(request.path), get_response(request))[1],
    )
    for path in ("/admin/", "/f/demo/"):
        through(path, history_middleware)
    assert noted == ["/admin/"]


def policy_of(path, **asked):
    def view(request):
        response = HttpResponse()
        vars(response).update(asked)
        return response

    return PolicyMiddleware(view)(RequestFactory().get(path))["Content-Security-Policy"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"_csp_update": {"img-src": ["https://logo.example"]}},
        {"_csp_replace": {"frame-ancestors": ["'self'", "https://a.example"]}},
        {"_csp_update": {"img-src": ["https://logo.example"]}, "_csp_replace": {"img-src": ["'none'"]}},
    ],
)
def test_a_kept_policy_is_the_one_that_django_csp_makes(asked, settings):
    kept = policy_of("/f/demo/", **asked)
    settings.DEBUG = True
    made = policy_of("/f/demo/", **asked)
    assert sorted(kept.split("; ")) == sorted(made.split("; "))


def test_a_policy_that_one_page_widened_stays_strict_for_others():
    policy_of("/f/demo/", _csp_update={"img-src": ["https://logo.example"]})
    assert "logo.example" not in policy_of("/f/demo/")
