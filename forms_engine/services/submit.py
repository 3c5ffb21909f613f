"""The one way in for every submission: page, API and import.

The submission and its run are stored in one small transaction; from then on the database holds the truth. With an
idempotency key the same request gives the same submission, however often and however concurrently it comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from experiments.services.assign_variant import Assigned
from forms_engine.answers import Checked, validate_answers
from forms_engine.canonical import keyed_digest
from forms_engine.errors import FormVersionExpired, IdempotencyKeyReused, UnknownForm
from forms_engine.models import Form, FormVersion, Submission
from forms_engine.selectors import is_expired
from pipeline.services.start_run import start_run


@dataclass(frozen=True)
class Submitted:
    """`created` is False where the key brought back what an earlier request had stored."""

    submission: Submission
    created: bool


def submit(
    *,
    form: Form,
    version: FormVersion | None,
    raw_answers: Mapping[str, object],
    context: Mapping[str, object],
    origin: str,
    idempotency_key: str | None = None,
    visitor_id: str = "",
    assigned: Assigned | None = None,
    deliver: bool,
    now: datetime,
    wake_worker: bool = True,
) -> Submitted:
    """Check and store one submission and start its run. `version` None means the active one.

    Raises AnswersInvalid, UnknownField, FormVersionExpired and IdempotencyKeyReused; then nothing is stored.
    `wake_worker` off leaves the run to the caller, who will advance it in this process.
    """
    digest = _request_digest(version, raw_answers, context)
    if idempotency_key is not None and (earlier := _earlier(form, idempotency_key)):
        return _replayed(earlier, digest)
    chosen = _open_version(form, version, now)
    checked = validate_answers(chosen.definition, raw_answers, context=context, today=now.date())
    submission = Submission(
        form=form,
        version=chosen,
        answers=checked.stored,
        context=dict(context),
        origin=origin,
        visitor_id=visitor_id,
        experiment_key=assigned.experiment_key if assigned else "",
        variant_key=assigned.variant_key if assigned else "",
        exposure_id=assigned.exposure_id if assigned else None,
        idempotency_key=idempotency_key,
        request_digest=digest,
        email_digest=email_digest(_email(chosen, checked)),
        deliver=deliver,
        created_at=now,
    )
    try:
        _store(submission, wake_worker)
    except IntegrityError:
        # Two requests with one key at once: the other one was faster, and has committed.
        earlier = _earlier(form, idempotency_key) if idempotency_key is not None else None
        if earlier is None:
            raise
        return _replayed(earlier, digest)
    return Submitted(submission=submission, created=True)


def email_digest(email: str) -> str:
    """Finds a person's submissions without holding the address. `email` is normalised."""
    return keyed_digest("email", email)


def _store(submission: Submission, wake_worker: bool) -> None:
    with transaction.atomic():
        submission.save(force_insert=True)
        start_run(
            submission_id=submission.pk,
            origin=submission.origin,
            deliver=submission.deliver,
            now=submission.created_at,
            wake_worker=wake_worker,
        )


def _request_digest(
    version: FormVersion | None, raw_answers: Mapping[str, object], context: Mapping[str, object]
) -> str:
    """What makes two requests the same: as sent, but for the order of keys. Not the version where none was asked for,
    since a retry must be recognised after another one was published."""
    return keyed_digest(
        "request", {"answers": raw_answers, "context": context, "version": version.number if version else None}
    )


def _open_version(form: Form, version: FormVersion | None, now: datetime) -> FormVersion:
    chosen = version or form.active_version
    if chosen is None:
        raise UnknownForm("There is no form of this name.")
    if is_expired(chosen, now=now):
        raise FormVersionExpired("This version of the form was replaced; read the form anew.")
    return chosen


def _email(version: FormVersion, checked: Checked) -> str:
    return str(checked.answers[version.definition.email_field.key])


def _earlier(form: Form, key: str) -> Submission | None:
    return Submission.objects.filter(form=form, idempotency_key=key).first()


def _replayed(earlier: Submission, digest: str) -> Submitted:
    if earlier.request_digest != digest:
        raise IdempotencyKeyReused("This idempotency key came before with another body.")
    return Submitted(submission=earlier, created=False)
