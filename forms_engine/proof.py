"""Proof of work: what a browser must have spent before it sends. Altcha's protocol, version 1 with SHA-256. Pure.

A number is drawn from 0 to `maxnumber`; the browser gets `challenge = sha256(salt + number)` and has to find the number
again. `signature` is an HMAC of the challenge. The salt carries the session and an expiry, so nothing is stored and a
proof serves one session. Checking costs one hash and one HMAC; texts are compared in constant time, which altcha's own
package (https://pypi.org/project/altcha/, our reference in the tests) doesn't do.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

ALGORITHM = "SHA-256"
LONGEST_PROOF = 2000
_LARGEST_NUMBER = 10**9
_SALT_OF_OURS = re.compile(r"\w*\?session=(?P<session>[^&]*)&expires=(?P<expires>\d+)&", re.ASCII)
_TEXTS = ("algorithm", "challenge", "salt", "signature")


class Challenge(TypedDict):
    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class Proof(StrEnum):
    """What is known of a sender's work. `NOT_ASKED`: a page without scripts can't do any."""

    NOT_ASKED = "not_asked"
    MISSING = "missing"
    WRONG = "wrong"
    RIGHT = "right"


def make_challenge(
    session_id: str,
    *,
    key: bytes,
    max_number: int,
    expires_at: datetime,
    number_below: Callable[[int], int] = secrets.randbelow,
    nonce: str | None = None,
) -> Challenge:
    nonce = secrets.token_hex(12) if nonce is None else nonce
    # The last & keeps digits of the number from being read as part of the salt (altcha's advisory on splicing).
    salt = f"{nonce}?session={session_id}&expires={int(expires_at.timestamp())}&"
    challenge = _hash(salt, number_below(max_number + 1))
    return Challenge(
        algorithm=ALGORITHM,
        challenge=challenge,
        maxnumber=max_number,
        salt=salt,
        signature=_sign(challenge, key),
    )


def check_proof(payload: object, *, session_id: str, key: bytes, now: datetime) -> Proof:
    """`payload` is base64 of `{algorithm, challenge, number, salt, signature}`, from anybody; it may be anything."""
    if payload is None or payload == "":
        return Proof.MISSING
    found = _read(payload)
    if found is None:
        return Proof.WRONG
    challenge = _hash(str(found["salt"]), int(str(found["number"])))
    is_ours = hmac.compare_digest(challenge, str(found["challenge"])) & hmac.compare_digest(
        _sign(challenge, key), str(found["signature"])
    )
    return Proof.RIGHT if is_ours and _is_for(str(found["salt"]), session_id, now) else Proof.WRONG


def solve(challenge: Challenge) -> str | None:
    """The payload, found as a browser finds it; for tests and benchmarks. None where no number fits."""
    for number in range(challenge["maxnumber"] + 1):
        if _hash(challenge["salt"], number) == challenge["challenge"]:
            solution = {**challenge, "number": number}
            del solution["maxnumber"]
            return base64.b64encode(json.dumps(solution).encode()).decode()
    return None


def _read(payload: object) -> Mapping[str, object] | None:
    if not isinstance(payload, str) or len(payload) > LONGEST_PROOF:
        return None
    try:
        found = json.loads(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _is_whole(found) else None


def _is_whole(found: Mapping[str, object]) -> bool:
    number = found.get("number")
    texts = [found.get(name) for name in _TEXTS]
    return (
        all(isinstance(text, str) and text.isascii() for text in texts)
        and found["algorithm"] == ALGORITHM
        and str(found["salt"]).endswith("&")
        and isinstance(number, int)
        and not isinstance(number, bool)
        and 0 <= number <= _LARGEST_NUMBER
    )


def _is_for(salt: str, session_id: str, now: datetime) -> bool:
    """Read only once the salt is known to be ours."""
    found = _SALT_OF_OURS.fullmatch(salt)
    return found is not None and found["session"] == session_id and now.timestamp() < int(found["expires"])


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(challenge: str, key: bytes) -> str:
    return hmac.digest(key, challenge.encode(), "sha256").hex()
