"""Brands, forms, their versions, and what was sent through them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from forms_engine.canonical import content_hash
from forms_engine.errors import DefinitionInvalid, ThemeInvalid, VersionImmutable
from forms_engine.keeping import ALWAYS, BY_REGION, NEVER
from forms_engine.origins import are_patterns
from forms_engine.schema import Definition, parse_definition
from forms_engine.theme import Theme, parse_theme
from leads.identity import registrable_domain
from leads.origins import Origin


class Brand(models.Model):
    """Who a form speaks for: its look, its sender, its legal texts."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    allowed_domains = models.JSONField(
        default=list, blank=True, help_text='Sites that may show this brand\'s forms, such as ["example.com"].'
    )
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.EmailField(blank=True)
    theme = models.JSONField(
        default=dict,
        blank=True,
        help_text='Such as {"accent": "#3b4fd8", "logo_url": "https://…", "radius": "medium", "font": "system"}.',
    )
    privacy_text = models.TextField(max_length=2000, blank=True, help_text="Shown under every form.")
    privacy_url = models.URLField(blank=True)
    imprint_url = models.URLField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        problems: dict[str, list[str]] = {}
        try:
            parse_theme(self.theme)
        except ThemeInvalid as invalid:
            problems["theme"] = [invalid.message]
        if not _are_domains(self.allowed_domains):
            problems["allowed_domains"] = ["Must be a list of domains such as example.com."]
        if problems:
            raise ValidationError(problems)

    @property
    def look(self) -> Theme:
        return parse_theme(self.theme)


def _are_domains(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) and registrable_domain(entry) for entry in value)


class FormQuerySet(models.QuerySet["Form"]):
    def open(self) -> "FormQuerySet":
        """Forms that take submissions: published at least once and not archived."""
        return self.filter(archived_at__isnull=True, active_version__isnull=False)


class Form(models.Model):
    class PartialSaving(models.TextChoices):
        NEVER = NEVER, "Never"
        BY_REGION = BY_REGION, "Where the law lets us without consent, elsewhere with it"
        ALWAYS = ALWAYS, "Always"

    class ServerPosts(models.TextChoices):
        OPEN = "open", "Taken from anybody"
        TOKEN = "token", "Taken with a server token"
        CLOSED = "closed", "Refused"

    class WithoutConsent(models.TextChoices):
        EXPERIMENT = "experiment", "Take part in experiments"
        CONTROL = "control", "See the active version and aren't counted"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="forms")
    slug = models.SlugField(max_length=60, unique=True, help_text="The form's public name, in addresses and commands.")
    name = models.CharField(max_length=120)
    active_version = models.ForeignKey(
        "FormVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True, help_text="An archived form answers as if unknown.")
    allowed_origins = models.JSONField(
        default=list,
        blank=True,
        help_text='Sites that may show this form beside those of the brand, such as ["https://www.example.com", '
        '"https://*.example.com", "http://localhost:*"].',
    )
    partial_saving = models.CharField(
        "keep answers before sending", max_length=10, choices=PartialSaving.choices, default=PartialSaving.BY_REGION
    )
    server_posts = models.CharField(
        "posts of servers", max_length=10, choices=ServerPosts.choices, default=ServerPosts.OPEN
    )
    without_consent = models.CharField(
        "visitors without consent",
        max_length=10,
        choices=WithoutConsent.choices,
        default=WithoutConsent.EXPERIMENT,
        help_text="While an experiment runs on the form.",
    )
    min_fill_ms = models.PositiveIntegerField(
        "least time to fill in (ms)",
        default=500,
        help_text="What is sent sooner after opening goes to quarantine; 0 for any time.",
    )
    requires_proof = models.BooleanField(
        "needs proof of work",
        default=True,
        help_text="What a page's script sends without it goes to quarantine.",
    )

    objects = FormQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if not are_patterns(self.allowed_origins):
            raise ValidationError({"allowed_origins": "Must be a list of origins such as https://*.example.com."})

    def get_absolute_url(self) -> str:
        return reverse("forms_engine:form", args=[self.slug])

    @property
    def subject(self) -> str:
        """The form's opaque name for experiments."""
        return f"form:{self.slug}"


class FormVersion(models.Model):
    """One document of a form. A draft may change; a published version never does."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Set when another version takes over; until then answers are taken.",
    )

    class Meta:
        ordering = ["form", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="version_number_once_per_form"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(published_at__isnull=False), name="published_version_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form.slug} version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuses to change a published version; services move its expiry with a queryset update."""
        if not self._state.adding and self._is_published_in_database():
            raise VersionImmutable("A published version never changes; start a draft instead.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self._is_published_in_database():
            raise VersionImmutable("A published version is kept for the submissions it explains.")
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        try:
            parse_definition(self.document)
        except DefinitionInvalid as invalid:
            raise ValidationError({"document": invalid.message}, code="definition_invalid") from invalid

    def _is_published_in_database(self) -> bool:
        return FormVersion.objects.filter(pk=self.pk, status=self.Status.PUBLISHED).exists()

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def definition(self) -> Definition:
        """The parsed document. Raises DefinitionInvalid, which a published one never does.

        A published version never changes, so its hash names its content: the document, if it was deferred, is read
        from the database only the first time. A draft may have been edited since its hash was taken.
        """
        mark = self.content_hash if self.is_published else content_hash(self.document)
        return _parse_once(_Document(mark, lambda: self.document))


@dataclass(frozen=True)
class _Document:
    content_hash: str
    load: Callable[[], Any] = field(compare=False, repr=False)


@lru_cache(maxsize=256)
def _parse_once(document: _Document) -> Definition:
    # Keyed by content, so an edited draft or another database can never meet a stale definition.
    return parse_definition(document.load())


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def of_email(self, digest: str) -> "SubmissionQuerySet":
        return self.filter(email_digest=digest)

    def in_quarantine(self) -> "SubmissionQuerySet":
        """Waiting for somebody to release or confirm them."""
        return self.filter(quarantined_at__isnull=False, released_at__isnull=True, confirmed_spam_at__isnull=True)

    def trusted(self) -> "SubmissionQuerySet":
        """Never in quarantine, or released from it."""
        return self.filter(Q(quarantined_at__isnull=True) | Q(released_at__isnull=False))


class Submission(models.Model):
    """What was sent, unchanged for good; only erasing the person overwrites it, in place.

    Personal values live in `answers` and `context` alone. Digests are keyed and blanked when erasing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="submissions")
    version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="submissions")
    answers = models.JSONField(help_text="Canonical values by field key, hidden fields included.")
    context = models.JSONField(default=dict)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    visitor_id = models.CharField(max_length=64, blank=True)
    experiment_key = models.CharField(max_length=60, blank=True)
    variant_key = models.CharField(max_length=60, blank=True)
    exposure_id = models.BigIntegerField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=300, null=True, blank=True)  # noqa: DJ001  null never collides
    request_digest = models.CharField(max_length=64, blank=True)
    email_digest = models.CharField(max_length=64, blank=True, db_index=True)
    deliver = models.BooleanField(help_text="Whether anything about it may go outward.")
    language = models.CharField(max_length=35, blank=True, help_text="In which the form was shown.")
    consents = models.JSONField(
        default=list, blank=True, help_text="Each consent that was asked for: given or not, and the text as shown."
    )
    flags = models.JSONField(default=list, blank=True, help_text="Such as free_mail, where the form flags it.")
    marks = models.JSONField(default=list, blank=True, help_text="Why it looks like spam.")
    quarantined_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    confirmed_spam_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        permissions = [("judge_submission", "Can release submissions from quarantine and confirm spam")]
        constraints = [
            models.UniqueConstraint(fields=["form", "idempotency_key"], name="idempotency_key_once_per_form"),
            models.CheckConstraint(
                condition=Q(quarantined_at__isnull=False) | Q(released_at__isnull=True, confirmed_spam_at__isnull=True),
                name="only_quarantined_is_judged",
            ),
        ]
        indexes = [
            # The same answers from another session; what a known visitor answered before; the quarantine list.
            models.Index(fields=["form", "request_digest"], name="submission_same_answers"),
            models.Index(fields=["visitor_id"], name="submission_of_visitor", condition=~Q(visitor_id="")),
            models.Index(
                fields=["quarantined_at"], name="submission_quarantined", condition=Q(quarantined_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Submission {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A submission is what was sent; it is never saved again.")
        super().save(*args, **kwargs)

    @property
    def is_erased(self) -> bool:
        return bool(self.answers == ERASED_ANSWERS)

    @property
    def is_held_back(self) -> bool:
        """In quarantine or confirmed as spam: it has no run."""
        return self.quarantined_at is not None and self.released_at is None


ERASED_ANSWERS: dict[str, object] = {"erased": True}


class FormSessionQuerySet(models.QuerySet["FormSession"]):
    def expired(self, now: datetime) -> "FormSessionQuerySet":
        return self.filter(expires_at__lte=now)


class FormSession(models.Model):
    """Answers kept before they are sent, where the form's policy allows it. Goes with sending, time, or erasing."""

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="sessions")
    version = models.ForeignKey(FormVersion, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=35, blank=True)
    step_key = models.CharField(max_length=60, help_text="The step that was finished last.")
    answers = models.JSONField()
    context = models.JSONField(default=dict)
    visitor_id = models.CharField(max_length=64, blank=True)
    experiment_key = models.CharField(max_length=60, blank=True)
    variant_key = models.CharField(max_length=60, blank=True)
    exposure_id = models.BigIntegerField(null=True, blank=True)
    email_digest = models.CharField(max_length=64, blank=True, db_index=True)
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects = FormSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "kept session"
        ordering = ["-saved_at"]

    def __str__(self) -> str:
        return f"Session {self.pk}"


class ServerTokenQuerySet(models.QuerySet["ServerToken"]):
    def live(self) -> "ServerTokenQuerySet":
        return self.filter(revoked_at__isnull=True)

    def good_for(self, form: Form) -> "ServerTokenQuerySet":
        return self.live().filter(Q(form__isnull=True) | Q(form=form))


class ServerToken(models.Model):
    """What a server shows to be let in. Only a keyed digest is stored; the token itself is shown once."""

    name = models.CharField(max_length=120, help_text="Which system it is for.")
    form = models.ForeignKey(
        Form, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens", help_text="Empty for all forms."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField("begins with", max_length=12, editable=False)
    created_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ServerTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class QuarantineAlert(models.Model):
    """The one row that says until when people have been told of new quarantined submissions; also the lock."""

    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Told until {self.told_at}"
