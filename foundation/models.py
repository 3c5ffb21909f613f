"""The transactional outbox."""

from datetime import datetime

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
