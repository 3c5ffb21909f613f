"""What people want to be told of, what they were told, and how each alert stands."""

from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.db import models
from simple_history.models import HistoricalRecords

from foundation.fields import NameField
from routing.models.working_copy import Queue, Territory


def addresses_in(text: str) -> list[str]:
    """Split at commas, semicolons, spaces and lines."""
    return text.replace(",", " ").replace(";", " ").split()


def check_addresses(text: str) -> None:
    for address in addresses_in(text):
        try:
            validate_email(address)
        except ValidationError as wrong:
            raise ValidationError(f"{address!r} is no e-mail address.") from wrong


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    def enabled(self) -> "AlertRuleQuerySet":
        return self.filter(enabled=True).select_related("queue", "territory")


class AlertRule(models.Model):
    """One thing to watch. What is left empty is as the settings say, so that these keep their meaning."""

    class Kind(models.TextChoices):
        FALLBACK_RATE = "fallback_rate", "Many leads fall back"
        PARKED = "parked", "Leads wait that nobody could take"
        NOBODY_ELIGIBLE = "nobody_eligible", "Nobody in a queue can take a lead"
        SLA_BREACHES = "sla_breaches", "Leads are not accepted in time"
        SILENT_TERRITORY = "silent_territory", "A territory gets no leads"

    class Window(models.TextChoices):
        HOUR = "hour", "Last hour"
        DAY = "day", "Last day"
        HOUR_OR_DAY = "hour_or_day", "Last hour or last day"
        WEEK = "week", "Last seven days"

        @property
        def names(self) -> tuple[str, ...]:
            return ("hour", "day") if self is AlertRule.Window.HOUR_OR_DAY else (self.value,)

    key = models.SlugField(max_length=60, unique=True, help_text="Names the alert in webhooks.")
    name = NameField(max_length=120, help_text="The subject of its mails.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    enabled = models.BooleanField(default=True)
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all queues."
    )
    territory = models.ForeignKey(
        Territory,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="With all below it. Empty: all territories.",
    )
    threshold = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Leads that fall back: above so many percent. A territory without leads: after so many days. Else: "
        "from so many leads on. Empty: 1 lead, 14 days, or the percentage that the setting FALLBACK_ALERT_RATE says.",
    )
    window = models.CharField(max_length=12, choices=Window.choices, default=Window.HOUR_OR_DAY)
    minimum = models.PositiveIntegerField(
        "least leads",
        null=True,
        blank=True,
        help_text="A rate over fewer leads than these says nothing. Empty: as the setting FALLBACK_ALERT_MIN says.",
    )
    repeat_hours = models.PositiveIntegerField(
        "repeat after, hours",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 90)],
        help_text="How often it is told again while it lasts. Empty: as the setting ALERT_REPEAT_HOURS says.",
    )
    emails = models.TextField(
        "e-mail to",
        blank=True,
        max_length=2000,
        validators=[check_addresses],
        help_text="Addresses, with commas, spaces or lines between. Empty: those of the setting ALERT_EMAILS.",
    )
    webhook = models.BooleanField(default=True, help_text="Also tell webhook endpoints that want routing.alert.")
    quiet_from = models.TimeField(null=True, blank=True, help_text="Nothing is told from then on …")
    quiet_to = models.TimeField(null=True, blank=True, help_text="… until then; what waits is told at that time.")

    objects = AlertRuleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.queue_id and self.territory_id:
            raise ValidationError("Choose a queue or a territory, not both.")
        if self.kind == self.Kind.SILENT_TERRITORY and self.queue_id:
            raise ValidationError({"queue": "This watches territories, not queues."})
        if self.kind == self.Kind.NOBODY_ELIGIBLE and self.territory_id:
            raise ValidationError({"territory": "This watches queues, not territories."})
        if self.kind == self.Kind.FALLBACK_RATE and (self.threshold or 0) > 100:
            raise ValidationError({"threshold": "A rate has at most 100 percent."})
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValidationError({"quiet_to": "Quiet hours need a beginning and an end."})

    @property
    def repeat(self) -> timedelta | None:
        return timedelta(hours=self.repeat_hours) if self.repeat_hours else None


class AlertState(models.Model):
    """How one rule's alert stands: see `alerts.Standing`. Its row is the lock under which the rule is judged."""

    rule = models.OneToOneField(AlertRule, on_delete=models.CASCADE, related_name="state")
    since = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.rule}: {f'since {self.since:%Y-%m-%d %H:%M}' if self.since else 'quiet'}"


class AlertNotice(models.Model):
    """What people were told, once. Names no lead and no person."""

    class News(models.TextChoices):
        BEGUN = "begun", "Begun"
        LASTS = "lasts", "Still"
        OVER = "over", "Over"

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="notices")
    news = models.CharField(max_length=10, choices=News.choices)
    since = models.DateTimeField()
    told_at = models.DateTimeField(db_index=True)
    mails = models.PositiveIntegerField(default=0, help_text="To how many addresses it was sent.")
    text = models.TextField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_news_display()}: {self.rule}"
