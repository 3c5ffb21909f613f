from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import IntegrityError, connection

from experiments.models import Experiment, Variant
from forms_engine.errors import AnswersInvalid, FormVersionExpired, IdempotencyKeyReused
from forms_engine.models import Form, FormVersion, Submission
from forms_engine.selectors import submission_facts
from forms_engine.services.publish_version import publish_version
from forms_engine.services.submit import Submitted, submit
from leads.origins import Origin
from pipeline.models import Run
from pipeline.services.start_run import new_run
from tests.forms_engine.documents import document, field
from tests.forms_engine.factories import NOW

ANSWERS = {"email": "Ada@example.com", "full_name": "Ada Lovelace"}


def send(form: Form, answers: dict[str, Any] | None = None, **more: Any) -> Submitted:
    given: dict[str, Any] = {"version": None, "context": {}, "origin": Origin.SERVER, "deliver": True, "now": NOW}
    return submit(form=form, raw_answers=ANSWERS if answers is None else answers, **{**given, **more})


def test_a_submission_is_stored_with_its_run(contact: Form) -> None:
    submission = send(contact).submission

    assert submission.answers == {"email": "ada@example.com", "full_name": "Ada Lovelace"}
    assert Run.objects.get().submission_id == submission.pk


def test_without_a_run_there_is_no_submission(contact: Form) -> None:
    earlier = send(contact).submission
    taken = new_run(submission_id=earlier.pk, origin=Origin.SERVER, deliver=True, now=NOW)
    with patch("forms_engine.services.submit.new_run", return_value=taken), pytest.raises(IntegrityError):
        send(contact)

    assert Submission.objects.get() == earlier


def test_the_address_is_findable_without_being_readable(contact: Form) -> None:
    first, second = send(contact).submission, send(contact, {**ANSWERS, "email": "ADA@EXAMPLE.COM"}).submission

    assert first.email_digest == second.email_digest
    assert "ada" not in first.email_digest


def test_refused_answers_store_nothing(contact: Form) -> None:
    with pytest.raises(AnswersInvalid):
        send(contact, {"email": "nobody"})

    assert not Submission.objects.exists()
    assert not Run.objects.exists()


def test_the_same_key_and_body_give_the_same_submission(contact: Form) -> None:
    first = send(contact, idempotency_key="k")
    again = send(contact, dict(reversed(ANSWERS.items())), idempotency_key="k", now=NOW + timedelta(hours=1))

    assert (first.created, again.created) == (True, False)
    assert again.submission == first.submission
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"answers": {**ANSWERS, "full_name": "Eve"}}, {"context": {"page": "https://example.com/"}}],
    ids=["answers", "context"],
)
def test_the_same_key_with_another_body_is_refused(contact: Form, other: dict[str, Any]) -> None:
    send(contact, idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused):
        send(contact, idempotency_key="k", **other)


def test_keys_of_one_form_mean_nothing_to_another(contact: Form, demo: Form) -> None:
    publish_version(form=demo, document=document(field("full_name")), now=NOW)

    assert send(contact, idempotency_key="k").created
    assert send(demo, idempotency_key="k").created


def test_a_retry_is_recognised_after_another_version_took_over(contact: Form) -> None:
    first = send(contact, idempotency_key="k")
    publish_version(form=contact, document=document(field("shoe_size", required=True)), now=NOW)

    assert send(contact, idempotency_key="k").submission == first.submission


def test_a_faster_request_with_the_same_key_wins(contact: Form) -> None:
    first = send(contact, idempotency_key="k")

    # The other request commits between our look and our insert.
    with patch("forms_engine.services.submit._earlier", side_effect=[None, first.submission]):
        late = send(contact, idempotency_key="k")

    assert (late.created, late.submission) == (False, first.submission)


def test_an_integrity_error_of_another_kind_is_not_swallowed(contact: Form) -> None:
    with patch("forms_engine.services.submit._store", side_effect=IntegrityError), pytest.raises(IntegrityError):
        send(contact, idempotency_key="k")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_ten_requests_at_once_with_one_key_store_one_submission(contact: Form) -> None:
    together, results = Barrier(10), []

    def go() -> None:
        together.wait()
        results.append(send(contact, idempotency_key="k").submission.pk)
        connection.close()

    threads = [Thread(target=go) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 10
    assert Submission.objects.count() == Run.objects.count() == len(set(results)) == 1


# Versions


def replaced(form: Form) -> FormVersion:
    """A version that another one has taken over from."""
    old = form.active_version
    publish_version(form=form, document=document(field("note")), now=NOW)
    assert old is not None
    old.refresh_from_db()
    return old


def test_answers_to_the_version_before_are_taken_for_a_while(contact: Form) -> None:
    old = replaced(contact)

    assert send(contact, version=old, now=NOW + settings.FORM_VERSION_GRACE - timedelta(seconds=1)).created


def test_answers_to_an_expired_version_are_refused(contact: Form) -> None:
    old = replaced(contact)

    with pytest.raises(FormVersionExpired):
        send(contact, version=old, now=NOW + settings.FORM_VERSION_GRACE)


def test_a_version_that_a_running_experiment_shows_stays_open(contact: Form) -> None:
    old = replaced(contact)
    experiment = Experiment.objects.create(key="e", subject=contact.subject, status=Experiment.Status.RUNNING)
    Variant.objects.create(experiment=experiment, key="a", payload={"form_version": old.pk})

    assert send(contact, version=old, now=NOW + timedelta(days=365)).created


# What the pipeline reads


def test_the_pipeline_reads_attributes_by_source(demo: Form) -> None:
    answers = {**ANSWERS, "country": "DE", "employees": 20, "consent": True}
    submission = send(demo, answers, context={"utm": {"campaign": "spring"}, "language": "de"}).submission

    facts = submission_facts(submission.pk)

    assert facts.answers == {"email": "ada@example.com", "full_name": "Ada Lovelace", "country": "DE", "employees": 20}
    assert (facts.full_name, facts.language, facts.form, facts.received_at) == ("Ada Lovelace", "de", "demo", NOW)


def test_a_submission_is_never_saved_again(contact: Form) -> None:
    submission = send(contact).submission
    submission.answers = {}

    with pytest.raises(TypeError):
        submission.save()
