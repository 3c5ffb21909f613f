"""People, companies, their open interest, and what is known of them with its source."""

from django.db import models
from django.db.models import Q


class Company(models.Model):
    """An organisation, known by its registrable domain."""

    NAME_LENGTH = 200

    domain = models.CharField(max_length=253, unique=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["domain"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name or self.domain


class Person(models.Model):
    """A human, known by a normalised e-mail address. Erasing overwrites in place; there is no history."""

    NAME_LENGTH = 200

    email = models.EmailField(max_length=320, unique=True)
    full_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="also_known_as",
        help_text="Somebody found that this is the same human. Whoever writes from this address is that person.",
    )

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        if self.erased_at is not None:
            return f"Erased person {self.pk}"
        return self.full_name or self.email


class Lead(models.Model):
    """A person's open interest. At most one is open per person."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    class Closing(models.TextChoices):
        """Why a lead is closed. A list, so that nothing personal is written here."""

        WON = "won", "Won"
        LOST = "lost", "Lost"
        NO_INTEREST = "no_interest", "No interest"
        NO_ANSWER = "no_answer", "Nobody answers"
        NO_FIT = "no_fit", "Not a fit"
        SPAM = "spam", "Spam"
        MERGED = "merged", "Merged into another lead"
        OTHER = "other", "Something else"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="leads")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=20, choices=Closing.choices, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_leads"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(status="open"), name="one_open_lead_per_person"),
        ]
        permissions = [
            ("merge_lead", "Can merge leads that are one"),
            ("close_lead", "Can close leads and open them again"),
        ]

    def __str__(self) -> str:
        return f"Lead {self.pk}: {self.person}"


class Source(models.TextChoices):
    """Where a value came from, best first: see leads.profile.RANKS."""

    ANSWER = "answer", "Answer"
    HIDDEN = "hidden", "Hidden field"
    CRM = "crm", "CRM"
    ENRICHMENT = "enrichment", "Enrichment"
    INFERRED = "inferred", "Inferred"
    DEFAULT = "default", "Default"


class Observation(models.Model):
    """One attribute value of a person or a company, from one source at one time. Append-only.

    Only erasing a person changes a row (it blanks the value of personal ones and leaves the rest), and merging two
    people who are one (the rows follow).
    """

    # Without indexes of their own: each leads one of the composite ones below.
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="observations", db_index=False
    )
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="observations", db_index=False
    )
    attribute = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    provider = models.CharField(max_length=60, blank=True)
    confidence = models.FloatField(default=1.0)
    personal = models.BooleanField()
    submission_id = models.UUIDField(null=True, blank=True, db_index=True)
    observed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["person", "attribute", "id"], name="observations_of_person"),
            models.Index(fields=["company", "attribute", "id"], name="observations_of_company"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, company__isnull=True) | Q(person__isnull=True, company__isnull=False),
                name="observation_of_one_subject",
            ),
            # Erasing looks at the person's rows only, so nothing personal may stand on a company.
            models.CheckConstraint(
                condition=Q(personal=False) | Q(person__isnull=False), name="personal_observation_of_a_person"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0.0, confidence__lte=1.0), name="observation_confidence_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} ({self.get_source_display()})"
