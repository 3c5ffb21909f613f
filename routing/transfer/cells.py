"""What people mean by a cell. Pure."""

import re
from datetime import date, datetime, time

_SEPARATORS = re.compile(r"[;,|\n]")


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
