"""Reads a JSON object from a request: bounded before it is parsed, and strict where Python's parser is lax."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType

from forms_engine.errors import BodyTooLarge, MalformedJson, RequestInvalid
from foundation.strict_json import parse_strictly


def read_json_object(request: HttpRequest, *, max_bytes: int) -> dict[str, Any]:
    """Raises BodyTooLarge, MalformedJson, RequestInvalid (not an object) and DRF's UnsupportedMediaType."""
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    value = parse_json(_read_bounded(request, max_bytes))
    if not isinstance(value, dict):
        raise RequestInvalid("The body must be a JSON object.")
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
