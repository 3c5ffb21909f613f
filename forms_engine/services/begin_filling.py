"""Somebody opens a form: which version do they see, in which language, and what is there already?"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from experiments.services.assign_variant import Assigned, assign_variant
from forms_engine.filling import Filling
from forms_engine.keeping import may_keep
from forms_engine.models import Form, FormSession, FormVersion
from forms_engine.resuming import read_prefill, read_resume
from forms_engine.schema import Definition, choose_language, localise
from forms_engine.selectors import is_expired, kept_session, known_answers
from forms_engine.values import Value


@dataclass(frozen=True)
class Begun:
    """`definition` speaks the visitor's language. `answers` stand in the fields already, from a link or kept earlier;
    `kept_step` is the step that was finished last, where somebody goes on. `known` are not asked again."""

    filling: Filling
    version: FormVersion
    definition: Definition
    answers: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Value] = field(default_factory=dict)
    kept_step: str = ""


def begin_filling(
    *,
    form: Form,
    visitor_id: str,
    sticky: bool,
    context: Mapping[str, Any],
    languages: Sequence[str] = (),
    country: str = "",
    resume: str = "",
    prefill: str = "",
    now: datetime,
) -> Begun:
    """The visitor's variant if an experiment is running, else the active version; where kept answers are resumed, the
    version they were given to. `languages` are wanted ones, dearest first; `country` is where the visit comes from.

    Links that aren't ours, or are too old, begin a form without answers. Nothing is stored but the exposure.
    """
    kept = _kept(form, resume, now)
    assigned = None if kept else _assigned(form, visitor_id, sticky, context, now)
    version = kept.version if kept else _version_of(form, assigned)
    if version is None:
        assigned, version = None, _active(form)
    # Whoever goes on with the version asks it for its form, which is here already.
    version.form = form
    language = choose_language(version.definition, languages)
    definition = localise(version.definition, language)
    known = known_answers(visitor_id, definition) if sticky else {}
    filling = Filling(
        form_id=form.pk,
        version_id=version.pk,
        nonce=kept.pk if kept else secrets.token_urlsafe(12),
        started_at=now.isoformat(),
        visitor_id=visitor_id,
        sticky=sticky,
        language=language,
        context={**(kept.context if kept else {}), **context},
        known=tuple(known),
        saves=may_keep(
            form.partial_saving,
            consented=sticky,
            country=country,
            consent_countries=settings.CONSENT_COUNTRIES,
        ),
        **_exposure(kept, assigned),
    )
    return Begun(
        filling=filling,
        version=version,
        definition=definition,
        answers=kept.answers if kept else read_prefill(prefill, form_id=form.pk, now=now) if prefill else {},
        known=known,
        kept_step=kept.step_key if kept else "",
    )


def visit_attributes(context: Mapping[str, Any]) -> dict[str, object]:
    """What segments may ask of a visit: language and campaign, as `language`, `utm_source`, …"""
    campaign = {f"utm_{name}": value for name, value in context.get("utm", {}).items()}
    language = {"language": context["language"]} if "language" in context else {}
    return {**campaign, **language}


def _kept(form: Form, resume: str, now: datetime) -> FormSession | None:
    """None too where the version they were given to takes no answers any more."""
    session_id = read_resume(resume) if resume else None
    kept = kept_session(session_id, form=form, now=now) if session_id else None
    return kept if kept and not is_expired(kept.version, now=now) else None


def _assigned(form: Form, visitor_id: str, sticky: bool, context: Mapping[str, Any], now: datetime) -> Assigned | None:
    if not sticky and form.without_consent == Form.WithoutConsent.CONTROL:
        return None
    return assign_variant(
        subject=form.subject, visitor_id=visitor_id, attributes=visit_attributes(context), sticky=sticky, now=now
    )


def _exposure(kept: FormSession | None, assigned: Assigned | None) -> dict[str, Any]:
    """Whoever goes on with kept answers stays in the variant in which they were given."""
    if kept:
        return {
            "experiment_key": kept.experiment_key,
            "variant_key": kept.variant_key,
            "exposure_id": kept.exposure_id,
        }
    if assigned:
        return {
            "experiment_key": assigned.experiment_key,
            "variant_key": assigned.variant_key,
            "exposure_id": assigned.exposure_id,
        }
    return {}


def _active(form: Form) -> FormVersion:
    """Open forms have one."""
    if form.active_version is None:
        raise LookupError(f"form {form.slug} was never published")
    return form.active_version


def _version_of(form: Form, assigned: Assigned | None) -> FormVersion | None:
    """The payload's version, if it is one of this form's published ones: a visitor must always see a form."""
    payload = assigned.payload if assigned and isinstance(assigned.payload, Mapping) else {}
    version_id = payload.get("form_version")
    if not isinstance(version_id, int) or isinstance(version_id, bool):
        return None
    if version_id == form.active_version_id:
        return form.active_version
    found = form.versions.filter(pk=version_id, status=FormVersion.Status.PUBLISHED)
    return found.defer("document").first()
