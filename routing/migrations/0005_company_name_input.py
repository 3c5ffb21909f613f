"""Named accounts are found by the company's name too, so the name is an input."""

from django.db import migrations


def add_company_name(apps, schema_editor):
    ContractInput = apps.get_model("routing", "ContractInput")
    ContractInput.objects.get_or_create(
        key="company_name", defaults={"label": "Company name", "type": "string", "position": 12}
    )


class Migration(migrations.Migration):
    dependencies = [("routing", "0004_territories_availability_credit_acceptance")]
    operations = [migrations.RunPython(add_company_name, migrations.RunPython.noop)]
