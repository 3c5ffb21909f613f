"""What beginning a session needs of the request and gives to the page, the same for hosted page and API."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from forms_engine.filling import Filling
from forms_engine.keeping import country_of_time_zone
from forms_engine.models import Form
from forms_engine.proof import Challenge, Proof, check_proof, make_challenge
from forms_engine.services.begin_filling import Begun


def country_of_visit(request: HttpRequest, time_zone: str = "") -> str:
    """By the header that the edge sets (COUNTRY_HEADER), else by the browser's time zone; blank if neither tells."""
    said = request.headers.get(settings.COUNTRY_HEADER, "").strip().upper() if settings.COUNTRY_HEADER else ""
    return said if len(said) == 2 and said.isalpha() and said.isascii() else country_of_time_zone(time_zone)


def challenge_for(form: Form, filling: Filling) -> Challenge | None:
    """None where the form needs no proof."""
    if not form.requires_proof:
        return None
    begun_at = datetime.fromisoformat(filling.started_at)
    return make_challenge(
        filling.nonce,
        key=_proof_key(),
        max_number=settings.PROOF_MAX_NUMBER,
        expires_at=begun_at + settings.FORM_VERSION_GRACE,
    )


def proof_of(payload: object, filling: Filling, now: datetime) -> Proof:
    return check_proof(payload, session_id=filling.nonce, key=_proof_key(), now=now)


def known_to_browser(begun: Begun) -> dict[str, Any]:
    """The keys of what isn't asked; the value only where steps or fields depend on it, since the page may be anybody's
    who got hold of the visitor's id."""
    asked = begun.definition.deciding_keys
    return {key: value if key in asked else None for key, value in begun.known.items()}


def _proof_key() -> bytes:
    return salted_hmac("forms_engine.proof", "key", algorithm="sha256").digest()
