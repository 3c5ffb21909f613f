"""Values as Salesforce writes them, as values of an input. Pure."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property

from foundation.texts import plainly
from leads.places import fold, regions_called, to_country, to_region
from routing.assignment_rules.fields import Mapped
from routing.contract import InputSpec

# Salesforce's standard industries that our own hold whole; folded. What would be a guess is left out.
_INDUSTRIES: Mapping[str, str] = {
    "banking": "financial_services",
    "finance": "financial_services",
    "biotechnology": "pharma",
    "communications": "telecommunications",
    "consulting": "professional_services",
    "electronics": "hardware",
    "entertainment": "media",
    "government": "public_sector",
    "machinery": "manufacturing",
    "not for profit": "nonprofit",
    "shipping": "transportation",
    "transportation": "transportation",
    "pharmaceuticals": "pharma",
}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
# A criterion that lists more is none a person reads.
MOST_VALUES = 1_000


class ValueRefused(ValueError):
    """The value has no counterpart; the text says which and why."""


def split_values(text: str) -> list[str]:
    """`a, "b, c"` -> [`a`, `b, c`]; no value at all is one empty text, which asks for blank. Raises ValueRefused."""
    line = " ".join(text.split())
    try:
        cells = next(csv.reader([line], skipinitialspace=True), [""])
    except csv.Error:  # beyond the parser's own bound
        raise ValueRefused("a value is too long") from None
    values = list(dict.fromkeys(cell.strip() for cell in cells))
    if len(values) > MOST_VALUES:
        raise ValueRefused(f"it lists more than {MOST_VALUES:,} values")
    return values or [""]


def is_postal(spec: InputSpec) -> bool:
    """Kept in upper case with single spaces, and ordered as texts."""
    return spec.key == "postal_code" and spec.type == "string" and spec.choices is None


def as_postal(text: str) -> str:
    return " ".join(text.upper().split())


def as_number(text: str) -> int | float:
    """`$1,000`, `USD 1000` and `1000.0`."""
    plain = re.sub(r"^(usd|us\$|\$)\s*", "", text.strip(), flags=re.IGNORECASE).replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise ValueRefused(f"“{text}” isn't a number")
    number = float(plain)
    return int(number) if number.is_integer() else number


def as_boolean(text: str) -> bool:
    if text.strip().lower() in ("true", "1", "yes"):
        return True
    if text.strip().lower() in ("false", "0", "no", ""):
        return False
    raise ValueRefused(f"“{text}” is neither True nor False")


def folded_label(text: str) -> str:
    """`Food & Drink` and `food and drink` are one label."""
    words = fold(text).split()
    return " ".join([word for word in words if word != "and"] or words)


class Choices:
    """Finds the choice that a value stands for. `given` says for texts, as `plainly` has them, which one is meant."""

    def __init__(self, mapped: Mapped, given: Mapping[str, str], countries: Collection[str]) -> None:
        self._spec, self._spelling = mapped.spec, mapped.spelling
        self._labels: Mapping[str, str] = mapped.spec.choices or {}
        self._given, self._countries = given, countries

    def named(self, text: str) -> list[str]:
        """One, or for a state the one of each country that is asked for. Raises ValueRefused."""
        given = self._given.get(plainly(text))
        found = [given] if given else self._found(text)
        unknown = [value for value in found if value not in self._labels]
        if unknown or not found:
            raise ValueRefused(f"“{text}” is no choice of {self._spec.label or self._spec.key}")
        return found

    def _found(self, text: str) -> list[str]:
        if self._spec.vocabulary == "countries":
            code = to_country(text)
            return [code] if code else []
        if self._spec.vocabulary == "regions":
            return self._regions(text)
        of_industry = _INDUSTRIES.get(fold(text), "") if self._spec.key == "industry" else ""
        found = self._by_label(text) or (of_industry if of_industry in self._labels else "")
        return [found] if found else []

    def _by_label(self, text: str) -> str:
        """The one written so, else the only one of these words: `A+` and `A-` are the same words."""
        found = self._values_by[plainly].get(plainly(text)) or self._values_by[folded_label].get(folded_label(text), ())
        if len(found) > 1:
            raise ValueRefused(f"“{text}” may be any of {', '.join(found)}")
        return next(iter(found), "")

    @cached_property
    def _values_by(self) -> Mapping[Callable[[str], str], Mapping[str, Collection[str]]]:
        found: dict[Callable[[str], str], dict[str, dict[str, None]]] = {plainly: {}, folded_label: {}}
        for words, by_word in found.items():
            for value, label in self._labels.items():
                for word in (label, value):
                    by_word.setdefault(words(word), {})[value] = None
        return found

    def _regions(self, text: str) -> list[str]:
        if text.strip().upper() in self._labels:
            return [text.strip().upper()]
        if self._countries:
            here = (to_region(text, country) for country in sorted(self._countries))
            return [code for code in here if code]
        anywhere = sorted(regions_called(text))
        if len(anywhere) > 1:
            countries = ", ".join(sorted({code.partition("-")[0] for code in anywhere})[:6])
            raise ValueRefused(f"“{text}” is a region of several countries ({countries}); say which country is meant")
        return anywhere

    def whose_name(self, texts: Iterable[str], *, starts: bool) -> list[str]:
        """Choices whose name, or code where the field keeps codes, contains or begins with one of the texts."""
        wanted = [text.casefold() for text in texts]
        found = [value for value, label in self._labels.items() if self._fits(value, label, wanted, starts)]
        if not found:
            raise ValueRefused(f"no choice of {self._spec.label or self._spec.key} fits")
        return sorted(found)

    def _fits(self, value: str, label: str, wanted: list[str], starts: bool) -> bool:
        country, _, code = value.partition("-")
        if self._spec.vocabulary == "regions" and self._countries and country not in self._countries:
            return False
        said = ((code or value) if self._spelling == "code" else label).casefold()
        return any(said.startswith(text) if starts else text in said for text in wanted)
