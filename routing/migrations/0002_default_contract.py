"""A new installation begins with the contract that most teams route on; sales ops may change every row."""

from django.db import migrations

INDUSTRIES = {
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
SENIORITIES = {
    "c_level": "C level",
    "vp": "Vice president",
    "director": "Director",
    "manager": "Manager",
    "individual": "Individual contributor",
}
CONTRACT = [
    {"key": "country", "label": "Country", "type": "string", "vocabulary": "countries", "required": True},
    {"key": "region", "label": "Region", "type": "string", "vocabulary": "regions"},
    {"key": "postal_code", "label": "Postal code", "type": "string"},
    {"key": "employees", "label": "Employees", "type": "number"},
    {"key": "industry", "label": "Industry", "type": "string", "choices": INDUSTRIES},
    {"key": "revenue", "label": "Revenue in USD", "type": "number"},
    {"key": "company_domain", "label": "Company domain", "type": "string"},
    {"key": "account_owner", "label": "Account owner", "type": "string"},
    {"key": "seniority", "label": "Seniority", "type": "string", "choices": SENIORITIES},
    {"key": "use_case", "label": "Use case", "type": "string"},
    {"key": "intent", "label": "Intent", "type": "string", "default": "demo"},
    {"key": "language", "label": "Language", "type": "string", "default": "en"},
]


def add_contract(apps, schema_editor):
    ContractInput = apps.get_model("routing", "ContractInput")
    for position, entry in enumerate(CONTRACT):
        ContractInput.objects.get_or_create(key=entry["key"], defaults={**entry, "position": position})


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_reps_queues_territories_plans_decisions")]
    operations = [migrations.RunPython(add_contract, migrations.RunPython.noop)]
