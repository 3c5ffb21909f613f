"""Version comparison as GrowthBook publishes it: parts padded so that comparing texts compares versions."""

import re

from conditions.values import code_units, to_text

_NOISE = re.compile(r"(^v|\+.*\Z)")
_SEPARATORS = re.compile(r"[-.]")
_DIGITS = re.compile(r"[0-9]+")


def padded(version: object) -> str:
    """A text that sorts, by code units, as the version does. What isn't a version sorts as 0."""
    if isinstance(version, int | float) and not isinstance(version, bool):
        version = to_text(version)
    if not isinstance(version, str) or not version:
        version = "0"
    parts = _SEPARATORS.split(_NOISE.sub("", version))
    if len(parts) == 3:
        # A release comes after its pre-releases, and "~" sorts after letters and digits.
        parts.append("~")
    return code_units("-".join(part.rjust(5) if _DIGITS.fullmatch(part) else part for part in parts))
