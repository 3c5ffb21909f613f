import pytest
from pytest_httpserver import HTTPServer

from integrations.models import WebhookEndpoint
from tests.integrations.factories import EndpointFactory


@pytest.fixture
def receiver(httpserver: HTTPServer, settings) -> HTTPServer:
    """A real server on loopback, which the address filter would refuse."""
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = True
    return httpserver


@pytest.fixture
def endpoint(receiver: HTTPServer, db: None) -> WebhookEndpoint:
    return EndpointFactory(url=receiver.url_for("/hook"))
