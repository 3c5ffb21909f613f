"""Answers of a finished step: checked on the server, and kept where the form's policy allows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from forms_engine.answers import Checked, validate_answers
from forms_engine.errors import UnknownStep
from forms_engine.filling import Filling
from forms_engine.models import FormSession, FormVersion
from forms_engine.resuming import sign_resume
from forms_engine.schema import Definition, localise
from forms_engine.services.submit import email_digest, open_version
from forms_engine.services.submit_filling import has_been_sent, known_of


@dataclass(frozen=True)
class Kept:
    """`resume` is the token of a link that leads back to the answers; blank where nothing was kept."""

    saved: bool
    resume: str = ""
    expires_at: datetime | None = None


def keep_answers(
    *,
    version: FormVersion,
    filling: Filling,
    step_key: str,
    raw_answers: Mapping[str, object],
    context: Mapping[str, object],
    now: datetime,
) -> Kept:
    """Looks at the answers of all steps up to the named one.

    Raises UnknownStep, AnswersInvalid, UnknownField, Gated and FormVersionExpired; then nothing is kept.
    """
    open_version(version.form, version, now)
    definition = localise(version.definition, filling.language)
    whole_context = {**filling.context, **context}
    checked = validate_answers(
        definition,
        raw_answers,
        context=whole_context,
        known=known_of(filling, definition),
        up_to_step=_index_of(definition, step_key),
        today=now.date(),
    )
    # A step that arrives after the whole form must not bring back what went with sending.
    if not filling.saves or has_been_sent(filling):
        return Kept(saved=False)
    expires_at = now + settings.PARTIAL_LIFETIME
    FormSession.objects.update_or_create(
        pk=filling.nonce,
        defaults={
            "form_id": version.form_id,
            "version_id": version.pk,
            "language": filling.language,
            "step_key": step_key,
            "answers": checked.answers,
            "context": whole_context,
            "visitor_id": filling.visitor_id,
            "experiment_key": filling.experiment_key,
            "variant_key": filling.variant_key,
            "exposure_id": filling.exposure_id,
            "email_digest": _email_digest(definition, checked),
            "saved_at": now,
            "expires_at": expires_at,
        },
    )
    # It may have been sent since the first look: then either sending deletes what was just kept, or we see it here.
    if has_been_sent(filling):
        FormSession.objects.filter(pk=filling.nonce).delete()
        return Kept(saved=False)
    return Kept(saved=True, resume=sign_resume(filling.nonce), expires_at=expires_at)


def forget_expired(*, now: datetime) -> int:
    """How many kept sessions were deleted."""
    deleted, _ = FormSession.objects.expired(now).delete()
    return deleted


def _index_of(definition: Definition, step_key: str) -> int:
    found = next((i for i, step in enumerate(definition.steps) if step.key == step_key), None)
    if found is None:
        raise UnknownStep("This form has no such step.")
    return found


def _email_digest(definition: Definition, checked: Checked) -> str:
    email = checked.answers.get(definition.email_field.key)
    return email_digest(str(email)) if email else ""
