"""The one way in for every submission: page, API and import.

The submission and its run are stored in one small transaction; from then on the database holds the truth. With an
idempotency key the same request gives the same submission, however often and however concurrently it comes.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from experiments.services.assign_variant import Assigned
from forms_engine.answers import Checked, validate_answers
from forms_engine.canonical import keyed_digest
from forms_engine.errors import FormVersionExpired, IdempotencyKeyReused, UnknownForm
from forms_engine.models import Form, FormSession, FormVersion, Submission
from forms_engine.schema import localise
from forms_engine.selectors import SameAnswers, is_expired
from forms_engine.values import Value
from foundation.prepared_insert import Unless, insert_together
from pipeline.services.start_run import new_run
from pipeline.tasks import wake


@dataclass(frozen=True)
class Submitted:
    """`created` is False where an earlier request had stored the same."""

    submission: Submission
    created: bool


@dataclass(frozen=True)
class Sender:
    """Whose answers they are, and how they came. `known` are answers from earlier submissions, by field key."""

    origin: str
    deliver: bool
    visitor_id: str = ""
    assigned: Assigned | None = None
    known: Mapping[str, Value] = field(default_factory=dict)
    language: str = ""


def submit(
    *,
    form: Form,
    version: FormVersion | None,
    raw_answers: Mapping[str, object],
    context: Mapping[str, object],
    origin: str,
    idempotency_key: str | None = None,
    deliver: bool,
    now: datetime,
    wake_worker: bool = True,
) -> Submitted:
    """Check and store one submission of a server or a file, and start its run. `version` None means the active one.

    Raises AnswersInvalid, UnknownField, Gated, FormVersionExpired and IdempotencyKeyReused; then nothing is stored.
    `wake_worker` off leaves the run to the caller, who will advance it in this process.
    """
    digest = _request_digest(version, raw_answers, context)
    if idempotency_key is not None and (earlier := _earlier(form, idempotency_key)):
        return _replayed(earlier, digest)
    chosen = open_version(form, version, now)
    sender = Sender(origin=origin, deliver=deliver)
    checked = check(chosen, raw_answers, context=context, sender=sender, now=now)
    submission = new_submission(
        chosen, checked, context=context, sender=sender, key=idempotency_key, digest=digest, now=now
    )
    return store(submission, wake_worker=wake_worker)


def check(
    version: FormVersion,
    raw_answers: Mapping[str, object],
    *,
    context: Mapping[str, object],
    sender: Sender,
    now: datetime,
) -> Checked:
    """The answers as they will be stored. Raises AnswersInvalid, UnknownField and Gated, in the sender's language."""
    definition = localise(version.definition, sender.language)
    return validate_answers(definition, raw_answers, context=context, known=sender.known, today=now.date())


def new_submission(
    version: FormVersion,
    checked: Checked,
    *,
    context: Mapping[str, object],
    sender: Sender,
    key: str | None,
    digest: str,
    marks: Sequence[str] = (),
    now: datetime,
) -> Submission:
    """Not stored yet. One with marks is for quarantine."""
    assigned = sender.assigned
    return Submission(
        form_id=version.form_id,
        version=version,
        answers=checked.stored,
        context=dict(context),
        origin=sender.origin,
        visitor_id=sender.visitor_id,
        experiment_key=assigned.experiment_key if assigned else "",
        variant_key=assigned.variant_key if assigned else "",
        exposure_id=assigned.exposure_id if assigned else None,
        idempotency_key=key,
        request_digest=digest,
        email_digest=email_digest(str(checked.answers[version.definition.email_field.key])),
        deliver=sender.deliver,
        language=sender.language,
        consents=checked.consents,
        flags=checked.flags,
        marks=list(marks),
        quarantined_at=now if marks else None,
        created_at=now,
    )


def store(
    submission: Submission, *, same: SameAnswers | None = None, kept_session: str = "", wake_worker: bool = True
) -> Submitted:
    """Submission and run in one transaction, in which answers kept before sending go. No run for a marked one.

    Where there are the `same` answers already, they are the submission. Raises IdempotencyKeyReused.
    """
    try:
        if not _store(submission, same.unless if same else None, kept_session, wake_worker):
            earlier = same.latest() if same else None
            if earlier is not None:
                return Submitted(earlier, created=False)
            # There was one a moment ago; erased meanwhile, it stands in nobody's way.
            return store(submission, kept_session=kept_session, wake_worker=wake_worker)
    except IntegrityError:
        # The key came before, perhaps in a request beside this one that was faster and has committed.
        key = submission.idempotency_key
        earlier = _earlier(submission.form, key) if key is not None else None
        if earlier is None:
            raise
        return _replayed(earlier, submission.request_digest)
    return Submitted(submission=submission, created=True)


def email_digest(email: str) -> str:
    """Finds a person's submissions without holding the address. `email` is normalised."""
    return keyed_digest("email", email)


def open_version(form: Form, version: FormVersion | None, now: datetime) -> FormVersion:
    """Raises FormVersionExpired and UnknownForm."""
    chosen = version or form.active_version
    if chosen is None:
        raise UnknownForm("There is no form of this name.")
    if is_expired(chosen, now=now):
        raise FormVersionExpired("This version of the form was replaced; read the form anew.")
    return chosen


def _store(submission: Submission, unless: Unless | None, kept_session: str, wake_worker: bool) -> bool:
    # Without answers to delete, storing is one statement and needs no transaction around it.
    with transaction.atomic() if kept_session else nullcontext():
        if kept_session:
            FormSession.objects.filter(pk=kept_session).delete()
        if submission.is_held_back:
            return insert_together(submission, unless=unless)
        run = new_run(
            submission_id=submission.pk,
            origin=submission.origin,
            deliver=submission.deliver,
            now=submission.created_at,
        )
        stored = insert_together(submission, run, unless=unless)
        if stored and wake_worker:
            wake(run.pk)
        return stored


def _request_digest(
    version: FormVersion | None, raw_answers: Mapping[str, object], context: Mapping[str, object]
) -> str:
    """What makes two requests the same: as sent, but for the order of keys. Not the version where none was asked for,
    since a retry must be recognised after another one was published."""
    return keyed_digest(
        "request", {"answers": raw_answers, "context": context, "version": version.number if version else None}
    )


def _earlier(form: Form, key: str) -> Submission | None:
    found = Submission.objects.filter(form=form, idempotency_key=key)
    return found.select_related("version").defer("version__document").first()


def _replayed(earlier: Submission, digest: str) -> Submitted:
    if earlier.request_digest != digest:
        raise IdempotencyKeyReused("This idempotency key came before with another body.")
    return Submitted(submission=earlier, created=False)
