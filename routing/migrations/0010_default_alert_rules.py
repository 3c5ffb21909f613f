"""The two alerts that there were become rules. All they leave empty is as the settings say, which so keep their meaning."""

from django.db import migrations

DEFAULTS = (
    ("fallback_rate", "Many leads end in a fallback"),
    ("parked", "Leads wait that nobody could take"),
)


def make_rules(apps, schema_editor):
    rules = apps.get_model("routing", "AlertRule").objects
    states = apps.get_model("routing", "AlertState").objects
    for kind, name in DEFAULTS:
        rule, _ = rules.get_or_create(key=kind, defaults={"name": name, "kind": kind, "window": "hour_or_day"})
        states.filter(kind=kind).update(rule=rule)
    states.filter(rule=None).delete()


class Migration(migrations.Migration):
    dependencies = [("routing", "0010_alert_rules")]

    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop)]
