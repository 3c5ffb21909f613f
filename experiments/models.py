"""Experiments, their variants, and who saw which."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from foundation.fields import ConditionField

FIXED_WHILE_RUNNING = ("key", "subject", "segment", "seed")


class Experiment(models.Model):
    """Splits the visitors of one subject. What the subject is, and what a payload means, other rooms know."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    hypothesis = models.TextField(blank=True)
    subject = models.CharField(max_length=80, help_text="What is split, such as form:demo.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    segment = ConditionField(builder="experiments_pages:segments", help_text="Who takes part; empty means everybody.")
    coverage = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of the segment that takes part. Raising it moves nobody between variants.",
    )
    seed = models.CharField(max_length=60, blank=True, help_text="Empty: the key. Equal seeds split equally.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(status="running"), name="one_running_experiment_per_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Coverage, name and hypothesis may change at any time; what would deal the visitors anew may not."""
        super().clean()
        running = Experiment.objects.filter(pk=self.pk, status=self.Status.RUNNING).first()
        changed = [name for name in FIXED_WHILE_RUNNING if running and getattr(running, name) != getattr(self, name)]
        if changed:
            raise ValidationError(dict.fromkeys(changed, "This can't change while it is running; stop it first."))

    @property
    def effective_seed(self) -> str:
        return self.seed or self.key

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING


class Variant(models.Model):
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="variants")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    weight = models.PositiveIntegerField(default=1, help_text="Share relative to the others.")
    position = models.PositiveIntegerField(default=0)
    is_control = models.BooleanField(default=False)
    payload = models.JSONField(default=dict, help_text='What is shown, such as {"form_version": 3}.')

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["experiment", "key"], name="variant_key_once_per_experiment")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.experiment_id and self.experiment.is_running:
            raise ValidationError("Variants of a running experiment can't change; stop it first.")


class Exposure(models.Model):
    """A visitor was shown a variant. `sticky` off: the visitor's id lives only as long as the page."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="exposures")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="exposures")
    visitor_id = models.CharField(max_length=64)
    sticky = models.BooleanField()
    context_id = models.CharField(max_length=80, blank=True)
    exposed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "visitor_id"], name="visitor_exposed_once_per_experiment"),
        ]

    def __str__(self) -> str:
        return f"Exposure {self.pk}"
