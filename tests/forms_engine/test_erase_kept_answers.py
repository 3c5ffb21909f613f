"""Whoever asks to be forgotten is, also where they never became a person."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from forms_engine.models import Form, FormSession, Submission
from forms_engine.services.keep_answers import forget_expired
from leads.services.erase_person import erase_person
from tests.forms_engine.factories import NOW
from tests.forms_engine.sessions import begin, keep, send
from tests.leads.factories import PersonFactory
from tests.leads.leftovers import leftovers

pytestmark = pytest.mark.django_db

ANSWERS = {"email": "ada@example.com", "full_name": "Ada Lovelace"}


@pytest.fixture(autouse=True)
def _kept(client: Client, contact: Form) -> None:
    Form.objects.update(partial_saving="always")
    keep(client, begin(client).json(), "one", ANSWERS)


def test_erasing_an_address_deletes_kept_answers() -> None:
    assert erase_person(email="ADA@example.com", now=NOW).found
    assert not FormSession.objects.exists()
    assert leftovers("ada@example.com", "Ada Lovelace") == []


def test_erasing_a_person_does_so_too() -> None:
    PersonFactory(email="ada@example.com")
    erase_person(email="ada@example.com", now=NOW)

    assert leftovers("ada@example.com", "Ada Lovelace") == []


def test_erasing_an_address_blanks_what_is_held_back(client: Client) -> None:
    send(client, begin(client).json(), ANSWERS, proof=None)
    erase_person(email="ada@example.com", now=NOW)

    submission = Submission.objects.get()
    assert (submission.is_erased, submission.is_held_back, submission.email_digest) == (True, True, "")
    assert leftovers("ada@example.com", "Ada Lovelace") == []


def test_the_answers_of_others_stay(client: Client) -> None:
    keep(client, begin(client).json(), "one", {"email": "grace@example.com"})
    erase_person(email="ada@example.com", now=NOW)

    assert FormSession.objects.get().answers == {"email": "grace@example.com"}


def test_the_command_says_what_was_erased(capsys: Any) -> None:
    call_command("erase", "ada@example.com", "--yes")

    assert "kept answers and held-back submissions: 1 overwritten" in capsys.readouterr().out


def test_kept_answers_expire() -> None:
    assert forget_expired(now=timezone.now()) == 0
    FormSession.objects.update(expires_at=NOW)

    assert forget_expired(now=timezone.now()) == 1
    assert not FormSession.objects.exists()
