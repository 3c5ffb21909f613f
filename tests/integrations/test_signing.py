"""What we sign, the reference library of the Standard Webhooks specification verifies."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from integrations.webhooks.signing import SECRET_BYTES, new_message_id, new_secret, signed_headers

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = '{"type":"lead.assigned","data":{"name":"Zoë"}}'


def verify(secret: str, body: str, headers: dict[str, str], now: datetime = NOW) -> object:
    with time_machine.travel(now, tick=False):
        return Webhook(secret).verify(body, headers)


def test_a_signed_body_is_verified():
    secret = new_secret()
    headers = signed_headers(secret=secret, message_id="msg_1", body=BODY, now=NOW)
    assert verify(secret, BODY, headers)["data"] == {"name": "Zoë"}


def test_the_clock_s_zone_changes_nothing():
    secret = new_secret()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    headers = signed_headers(secret=secret, message_id="msg_1", body=BODY, now=elsewhere)
    assert headers == signed_headers(secret=secret, message_id="msg_1", body=BODY, now=NOW)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_is_noticed(header):
    secret = new_secret()
    headers = signed_headers(secret=secret, message_id="msg_1", body=BODY, now=NOW)
    with pytest.raises(WebhookVerificationError):
        verify(secret, BODY, {**headers, header: headers[header] + "1"})


def test_a_changed_body_is_noticed():
    secret = new_secret()
    headers = signed_headers(secret=secret, message_id="msg_1", body=BODY, now=NOW)
    with pytest.raises(WebhookVerificationError):
        verify(secret, BODY.replace("Zoë", "Zoe"), headers)


def test_another_endpoint_s_secret_does_not_verify():
    headers = signed_headers(secret=new_secret(), message_id="msg_1", body=BODY, now=NOW)
    with pytest.raises(WebhookVerificationError):
        verify(new_secret(), BODY, headers)


def test_a_recorded_request_is_stale_after_minutes():
    secret = new_secret()
    headers = signed_headers(secret=secret, message_id="msg_1", body=BODY, now=NOW)
    with pytest.raises(WebhookVerificationError):
        verify(secret, BODY, headers, now=NOW + timedelta(minutes=6))


def test_a_secret_is_32_random_bytes():
    prefix, _, encoded = new_secret().partition("_")
    assert (prefix, len(base64.b64decode(encoded))) == ("whsec", SECRET_BYTES)
    assert new_secret() != new_secret()


def test_message_ids_differ():
    assert new_message_id() != new_message_id()
