"""Who takes part: how each is set up, asked for its page and sent a submission, and which rows prove that it worked."""

import http.client
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.form_peers.questions import answers, as_texts, with_labels
from benchmarks.form_peers.switchyard import SLUG
from benchmarks.load import raw

_PEER_WSGI = "benchmarks.form_peers.wsgi:application"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, eq=False)
class Contender:
    """`posts(port, numbers)`: one ready submission for each number. `status`: what a taken submission is answered with.
    `tables`: each gets one row per submission. `page`: where the form is shown, if it has a page."""

    key: str
    name: str
    settings: str
    posts: Callable[[int, Sequence[int]], list[bytes]]
    status: int
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    cookie = re.search(r"csrftoken=(\w+)", response.headers["Set-Cookie"])
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert cookie
    assert token
    return cookie[1], token[1]


def _switchyard_posts(port: int, numbers: Sequence[int]) -> list[bytes]:
    """As a server posts them, without a session.

    Whatever a client must do first (begin a session, solve its challenge) belongs here, before the clock starts.
    """
    path = f"/api/v1/forms/{SLUG}/submissions"
    headers = {"Content-Type": "application/json"}
    return [raw("POST", path, _client(n) | headers, json.dumps({"answers": answers(n)}).encode()) for n in numbers]


BARE = Contender(
    key="bare",
    name="bare insert",
    settings="benchmarks.form_peers.bare.settings",
    posts=_bare_posts,
    status=204,
    tables=("bare_row",),
    page=None,
)
MODEL_FORM = Contender(
    key="plain",
    name="ModelForm",
    settings="benchmarks.form_peers.plain.settings",
    posts=_csrf_posts("/form/", lambda n: as_texts(answers(n))),
    status=302,
    tables=("plain_inquiry",),
    page="/form/",
)
WAGTAIL = Contender(
    key="wagtail",
    name="Wagtail",
    settings="benchmarks.form_peers.wagtail_site.settings",
    posts=_csrf_posts("/form/", lambda n: with_labels(as_texts(answers(n)))),
    status=200,
    tables=("wagtailforms_formsubmission",),
    page="/form/",
    seeds=("benchmarks.form_peers.wagtail_site.seed",),
)
SWITCHYARD = Contender(
    key="switchyard",
    name="Switchyard",
    settings="config.settings",
    wsgi="config.wsgi:application",
    posts=_switchyard_posts,
    status=202,
    tables=("forms_engine_submission", "pipeline_run"),
    page=f"/f/{SLUG}/",
    seeds=("benchmarks.form_peers.switchyard",),
    # One proxy in front, and limits that count everybody together raised out of the way.
    environment={"TRUSTED_PROXIES": "1", "SUBMISSION_RATE": "1000000/min", "SECRET_KEY": "measured, never deployed"},
)
CONTENDERS = (BARE, MODEL_FORM, WAGTAIL, SWITCHYARD)
