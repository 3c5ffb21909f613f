"""What is recorded: published plans, standings, decisions, assignments, entries. Nobody edits these."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from leads.models import Lead
from routing.alerts import FALLBACK_REASONS
from routing.models.working_copy import Rep


class Plan(models.Model):
    """A published plan: immutable, hashed; exactly one is active.

    `live_until` says when another one took its place; both are empty for a plan that only some leads were tried on.
    """

    number = models.PositiveIntegerField(unique=True)
    hash = models.CharField(max_length=64, db_index=True)
    document = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    live_since = models.DateTimeField(null=True, blank=True)
    live_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_plan"),
        ]
        permissions = [
            ("publish_plan", "Can publish plans, start rollouts and roll back"),
            ("approve_plan", "Can approve what somebody else proposed"),
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

    def with_ending(self) -> "DecisionQuerySet":
        """With `ending`, one of Decision.Ending, for the home page."""
        ended = {Decision.Ending.PARKED: Decision.IS_PARKED, Decision.Ending.FALLBACK: Decision.IS_FALLBACK}
        whens = [When(condition, then=Value(ending.value)) for ending, condition in ended.items()]
        return self.annotate(ending=Case(*whens, default=Value(Decision.Ending.ASSIGNED.value)))

    def ended(self, ending: "Decision.Ending") -> "DecisionQuerySet":
        if ending == Decision.Ending.PARKED:
            return self.filter(Decision.IS_PARKED)
        in_fallback = self.exclude(Decision.IS_PARKED)
        if ending == Decision.Ending.FALLBACK:
            return in_fallback.filter(Decision.IS_FALLBACK)
        return in_fallback.exclude(Decision.IS_FALLBACK)


class Decision(models.Model):
    """What was decided for one submission, with everything needed to explain it and run it again.

    Holds no personal data, so it stays when a person is erased.
    """

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        EXISTING_OWNER = "existing_owner", "Kept by its owner"
        PARKED = "parked", "Parked"

    class Ending(models.TextChoices):
        """What became of the lead, in three words: each decision is one of them."""

        ASSIGNED = "assigned", "To whom it was meant for"
        FALLBACK = "fallback", "In a fallback"
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
    decided_at = models.DateTimeField()

    IS_PARKED = Q(outcome="parked")
    IS_FALLBACK = Q(reason__in=FALLBACK_REASONS)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["territory_key", "-decided_at"], name="decision_of_territory"),
            # Counting days of decisions reads this alone: their rows are wide.
            models.Index(fields=["decided_at", "kind", "outcome", "reason"], name="decision_how_it_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission_id", "role", "sequence"], name="one_decision_per_submission_role_and_turn"
            ),
        ]

    def __str__(self) -> str:
        return f"Decision {self.pk}: {self.get_outcome_display()}"


# How long before it runs out a clock is at risk, where no reminder says so earlier.
AT_RISK_FROM = timedelta(minutes=15)
# Live, with a clock that nothing has stopped.
ON_THE_CLOCK = Q(ended_at__isnull=True, clock_stopped_at__isnull=True, due_at__isnull=False)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> "AssignmentQuerySet":
        return self.filter(ended_at__isnull=True)

    def on_the_clock(self) -> "AssignmentQuerySet":
        return self.filter(ON_THE_CLOCK)

    def watched(self) -> "AssignmentQuerySet":
        """What the clock may act on: owners' open leads of people who aren't erased, not protected."""
        watched = self.on_the_clock().filter(role=Assignment.Role.OWNER, protected=False)
        return watched.filter(lead__status=Lead.Status.OPEN, lead__person__erased_at__isnull=True)

    def breached(self, since: datetime, now: datetime) -> "AssignmentQuerySet":
        """Due after `since` and up to `now`, held at that time, and not accepted by then."""
        in_time = Q(clock_stopped_at__isnull=False, clock_stopped_at__lte=F("due_at"))
        gone_before = Q(ended_at__isnull=False, ended_at__lt=F("due_at"))
        return self.filter(due_at__gt=since, due_at__lte=now).exclude(in_time).exclude(gone_before)


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
    booked = models.BooleanField(
        default=False, help_text="A meeting is booked: it is protected for whoever has it from then on."
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="assignment_on_the_clock", condition=ON_THE_CLOCK),
            models.Index(fields=["due_at"], name="assignment_due", condition=Q(due_at__isnull=False)),
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
        permissions = [
            ("reassign_assignment", "Can give leads to other reps, one or many"),
            ("work_assignment", "Can work on own leads: accept, decline, set own absences"),
        ]

    @staticmethod
    def at_risk(now: datetime) -> Q:
        """Not overdue yet, but within the reminder's time or close to the end."""
        return Q(due_at__gt=now) & (Q(due_at__lte=now + AT_RISK_FROM) | Q(remind_at__lte=now))

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


class MoveBatch(models.Model):
    """Many leads that somebody moves at once. A draft until it is begun; then `target` says where they went.

    The leads that were chosen are in `lead_ids`; what became of each is a `MovedLead`, so that the work can go on where
    it was interrupted, and so that exactly this batch can be moved back.
    """

    class Target(models.TextChoices):
        REP = "rep", "One rep"
        QUEUE = "queue", "A queue, in turn"
        PLAN = "plan", "Decide again under a plan"
        BACK = "back", "Back to whom they were with before"
        UNDO = "undo", "Undo a batch"

    lead_ids = models.JSONField(default=list)
    target = models.CharField(max_length=10, choices=Target.choices, blank=True)
    rep = models.ForeignKey(Rep, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    queue_key = models.CharField(max_length=60, blank=True)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undoes = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "move batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class MovedLead(models.Model):
    """What became of one lead of a batch: moved from `before` to `after`, or left where it was, and why."""

    batch = models.ForeignKey(MoveBatch, on_delete=models.CASCADE, related_name="results")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    before = models.ForeignKey(Assignment, null=True, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(Assignment, null=True, on_delete=models.CASCADE, related_name="+")
    left_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "lead"], name="lead_once_per_batch")]

    def __str__(self) -> str:
        return f"Lead {self.lead_id} in batch {self.batch_id}"
