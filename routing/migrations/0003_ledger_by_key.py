"""Several queues may share one count, so a ledger is named by its own key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_default_contract")]
    operations = [
        migrations.RenameField("ledger", "queue_key", "key"),
        migrations.AlterField(
            "ledger",
            "key",
            models.SlugField(help_text="The queue's key, or the shared count's.", max_length=60, unique=True),
        ),
    ]
