"""Vendors' words into ours: countries, regions, sizes, industries. Pure; what isn't understood becomes None.

Industries of datasets are tags rather than a taxonomy; the tables below map them by meaning and leave out what
would be a guess.
"""

import re
from collections.abc import Callable, Mapping

import pycountry

from enrichment.industry_labels import INDUSTRY_BY_LABEL
from leads.places import fold as _fold
from leads.places import to_country, to_region

__all__ = ["INDUSTRIES", "normalise", "to_country", "to_region"]

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


def _fold_label(text: str) -> str:
    """Vendors write `&`, `and` or nothing between the same two words."""
    return " ".join(word for word in _fold(text).split() if word != "and")


_INDUSTRY_BY_FOLDED: Mapping[str, str] = {
    **{_fold_label(label): industry for label, industry in INDUSTRY_BY_LABEL.items()},
    **{_fold_label(name): industry for industry, name in INDUSTRIES.items()},
    **{_fold_label(industry): industry for industry in INDUSTRIES},
}


def to_industry(text: str) -> str | None:
    """Our industry for its key or name, or for a vendor's label or tag."""
    return _INDUSTRY_BY_FOLDED.get(_fold_label(text))


# Separators group three digits; a point before exactly three is either sign, so neither is assumed.
_SEPARATOR = r"[,_'\u2019 \u00a0\u202f]"
_NUMBER = re.compile(rf"(\d{{1,15}}|\d{{1,3}}({_SEPARATOR}\d{{3}}){{1,4}})(\.\d{{1,2}})?", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{1,9})?", re.ASCII)


def to_number(text: str) -> int | None:
    """A whole number from digits, thousands perhaps set apart; None for ranges, `10k` and the ambiguous `1.000`."""
    text = text.strip()
    return round(float(re.sub(_SEPARATOR, "", text))) if _NUMBER.fullmatch(text) else None


def to_employees(text: str) -> int | None:
    """Head count; 0 stands for unknown in directories, so it is."""
    return to_number(text) or None


def to_revenue(text: str) -> int | None:
    """US dollars a year."""
    return to_number(text) or None


def to_revenue_from_millions(text: str) -> int | None:
    """US dollars a year from a decimal in millions; the point is always the decimal sign here."""
    text = text.strip()
    return round(float(text.replace(",", "")) * 1_000_000) or None if _DECIMAL.fullmatch(text) else None


def to_postal_code(text: str) -> str | None:
    """Upper case, single spaces. Not checked against a country's format."""
    cleaned = " ".join(text.upper().split())
    return cleaned if re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{1,11}", cleaned) else None


def to_language(text: str) -> str | None:
    """ISO 639-1 from a code of two or three letters, a locale or an English name."""
    code = re.split(r"[-_]", text.strip().lower())[0]
    spellings = ({"alpha_2": code}, {"alpha_3": code}, {"name": text.strip().title()})
    found = (pycountry.languages.get(**spelling) for spelling in spellings)
    return next((code for language in found if (code := getattr(language, "alpha_2", None))), None)


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
