"""Kept connections, as the product has them, and without its health checks: the peers get the faster setting."""

from urllib.parse import unquote

import environ


def databases() -> dict[str, dict[str, object]]:
    found = dict(environ.Env().db("DATABASE_URL"))
    return {"default": {**found, "HOST": unquote(str(found["HOST"])), "CONN_MAX_AGE": 600}}
