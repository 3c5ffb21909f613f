"""Where the time of a contender's requests goes: in this process, in one thread, through the WSGI application itself.

Run by `python -m benchmarks.forms --profile KEY`, with the requests pickled on standard input.
"""

import cProfile
import io
import pickle
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

WARM_UP = 50
LINES = 45


def main(wsgi: str, kinds: Mapping[str, Sequence[bytes]]) -> None:
    module, name = wsgi.split(":")
    application: WSGIHandler = getattr(import_module(module), name)
    for kind, requests in kinds.items():
        environs = [environ_of(request) for request in requests]
        *measured, last = environs[WARM_UP:]
        half = len(measured) // 2
        for environ in environs[:WARM_UP]:
            _answer(application, environ)
        _report_times(kind, application, measured[:half])
        _report_statements(application, last)
        _report_functions(application, measured[half:])


def environ_of(request: bytes) -> dict[str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.upper().replace("-", "_"): value for name, value in (line.split(": ", 1) for line in lines)}
    plain = {name: headers.pop(name) for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if name in headers}
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        **plain,
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }


def _answer(application: WSGIHandler, environ: dict[str, Any]) -> str:
    statuses: list[str] = []
    environ["wsgi.input"].seek(0)
    response = application(dict(environ), lambda status, headers: statuses.append(status))  # type: ignore[arg-type]
    b"".join(response)
    response.close()  # type: ignore[attr-defined]
    return statuses[0]


def _report_times(kind: str, application: WSGIHandler, environs: Sequence[dict[str, Any]]) -> None:
    clocks = (time.perf_counter, time.thread_time, time.process_time)
    started = [clock() for clock in clocks]
    statuses = Counter(_answer(application, environ) for environ in environs)
    taken, here, worked = (
        1000 * (clock() - start) / len(environs) for clock, start in zip(clocks, started, strict=True)
    )
    print(
        f"\n{kind}: {taken:.2f} ms each, {here:.2f} ms of work in this thread, "
        f"{worked - here:.2f} ms in others   {dict(statuses)}"
    )


def _report_statements(application: WSGIHandler, environ: dict[str, Any]) -> None:
    """Begin and commit aren't among them."""
    from django.db import connection

    kept: list[tuple[str, float]] = []

    def timed(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, *arguments)
        finally:
            kept.append((sql, 1000 * (time.perf_counter() - started)))

    with connection.execute_wrapper(timed):
        _answer(application, environ)
    for sql, ms in kept:
        print(f"  {ms:6.2f} ms  {sql[:150]}")


def _report_functions(application: WSGIHandler, environs: Sequence[dict[str, Any]]) -> None:
    """Under the profiler everything is slower, small functions most; shares count, not the sum."""
    profile = cProfile.Profile()
    profile.enable()
    for environ in environs:
        _answer(application, environ)
    profile.disable()
    stats: dict[tuple[str, int, str], Any] = vars(pstats.Stats(profile))["stats"]
    for order, column in (("cumulative", 3), ("tottime", 2)):
        print(f"  ms a request by {order}, calls a request")
        ranked = sorted(stats.items(), key=lambda item: item[1][column], reverse=True)
        for (file, line, function), figures in ranked[:LINES]:
            ms, calls = 1000 * figures[column] / len(environs), figures[1] / len(environs)
            print(f"  {ms:8.3f} {calls:7.1f}  {'/'.join(file.split('/')[-3:])}:{line} {function}")


if __name__ == "__main__":
    main(sys.argv[1], pickle.load(sys.stdin.buffer))
