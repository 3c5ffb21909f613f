"""A page with our script, as far as the API can see it."""

import json
from typing import Any

from django.test import Client

from forms_engine.proof import solve

ORIGIN = "https://www.example.com"
VISITOR = "visitor-0123456789abcdef"


def begin(client: Client, slug: str = "contact", *, origin: str = "", **query: str) -> Any:
    return client.get(f"/api/v1/forms/{slug}", query, headers={"Origin": origin} if origin else {})


def call(client: Client, method: str, path: str, body: Any, *, origin: str = "", **headers: str) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    send = getattr(client, method)
    named = {"Origin": origin, **headers} if origin else headers
    return send(f"/api/v1/{path}", data, content_type="text/plain;charset=UTF-8", headers=named)


def send(client: Client, session: dict[str, Any], answers: dict[str, Any], **more: Any) -> Any:
    """With the work done, unless `proof` says otherwise."""
    origin = more.pop("origin", "")
    challenge = session["challenge"]
    body = {"session": session["session"], "answers": answers, "proof": solve(challenge) if challenge else None, **more}
    return call(client, "post", f"forms/{session['form']}/submissions", body, origin=origin)


def keep(client: Client, session: dict[str, Any], step: str, answers: dict[str, Any], **more: Any) -> Any:
    origin = more.pop("origin", "")
    body = {"session": session["session"], "answers": answers, **more}
    return call(client, "put", f"sessions/{session['session_id']}/steps/{step}", body, origin=origin)
