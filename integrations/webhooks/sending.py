"""One POST to somebody else's server: no redirects, no private addresses, bounded in time and size."""

import time
from dataclasses import dataclass
from datetime import timedelta

import requests
from django.conf import settings
from requests_hardened import Config, Manager
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

MAX_RESPONSE_BYTES = 2_048
_CHUNK = 512


@dataclass(frozen=True)
class Reply:
    """What came back. `status_code` is None where nothing did; `error_code` then says why."""

    status_code: int | None
    body: str
    duration_ms: int
    error_code: str = ""
    retry_after: timedelta | None = None

    @property
    def accepted(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def gone(self) -> bool:
        return self.status_code == 410


def post(*, url: str, body: str, headers: dict[str, str]) -> Reply:
    """Never raises for what the other side does."""
    started = time.monotonic()
    try:
        with _session() as session:
            response = session.request(
                "POST",
                url,
                data=body.encode(),
                headers={**headers, "content-type": "application/json"},
                stream=True,
                allow_redirects=False,
            )
            with response:
                text = _read(response, deadline=started + settings.WEBHOOK_TIMEOUT_S)
                return Reply(
                    status_code=response.status_code,
                    body=text,
                    duration_ms=_elapsed_ms(started),
                    error_code="" if 200 <= response.status_code < 300 else f"http_{response.status_code}",
                    retry_after=_retry_after(response.headers.get("retry-after", "")),
                )
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return Reply(status_code=None, body="", duration_ms=_elapsed_ms(started), error_code=_code_of(error))


def _session() -> requests.Session:
    """The filter resolves the name once and connects to that very address, so a second DNS answer changes nothing."""
    timeout = settings.WEBHOOK_TIMEOUT_S
    manager = Manager(
        Config(
            default_timeout=(min(timeout, 5.0), timeout),
            never_redirect=True,
            ip_filter_enable=not settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES,
            ip_filter_allow_loopback_ips=False,
            user_agent_override="Switchyard-Webhooks/1",
        )
    )
    session: requests.Session = manager.get_session()
    # A proxy from the environment would make the connection for us, past the address filter.
    session.trust_env = False
    return session


def _read(response: requests.Response, *, deadline: float) -> str:
    """The first bytes of the body. A socket's timeout starts anew with every byte; the deadline doesn't."""
    received = b""
    # `iter_content` would wait for a whole chunk, however slowly its bytes drip.
    while len(received) < MAX_RESPONSE_BYTES and (chunk := response.raw.read1(_CHUNK, decode_content=True)):
        received += chunk
        if time.monotonic() > deadline:
            raise requests.Timeout("the body took too long")
    return received[:MAX_RESPONSE_BYTES].decode("utf-8", "replace").replace("\x00", "")


def _elapsed_ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _retry_after(value: str) -> timedelta | None:
    """Seconds only; a date is rare and falls back to the schedule."""
    return timedelta(seconds=int(value)) if value.isdecimal() and len(value) < 9 else None


def _code_of(error: Exception) -> str:
    """A short code; the exception's text may hold the address with its query string."""
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (InvalidIPAddress, "private_address"),
        (requests.Timeout, "timeout"),
        (ReadTimeoutError, "timeout"),
        (requests.exceptions.SSLError, "tls_error"),
        (requests.ConnectionError, "connection_failed"),
        (ProtocolError, "connection_failed"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "request_failed")
