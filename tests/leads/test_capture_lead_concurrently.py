"""Several captures of one person at the same moment, and a capture while that person is being erased."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import uuid4

import pytest
from django.db import connection

from leads.models import Company, Lead, Observation, Person
from leads.services import erase_person as erasing
from leads.services.capture_lead import Captured, capture_lead
from leads.services.record_observations import NewObservation
from tests.leads.factories import NOW
from tests.leads.leftovers import leftovers

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

AT_ONCE = 4


def capture(submission_id, full_name="Ann Lee") -> Captured:
    return capture_lead(
        email="ann@acme.example",
        full_name=full_name,
        observations=[NewObservation(attribute="full_name", value=full_name, source="answer")],
        submission_id=submission_id,
        now=NOW,
    )


def capture_at_once(submission_ids) -> list[Captured]:
    together = Barrier(len(submission_ids))

    def capture_together(submission_id) -> Captured:
        connection.ensure_connection()
        together.wait(timeout=30)
        try:
            return capture(submission_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(submission_ids)) as threads:
        return list(threads.map(capture_together, submission_ids))


def test_simultaneous_submissions_make_one_person_one_company_and_one_open_lead():
    captured = capture_at_once([uuid4() for _ in range(AT_ONCE)])
    assert (Person.objects.count(), Company.objects.count(), Lead.objects.count()) == (1, 1, 1)
    assert sum(each.lead_is_new for each in captured) == 1
    assert Observation.objects.count() == AT_ONCE


def test_one_submission_captured_simultaneously_writes_its_answers_once():
    capture_at_once([uuid4()] * AT_ONCE)
    assert Observation.objects.count() == 1


def test_a_capture_during_an_erasure_makes_a_new_person(monkeypatch):
    capture(uuid4(), full_name="Ann Erased")
    has_begun = Event()

    def linger(person, now) -> int:
        has_begun.set()
        time.sleep(0.3)
        return 0

    def erase() -> None:
        try:
            erasing.erase_person(email="ann@acme.example", now=NOW)
        finally:
            connection.close()

    monkeypatch.setattr(erasing, "_erasers", {"slow": linger})
    with ThreadPoolExecutor(1) as thread:
        erasure = thread.submit(erase)
        assert has_begun.wait(timeout=30)
        back = capture(uuid4(), full_name="Ann Lee")
        erasure.result()
    assert Person.objects.get(erased_at=None) == back.person
    assert leftovers("Ann Erased") == []
