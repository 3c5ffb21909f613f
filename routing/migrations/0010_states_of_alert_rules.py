import django.db.models.deletion
from django.db import migrations, models


def forget_states(apps, schema_editor):
    """Before each had a rule it had a kind; an alert that still holds is told anew."""
    apps.get_model("routing", "AlertState").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("routing", "0010_default_alert_rules")]

    operations = [
        migrations.RemoveField(model_name="alertstate", name="kind"),
        migrations.AlterField(
            model_name="alertstate",
            name="rule",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="state", to="routing.alertrule"
            ),
        ),
        # Last here, and so first on the way back.
        migrations.RunPython(migrations.RunPython.noop, forget_states),
    ]
