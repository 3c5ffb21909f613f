"""The transactional outbox."""

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
