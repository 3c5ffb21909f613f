"""Two people move rules on the same page at the same moment, and a draft is read while it changes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from routing.draft import current_draft, forget_draft
from routing.errors import DraftChanged
from routing.models import Member, Rule
from routing.models.draft import draft_revision
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


def test_whoever_reads_while_the_draft_changes_never_keeps_an_old_one(rules):
    def change(weight: int):
        return lambda: Member.objects.update(weight=weight)

    for weight in range(2, 6):
        forget_draft()
        at_once(change(weight), current_draft, current_draft)
        assert current_draft().plan.queues["sellers"].member_by_rep["ada"].weight == weight
