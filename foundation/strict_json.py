"""JSON as RFC 8259 has it, where Python's parser is lax. Pure."""

import json
import math
from typing import Any


def parse_strictly(text: str) -> Any:
    """Raises ValueError for NaN, infinities, repeated keys, lone surrogates, and depths or numbers beyond what can be
    handled."""
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_number, object_pairs_hook=_without_repeats
        )
        # A lone surrogate parses, but can be neither stored nor sent back. Only an escape can write one.
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _number(text: str) -> float | int:
    """JSON knows one kind of number: 5.0 is 5."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("infinite")
    return int(number) if number.is_integer() else number


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found
