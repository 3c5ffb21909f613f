"""Which input of the contract a Salesforce field is. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from routing.contract import Contract, InputSpec

# How Salesforce keeps the values: as the name or as the code of a choice.
Spelling = Literal["name", "code"]

# Standard fields of a lead that mean what an input means; folded. Others are mapped by name or by a person.
_STANDARD: Mapping[str, tuple[str, Spelling]] = {
    "country": ("country", "name"),
    "countrycode": ("country", "code"),
    "state": ("region", "name"),
    "statecode": ("region", "code"),
    "postalcode": ("postal_code", "name"),
    "numberofemployees": ("employees", "name"),
    "annualrevenue": ("revenue", "name"),
    "industry": ("industry", "name"),
    "company": ("company_name", "name"),
    "leadsource": ("lead_source", "name"),
}


@dataclass(frozen=True)
class Mapped:
    """A field that is an input."""

    field: str
    spec: InputSpec
    spelling: Spelling = "name"


class FieldMap:
    """`chosen` maps fields to input keys, as a person said; "" says that a field has none."""

    def __init__(self, contract: Contract, chosen: Mapping[str, str] | None = None) -> None:
        self.contract = contract
        self._chosen = {folded(field): key for field, key in (chosen or {}).items()}

    def find(self, field: str) -> Mapped | None:
        """What a person chose, else the standard field, else the input of its name: `Use_Case__c` -> `use_case`."""
        name = folded(field)
        standard, spelling = _STANDARD.get(name, ("", "name"))
        if standard not in self.contract.by_key:
            standard = ""
        key = self._chosen[name] if name in self._chosen else standard or self._of_same_name(name)
        spec = self.contract.by_key.get(key)
        return Mapped(field, spec, spelling if key == standard else "name") if spec else None

    def _of_same_name(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9]", "", name.removesuffix("__c"))
        if "." in name or not plain:
            return ""
        return next((key for key in self.contract.by_key if key.replace("_", "").replace("-", "") == plain), "")


def folded(field: str) -> str:
    """`Lead.PostalCode` and `postalcode` are one field; those of other objects keep theirs before the point."""
    return field.strip().lower().removeprefix("lead.")
