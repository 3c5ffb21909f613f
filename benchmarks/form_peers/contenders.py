"""Who takes part: how each is set up, asked for its page and sent a submission, and which rows prove that it worked."""

import http.client
import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode

from benchmarks.form_peers.questions import answers, as_texts, with_labels
from benchmarks.form_peers.switchyard import DOMAIN, SLUG
from benchmarks.load import raw
from forms_engine.proof import solve

_PEER_WSGI = "benchmarks.form_peers.wsgi:application"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ORIGIN = f"https://www.{DOMAIN}"
_SUBMISSIONS = f"/api/v1/forms/{SLUG}/submissions"


@dataclass(frozen=True, eq=False)
class Way:
    """One way to send. `posts(port, numbers)`: a ready submission for each number; whatever must come first is done in
    it. `status`: what a taken submission is answered with."""

    posts: Callable[[int, Sequence[int]], list[bytes]]
    status: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class Contender:
    """`ways`: how submissions come; the first is the one that peers are compared with. `tables`: each gets one row per
    submission. `page`: where the form is shown, if it has a page."""

    key: str
    name: str
    settings: str
    ways: tuple[Way, ...]
    tables: tuple[str, ...]
    page: str | None
    wsgi: str = _PEER_WSGI
    seeds: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def gets(self, numbers: Sequence[int]) -> list[bytes]:
        assert self.page is not None
        return [raw("GET", self.page, _client(number)) for number in numbers]


def _client(number: int) -> dict[str, str]:
    """Everybody comes from an address of their own, as behind a proxy, so that no rate limit for one address is met."""
    address = ".".join(str(part) for part in (10, number >> 16 & 255, number >> 8 & 255, number & 255))
    return {"X-Forwarded-For": address, "Accept-Language": "en-GB,en;q=0.9", "User-Agent": "benchmark"}


def _bare_posts(port: int, numbers: Sequence[int]) -> list[bytes]:
    """The answers as they come, unread: it is the insert that counts."""
    return [
        raw("POST", "/rows/", _client(n) | {"X-Email": str(answers(n)["email"])}, json.dumps(answers(n)).encode())
        for n in numbers
    ]


def _csrf_posts(path: str, texts: Callable[[int], dict[str, str]]) -> Callable[[int, Sequence[int]], list[bytes]]:
    """A page's own posts: cookie and token are fetched once and serve all, which spares the peer the making of them."""

    def posts(port: int, numbers: Sequence[int]) -> list[bytes]:
        cookie, token = _cookie_and_token(port, path)
        return [
            raw(
                "POST",
                path,
                _client(n) | _FORM | {"Cookie": f"csrftoken={cookie}"},
                urlencode({"csrfmiddlewaretoken": token, **texts(n)}).encode(),
            )
            for n in numbers
        ]

    return posts


def _cookie_and_token(port: int, path: str) -> tuple[str, str]:
    with closing(_connected(port)) as connection:
        cookie, page = _get(connection, path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    found = re.search(r"csrftoken=(\w+)", cookie)
    assert found
    assert token
    return found[1], token[1]


def _script_posts(port: int, numbers: Sequence[int]) -> list[bytes]:
    """As the script in a page of another site sends them: each in a session of its own, with the work done."""
    with closing(_connected(port)) as connection:
        return [_script_post(connection, number) for number in numbers]


def _script_post(connection: http.client.HTTPConnection, number: int) -> bytes:
    page = f"{_ORIGIN}/demo?utm_source=newsletter&utm_campaign=spring"
    query = urlencode({"page": page, "language": "en-GB", "time_zone": "Europe/London", "only": "markup"})
    session = json.loads(_get(connection, f"/api/v1/forms/{SLUG}?{query}", {"Origin": _ORIGIN})[1])
    content: dict[str, Any] = {
        "session": session["session"],
        "answers": answers(number),
        "context": {"page": page, "referrer": "https://news.example.com/", "language": "en-GB"},
        "proof": solve(session["challenge"]),
        "trap": "",
    }
    headers = _client(number) | {"Origin": _ORIGIN, "Content-Type": "text/plain;charset=UTF-8"}
    return raw("POST", _SUBMISSIONS, headers, json.dumps(content).encode())


def _plain_page_posts(port: int, numbers: Sequence[int]) -> list[bytes]:
    """As the hosted page sends them without JavaScript."""
    with closing(_connected(port)) as connection:
        return [_plain_page_post(connection, number) for number in numbers]


def _plain_page_post(connection: http.client.HTTPConnection, number: int) -> bytes:
    path = f"/f/{SLUG}/"
    page = _get(connection, path)[1]
    hidden = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}
    content = urlencode({**hidden, **as_texts(answers(number)), "_website": "", "_action": "next"})
    return raw("POST", path, _client(number) | _FORM, content.encode())


def _server_posts(port: int, numbers: Sequence[int]) -> list[bytes]:
    """As a server sends them, without a session."""
    headers = {"Content-Type": "application/json"}
    return [
        raw("POST", _SUBMISSIONS, _client(n) | headers, json.dumps({"answers": answers(n)}).encode()) for n in numbers
    ]


def _connected(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """(cookies as they are set, body)"""
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    body = response.read().decode()
    assert response.status == 200, (path, response.status)
    return response.headers.get("Set-Cookie", ""), body


BARE = Contender(
    key="bare",
    name="bare insert",
    settings="benchmarks.form_peers.bare.settings",
    ways=(Way(_bare_posts, 204),),
    tables=("bare_row",),
    page=None,
)
MODEL_FORM = Contender(
    key="plain",
    name="ModelForm",
    settings="benchmarks.form_peers.plain.settings",
    ways=(Way(_csrf_posts("/form/", lambda n: as_texts(answers(n))), 302),),
    tables=("plain_inquiry",),
    page="/form/",
)
WAGTAIL = Contender(
    key="wagtail",
    name="Wagtail",
    settings="benchmarks.form_peers.wagtail_site.settings",
    ways=(Way(_csrf_posts("/form/", lambda n: with_labels(as_texts(answers(n)))), 200),),
    tables=("wagtailforms_formsubmission",),
    page="/form/",
    seeds=("benchmarks.form_peers.wagtail_site.seed",),
)
SWITCHYARD = Contender(
    key="switchyard",
    name="Switchyard",
    settings="config.settings",
    wsgi="config.wsgi:application",
    ways=(
        Way(_script_posts, 202),
        Way(_plain_page_posts, 303, "without JavaScript"),
        Way(_server_posts, 202, "from a server"),
    ),
    tables=("forms_engine_submission", "pipeline_run"),
    page=f"/f/{SLUG}/",
    seeds=("benchmarks.form_peers.switchyard",),
    # One proxy in front, and limits that count everybody together raised out of the way.
    environment={
        "TRUSTED_PROXIES": "1",
        "SUBMISSION_RATE": "1000000/min",
        "FORM_SUBMISSION_RATE": "1000000/min",
        "VIEW_RATE": "1000000/min",
        "SECRET_KEY": "measured, never deployed",
    },
)
CONTENDERS = (BARE, MODEL_FORM, WAGTAIL, SWITCHYARD)
