"""Which language a form speaks to somebody, and which way it is written. Pure."""

import re
from collections.abc import Sequence

from forms_engine.schema.model import Definition

# A subset of BCP 47 in its canonical spelling: language, script, region.
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "thaa", "syrc", "nkoo", "adlm", "rohg"})


def direction(language: str) -> str:
    """`rtl` or `ltr`. A script in the tag decides; else the language."""
    base, *more = language.lower().split("-")
    script = next((part for part in more if len(part) == 4 and part.isalpha()), None)
    is_right_to_left = script in _RIGHT_TO_LEFT_SCRIPTS if script else base in _RIGHT_TO_LEFT
    return "rtl" if is_right_to_left else "ltr"


def choose_language(definition: Definition, wanted: Sequence[str]) -> str:
    """The first wanted language that the form speaks, or its own. `wanted` are tags, dearest first.

    `pt-BR` is met by `pt-BR`, then by `pt`, then by another `pt-…`.
    """
    found = (match for tag in wanted if (match := _match(definition.languages, tag)))
    return next(found, definition.languages[0])


def _match(spoken: Sequence[str], tag: str) -> str | None:
    by_lower = {language.lower(): language for language in spoken}
    for candidate in parents(tag.lower()):
        if candidate in by_lower:
            return by_lower[candidate]
    base = tag.lower().partition("-")[0]
    return next((language for language in spoken if language.lower().partition("-")[0] == base), None)


def parents(tag: str) -> list[str]:
    """`zh-Hant-TW` -> itself, `zh-Hant`, `zh`."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
