"""Canonical JSON and digests. Pure but for the secret key, which makes digests of personal values unguessable."""

import hashlib
import hmac
import json
from functools import lru_cache

from django.conf import settings


def canonical_json(value: object) -> str:
    """One text per value: keys sorted, no spaces. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(document: object) -> str:
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def keyed_digest(purpose: str, value: object) -> str:
    """HMAC-SHA256 of the canonical JSON, as hex. A plain hash of an address could be found by trying addresses."""
    key = _derived_key(f"forms_engine.{purpose}", settings.SECRET_KEY)
    return hmac.digest(key, canonical_json(value).encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _derived_key(salt: str, secret: str) -> bytes:
    """As Django's salted_hmac makes it, which makes it anew for each digest."""
    return hashlib.sha256(salt.encode() + secret.encode()).digest()
