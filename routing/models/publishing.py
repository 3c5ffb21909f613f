"""On the way to being live: drafts that wait for a second person, and published plans that are tried on some leads."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from routing.models.records import Plan
from routing.rollout import ALL_BP, Scope


class Scoped(models.Model):
    """Says which leads: those of a territory, or a share of all; neither: everyone."""

    territory_key = models.CharField(max_length=60, blank=True)
    share_bp = models.PositiveIntegerField("share in basis points", default=0)

    class Meta:
        abstract = True

    @property
    def scope(self) -> Scope:
        return Scope(self.territory_key, self.share_bp)


class Proposal(Scoped):
    """A draft as it was when somebody proposed it; somebody else decides on it.

    `base` is the plan that was active then: once another one is, the proposal is outdated.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        OUTDATED = "outdated", "Outdated"

    document = models.JSONField()
    hash = models.CharField(max_length=64, db_index=True)
    base = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals", help_text="What came of it."
    )
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, db_index=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was declined.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Proposal {self.pk}"


def new_key() -> str:
    """What makes each rollout's share fall on other leads."""
    return secrets.token_hex(8)


class Rollout(Scoped):
    """`plan` decides the leads in scope while `base`, the active plan, decides the rest."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished: the plan went live for everyone"
        STOPPED = "stopped", "Stopped: everything stayed with the plan before"

    key = models.CharField(max_length=32, unique=True, default=new_key)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rollouts")
    base = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rollouts_beside")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_running_rollout"),
            models.CheckConstraint(
                condition=Q(territory_key="", share_bp__gt=0, share_bp__lt=ALL_BP)
                | (Q(share_bp=0) & ~Q(territory_key="")),
                name="rollout_of_a_territory_or_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} on some leads"
