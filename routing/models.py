"""Territories, rules, queues and reps (the working copy), published plans, standings, decisions, assignments."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from conditions import Vocabulary
from foundation.fields import ConditionField
from leads.models import Lead
from routing.errors import PlanInvalid


def contract_vocabulary() -> Vocabulary:
    """The names conditions may use, from the working copy of the contract."""
    from routing.services.compile_plan import working_contract

    return working_contract().vocabulary


class Rep(models.Model):
    """A human who owns leads."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    active = models.BooleanField(default=True, help_text="Takes effect at once: an inactive rep gets no new leads.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="rep"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Queue(models.Model):
    """Reps who share a stream of leads."""

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
    paused = models.BooleanField(default=False)

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
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    condition = ConditionField(vocabulary=contract_vocabulary)
    position = models.PositiveIntegerField(default=0, db_index=True)

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
    """The count of one queue; its row is the lock under which the pool is read and written."""

    queue_key = models.SlugField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.queue_key


class Standing(models.Model):
    """What a rep has received from a ledger and is owed: see `balancing.PoolMember` for the units."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="standings")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="standings")
    shortfall = models.BigIntegerField(default=0)
    remainder = models.BigIntegerField(default=0)
    base = models.BigIntegerField(default=1)
    count = models.PositiveIntegerField(default=0)
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ledger", "rep"]
        constraints = [models.UniqueConstraint(fields=["ledger", "rep"], name="one_standing_per_ledger_and_rep")]

    def __str__(self) -> str:
        return f"{self.rep}: {self.count} from {self.ledger}"


class Decision(models.Model):
    """What was decided for one submission, with everything needed to explain it and run it again.

    Holds no personal data, so it stays when a person is erased.
    """

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        EXISTING_OWNER = "existing_owner", "Kept by its owner"
        PARKED = "parked", "Parked"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="decisions")
    submission_id = models.UUIDField()
    role = models.CharField(max_length=20, default="owner")
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
    trace = models.JSONField(default=list)
    tie_break = models.CharField(max_length=30, blank=True)
    decided_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["submission_id", "role"], name="one_decision_per_submission_and_role"),
        ]

    def __str__(self) -> str:
        return f"Decision {self.pk}: {self.get_outcome_display()}"


class Assignment(models.Model):
    """Who holds a lead in a role, from `created_at` until `ended_at`; live while `ended_at` is empty."""

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

    class Meta:
        ordering = ["-id"]
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

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="entries")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="+")
    credit = models.IntegerField()
    reason = models.CharField(max_length=40)
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="ledger_entries")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.credit:+d} {self.rep} ({self.reason})"
