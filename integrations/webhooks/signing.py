"""Signing by the Standard Webhooks specification (https://www.standardwebhooks.com), symmetric scheme v1.

HMAC-SHA256 over `id.timestamp.body`, base64, so that a receiver in any language can verify with a ready library.
"""

import base64
import secrets
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

SECRET_BYTES = 32


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


def signed_headers(*, secret: str, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """The three headers. The time is among the signed bytes, so a recorded request can't be replayed later."""
    # The library takes the clock time as UTC whatever the zone says.
    moment = now.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body),
    }
