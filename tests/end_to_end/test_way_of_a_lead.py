"""From a post to an assigned, delivered lead: every room takes part, nothing is replaced."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_httpserver import HTTPServer
from standardwebhooks.webhooks import Webhook

from experiments.models import Exposure
from foundation.models import OutboxEvent
from integrations.models import WebhookEndpoint
from integrations.tasks import drain
from leads.models import Lead
from pipeline.models import Run
from pipeline.services.advance_run import advance_run
from pipeline.tasks import advance_run_task
from routing.models import Assignment

pytestmark = pytest.mark.django_db(transaction=True)

DEMO = "/api/v1/forms/demo/submissions"


def post(client: Client, email: str, full_name: str = "Jo Example") -> dict[str, str]:
    body = {"answers": {"email": email, "full_name": full_name}, "context": {"utm": {"source": "newsletter"}}}
    response = client.post(DEMO, body, content_type="application/json")
    assert response.status_code == 202, response.content
    return response.json()


def status(client: Client, accepted: dict[str, str]) -> dict[str, object]:
    return client.get(urlsplit(accepted["status_url"]).path).json()


def advance_all() -> None:
    for run_id in Run.objects.unfinished().values_list("id", flat=True):
        assert advance_run(run_id=run_id)


def test_a_name_and_an_address_are_enough_to_find_the_owner(client, example_company):
    accepted = post(client, "jo@stripe.com")
    advance_all()
    found = status(client, accepted)
    assert (found["state"], found["queue"], found["reason"]) == ("assigned", "amer-enterprise", "rule")


def test_a_named_account_goes_to_its_own_owner(client, example_company):
    accepted = post(client, "jo@siemens.com")
    advance_all()
    assert status(client, accepted)["owner"] == {"name": "Jonas Weber", "email": "jonas.weber@tallyfern.example"}


def test_what_nobody_knows_goes_to_the_named_fallback_with_a_reason(client, example_company):
    accepted = post(client, "jo@nobody-knows-us.com")
    advance_all()
    found = status(client, accepted)
    assert (found["queue"], found["reason"]) == ("inbound-desk", "missing_inputs")


def test_a_person_who_comes_back_keeps_the_owner(client, example_company):
    first = post(client, "jo@stripe.com")
    advance_all()
    second = post(client, "Jo@Stripe.com", full_name="Jo A. Example")
    advance_all()
    assert status(client, second)["owner"] == status(client, first)["owner"]
    assert (Lead.objects.count(), Assignment.objects.filter(ended_at=None).count()) == (1, 1)


def test_a_server_enters_no_experiment(client, example_company):
    post(client, "jo@stripe.com")
    advance_all()
    assert not Exposure.objects.exists()


def test_the_owner_is_told_to_the_world_with_a_signature(client, example_company, httpserver: HTTPServer, settings):
    settings.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = True
    httpserver.expect_request("/hook").respond_with_data("ok")
    endpoint = WebhookEndpoint.objects.create(
        name="CRM", url=httpserver.url_for("/hook"), event_types=["lead.assigned"], created_at=timezone.now()
    )
    post(client, "jo@stripe.com")
    advance_all()
    drain()
    request, _ = httpserver.log[0]
    message = Webhook(endpoint.secret).verify(request.get_data(as_text=True), dict(request.headers))
    assert (message["type"], message["data"]["contact"]["email"]) == ("lead.assigned", "jo@stripe.com")


def test_an_import_reaches_an_owner_and_tells_nobody(example_company, tmp_path):
    from django.core.management import call_command

    rows = tmp_path / "rows.csv"
    rows.write_text("email,full_name\njo@stripe.com,Jo Example\nmax@siemens.com,Max Example\n", encoding="utf-8")
    call_command("submit", str(rows), form="demo", wait=True, out=tmp_path / "assigned.csv")
    assert Assignment.objects.filter(ended_at=None).count() == 2
    assert not OutboxEvent.objects.filter(deliver=True).exists()


def test_an_import_does_not_write_over_what_it_reads(example_company, tmp_path):
    from django.core.management import CommandError, call_command

    rows = tmp_path / "rows.csv"
    rows.write_text("email\njo@stripe.com\n")
    with pytest.raises(CommandError, match="would replace it"):
        call_command("submit", str(rows), form="demo", out=rows)
    assert rows.read_text() == "email\njo@stripe.com\n"


@pytest.mark.skipif(not django_settings.REDIS_URL, reason="needs a real broker: runs in `make test-postgres`")
def test_a_worker_behind_a_real_broker_advances_the_run(client, example_company, monkeypatch):
    from celery.contrib.testing.worker import start_worker

    from config.celery import app

    monkeypatch.setattr(advance_run_task, "delay", lambda run_id: advance_run_task.apply_async((run_id,)))
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        accepted = post(client, "jo@stripe.com")
        found = _until_final(client, accepted)
    assert found["owner"] is not None


def _until_final(client: Client, accepted: dict[str, str]) -> dict[str, object]:
    import time

    for _ in range(100):
        found = status(client, accepted)
        if found["state"] in ("assigned", "parked"):
            break
        time.sleep(0.1)
    return found
