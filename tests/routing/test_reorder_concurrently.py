"""Two people change the working copy at the same moment, and a draft is read while it changes."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest
from django.db import connection
from django.db.models.signals import pre_save
from django.urls import reverse

from routing.draft import current_draft, forget_draft
from routing.errors import DraftChanged
from routing.models import Member, Rule
from routing.models.draft import draft_revision, locked_draft_revision, one_change
from routing.services.reorder import move_to
from tests.routing.factories import NOW, RuleFactory, queue_with

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def at_once(*works):
    """What each gives, or the error that it raised."""
    together = Barrier(len(works))

    def work(each):
        connection.ensure_connection()
        together.wait(timeout=30)
        try:
            return each()
        except DraftChanged as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(work, works))


@pytest.fixture
def rules() -> None:
    queue = queue_with("sellers", "ada", is_default=True)
    for key in "abc":
        RuleFactory(key=key, queue=queue)


def test_of_two_moves_from_one_page_the_second_is_refused(rules):
    revision = draft_revision()

    def move(key: str):
        return lambda: move_to(kind="rule", key=key, place=1, revision=revision, user=None, now=NOW)

    done = at_once(move("b"), move("c"))
    assert sum(isinstance(each, DraftChanged) for each in done) == 1
    assert Rule.objects.first().key in "bc"


def test_a_form_locks_the_revision_before_its_row(rules, admin_client):
    """As services do, which then change rows; else each would wait for what the other holds."""
    rule, held, saving = Rule.objects.get(key="a"), Event(), Event()
    address = reverse("admin:routing_rule_change", args=[rule.pk])
    form = admin_client.get(address).context["adminform"].form
    shown = {name: form.initial.get(name) for name in form.fields}
    sent = {name: value for name, value in shown.items() if value is not None}

    def by_service():
        with one_change():
            locked_draft_revision()
            held.set()
            if saving.wait(timeout=3):  # a form that doesn't wait has its row now, and waits for the revision
                time.sleep(0.3)
            Rule.objects.filter(key="a").update(position=7)

    def by_form():
        held.wait(timeout=30)
        with signal(pre_save, lambda **_: saving.set(), sender=Rule):
            return admin_client.post(address, sent | {"name": "Renamed", "condition": "{}"}).status_code

    assert at_once(by_service, by_form) == [None, 302]
    assert Rule.objects.get(key="a").name == "Renamed"


@contextmanager
def signal(sent, receiver, sender):
    sent.connect(receiver, sender=sender, weak=False)
    yield
    sent.disconnect(receiver, sender=sender)


def test_whoever_reads_while_the_draft_changes_never_keeps_an_old_one(rules):
    def change(weight: int):
        return lambda: Member.objects.update(weight=weight)

    for weight in range(2, 6):
        forget_draft()
        at_once(change(weight), current_draft, current_draft)
        assert current_draft().plan.queues["sellers"].member_by_rep["ada"].weight == weight
