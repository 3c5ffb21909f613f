"""Invented rule files, built from entries, and a contract like that of a new installation with a few inputs more."""

from xml.sax.saxutils import escape

from routing.assignment_rules.fields import FieldMap
from routing.assignment_rules.metadata import Criterion, Entry
from routing.assignment_rules.translation import Choosing, Translation, translate
from routing.contract import Contract

CONTRACT = Contract.from_document(
    [
        {"key": "country", "label": "Country", "type": "string", "vocabulary": "countries", "required": True},
        {"key": "region", "label": "Region", "type": "string", "vocabulary": "regions"},
        {"key": "postal_code", "label": "Postal code", "type": "string"},
        {"key": "employees", "label": "Employees", "type": "number"},
        {"key": "revenue", "label": "Revenue", "type": "number"},
        {
            "key": "industry",
            "label": "Industry",
            "type": "string",
            "choices": {
                "financial_services": "Financial services",
                "retail": "Retail",
                "food_beverage": "Food and drink",
            },
        },
        {"key": "use_case", "label": "Use case", "type": "string"},
        {"key": "lead_source", "label": "Lead source", "type": "string"},
        {"key": "partner", "label": "Partner", "type": "boolean"},
        {"key": "products", "label": "Products", "type": "list"},
    ]
)


def criterion(text: str, value_field: str = "") -> Criterion:
    """`Country equals Germany,Austria`; no value asks for blank."""
    name, operation, *value = text.split(" ", 2)
    return Criterion(f"Lead.{name}", operation, " ".join(value), value_field)


def translated(*criteria: str, logic: str = "", country: str = "", values=None, chosen=None) -> Translation:
    entry = Entry(1, "Somewhere", "Queue", tuple(map(criterion, criteria)), logic)
    return translate(entry, FieldMap(CONTRACT, chosen), Choosing(country, values or {}))


def xml_of(*entries: str, name: str = "Standard", active: bool = True) -> bytes:
    return _file(
        f"<assignmentRule><fullName>{name}</fullName><active>{str(active).lower()}</active>{''.join(entries)}</assignmentRule>"
    )


def xml_of_rules(*rules: tuple[str, bool]) -> bytes:
    return _file(
        "".join(
            f"<assignmentRule><fullName>{name}</fullName><active>{str(active).lower()}</active></assignmentRule>"
            for name, active in rules
        )
    )


def entry(*criteria: str, to: str = "", kind: str = "Queue", logic: str = "", more: str = "") -> str:
    items = "".join(
        f"<criteriaItems><field>{each.field}</field><operation>{each.operation}</operation>"
        + (f"<value>{escape(each.value)}</value>" if each.value else "")
        + "</criteriaItems>"
        for each in map(criterion, criteria)
    )
    target = f"<assignedTo>{escape(to)}</assignedTo><assignedToType>{kind}</assignedToType>" if to else ""
    filtered = f"<booleanFilter>{logic}</booleanFilter>" if logic else ""
    return f"<ruleEntry>{target}{filtered}{items}{more}</ruleEntry>"


def _file(body: str) -> bytes:
    root = f'<AssignmentRules xmlns="http://soap.sforce.com/2006/04/metadata">{body}</AssignmentRules>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()
