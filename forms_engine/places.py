"""Countries and their regions by the names people know them by, in their language. From pycountry, offline. Pure."""

import gettext
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import pycountry

# It becomes part of a path.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


# Bounded, since anybody may ask for any language and country.
@lru_cache(maxsize=100)
def countries(language: str = "en") -> Mapping[str, str]:
    """ISO 3166-1 code -> name, sorted by name."""
    say = _translator("iso3166-1", language)
    return _sorted({country.alpha_2: _country_name(country, say) for country in pycountry.countries})


@lru_cache(maxsize=2_000)
def regions_of(country: str, language: str = "en") -> Mapping[str, str]:
    """ISO 3166-2 code -> name of a country's largest parts, sorted by name; empty for a country without parts."""
    say = _translator("iso3166-2", language)
    return _sorted({part.code: _plain(say(part.name)) for part in _largest_parts().get(country, ())})


@cache
def countries_with_regions() -> frozenset[str]:
    return frozenset(_largest_parts())


@cache
def _largest_parts() -> Mapping[str, list[Any]]:
    parts: dict[str, list[Any]] = {}
    for part in pycountry.subdivisions:
        if not part.parent_code:
            parts.setdefault(part.country_code, []).append(part)
    return parts


@cache
def all_regions() -> Mapping[str, str]:
    """ISO 3166-2 code -> English name, of every country."""
    return {code: name for country in sorted(countries_with_regions()) for code, name in regions_of(country).items()}


def _country_name(country: Any, say: Callable[[str], str]) -> str:
    official = str(country.name)
    common = str(getattr(country, "common_name", official))
    # Not every catalogue knows the short name: then the long one in the reader's language is better.
    return say(common) if say(common) != common or say(official) == official else say(official)


def _translator(domain: str, language: str) -> Callable[[str], str]:
    if not _TAG.fullmatch(language):
        return str
    base, *more = language.split("-")
    tags = ["_".join([base.lower(), *(part.upper() for part in more)]), base.lower()]
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=tags, fallback=True).gettext


def _plain(name: str) -> str:
    """Without the second name and code that some entries carry: `Wales [Cymru GB-CYM]`."""
    return name.partition(" [")[0].removesuffix("*")


def _sorted(names: Mapping[str, str]) -> Mapping[str, str]:
    return dict(sorted(names.items(), key=lambda item: _sort_key(item[1])))


def _sort_key(name: str) -> str:
    """Without accents, so that Åland stands with A."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
