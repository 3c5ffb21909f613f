from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0007_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="DraftRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("token", models.CharField(default="", max_length=16)),
            ],
        ),
    ]
