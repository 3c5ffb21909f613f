"""Cells that no spreadsheet takes for a formula, and what people mean by one. Pure.

Source: OWASP, "CSV Injection". A cell that begins like a formula, perhaps after apostrophes, gets one more in front;
reading takes one away. So every text comes back as it was.
"""

import re
from datetime import date, datetime, time

_RISKY = re.compile(r"'*[=+\-@\t\r\n]")
_RISKY_ESCAPED = re.compile(r"'+[=+\-@\t\r\n]")
_SEPARATORS = re.compile(r"[;,|\n]")


def escaped(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def unescaped(text: str) -> str:
    return text[1:] if _RISKY_ESCAPED.match(text) else text


def as_text(value: object) -> str:
    """A spreadsheet's typed cell as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def listed(text: str) -> list[str]:
    """`DE; AT, CH` -> [DE, AT, CH], each once."""
    return list(dict.fromkeys(part.strip() for part in _SEPARATORS.split(text) if part.strip()))
