"""Vendors' words into ours: countries, regions, sizes, industries. Pure; what isn't understood becomes None.

Industries of datasets are tags rather than a taxonomy; the tables below map them by meaning and leave out what
would be a guess.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import pycountry

from enrichment.industry_labels import INDUSTRY_BY_LABEL

INDUSTRIES: Mapping[str, str] = {
    "software": "Software",
    "hardware": "Hardware",
    "internet": "Internet",
    "financial_services": "Financial services",
    "insurance": "Insurance",
    "healthcare": "Healthcare",
    "pharma": "Pharmaceuticals and biotechnology",
    "education": "Education",
    "retail": "Retail",
    "consumer_goods": "Consumer goods",
    "manufacturing": "Manufacturing",
    "automotive": "Automotive",
    "aerospace_defense": "Aerospace and defence",
    "energy": "Energy",
    "utilities": "Utilities",
    "telecommunications": "Telecommunications",
    "media": "Media and entertainment",
    "real_estate": "Real estate",
    "construction": "Construction",
    "transportation": "Transportation and logistics",
    "hospitality": "Hospitality and travel",
    "food_beverage": "Food and beverage",
    "agriculture": "Agriculture",
    "professional_services": "Professional services",
    "public_sector": "Public sector",
    "nonprofit": "Non-profit",
    "other": "Other",
}


def _fold(text: str) -> str:
    """Words only, so that `Food-&-Beverage` and `food & beverage` meet."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def to_industry(text: str) -> str | None:
    """Our industry for a vendor's label or tag."""
    folded = _fold(text)
    if folded.replace(" ", "_") in INDUSTRIES:
        return folded.replace(" ", "_")
    return INDUSTRY_BY_LABEL.get(folded)


def to_country(text: str) -> str | None:
    """ISO 3166-1 alpha-2 from a code or an English name."""
    return _country(text.strip())


@lru_cache(maxsize=2048)
def _country(text: str) -> str | None:
    if not text:
        return None
    by_habit = {"UK": "GB", "EL": "GR", "USA": "US", "U.S.": "US", "UNITED STATES OF AMERICA": "US"}.get(text.upper())
    if by_habit:
        return by_habit
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return None


def to_region(text: str, country: str | None = None) -> str | None:
    """ISO 3166-2 from a full code, or from a bare code or name where the country is known."""
    text = text.strip()
    code = text.upper()
    if country and "-" not in code:
        code = f"{country}-{code}"
    if pycountry.subdivisions.get(code=code):
        return code
    if country is None:
        return None
    return _regions_by_name(country).get(text.lower())


@lru_cache(maxsize=300)
def _regions_by_name(country: str) -> dict[str, str]:
    return {region.name.lower(): region.code for region in pycountry.subdivisions.get(country_code=country) or ()}


_NUMBER = re.compile(r"^\d{1,15}(\.\d+)?$")


def to_number(text: str) -> int | None:
    """A whole number from digits with or without separators; None for anything else."""
    cleaned = re.sub(r"[\s,_']", "", text)
    return round(float(cleaned)) if _NUMBER.match(cleaned) else None


def to_employees(text: str) -> int | None:
    """Head count; 0 stands for unknown in directories, so it is."""
    return to_number(text) or None


def to_revenue(text: str) -> int | None:
    """US dollars a year."""
    return to_number(text) or None


def to_revenue_from_millions(text: str) -> int | None:
    cleaned = re.sub(r"[\s,]", "", text)
    return round(float(cleaned) * 1_000_000) or None if _NUMBER.match(cleaned) else None


def to_postal_code(text: str) -> str | None:
    cleaned = " ".join(text.upper().split())
    return cleaned if re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{1,11}", cleaned) else None


def to_language(text: str) -> str | None:
    """ISO 639-1 from a code, a locale or an English name."""
    code = re.split(r"[-_]", text.strip())[0]
    language = pycountry.languages.get(alpha_2=code.lower()) or pycountry.languages.get(name=text.strip().title())
    return getattr(language, "alpha_2", None)


_BY_ATTRIBUTE: Mapping[str, Callable[[str], object | None]] = {
    "country": to_country,
    "region": to_region,
    "employees": to_employees,
    "revenue": to_revenue,
    "industry": to_industry,
    "postal_code": to_postal_code,
    "language": to_language,
}


def normalise(attribute: str, raw: str) -> object | None:
    """The canonical value of an attribute, or None where the text isn't understood."""
    convert = _BY_ATTRIBUTE.get(attribute)
    return convert(raw) if convert else (raw.strip() or None)
