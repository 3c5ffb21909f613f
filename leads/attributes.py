"""The attributes Switchyard knows by name: type, whom they are about, and whether they are personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Subject = Literal["person", "company"]
ValueType = Literal["string", "number", "boolean"]


@dataclass(frozen=True)
class AttributeSpec:
    key: str
    label: str
    type: ValueType
    subject: Subject
    personal: bool


def _person(key: str, label: str, *, personal: bool = False, type: ValueType = "string") -> AttributeSpec:  # noqa: A002
    return AttributeSpec(key, label, type, "person", personal)


def _company(key: str, label: str, type: ValueType = "string") -> AttributeSpec:  # noqa: A002
    return AttributeSpec(key, label, type, "company", personal=False)


_SPECS = (
    _person("email", "E-mail", personal=True),
    _person("full_name", "Full name", personal=True),
    _person("phone", "Phone", personal=True),
    _person("job_title", "Job title", personal=True),
    _person("message", "Message", personal=True),
    _person("seniority", "Seniority"),
    _person("use_case", "Use case"),
    _person("intent", "Intent"),
    _person("language", "Language"),
    _person("free_mail", "Free-mail address", type="boolean"),
    _company("company_name", "Company name"),
    _company("company_domain", "Company domain"),
    _company("country", "Country"),
    _company("region", "Region"),
    _company("postal_code", "Postal code"),
    _company("employees", "Employees", type="number"),
    _company("industry", "Industry"),
    _company("revenue", "Revenue in USD", type="number"),
    _company("account_owner", "Account owner"),
)
ATTRIBUTES: Mapping[str, AttributeSpec] = {spec.key: spec for spec in _SPECS}


def is_personal(key: str) -> bool:
    """What isn't known by name counts as personal: erasing too much is the safe side."""
    spec = ATTRIBUTES.get(key)
    return spec is None or spec.personal
