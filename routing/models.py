"""Territories, rules, queues and reps (the working copy), published plans, standings, decisions, assignments."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from conditions import Vocabulary
from foundation.fields import ConditionField
from leads.models import Lead
from routing.errors import PlanInvalid
from routing.hours import HoursInvalid, parse_hours, zone_named
from routing.territories import PostalAreaInvalid, parse_postal_area

HOURS_HELP = 'Such as {"mon": ["09:00-12:00", "13:00-17:00"]}. Empty: always.'


def contract_vocabulary() -> Vocabulary:
    """The names conditions may use, from the working copy of the contract."""
    from routing.services.compile_plan import working_contract

    return working_contract().vocabulary


def default_gives_back() -> list[str]:
    return ["guest_no_show", "guest_cancelled", "duplicate"]


def _check_zone(value: str) -> None:
    _as_validation_error(zone_named, value)


def _check_hours(value: object) -> None:
    _as_validation_error(lambda document: parse_hours(document, "UTC"), value)  # type: ignore[arg-type]


def _check_postal_areas(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValidationError('Must be a list such as ["DE 80", "DE 81..86"].')
    for entry in value:
        _as_validation_error(parse_postal_area, entry)


def _as_validation_error(check: Callable[[str], object], value: object) -> None:
    try:
        check(value)  # type: ignore[arg-type]
    except (HoursInvalid, PostalAreaInvalid) as invalid:
        raise ValidationError(str(invalid)) from invalid


def _check_texts(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
        raise ValidationError("Must be a list of texts.")


def texts_field(help_text: str = "") -> models.JSONField:
    return models.JSONField(default=list, blank=True, validators=[_check_texts], help_text=help_text)


def hours_field() -> models.JSONField:
    return models.JSONField(default=dict, blank=True, validators=[_check_hours], help_text=HOURS_HELP)


class Rep(models.Model):
    """A human who owns leads."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[_check_zone])
    working_hours = hours_field()
    active = models.BooleanField(default=True, help_text="Takes effect at once: an inactive rep gets no new leads.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="rep"
    )

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
    name = models.CharField(max_length=120)
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
        validators=[_check_texts],
        help_text='Outcomes that give credit back, of "guest_no_show", "guest_cancelled" and "duplicate".',
    )
    disqualify_reasons = texts_field('Reasons of disqualification that give credit back, such as ["student"].')
    disqualify_cap_month = models.PositiveIntegerField(
        "disqualifications a month", default=0, help_text="How many of a rep's may give credit back in a month."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_queue"),
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A rep in a queue. Weight and priority take effect when published; pausing takes effect at once."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="members")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="memberships")
    weight = models.PositiveIntegerField(default=1, help_text="Share relative to the others. 0 excludes.")
    priority = models.IntegerField(default=0, help_text="Breaks ties: higher first.")
    condition = ConditionField(
        vocabulary=contract_vocabulary, help_text="Which leads of the queue: languages, skills. Empty: all."
    )
    cap_day = models.PositiveIntegerField("a day", null=True, blank=True, help_text="Most leads in a day.")
    cap_week = models.PositiveIntegerField("a week", null=True, blank=True, help_text="Most leads in a week.")
    cap_month = models.PositiveIntegerField("a month", null=True, blank=True, help_text="Most leads in a month.")
    paused = models.BooleanField(default=False)

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
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    countries = texts_field('ISO 3166-1 codes, such as ["DE", "AT"]. Country, region or postal area: one is enough.')
    regions = texts_field('ISO 3166-2 codes, such as ["US-CA"].')
    postal_areas = models.JSONField(
        default=list,
        blank=True,
        validators=[_check_postal_areas],
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
    condition = ConditionField(vocabulary=contract_vocabulary, help_text="Whatever else must hold.")
    valid_from = models.DateField(null=True, blank=True, help_text="First day, in UTC.")
    valid_to = models.DateField(null=True, blank=True, help_text="Last day, in UTC.")
    tie_break = models.IntegerField(
        default=0, help_text="Between territories of one depth: the higher one takes the lead."
    )
    time_zone = models.CharField(max_length=64, blank=True, validators=[_check_zone])
    working_hours = hours_field()
    position = models.PositiveIntegerField(default=0, db_index=True)

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


class Rule(Targeted):
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    territory = models.ForeignKey(
        Territory,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text="Asked only for leads in this territory or below it.",
    )
    condition = ConditionField(vocabulary=contract_vocabulary)
    position = models.PositiveIntegerField(default=0, db_index=True, help_text="The first rule that holds decides.")

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
    name = models.CharField(max_length=120)

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


class Plan(models.Model):
    """A published plan: immutable, hashed; exactly one is active."""

    number = models.PositiveIntegerField(unique=True)
    hash = models.CharField(max_length=64, db_index=True)
    document = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_plan"),
        ]

    def __str__(self) -> str:
        return f"Plan {self.number}"


class Ledger(models.Model):
    """One count; its row is the lock under which the pools of its queues are read and written."""

    key = models.SlugField(max_length=60, unique=True, help_text="The queue's key, or the shared count's.")

    def __str__(self) -> str:
        return self.key


class Standing(models.Model):
    """What a rep has received from a ledger and is owed: see `balancing.PoolMember` for the units."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="standings")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="standings")
    shortfall = models.BigIntegerField(default=0)
    remainder = models.BigIntegerField(default=0)
    base = models.BigIntegerField(default=1)
    count = models.IntegerField(default=0)
    taken = models.JSONField(default=dict, help_text="Leads in the present day, week and month, for caps.")
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ledger", "rep"]
        constraints = [models.UniqueConstraint(fields=["ledger", "rep"], name="one_standing_per_ledger_and_rep")]

    def __str__(self) -> str:
        return f"{self.rep}: {self.count} from {self.ledger}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def routed_between(self, since: datetime, now: datetime) -> "DecisionQuerySet":
        """Routed anew after `since` and up to `now`: no lead that kept its owner, none moved afterwards."""
        routed = self.filter(kind=Decision.Kind.ROUTING, decided_at__gt=since, decided_at__lte=now)
        return routed.exclude(outcome=Decision.Outcome.EXISTING_OWNER)


class Decision(models.Model):
    """What was decided for one submission, with everything needed to explain it and run it again.

    Holds no personal data, so it stays when a person is erased.
    """

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        EXISTING_OWNER = "existing_owner", "Kept by its owner"
        PARKED = "parked", "Parked"

    class Kind(models.TextChoices):
        ROUTING = "routing", "Routing"
        REASSIGNMENT = "reassignment", "Reassignment"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="decisions")
    submission_id = models.UUIDField()
    role = models.CharField(max_length=20, default="owner")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ROUTING)
    sequence = models.PositiveIntegerField(default=0, help_text="0: the routing; then one for each reassignment.")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, db_index=True)
    reason = models.CharField(max_length=40, db_index=True)
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="decisions")
    queue_key = models.CharField(max_length=60, blank=True, db_index=True)
    territory_key = models.CharField(max_length=60, blank=True)
    rule_key = models.CharField(max_length=60, blank=True)
    account_list_key = models.CharField(max_length=60, blank=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="decisions")
    plan_hash = models.CharField(max_length=64)
    inputs = models.JSONField()
    pools = models.JSONField(default=list, help_text="Each queue's members as read under the lock, in chain order.")
    seed = models.CharField(max_length=64)
    passed_over = models.JSONField(default=list, help_text="Targets of the chain that could not take it, and why.")
    trace = models.JSONField(default=list)
    duration_us = models.PositiveIntegerField(default=0)
    tie_break = models.CharField(max_length=30, blank=True)
    counts_for_alerts = models.BooleanField(default=True, help_text="Off for imports and tests.")
    decided_at = models.DateTimeField(db_index=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission_id", "role", "sequence"], name="one_decision_per_submission_role_and_turn"
            ),
        ]

    def __str__(self) -> str:
        return f"Decision {self.pk}: {self.get_outcome_display()}"


# Live, with a clock that nothing has stopped.
ON_THE_CLOCK = Q(ended_at__isnull=True, clock_stopped_at__isnull=True, due_at__isnull=False)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> "AssignmentQuerySet":
        return self.filter(ended_at__isnull=True)

    def on_the_clock(self) -> "AssignmentQuerySet":
        return self.filter(ON_THE_CLOCK)


class Assignment(models.Model):
    """Who holds a lead in a role, from `created_at` until `ended_at`; live while `ended_at` is empty."""

    class ClockStop(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        CRM_ACTIVITY = "crm_activity", "Activity in the CRM"
        STATUS_CHANGE = "status_change", "Status changed"
        BOOKING = "booking", "Meeting booked"
        MANAGER = "manager", "Given to the manager"

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        SDR = "sdr", "SDR"
        HOST = "host", "Host"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OWNER)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="assignments")
    queue_key = models.CharField(max_length=60, blank=True, db_index=True)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="assignments")
    created_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="Why a person moved it here.")
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True, help_text="To be accepted by. Empty: no clock.")
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    clock_stopped_at = models.DateTimeField(null=True, blank=True)
    clock_stopped_by = models.CharField(max_length=20, choices=ClockStop.choices, blank=True)
    moves = models.PositiveIntegerField(default=0, help_text="How often the clock has moved this lead on.")
    protected = models.BooleanField(default=False, help_text="The clock never takes it away.")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="assignment_on_the_clock", condition=ON_THE_CLOCK),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "role"],
                condition=Q(ended_at__isnull=True),
                name="one_live_assignment_per_lead_and_role",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("created_at")),
                name="assignment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep} as {self.get_role_display().lower()} of lead {self.lead_id}"


class LedgerEntry(models.Model):
    """Why a count changed. Append-only: a standing's count is the sum of its entries."""

    class Reason(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        OWNED = "owned", "Came by ownership"
        DUPLICATE_COUNTED = "duplicate_counted", "Came again"
        TEST = "test", "Test"
        MOVED_IN = "moved_in", "Moved in"
        MOVED_OUT = "moved_out", "Moved away"
        GUEST_NO_SHOW = "guest_no_show", "Guest did not show up"
        GUEST_CANCELLED = "guest_cancelled", "Guest cancelled"
        DUPLICATE = "duplicate", "Duplicate"
        DISQUALIFIED = "disqualified", "Disqualified"
        CALIBRATION = "calibration", "Calibration"

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="entries")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="+")
    credit = models.IntegerField()
    reason = models.CharField(max_length=40, choices=Reason.choices)
    note = models.CharField(max_length=120, blank=True)
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="ledger_entries")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "ledger", "rep", "reason"], name="one_entry_per_assignment_and_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit:+d} {self.rep} ({self.reason})"


class AlertState(models.Model):
    """One alert, and what people have heard of it: see `alerts.Standing`."""

    class Kind(models.TextChoices):
        FALLBACK_RATE = "fallback_rate", "Many leads fall back"
        PARKED = "parked", "Leads wait that nobody could take"

    kind = models.CharField(max_length=20, choices=Kind.choices, unique=True)
    since = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {f'since {self.since:%Y-%m-%d %H:%M}' if self.since else 'quiet'}"
