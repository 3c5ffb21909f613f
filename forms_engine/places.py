"""Countries and their regions by the names people know them by, in their language. From pycountry, offline. Pure."""

import gettext
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

import pycountry


@cache
def countries(language: str = "en") -> Mapping[str, str]:
    """ISO 3166-1 code -> name, sorted by name."""
    say = _translator("iso3166-1", language)
    return _sorted({country.alpha_2: _country_name(country, say) for country in pycountry.countries})


@cache
def regions_of(country: str, language: str = "en") -> Mapping[str, str]:
    """ISO 3166-2 code -> name of a country's largest parts, sorted by name; empty for a country without parts."""
    say = _translator("iso3166-2", language)
    parts = pycountry.subdivisions.get(country_code=country) or ()
    return _sorted({part.code: _plain(say(part.name)) for part in parts if not part.parent_code})


@cache
def countries_with_regions() -> frozenset[str]:
    return frozenset(part.country_code for part in pycountry.subdivisions if not part.parent_code)


@cache
def all_regions() -> Mapping[str, str]:
    """ISO 3166-2 code -> English name, of every country."""
    return {code: name for country in sorted(countries_with_regions()) for code, name in regions_of(country).items()}


def _country_name(country: object, say: Callable[[str], str]) -> str:
    official = str(country.name)  # type: ignore[attr-defined]
    common = str(getattr(country, "common_name", official))
    # Not every catalogue knows the short name: then the long one in the reader's language is better.
    return say(common) if say(common) != common or say(official) == official else say(official)


def _translator(domain: str, language: str) -> Callable[[str], str]:
    tags = [language.replace("-", "_"), language.partition("-")[0]]
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
