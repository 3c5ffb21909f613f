"""Closed vocabularies by name, for contract inputs: ISO 3166 countries and regions."""

from collections.abc import Mapping
from functools import cache

import pycountry


def _countries() -> dict[str, str]:
    return {country.alpha_2: country.name for country in pycountry.countries}


def _regions() -> dict[str, str]:
    return {region.code: region.name for region in pycountry.subdivisions}


_NAMED = {"countries": _countries, "regions": _regions}


@cache
def named_vocabulary(name: str) -> Mapping[str, str] | None:
    """value -> label, or None where there is no vocabulary of that name."""
    build = _NAMED.get(name)
    return build() if build else None


def vocabulary_names() -> tuple[str, ...]:
    return tuple(_NAMED)
