"""Runs: the durable way of each submission."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from leads.models import Lead, Person
from leads.origins import Origin


class Stage(models.TextChoices):
    """A run's next stage; `done` once nothing is left."""

    CAPTURE = "capture", "Capture"
    ENRICH = "enrich", "Enrich"
    VALIDATE = "validate", "Validate"
    ROUTE = "route", "Route"
    DELIVER = "deliver", "Deliver"
    DONE = "done", "Done"

    @property
    def following(self) -> "Stage":
        order = list(Stage)
        return order[order.index(self) + 1]


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> "RunQuerySet":
        return self.filter(finished_at__isnull=True)

    def claimable(self, now: datetime) -> "RunQuerySet":
        """Unfinished, and held by nobody or by a lease that has run out."""
        return self.unfinished().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))

    def left_behind(self, now: datetime) -> "RunQuerySet":
        """What the sweeper should wake, longest waiting first."""
        return self.claimable(now).filter(wake_at__lte=now).order_by("wake_at", "id")


class Run(models.Model):
    """One submission's way through the pipeline. The submission is known by its opaque id only."""

    submission_id = models.UUIDField(unique=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    deliver = models.BooleanField(help_text="Whether events of this run may go outward.")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.CAPTURE)
    attempts = models.PositiveIntegerField(default=0, help_text="Failed tries of the present stage.")
    last_error = models.CharField(max_length=80, blank=True)
    wake_at = models.DateTimeField(help_text="When the sweeper should look at it next.")
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="runs")
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="runs")
    inputs = models.JSONField(null=True, help_text="The routing inputs that Validate resolved.")
    created_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["wake_at"], name="run_unfinished", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    @property
    def captured_lead(self) -> Lead:
        """The lead, for stages after Capture. Raises LookupError before."""
        if self.lead is None:
            raise LookupError(f"run {self.pk} has not been captured")
        return self.lead


class StageResult(models.Model):
    """What a finished stage did: counts and codes, no private data."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    stage = models.CharField(max_length=10, choices=Stage.choices)
    result = models.JSONField(default=dict)
    duration_ms = models.PositiveIntegerField()
    completed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "stage"], name="each_stage_once_per_run")]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} of run {self.run_id}"
