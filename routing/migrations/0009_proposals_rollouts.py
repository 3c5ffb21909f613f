import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import routing.models.publishing


def say_when_plans_were_live(apps, schema_editor):
    """As far as it is known: each from its publishing until that of the next one."""
    Plan = apps.get_model("routing", "Plan")
    following = None
    for pk, published_at, is_active in Plan.objects.order_by("-number").values_list("pk", "published_at", "is_active"):
        until = None if is_active else following or published_at
        Plan.objects.filter(pk=pk).update(live_since=published_at, live_until=until)
        following = published_at


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0008_import_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="live_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="plan",
            name="live_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("territory_key", models.CharField(blank=True, max_length=60)),
                ("share_bp", models.PositiveIntegerField(default=0, verbose_name="share in basis points")),
                ("document", models.JSONField()),
                ("hash", models.CharField(db_index=True, max_length=64)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("outdated", "Outdated"),
                        ],
                        db_index=True,
                        default="open",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, help_text="Why it was declined.", max_length=200)),
                (
                    "base",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="routing.plan"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        help_text="What came of it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="routing.plan",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Rollout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("territory_key", models.CharField(blank=True, max_length=60)),
                ("share_bp", models.PositiveIntegerField(default=0, verbose_name="share in basis points")),
                ("key", models.CharField(default=routing.models.publishing.new_key, max_length=32, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("finished", "Finished: the plan went live for everyone"),
                            ("stopped", "Stopped: everything stayed with the plan before"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rollouts_beside", to="routing.plan"
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rollouts", to="routing.plan"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")), fields=("state",), name="one_running_rollout"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("share_bp__gt", 0), ("share_bp__lt", 10000), ("territory_key", "")),
                            models.Q(("share_bp", 0), models.Q(("territory_key", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="rollout_of_a_territory_or_a_share",
                    ),
                ],
            },
        ),
        migrations.RunPython(say_when_plans_were_live, migrations.RunPython.noop),
    ]
