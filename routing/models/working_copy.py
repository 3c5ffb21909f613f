"""The working copy: reps, queues, territories, rules, accounts, the contract and golden leads, as people edit them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from conditions import Vocabulary
from foundation.fields import ConditionField, NameField
from routing.credit import COUNTS, GIVES_BACK
from routing.errors import PlanInvalid
from routing.field_checks import check_named, check_postal_areas, check_texts, check_zone, hours_field, texts_field
from routing.models.draft import WorkingCopyQuerySet

# The address that condition builders ask: routing/pages/condition_preview.py.
BUILDER = "routing_pages:conditions"


def contract_vocabulary() -> Vocabulary:
    """The names conditions may use, from the working copy of the contract."""
    from routing.services.compile_plan import working_contract

    return working_contract().vocabulary


def default_gives_back() -> list[str]:
    return ["guest_no_show", "guest_cancelled", "duplicate"]


class Rep(models.Model):
    """A human who owns leads."""

    key = models.SlugField(max_length=60, unique=True)
    name = NameField(max_length=120)
    email = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_zone])
    working_hours = hours_field()
    active = models.BooleanField(default=True, help_text="Takes effect at once: an inactive rep gets no new leads.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="rep"
    )

    objects = WorkingCopyQuerySet["Rep"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def covering(self, moment: datetime) -> "AbsenceQuerySet":
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)


class Absence(models.Model):
    """A rep is away from `starts_at` until `ends_at`. Takes effect at once."""

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=120, blank=True)

    objects = AbsenceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.rep} from {self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"


class Queue(models.Model):
    """Reps who share a stream of leads."""

    class WorkingHours(models.TextChoices):
        IGNORE = "ignore", "Ignore"
        PREFER = "prefer", "Prefer who is at work"
        REQUIRE = "require", "Only who is at work"

    key = models.SlugField(max_length=60, unique=True)
    name = NameField(max_length=120)
    fallback = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="falls_from",
        help_text="Tried when nobody in this queue can take the lead.",
    )
    is_default = models.BooleanField(
        default=False, help_text="The named fallback queue: gets every lead that nothing else matches."
    )
    working_hours = models.CharField(max_length=10, choices=WorkingHours.choices, default=WorkingHours.PREFER)
    shared_count = models.SlugField(
        max_length=60, blank=True, help_text="Queues that name the same count are fair between them. Empty: its own."
    )
    manager = models.ForeignKey(
        Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Gets what nobody accepts."
    )
    accept_within_min = models.PositiveIntegerField(
        "accept within, minutes", null=True, blank=True, help_text="Business minutes to accept a lead. Empty: no clock."
    )
    remind_min = models.PositiveIntegerField(
        "remind before, minutes", default=0, help_text="How long before the due time a reminder goes out."
    )
    stagger_min = models.PositiveIntegerField(
        "stagger, minutes", default=10, help_text="Between the due times of leads that came while nobody worked."
    )
    counts = texts_field('Of "owned", "duplicate" and "test": leads of that kind that take credit too.')
    gives_back = models.JSONField(
        default=default_gives_back,
        blank=True,
        validators=[check_texts],
        help_text='Outcomes that give credit back, of "guest_no_show", "guest_cancelled" and "duplicate".',
    )
    disqualify_reasons = texts_field('Reasons of disqualification that give credit back, such as ["student"].')
    disqualify_cap_month = models.PositiveIntegerField(
        "disqualifications a month", default=0, help_text="How many of a rep's may give credit back in a month."
    )

    objects = WorkingCopyQuerySet["Queue"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_queue"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.fallback is not None and self.fallback.pk == self.pk:
            raise ValidationError({"fallback": "A queue can't be its own fallback."})
        if self.accept_within_min == 0:
            raise ValidationError({"accept_within_min": "Give them at least a minute, or leave it empty: no clock."})
        if self.accept_within_min and self.remind_min >= self.accept_within_min:
            raise ValidationError({"remind_min": "The reminder would go out before the lead has come."})
        for field, known in (("counts", COUNTS), ("gives_back", GIVES_BACK)):
            unknown = sorted(set(getattr(self, field)) - known)
            if unknown:
                raise ValidationError({field: f"There is no {unknown[0]!r}; there are {', '.join(sorted(known))}."})


class Member(models.Model):
    """A rep in a queue. Weight and priority take effect when published; pausing takes effect at once."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="memberships")
    weight = models.PositiveIntegerField(default=1, help_text="Share relative to the others. 0 excludes.")
    priority = models.IntegerField(default=0, help_text="Breaks ties: higher first.")
    condition = ConditionField(
        vocabulary=contract_vocabulary,
        builder=BUILDER,
        help_text="Which leads of the queue: languages, skills. Empty: all.",
    )
    cap_day = models.PositiveIntegerField("a day", null=True, blank=True, help_text="Most leads in a day.")
    cap_week = models.PositiveIntegerField("a week", null=True, blank=True, help_text="Most leads in a week.")
    cap_month = models.PositiveIntegerField("a month", null=True, blank=True, help_text="Most leads in a month.")
    paused = models.BooleanField(default=False)

    objects = WorkingCopyQuerySet["Member"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["queue", "rep__name"]
        constraints = [models.UniqueConstraint(fields=["queue", "rep"], name="rep_once_per_queue")]

    def __str__(self) -> str:
        return f"{self.rep} in {self.queue}"


class Targeted(models.Model):
    """Something that sends leads to a queue or to one rep."""

    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.queue_id and self.owner_id:
            raise ValidationError("Choose a queue or an owner, not both.")


class Territory(Targeted):
    """A part of the world; docs/routing.md, "Terms", says how its criteria work together."""

    key = models.SlugField(max_length=60, unique=True)
    name = NameField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    countries = texts_field('ISO 3166-1 codes, such as ["DE", "AT"]. Country, region or postal area: one is enough.')
    regions = texts_field('ISO 3166-2 codes, such as ["US-CA"].')
    postal_areas = models.JSONField(
        default=list,
        blank=True,
        validators=[check_postal_areas],
        help_text='Prefixes and ranges with their country, such as ["DE 80", "DE 81..86"].',
    )
    employees_min = models.PositiveBigIntegerField(null=True, blank=True)
    employees_max = models.PositiveBigIntegerField(null=True, blank=True)
    revenue_min = models.PositiveBigIntegerField("revenue from, USD", null=True, blank=True)
    revenue_max = models.PositiveBigIntegerField("revenue to, USD", null=True, blank=True)
    industries = texts_field()
    account_lists: "models.ManyToManyField[NamedAccountList, Any]" = models.ManyToManyField(
        "NamedAccountList", blank=True, related_name="territories"
    )
    condition = ConditionField(vocabulary=contract_vocabulary, builder=BUILDER, help_text="Whatever else must hold.")
    valid_from = models.DateField(null=True, blank=True, help_text="First day, in UTC.")
    valid_to = models.DateField(null=True, blank=True, help_text="Last day, in UTC.")
    tie_break = models.IntegerField(
        default=0, help_text="Between territories of one depth: the higher one takes the lead."
    )
    time_zone = models.CharField(max_length=64, blank=True, validators=[check_zone])
    working_hours = hours_field()
    position = models.PositiveIntegerField(default=0, db_index=True)

    objects = WorkingCopyQuerySet["Territory"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "territories"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        ancestor = self.parent
        while ancestor is not None:
            if ancestor.pk == self.pk:
                raise ValidationError({"parent": "A territory can't lie within itself."})
            ancestor = ancestor.parent
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": "The last day is before the first."})
        for low, high in (("employees_min", "employees_max"), ("revenue_min", "revenue_max")):
            if None not in (getattr(self, low), getattr(self, high)) and getattr(self, high) < getattr(self, low):
                raise ValidationError({high: "This is less than where it begins."})
        for field in ("countries", "regions"):
            check_named(field, getattr(self, field))


class Rule(Targeted):
    key = models.SlugField(max_length=60, unique=True)
    name = NameField(max_length=120)
    territory = models.ForeignKey(
        Territory,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text="Asked only for leads in this territory or below it.",
    )
    condition = ConditionField(vocabulary=contract_vocabulary, builder=BUILDER)
    position = models.PositiveIntegerField(default=0, db_index=True, help_text="The first rule that holds decides.")

    objects = WorkingCopyQuerySet["Rule"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if not (self.queue_id or self.owner_id):
            raise ValidationError("A rule needs a queue or an owner.")


class NamedAccountList(Targeted):
    key = models.SlugField(max_length=60, unique=True)
    name = NameField(max_length=120)

    objects = WorkingCopyQuerySet["NamedAccountList"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NamedAccount(models.Model):
    list = models.ForeignKey(NamedAccountList, on_delete=models.CASCADE, related_name="accounts")
    domain = models.CharField(max_length=253, unique=True, help_text="Registrable domain, such as example.com.")
    company_name = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        Rep,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Instead of the list's target.",
    )

    objects = WorkingCopyQuerySet["NamedAccount"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return self.domain


class ContractInput(models.Model):
    """One input of the routing contract."""

    class Type(models.TextChoices):
        STRING = "string", "Text"
        NUMBER = "number", "Number"
        BOOLEAN = "boolean", "Yes or no"
        LIST = "list", "List of texts"

    key = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=10, choices=Type.choices)
    vocabulary = models.CharField(
        max_length=20, blank=True, choices=[("countries", "ISO 3166-1 countries"), ("regions", "ISO 3166-2 regions")]
    )
    choices = models.JSONField(default=dict, blank=True, help_text="Allowed values with labels; empty allows any.")
    required = models.BooleanField(default=False, help_text="Without it a lead goes to the default queue.")
    default = models.JSONField(null=True, blank=True, help_text="Stands in where nothing is known.")
    position = models.PositiveIntegerField(default=0)

    objects = WorkingCopyQuerySet["ContractInput"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """A contract that doesn't hold together would take every page down that reads rules."""
        super().clean()
        from routing.contract import Contract

        if not isinstance(self.choices, dict) or not all(
            key and isinstance(label, str) and label for key, label in self.choices.items()
        ):
            raise ValidationError({"choices": 'Must be an object of values with labels, such as {"demo": "Demo"}.'})
        entry = {"key": self.key, "type": self.type, "vocabulary": self.vocabulary, "choices": self.choices}
        try:
            Contract.from_document([{**entry, "required": self.required, "default": self.default}])
        except PlanInvalid as invalid:
            raise ValidationError(invalid.message) from invalid


class GoldenLead(models.Model):
    """Inputs whose queue, territory or owner must come out as expected, or a plan can't be published."""

    name = models.CharField(max_length=120, unique=True)
    inputs = models.JSONField(help_text='Such as {"country": "DE", "employees": 800}.')
    expected_queue = models.SlugField(max_length=60, blank=True)
    expected_territory = models.SlugField(max_length=60, blank=True)
    expected_owner = models.SlugField(max_length=60, blank=True, help_text="A rep's key, where one rep must get it.")
    enabled = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if not (self.expected_queue or self.expected_territory or self.expected_owner):
            raise ValidationError("Say which queue, territory or owner is expected.")
        if not isinstance(self.inputs, dict):
            raise ValidationError({"inputs": "Must be an object of inputs."})
        for field, model in (("expected_queue", Queue), ("expected_territory", Territory), ("expected_owner", Rep)):
            key = getattr(self, field)
            if key and not model.objects.filter(key=key).exists():
                raise ValidationError({field: f"There is no {field.removeprefix('expected_')} {key!r}."})
