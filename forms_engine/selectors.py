"""Reads of forms and submissions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from experiments.models import Experiment, Variant
from forms_engine.answers import attributes_of, ending_for, usable_known
from forms_engine.errors import SubmissionErased, UnknownForm, UnknownSubmission, UnknownVersion
from forms_engine.filling import Filling, FillingInvalid
from forms_engine.models import ERASED_ANSWERS, Form, FormSession, FormVersion, Submission
from forms_engine.schema import Definition, Ending, Field, localise
from forms_engine.values import Value
from foundation.briefly_kept import BrieflyKept
from foundation.prepared_insert import Unless
from foundation.prepared_query import PreparedQuery
from leads.origins import Origin
from pipeline.selectors import RECEIVED, RunState, run_state
from pipeline.sources import SubmissionFacts

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
LARGEST_VERSION_NUMBER = 2**31 - 1
# What sending needs of version, form and brand; each name more is work in making and reading the query.
_FOR_SENDING = (
    *("form_id", "number", "content_hash", "status", "expires_at"),
    *("form__slug", "form__name", "form__archived_at", "form__allowed_origins", "form__min_fill_ms"),
    *("form__requires_proof", "form__active_version_id", "form__brand_id", "form__brand__allowed_domains"),
)
# A visitor's last so many submissions tell what is known; whoever sends more often answers the same again.
MOST_REMEMBERED = 20


def form_by_slug(slug: str) -> Form:
    """A form that takes submissions, with its brand and active version, whose document is read when first asked for.

    Raises UnknownForm.
    """
    # Checked before asking the database: PostgreSQL refuses texts with a NUL, and that would be a 500.
    form = _kept_forms.get(slug) if is_slug(slug) else None
    if form is None:
        raise UnknownForm("There is no form of this name.")
    return form


def _read_form(slug: str) -> Form | None:
    form = _open_form.first(slug)
    if form is not None and form.active_version is not None:
        # Whoever goes on with the version asks it for its form.
        form.active_version.form = form
    return form


_kept_forms: BrieflyKept[str, Form] = BrieflyKept(_read_form)
_open_form = PreparedQuery(
    Form,
    lambda slug: (
        Form.objects.open()
        .filter(slug=slug)
        .select_related("brand", "active_version")
        .defer("active_version__document")
        .order_by()
    ),
)


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def version_of(filling: Filling, *, slug: str | None = None) -> FormVersion:
    """The version that a filling shows, with its form and brand, in one query.

    Raises UnknownForm where the form takes no submissions any more, and FillingInvalid where the filling is of another
    form than the one of the slug.
    """
    version = _kept_versions.get(filling.version_id)
    is_open = version is not None and version.is_published and version.form.archived_at is None
    if version is None or not is_open or version.form_id != filling.form_id:
        raise UnknownForm("There is no form of this name.")
    if slug is not None and version.form.slug != slug:
        raise FillingInvalid("This page belongs to another form; start anew.")
    return version


_version_for_sending = PreparedQuery(
    FormVersion,
    lambda pk: FormVersion.objects.filter(pk=pk).select_related("form__brand").only(*_FOR_SENDING).order_by(),
    kinds=(int,),
)
_kept_versions: BrieflyKept[int, FormVersion] = BrieflyKept(_version_for_sending.first)


@dataclass(frozen=True)
class SameAnswers:
    """Submissions of visitors with the same answers since a time; of those that were never held back, or of all."""

    form: Form
    digest: str
    since: datetime
    is_trusted: bool

    @property
    def unless(self) -> Unless:
        """To be asked while storing: nearly always there are none."""
        return Unless(_SAME_TRUSTED if self.is_trusted else _SAME, (self.form.pk, self.digest, self.since))

    def latest(self) -> Submission | None:
        sent = Submission.objects.filter(
            form=self.form, request_digest=self.digest, origin=Origin.VISITOR, created_at__gte=self.since
        )
        if self.is_trusted:
            sent = sent.filter(Q(quarantined_at__isnull=True) | Q(released_at__isnull=False))
        return sent.select_related("version").defer("version__document").order_by("-created_at").first()


_SAME = """
SELECT 1 FROM forms_engine_submission
WHERE form_id = %s AND request_digest = %s AND created_at >= %s AND origin = 'visitor'"""
_SAME_TRUSTED = _SAME + " AND (quarantined_at IS NULL OR released_at IS NOT NULL)"


def open_forms() -> "QuerySet[Form]":
    """For the index page."""
    return Form.objects.open().select_related("brand", "active_version").order_by("name")


def published_version(form: Form, number: int) -> FormVersion:
    """Raises UnknownVersion. Whether it is still open is the caller's question."""
    found = (
        form.versions.filter(number=number, status=FormVersion.Status.PUBLISHED).defer("document").first()
        if 1 <= number <= LARGEST_VERSION_NUMBER
        else None
    )
    if found is None:
        raise UnknownVersion("This form has no such published version.")
    return found


def version_before(version: FormVersion) -> FormVersion | None:
    """What a version is compared with: the active one for a draft, else the published one of the number before."""
    if not version.is_published:
        return version.form.active_version
    published = version.form.versions.filter(status=FormVersion.Status.PUBLISHED, number__lt=version.number)
    return published.order_by("-number").first()


def is_expired(version: FormVersion, *, now: datetime) -> bool:
    """Replaced longer ago than the grace period, and not shown by a running experiment."""
    if version.expires_at is None or version.expires_at > now:
        return False
    return version.pk not in versions_under_experiment(version.form)


def versions_under_experiment(form: Form) -> set[int]:
    """Versions that a running experiment on the form shows."""
    payloads = Variant.objects.filter(
        experiment__subject=form.subject, experiment__status=Experiment.Status.RUNNING
    ).values_list("payload", flat=True)
    return {pk for payload in payloads if isinstance(pk := (payload or {}).get("form_version"), int)}


def submission_by_id(submission_id: str | UUID) -> Submission:
    """Raises UnknownSubmission, for an id of the wrong shape too."""
    try:
        key = submission_id if isinstance(submission_id, UUID) else UUID(submission_id)
        return Submission.objects.select_related("form__brand", "version").defer("version__document").get(pk=key)
    except (ValueError, Submission.DoesNotExist):
        raise UnknownSubmission("There is no such submission.") from None


def state_of(submission: Submission) -> RunState:
    """What anybody may know of it. One that is held back has no run, and looks as if it had just come in."""
    return RunState(state=RECEIVED) if submission.is_held_back else run_state(submission.pk)


def ending_of(submission: Submission) -> Ending:
    """What its sender is shown, in the language the form was shown in."""
    return ending_for(localise(submission.version.definition, submission.language), submission.answers)


def known_answers(visitor_id: str, definition: Definition) -> dict[str, Value]:
    """Key -> what this visitor answered before, for fields that ask once: the latest answer to the same field of any
    version of any form, else the latest that fed the same attribute; only what this form still takes. One query; none
    for a form without such fields.
    """
    wanted = {item.key: item for item in definition.once_fields}
    if not wanted or not visitor_id:
        return {}
    by_id: dict[str, Value] = {}
    by_attribute: dict[str, Value] = {}
    for submission in _sent_by(visitor_id):
        fields = submission.version.definition.by_key
        for key, value in submission.answers.items():
            if (item := fields.get(key)) is not None and item.is_answerable:
                by_id.setdefault(item.id, value)
                by_attribute.setdefault(item.maps_to or "", value)
    return usable_known(definition, {key: _known(item, by_id, by_attribute) for key, item in wanted.items()})


def _sent_by(visitor_id: str) -> "QuerySet[Submission]":
    """Newest first."""
    sent = Submission.objects.trusted().filter(visitor_id=visitor_id, origin=Origin.VISITOR)
    needed = ("answers", "version__status", "version__content_hash")
    with_versions = sent.exclude(answers=ERASED_ANSWERS).select_related("version").only(*needed)
    return with_versions.order_by("-created_at")[:MOST_REMEMBERED]


def _known(item: Field, by_id: Mapping[str, Value], by_attribute: Mapping[str, Value]) -> Value | None:
    return by_id.get(item.id) if item.id in by_id else by_attribute.get(item.maps_to) if item.maps_to else None


def quarantine_counts(*, since: datetime) -> tuple[int, int, int]:
    """(waiting now, quarantined since, released of those): the last over the one before is the share of mistakes."""
    counts = Submission.objects.filter(quarantined_at__isnull=False).aggregate(
        waiting=Count("pk", filter=Q(released_at__isnull=True, confirmed_spam_at__isnull=True)),
        held=Count("pk", filter=Q(quarantined_at__gte=since)),
        released=Count("pk", filter=Q(quarantined_at__gte=since, released_at__isnull=False)),
    )
    return counts["waiting"], counts["held"], counts["released"]


def kept_session(session_id: str, *, form: Form, now: datetime) -> FormSession | None:
    """Answers kept for a form, unless they have expired."""
    kept = FormSession.objects.filter(pk=session_id, form=form, expires_at__gt=now)
    return kept.select_related("version").defer("version__document").first()


def submission_facts(submission_id: UUID) -> SubmissionFacts:
    """The submission in the pipeline's terms. Raises UnknownSubmission and SubmissionErased."""
    submission = submission_by_id(submission_id)
    if submission.is_erased:
        raise SubmissionErased("This submission was erased.")
    answers, hidden = attributes_of(submission.version.definition, submission.answers)
    language = answers.get("language") or submission.context.get("language")
    full_name = answers.get("full_name") or hidden.get("full_name") or ""
    phone = answers.get("phone")
    return SubmissionFacts(
        submission_id=submission.pk,
        origin=submission.origin,
        email=str(answers["email"]),
        full_name=str(full_name),
        phone=str(phone) if phone else None,
        answers=answers,
        hidden=hidden,
        language=str(language) if language else None,
        received_at=submission.created_at,
        form=submission.form.slug,
    )
