import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from forms_engine.models import Form, Submission
from forms_engine.services.publish_version import publish_version
from foundation.prepared_insert import Unless, insert_together
from pipeline.models import Run
from tests.forms_engine.documents import document
from tests.forms_engine.factories import NOW, FormFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> Form:
    form = FormFactory()
    publish_version(form=form, document=document(), now=NOW)
    return form


def new_submission(form: Form, **more: Any) -> Submission:
    answers = {"email": "ada@example.com", "ü": ["ß", 1.5, True, None], "quote": "'; -- %s"}
    given: dict[str, Any] = {"form": form, "version_id": form.active_version_id, "answers": answers, "deliver": True}
    return Submission(**{**given, "origin": "visitor", "created_at": NOW, **more})


def new_run(submission: Submission) -> Run:
    return Run(submission_id=submission.pk, origin="visitor", deliver=False, wake_at=NOW, created_at=NOW)


def columns(row: models.Model) -> dict[str, Any]:
    """As the database has them, but for the key."""
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}


def test_it_stores_what_save_stores(form: Form) -> None:
    saved, inserted = new_submission(form), new_submission(form)
    saved.save()

    insert_together(inserted)

    assert columns(Submission.objects.get(pk=inserted.pk)) == columns(Submission.objects.get(pk=saved.pk))


def test_rows_of_several_models_get_their_keys(form: Form) -> None:
    submission = new_submission(form)
    run = new_run(submission)

    insert_together(submission, run)

    assert Run.objects.get(submission_id=submission.pk) == run
    assert not run._state.adding


def test_values_that_differ_go_through_the_same_statement(form: Form) -> None:
    first, second = (new_submission(form, idempotency_key=key, exposure_id=n) for key, n in (("a", None), (None, 7)))

    insert_together(first)
    insert_together(second)

    assert [Submission.objects.get(pk=row.pk).exposure_id for row in (first, second)] == [None, 7]


def test_all_are_stored_or_none_and_the_transaction_goes_on(form: Form) -> None:
    taken = new_submission(form)
    insert_together(taken, new_run(taken))

    with transaction.atomic(), pytest.raises(IntegrityError):
        insert_together(new_submission(form), new_run(taken))

    assert Submission.objects.get() == taken


def unless_there_is(key: str) -> Unless:
    sql = "SELECT 1 FROM forms_engine_submission WHERE idempotency_key = %s AND created_at >= %s"
    return Unless(sql, (key, NOW))


def test_where_there_is_one_nothing_is_stored(form: Form) -> None:
    insert_together(new_submission(form, idempotency_key="a"))
    again = new_submission(form, idempotency_key="b")

    assert not insert_together(again, new_run(again), unless=unless_there_is("a"))
    assert (Submission.objects.count(), Run.objects.count()) == (1, 0)
    assert again._state.adding


def test_where_there_is_none_all_are_stored_as_ever(form: Form) -> None:
    saved, guarded = new_submission(form), new_submission(form)
    saved.save()
    run = new_run(guarded)

    assert insert_together(guarded, run, unless=unless_there_is("a"))
    assert columns(Submission.objects.get(pk=guarded.pk)) == columns(Submission.objects.get(pk=saved.pk))
    assert Run.objects.get() == run


def test_one_row_has_a_condition_too(form: Form) -> None:
    insert_together(new_submission(form, idempotency_key="a", created_at=NOW - timedelta(seconds=1)))

    assert insert_together(new_submission(form, idempotency_key="b"), unless=unless_there_is("a"))
    assert not insert_together(new_submission(form), unless=unless_there_is("b"))


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_around_it_all_are_stored_or_none(form: Form) -> None:
    taken = new_submission(form)
    insert_together(taken, new_run(taken))

    with pytest.raises(IntegrityError):
        insert_together(new_submission(form, id=uuid.uuid4()), new_run(taken))

    assert Submission.objects.get() == taken


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_on_postgresql_it_is_one_statement(form: Form) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    submission = new_submission(form)

    with CaptureQueriesContext(connection) as asked:
        insert_together(submission, new_run(submission), unless=unless_there_is("a"))

    assert len(asked) == 1
