"""As little as a WSGI server can serve: what it answers a second is the ceiling of server and load generator."""

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("204 No Content", [])
    return []
