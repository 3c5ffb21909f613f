"""Patterns that mean the same here (RE2) and in every browser."""

import re2

from conditions.portable_patterns import is_portable

LONGEST_PATTERN = 200


def why_not_portable(pattern: str) -> str:
    """Why a pattern is refused; empty if it isn't."""
    if len(pattern) > LONGEST_PATTERN:
        return f"must not be longer than {LONGEST_PATTERN} characters"
    if not is_portable(pattern) or not _compiles(pattern):
        return (
            "must be a pattern that every browser reads alike and fast: no look-around, back-references, flags or"
            " names, and nothing repeated that can match the same text in several ways, such as (a+)+"
        )
    return ""


def _compiles(pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    except re2.error:
        return False
    return True
