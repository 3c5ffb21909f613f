"""Signed tokens that travel in links: one that names kept answers, and one that carries answers to begin with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing

_RESUME_SALT, _PREFILL_SALT = "forms_engine.resume", "forms_engine.prefill"
# Under these names the tokens stand in the address of a page.
RESUME_PARAMETER, PREFILL_PARAMETER = "switchyard_resume", "switchyard_prefill"
LONGEST_TOKEN = 8_000


def sign_resume(session_id: str) -> str:
    """How long it is good for is a matter of the kept session, which expires and is deleted."""
    return signing.Signer(salt=_RESUME_SALT).sign(session_id)


def read_resume(token: str) -> str | None:
    """The session id; None for what isn't ours."""
    try:
        return signing.Signer(salt=_RESUME_SALT).unsign(token[:LONGEST_TOKEN])
    except signing.BadSignature:
        return None


@dataclass(frozen=True)
class Prefill:
    """`answers` are canonical values by field key."""

    form_id: int
    answers: dict[str, Any]
    expires_at: datetime


def sign_prefill(prefill: Prefill) -> str:
    said = [prefill.form_id, prefill.answers, int(prefill.expires_at.timestamp())]
    return signing.dumps(said, salt=_PREFILL_SALT, compress=True)


def read_prefill(token: str, *, form_id: int, now: datetime) -> dict[str, Any]:
    """The answers; empty for what isn't ours, is of another form or has expired: a link must always open the form."""
    try:
        of_form, answers, expires_s = signing.loads(token[:LONGEST_TOKEN], salt=_PREFILL_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return {}
    return dict(answers) if of_form == form_id and now.timestamp() < expires_s else {}
