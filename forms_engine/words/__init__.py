"""The words of forms that no document gives: refusals, buttons, notices. Pure.

One table per language, `<language>.json`, all with the same keys and the same `{parameters}`. Wordings work for every
number, so that no language needs plural forms.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from forms_engine.words.keys import RUNTIME_WORDS

LANGUAGES = ("en", "de", "fr", "es", "ar")

_PARAMETER = re.compile(r"\{([a-z]+)\}")


def say(language: str, code: str, **parameters: object) -> str:
    """The words for a code in a language; English where we don't speak it."""
    return fill(words(language)[code], parameters)


def fill(template: str, parameters: Mapping[str, object]) -> str:
    """Each `{name}` replaced by its parameter; names without one stay, for a form's own texts may hold anything."""
    return _PARAMETER.sub(lambda found: str(parameters.get(found[1], found[0])), template)


def words(language: str) -> Mapping[str, str]:
    """All words of the nearest language that we speak: `de-AT` -> `de`, `nl` -> `en`."""
    return _table(nearest(language))


def nearest(language: str) -> str:
    base = language.partition("-")[0].lower()
    return base if base in LANGUAGES else LANGUAGES[0]


def runtime_words(language: str) -> dict[str, str]:
    """Those that the script in the browser says, apart from refusals."""
    table = words(language)
    return {key: table[key] for key in RUNTIME_WORDS}


@cache
def _table(language: str) -> Mapping[str, str]:
    table: dict[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8"))
    return table
