"""What looked like spam: held back, told of, released or confirmed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from forms_engine.models import Form, Submission
from forms_engine.services.judge_quarantine import confirm_spam, release_submission
from forms_engine.services.tell_quarantine import tell_quarantine
from foundation.models import Mail, OutboxEvent
from pipeline.models import Run
from tests.forms_engine.factories import NOW

pytestmark = pytest.mark.django_db


def held(form: Form, *, at: datetime = NOW, marks: list[str] | None = None, **more: Any) -> Submission:
    return Submission.objects.create(
        form=form,
        version=form.active_version,
        answers={"email": "ada@example.com"},
        origin="visitor",
        deliver=True,
        marks=marks or ["trap"],
        quarantined_at=at,
        created_at=at,
        **more,
    )


def test_a_released_one_goes_its_way(contact: Form) -> None:
    submission = held(contact)

    assert release_submission(submission_id=submission.pk, now=NOW)

    run = Run.objects.get(submission_id=submission.pk)
    assert (run.origin, run.deliver) == ("visitor", True)


def test_a_released_one_stays_marked_and_counts_as_a_mistake(contact: Form) -> None:
    submission = held(contact)
    release_submission(submission_id=submission.pk, now=NOW)

    submission.refresh_from_db()
    assert (submission.marks, submission.released_at, submission.is_held_back) == (["trap"], NOW, False)


def test_releasing_twice_starts_one_run(contact: Form) -> None:
    submission = held(contact)

    assert [release_submission(submission_id=submission.pk, now=NOW) for _ in range(2)] == [True, False]
    assert Run.objects.count() == 1


def test_what_was_confirmed_can_still_be_released(contact: Form) -> None:
    submission = held(contact)
    confirm_spam(submission_id=submission.pk, now=NOW)

    assert release_submission(submission_id=submission.pk, now=NOW)
    assert Submission.objects.get().confirmed_spam_at is None


def test_confirmed_spam_waits_for_nobody_and_starts_nothing(contact: Form) -> None:
    submission = held(contact)

    assert confirm_spam(submission_id=submission.pk, now=NOW)
    assert not Submission.objects.in_quarantine().exists()
    assert not Run.objects.exists()


def test_a_released_one_can_not_be_called_spam_any_more(contact: Form) -> None:
    submission = held(contact)
    release_submission(submission_id=submission.pk, now=NOW)

    assert not confirm_spam(submission_id=submission.pk, now=NOW)


@pytest.mark.parametrize("judge", [release_submission, confirm_spam])
def test_what_is_not_there_is_not_judged(contact: Form, judge: Any) -> None:
    assert not judge(submission_id=uuid4(), now=NOW)


def test_what_never_was_suspect_can_not_be_judged(contact: Form) -> None:
    submission = held(contact)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(quarantined_at=None, released_at=NOW)


# Telling


@pytest.fixture(autouse=True)
def _somebody_to_tell(settings: Any) -> None:
    settings.ALERT_EMAILS = ["ops@example.com"]


def test_people_are_told_with_counts_and_no_private_data(contact: Form) -> None:
    held(contact)
    held(contact, marks=["trap", "too_fast"])

    assert tell_quarantine(now=NOW) == 2

    event, mail = OutboxEvent.objects.get(), Mail.objects.get()
    assert event.payload == {"new": 2, "waiting": 2, "marks": {"trap": 2, "too_fast": 1}}
    assert mail.to == "ops@example.com"
    assert "ada" not in mail.body


def test_people_are_told_once(contact: Form) -> None:
    held(contact)

    assert [tell_quarantine(now=NOW + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]


def test_people_are_told_at_most_once_an_hour_and_then_of_all(contact: Form) -> None:
    held(contact)
    tell_quarantine(now=NOW)
    held(contact, at=NOW + timedelta(minutes=1))
    held(contact, at=NOW + timedelta(minutes=50))

    assert tell_quarantine(now=NOW + timedelta(minutes=59)) == 0
    assert tell_quarantine(now=NOW + timedelta(minutes=60)) == 2


def test_what_was_judged_meanwhile_is_not_told(contact: Form) -> None:
    release_submission(submission_id=held(contact).pk, now=NOW)
    confirm_spam(submission_id=held(contact).pk, now=NOW)

    assert tell_quarantine(now=NOW) == 0


def test_a_quiet_hour_writes_nothing(contact: Form) -> None:
    tell_quarantine(now=NOW)
    assert not Mail.objects.exists()
    assert not OutboxEvent.objects.exists()
