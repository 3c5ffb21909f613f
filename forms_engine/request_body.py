"""Reads a JSON object from a request: bounded before it is parsed, and strict where Python's parser is lax."""

import json
import math
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType

from forms_engine.errors import BodyTooLarge, MalformedJson, RequestInvalid


def read_json_object(request: HttpRequest, *, max_bytes: int) -> dict[str, Any]:
    """Raises BodyTooLarge, MalformedJson, RequestInvalid (not an object) and DRF's UnsupportedMediaType."""
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    value = parse_json(_read_bounded(request, max_bytes))
    if not isinstance(value, dict):
        raise RequestInvalid("The body must be a JSON object.")
    return value


def parse_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it. NaN, infinities, repeated keys, lone surrogates and depths or numbers beyond what can be
    handled raise MalformedJson."""
    try:
        value = json.loads(
            body.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_without_repeats,
        )
        # A lone surrogate parses, but can be neither stored nor sent back.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise MalformedJson("The request body is not valid JSON.") from None
    return value


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


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("infinite")
    return number


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found
