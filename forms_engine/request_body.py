"""Reads a JSON object from a request: bounded before it is parsed, and strict where Python's parser is lax."""

from typing import Any

from django.http import HttpRequest

from forms_engine.errors import BodyTooLarge, MalformedJson, RequestInvalid, UnsupportedMediaType
from foundation.strict_json import parse_strictly

_PLAIN = "text/plain"
_TYPES = frozenset({"application/json", _PLAIN})


def read_json_object(request: HttpRequest, *, max_bytes: int) -> dict[str, Any]:
    """Raises UnsupportedMediaType, BodyTooLarge, MalformedJson and RequestInvalid (not an object).

    A page's script sends text/plain, since a browser would ask before it sends JSON to another site. Such a body must
    name a session: a plain HTML form of any site can send text/plain too, but it has none.
    """
    if request.content_type not in _TYPES:
        raise UnsupportedMediaType("Send the body as application/json.")
    value = parse_json(_read_bounded(request, max_bytes))
    if not isinstance(value, dict):
        raise RequestInvalid("The body must be a JSON object.")
    if request.content_type == _PLAIN and "session" not in value:
        raise UnsupportedMediaType("Send the body as application/json.")
    return value


def parse_json(body: bytes) -> Any:
    """Raises MalformedJson; foundation.strict_json says for what."""
    try:
        return parse_strictly(body.decode("utf-8-sig"))
    except ValueError:
        raise MalformedJson("The request body is not valid JSON.") from None


def _read_bounded(request: HttpRequest, max_bytes: int) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise BodyTooLarge("The request body is too large.")
    # Django reads nothing from a body without a length (chunked); a server that marks the end lets us read it.
    terminated = not length and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if terminated else request
    body = bytes(stream.read(max_bytes + 1))
    if len(body) > max_bytes:
        raise BodyTooLarge("The request body is too large.")
    return body
