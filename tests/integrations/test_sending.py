"""One POST against real servers that behave well, badly or not at all."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from werkzeug import Request, Response

from integrations.webhooks.sending import MAX_RESPONSE_BYTES, post

PRIVATE = ["127.0.0.1", "localhost", "127.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"]


def send(url: str):
    return post(url=url, body='{"name":"Zoë"}', headers={"webhook-id": "msg_1"})


@contextmanager
def raw_server(*pieces: bytes, pause_s: float = 0.0) -> Iterator[str]:
    """Answers one request with the pieces, a pause after each, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    time.sleep(pause_s)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(timeout=30)


def test_the_body_arrives_as_utf_8_json_with_the_headers(receiver):
    receiver.expect_request("/hook", method="POST").respond_with_data("thanks")
    reply = send(receiver.url_for("/hook"))
    request, _ = receiver.log[0]
    assert (request.get_data(), request.content_type) == ('{"name":"Zoë"}'.encode(), "application/json")
    assert (request.headers["webhook-id"], request.headers["user-agent"]) == ("msg_1", "Switchyard-Webhooks/1")
    assert (reply.accepted, reply.status_code, reply.body, reply.error_code) == (True, 200, "thanks", "")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_2xx_is_accepted(receiver, status):
    receiver.expect_request("/hook").respond_with_data("", status=status)
    assert send(receiver.url_for("/hook")).accepted


@pytest.mark.parametrize("status", [302, 400, 404, 410, 500, 503])
def test_anything_else_is_not(receiver, status):
    receiver.expect_request("/hook").respond_with_data("", status=status)
    reply = send(receiver.url_for("/hook"))
    assert (reply.accepted, reply.gone, reply.error_code) == (False, status == 410, f"http_{status}")


def test_a_redirect_is_not_followed(receiver):
    receiver.expect_request("/hook").respond_with_data("", status=307, headers={"location": "/elsewhere"})
    receiver.expect_request("/elsewhere").respond_with_data("ok")
    assert send(receiver.url_for("/hook")).status_code == 307
    assert [request.path for request, _ in receiver.log] == ["/hook"]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_refused(httpserver, settings, host):
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = False
    httpserver.expect_request("/hook").respond_with_data("ok")
    reply = send(f"http://{host}:{httpserver.port}/hook")
    assert (reply.status_code, reply.error_code) == (None, "private_address")
    assert httpserver.log == []


def test_a_proxy_of_the_environment_is_not_used(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    receiver.expect_request("/hook").respond_with_data("ok")
    assert send(receiver.url_for("/hook")).accepted


def test_a_receiver_that_does_not_answer_times_out(receiver, settings):
    settings.WEBHOOK_TIMEOUT_S = 0.2
    with raw_server(b"", pause_s=1.0) as url:
        reply = send(url)
    assert (reply.status_code, reply.error_code) == (None, "timeout")


def test_a_body_that_drips_times_out_as_a_whole(receiver, settings):
    settings.WEBHOOK_TIMEOUT_S = 0.3
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n"
    with raw_server(head, *[b"x"] * 30, pause_s=0.05) as url:
        assert send(url).error_code == "timeout"


def test_a_body_that_stops_in_the_middle_times_out(receiver, settings):
    settings.WEBHOOK_TIMEOUT_S = 0.2
    with raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nx", pause_s=1.0) as url:
        assert send(url).error_code == "timeout"


def test_nobody_listening_is_a_failed_connection(receiver):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error_code == "connection_failed"


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nshort"],
    ids=["hangs up", "is no HTTP", "promises more"],
)
def test_a_broken_answer_is_a_failed_connection(receiver, answer):
    with raw_server(answer) as url:
        assert send(url).error_code == "connection_failed"


def test_a_server_without_tls_is_a_tls_error(receiver):
    assert send(receiver.url_for("/hook").replace("http://", "https://")).error_code == "tls_error"


@pytest.mark.parametrize("url", ["http://", "http://[bad/", "http://a\u2024b..example/"])
def test_an_address_that_is_none_fails_without_raising(receiver, url):
    reply = send(url)
    assert (reply.status_code, bool(reply.error_code)) == (None, True)


def test_only_the_beginning_of_a_long_body_is_kept(receiver):
    receiver.expect_request("/hook").respond_with_data("x" * 1_000_000)
    reply = send(receiver.url_for("/hook"))
    assert (reply.accepted, reply.body) == (True, "x" * MAX_RESPONSE_BYTES)


def test_a_compressed_body_is_unpacked_no_further_than_that(receiver):
    def answer(request: Request) -> Response:
        return Response(gzip.compress(b"x" * 5_000_000), headers={"content-encoding": "gzip"})

    receiver.expect_request("/hook").respond_with_handler(answer)
    assert send(receiver.url_for("/hook")).body == "x" * MAX_RESPONSE_BYTES


def test_a_body_that_is_no_text_is_kept_readable(receiver):
    receiver.expect_request("/hook").respond_with_data(b"a\x00b\xff")
    assert send(receiver.url_for("/hook")).body == "ab\ufffd"


@pytest.mark.parametrize(
    ("header", "waits"),
    [("120", timedelta(seconds=120)), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-5", None), ("9" * 40, None)],
)
def test_retry_after_is_read_in_seconds(receiver, header, waits):
    receiver.expect_request("/hook").respond_with_data("", status=503, headers={"retry-after": header})
    assert send(receiver.url_for("/hook")).retry_after == waits
