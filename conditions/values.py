"""JavaScript's view of values: strict equality, loose order, paths and types.

Source: ECMA-262, sections 7.2.13 (IsLessThan) and 7.2.15 (IsStrictlyEqual), over JSON values only. A missing
value is None, as null is.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

JsonType = Literal["string", "number", "boolean", "null", "array", "object", "unknown"]

# Nested deeper than this, an attribute's text form is cut; no sane attribute comes near.
_MAX_TEXT_DEPTH = 20
# How JavaScript writes whole numbers of other bases in texts (ECMA-262, StringToNumber).
_RADIX = {"0x": 16, "0o": 8, "0b": 2}
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
# What JavaScript trims; Python has the separators U+001C to U+001F and U+0085 as well, and not U+FEFF.
_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def get_path(attributes: object, path: tuple[str, ...]) -> object:
    """The value at a dotted path; None where any step is missing or not an object."""
    value = attributes
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return None
        value = value[step]
    return value


def strictly_equal(left: object, right: object) -> bool:
    """Deep equality in which `true` isn't `1` and `"1"` isn't `1`, but 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(strictly_equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(strictly_equal(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def is_less(left: object, right: object) -> bool | None:
    """JavaScript's `left < right`; None where the two can't be ordered (a side isn't a number)."""
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) < code_units(right)
    numbers = to_number(left), to_number(right)
    # Not math.isnan, which refuses integers beyond the floats.
    if any(number != number for number in numbers):
        return None
    return numbers[0] < numbers[1]


def code_units(text: str) -> str:
    """A character for each UTF-16 code unit: in this form Python orders texts as JavaScript does."""
    # Most texts are plain, and Python knows so without looking.
    return text if text.isascii() else "".join(map(_surrogates, text))


def _surrogates(character: str) -> str:
    point = ord(character)
    return character if point < 0x10000 else chr(0xD7C0 + (point >> 10)) + chr(0xDC00 + (point & 0x3FF))


def from_code_units(units: str) -> str:
    """Lone surrogates stay what they are."""
    return units if units.isascii() else units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def is_whole(text: str) -> bool:
    """False where two surrogates stand for one character, which no decoder yields: to JavaScript, another spelling."""
    return text.isascii() or from_code_units(code_units(text)) == text


def to_number(value: object) -> float | int:
    """JavaScript's ToNumber: null is 0, an empty text is 0, what isn't numeric is NaN."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return _text_to_number(value.strip(_BLANKS))
    return math.nan


def _text_to_number(text: str) -> float | int:
    if not text:
        return 0
    if text[:2].lower() in _RADIX and text.isascii() and text[2:].isalnum():
        return _integer(text[2:], _RADIX[text[:2].lower()])
    if _DECIMAL.fullmatch(text):
        return float(text)
    return _INFINITIES.get(text, math.nan)


def _integer(digits: str, radix: int) -> float | int:
    try:
        return int(digits, radix)
    except ValueError:
        return math.nan


def _primitive(value: object) -> object:
    return to_text(value) if isinstance(value, list | Mapping) else value


def to_text(value: object, depth: int = 0) -> str:
    """JavaScript's String(value)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, list):
        if depth > _MAX_TEXT_DEPTH:
            return ""
        return ",".join("" if item is None else to_text(item, depth + 1) for item in value)
    if isinstance(value, Mapping):
        return "[object Object]"
    return str(value)


def _number_text(number: float) -> str:
    """ECMA-262, Number::toString: the digits are Python's, point and exponent are set otherwise."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' if number < 0 else ''}Infinity"
    negative, all_digits, exponent = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, all_digits)).rstrip("0") or "0"
    point = len(all_digits) + int(exponent)
    if number == 0:
        return "0"
    if 0 < point <= 21:
        text = digits.ljust(point, "0")
        text = text if len(digits) <= point else f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1:+d}"
    return f"-{text}" if negative else text


def json_type(value: object) -> JsonType:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, Mapping) else "unknown"


def fold(value: object) -> object:
    """Texts in lower case, for the operators that don't look at case."""
    return value.lower() if isinstance(value, str) else value


def hashable(value: object) -> tuple[str, object] | None:
    """A key under which strictly equal scalars meet, and `true` and `1` don't; None for all other values."""
    kind = json_type(value)
    return None if kind in ("array", "object", "unknown") else (kind, value)
