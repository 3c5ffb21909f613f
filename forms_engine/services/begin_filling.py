"""Somebody opens a form: which version do they see?"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from experiments.services.assign_variant import Assigned, assign_variant
from forms_engine.filling import Filling
from forms_engine.models import Form, FormVersion


def begin_filling(*, form: Form, visitor_id: str, sticky: bool, context: Mapping[str, Any], now: datetime) -> Filling:
    """The visitor's variant if an experiment is running, else the active version."""
    assigned = assign_variant(
        subject=form.subject, visitor_id=visitor_id, attributes=visit_attributes(context), sticky=sticky, now=now
    )
    version_id = _version_of(form, assigned) if assigned else None
    if version_id is None:
        assigned = None
    return Filling(
        form_id=form.pk,
        version_id=version_id or form.active_version_id or 0,
        nonce=secrets.token_urlsafe(12),
        started_at=now.isoformat(),
        visitor_id=visitor_id,
        sticky=sticky,
        experiment_key=assigned.experiment_key if assigned else "",
        variant_key=assigned.variant_key if assigned else "",
        exposure_id=assigned.exposure_id if assigned else None,
        context=dict(context),
    )


def visit_attributes(context: Mapping[str, Any]) -> dict[str, object]:
    """What segments may ask of a visit: language and campaign, as `language`, `utm_source`, …"""
    campaign = {f"utm_{name}": value for name, value in context.get("utm", {}).items()}
    language = {"language": context["language"]} if "language" in context else {}
    return {**campaign, **language}


def _version_of(form: Form, assigned: Assigned) -> int | None:
    """The payload's version, if it is one of this form's published ones: a visitor must always see a form."""
    payload = assigned.payload if isinstance(assigned.payload, Mapping) else {}
    version_id = payload.get("form_version")
    if not isinstance(version_id, int) or isinstance(version_id, bool):
        return None
    found = form.versions.filter(pk=version_id, status=FormVersion.Status.PUBLISHED)
    return found.values_list("pk", flat=True).first()
