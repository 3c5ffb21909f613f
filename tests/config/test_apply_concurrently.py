"""Somebody edits while a configuration is applied: what they did is seen, never run over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from config.configuration import apply as applying
from config.configuration.apply import apply_configuration, mark_of_present
from config.configuration.document import read
from config.errors import ConfigurationChanged
from integrations.models import WebhookEndpoint
from routing.models import Rule
from tests.config.configurations import SMALL
from tests.routing.factories import NOW

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
TEXT = SMALL.replace("webhooks: {}", "webhooks: {crm: {url: 'https://crm.example/in'}}")


@pytest.mark.parametrize("model", [Rule, WebhookEndpoint], ids=["of the working copy", "beside it"])
def test_an_edit_that_is_stored_meanwhile_is_not_run_over(model, monkeypatch):
    apply_configuration(wanted=read(TEXT), now=NOW)
    mark, edited, compared = mark_of_present(), Event(), Event()

    def compare() -> str:
        found = mark_of_present()
        compared.set()
        return found

    def edit() -> None:
        with transaction.atomic():
            row = model.objects.order_by("pk")[0]
            row.name = "Mine"
            row.save()
            edited.set()
            compared.wait(timeout=0.3)
        connection.close()

    def apply() -> None:
        edited.wait(timeout=30)
        changed = TEXT.replace("name: Large", "name: Theirs").replace("crm.example/in", "crm.example/new")
        try:
            apply_configuration(wanted=read(changed), mark=mark, now=NOW)
        finally:
            connection.close()

    monkeypatch.setattr(applying, "mark_of_present", compare)
    with ThreadPoolExecutor(2) as threads:
        works = [threads.submit(edit), threads.submit(apply)]
    works[0].result()
    with pytest.raises(ConfigurationChanged):
        works[1].result()
    assert model.objects.filter(name="Mine").exists()
