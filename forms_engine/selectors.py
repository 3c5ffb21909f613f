"""Reads of forms and submissions."""

import re
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from experiments.models import Experiment, Variant
from forms_engine.answers import attributes_of
from forms_engine.errors import SubmissionErased, UnknownForm, UnknownSubmission, UnknownVersion
from forms_engine.models import Form, FormVersion, Submission
from pipeline.sources import SubmissionFacts

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
LARGEST_VERSION_NUMBER = 2**31 - 1


def form_by_slug(slug: str) -> Form:
    """A form that takes submissions, with its brand and active version. Raises UnknownForm."""
    # Checked before asking the database: PostgreSQL refuses texts with a NUL, and that would be a 500.
    form = (
        Form.objects.open().select_related("brand", "active_version").filter(slug=slug).first()
        if _SLUG.fullmatch(slug)
        else None
    )
    if form is None:
        raise UnknownForm("There is no form of this name.")
    return form


def open_forms() -> "QuerySet[Form]":
    """For the index page."""
    return Form.objects.open().select_related("brand", "active_version").order_by("name")


def published_version(form: Form, number: int) -> FormVersion:
    """Raises UnknownVersion. Whether it is still open is the caller's question."""
    found = (
        form.versions.filter(number=number, status=FormVersion.Status.PUBLISHED).first()
        if 1 <= number <= LARGEST_VERSION_NUMBER
        else None
    )
    if found is None:
        raise UnknownVersion("This form has no such published version.")
    return found


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
        return Submission.objects.select_related("form__brand", "version").get(pk=key)
    except (ValueError, Submission.DoesNotExist):
        raise UnknownSubmission("There is no such submission.") from None


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
