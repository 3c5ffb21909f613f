"""Webhook endpoints, deliveries and their attempts."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from encrypted_fields.fields import EncryptedTextField

from foundation.models import OutboxEvent
from integrations.events import EVENT_TYPES
from integrations.webhooks.signing import new_secret


def _holds_a_login(url: str) -> bool:
    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return False  # not an address at all, which the field's validator says


class WebhookEndpoint(models.Model):
    """Somebody's address that wants to hear of events."""

    name = models.CharField(max_length=120)
    url = models.CharField(max_length=500, validators=[URLValidator(schemes=["http", "https"])])
    # The field stores an empty text as NULL.
    secret = EncryptedTextField(null=True, default=new_secret, editable=False)
    event_types = models.JSONField(default=list, blank=True, help_text='Such as ["lead.assigned"]; empty means all.')
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=80, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if _holds_a_login(self.url):
            raise ValidationError({"url": "Leave name and password out: requests are signed, and lists show this."})
        wanted = self.event_types
        if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
            raise ValidationError({"event_types": "Must be a list of event types."})
        unknown = sorted(set(wanted) - set(EVENT_TYPES))
        if unknown:
            known = ", ".join(EVENT_TYPES)
            raise ValidationError({"event_types": f"There is no event {unknown[0]!r}. Events are {known}."})

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Pending, time for the next attempt, and held by nobody or by a lease that has run out."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return self.filter(free, status=Delivery.Status.PENDING, next_attempt_at__lte=now)


class Delivery(models.Model):
    """One event on its way to one endpoint. `message_id` stays the same over all attempts."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING, db_index=True)
    error_code = models.CharField(max_length=40, blank=True)
    attempts_made = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="event_once_per_endpoint")]
        indexes = [models.Index(fields=["next_attempt_at"], name="delivery_pending", condition=Q(status="pending"))]

    def __str__(self) -> str:
        return self.message_id


class Attempt(models.Model):
    """One try, with what was sent and what came back (cut). Erasing a person blanks both bodies."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    attempted_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveIntegerField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    request_body = models.TextField(blank=True)
    response_body = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"Attempt {self.number} of {self.delivery}"
