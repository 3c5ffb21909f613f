"""The transactional outbox, mail, long work and the audit."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import models


class OutboxEvent(models.Model):
    """Something that happened, stored in the transaction in which it happened.

    Other rooms and other systems learn of it afterwards, by draining. `subject` names whom it is about as an
    opaque `kind:id`, so that erasing a person can find and blank the payload.
    """

    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=80, blank=True, db_index=True)
    payload = models.JSONField(default=dict)
    deliver = models.BooleanField(default=True, help_text="Off for imports and tests: nothing goes outward.")
    created_at = models.DateTimeField()
    drained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], name="outbox_undrained", condition=models.Q(drained_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> "MailQuerySet":
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True, next_attempt_at__lte=now)


class Mail(models.Model):
    """One mail to one address, on its way or sent. Written in the transaction that makes it true."""

    to = models.EmailField(max_length=320)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    about = models.CharField(max_length=80, blank=True, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mail_unsent",
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class Job(models.Model):
    """Work too long for a request; docs/workbench.md, "Jobs".

    `key` names what is computed, so that asking again joins what is there; empty: a job of its own. `attempt` counts
    how often a worker took it, and only the latest may end it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    params = models.JSONField(default=dict)
    file = models.BinaryField(null=True)
    file_name = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=~models.Q(key="") & models.Q(state__in=["queued", "running", "succeeded"]),
                name="one_job_of_a_kind_and_key",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="job_unended", condition=models.Q(ended_at__isnull=True)),
        ]
        permissions = [("apply_configuration", "Can export and apply the whole configuration")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AuditEntry(models.Model):
    """Who did what, when, to what. `changes` is `{field: [before, after]}`. Nobody edits or deletes these."""

    class Way(models.TextChoices):
        ADMIN = "admin", "Admin"
        IMPORT = "import", "Import"
        COMMAND = "command", "Command line"
        API = "api", "API"
        SYSTEM = "system", "System"

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    who = models.CharField(max_length=150, blank=True, help_text="The name they had then; empty: nobody signed in.")
    way = models.CharField(max_length=10, choices=Way.choices)
    action = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=60, blank=True, help_text="Of the object, such as routing.rule.")
    object_id = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=200, blank=True, help_text="What the object was called then.")
    changes = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "object_id", "-id"], name="audit_of_object")]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.label}".strip()
