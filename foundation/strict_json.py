"""JSON as RFC 8259 has it, where Python's parser is lax. Pure."""

import json
import math
from typing import Any


def parse_strictly(text: str) -> Any:
    """Raises ValueError for NaN, infinities, repeated keys, lone surrogates, and depths or numbers beyond what can be
    handled."""
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_repeats
        )
        # A lone surrogate parses, but can be neither stored nor sent back.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


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
