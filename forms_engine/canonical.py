"""Canonical JSON and digests. Pure but for the secret key, which makes digests of personal values unguessable."""

import hashlib
import json

from django.utils.crypto import salted_hmac


def canonical_json(value: object) -> str:
    """One text per value: keys sorted, no spaces. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(document: object) -> str:
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def keyed_digest(purpose: str, value: object) -> str:
    """HMAC-SHA256 of the canonical JSON, as hex. A plain hash of an address could be found by trying addresses."""
    return salted_hmac(f"forms_engine.{purpose}", canonical_json(value), algorithm="sha256").hexdigest()
