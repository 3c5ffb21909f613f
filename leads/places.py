"""Countries and regions as people and tools write them, into ISO 3166 codes. Pure; what isn't understood is None."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

import pycountry

# How people write countries where ISO 3166 says otherwise; folded.
_COUNTRIES_BY_HABIT: Mapping[str, str] = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "u k": "GB", "u s": "US", "u s a": "US", "united states of america": "US",
    "el": "GR", "uae": "AE", "russia": "RU", "turkey": "TR", "holland": "NL", "ivory coast": "CI", "macau": "MO",
    "macedonia": "MK", "cape verde": "CV", "swaziland": "SZ", "burma": "MM", "brunei": "BN", "palestine": "PS",
    "micronesia": "FM", "vatican": "VA", "democratic republic of the congo": "CD", "dr congo": "CD", "east timor": "TL",
}  # fmt: skip


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Words only, without accents, so that `Food-&-Beverage` meets `food & beverage` and `Türkiye` `Turkiye`.

    Marks of other scripts than Latin tell letters apart, so they stay. A text without any word is itself: no two texts
    meet because nothing is left of both.
    """
    plain = _LATIN_ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    whole = unicodedata.normalize("NFKC", plain)
    words = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in whole).split()
    return " ".join(words or text.casefold().split())


_LATIN_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")


def to_country(text: str) -> str | None:
    """ISO 3166-1 alpha-2 from a code of two or three letters, a number code or an English name."""
    return _countries().get(fold(text).removeprefix("the "))


@cache
def _countries() -> Mapping[str, str]:
    spellings = ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
    by_iso = {
        fold(getattr(country, spelling)).removeprefix("the "): country.alpha_2
        for country in pycountry.countries
        for spelling in spellings
        if hasattr(country, spelling)
    }
    return {**by_iso, **_COUNTRIES_BY_HABIT}


def to_region(text: str, country: str | None = None) -> str | None:
    """ISO 3166-2 from a full code, or from a bare code or name where the country (alpha-2) is known.

    A full code of another country than the one given is a contradiction, so it isn't understood.
    """
    code = text.strip().upper()
    if country is None:
        return code if pycountry.subdivisions.get(code=code) else None
    regions = _regions_of(country)
    return regions.get(fold(text)) or regions.get(fold(f"{country}-{code}"))


@lru_cache(maxsize=300)
def _regions_of(country: str) -> Mapping[str, str]:
    """Folded name or full code -> code."""
    regions = pycountry.subdivisions.get(country_code=country) or ()
    names = {fold(region.name): region.code for region in regions}
    return {**names, **{fold(region.code): region.code for region in regions}}


def regions_called(text: str) -> frozenset[str]:
    """ISO 3166-2 codes of every country's regions with this name or bare code: `CA` is one of several countries'."""
    return _regions_by_word().get(fold(text), frozenset())


@cache
def _regions_by_word() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for region in pycountry.subdivisions:
        for word in (region.name, region.code, region.code.partition("-")[2]):
            found.setdefault(fold(word), set()).add(region.code)
    return {word: frozenset(codes) for word, codes in found.items()}
