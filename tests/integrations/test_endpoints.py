import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from integrations.models import WebhookEndpoint
from tests.integrations.factories import EndpointFactory

pytestmark = pytest.mark.django_db


def test_a_new_endpoint_has_a_secret_of_its_own():
    first, second = EndpointFactory.create_batch(2)
    assert first.secret.startswith("whsec_")
    assert first.secret != second.secret


def test_the_secret_is_stored_encrypted_and_read_back_whole():
    endpoint = EndpointFactory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM integrations_webhookendpoint WHERE id = %s", [endpoint.pk])
        (raw,) = cursor.fetchone()
    assert raw
    assert endpoint.secret.removeprefix("whsec_") not in raw
    assert WebhookEndpoint.objects.get().secret == endpoint.secret


def test_an_event_nobody_emits_cannot_be_asked_for():
    with pytest.raises(ValidationError, match=r"There is no event 'lead\.lost'"):
        EndpointFactory(event_types=["lead.assigned", "lead.lost"]).full_clean()


@pytest.mark.parametrize("event_types", ["lead.assigned", {"lead.assigned": True}, [1]])
def test_event_types_are_a_list_of_names(event_types):
    with pytest.raises(ValidationError, match="Must be a list of event types"):
        EndpointFactory.build(event_types=event_types).full_clean()


@pytest.mark.parametrize("url", ["ftp://hooks.example.com/", "http://[::1/", "javascript:alert(1)", "example.com"])
def test_an_address_that_is_not_http_is_refused(url):
    with pytest.raises(ValidationError, match="valid URL"):
        EndpointFactory.build(url=url).full_clean()


def test_an_address_with_a_password_is_refused():
    with pytest.raises(ValidationError, match="Leave name and password out"):
        EndpointFactory.build(url="https://jo:secret@hooks.example.com/").full_clean()
