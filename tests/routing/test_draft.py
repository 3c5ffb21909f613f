"""The draft is compiled and parsed once a revision; every change of the working copy makes a new revision."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from routing.draft import current_draft, draft_plan
from routing.errors import PlanInvalid
from routing.models import ContractInput, Member, NamedAccount, NamedAccountList, Queue, Rep, Rule, Territory
from routing.models.draft import draft_revision, one_change
from tests.routing.factories import RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def working_copy() -> None:
    queue = queue_with("sellers", "ada", "ben", is_default=True)
    accounts = NamedAccountList.objects.create(key="big", name="Big", queue=queue)
    NamedAccount.objects.create(list=accounts, domain="acme.example")
    RuleFactory(key="all", queue=queue, territory=TerritoryFactory(key="emea"))


CHANGES = {
    "a saved row": lambda: Rule.objects.get().save(),
    "a deleted row": lambda: Rule.objects.get().delete(),
    "an update of many": lambda: Member.objects.update(weight=3),
    "a bulk update": lambda: Territory.objects.bulk_update([Territory(pk=Territory.objects.get().pk)], ["position"]),
    "a deletion of many": lambda: NamedAccount.objects.all().delete(),
    "a deletion with all that hangs on it": lambda: NamedAccountList.objects.get().delete(),
    "rows made at once": lambda: Rep.objects.bulk_create([Rep(key="cyd", name="Cyd", email="cyd@seller.example")]),
    "a link": lambda: Territory.objects.get().account_lists.add(NamedAccountList.objects.get()),
    "related rows": lambda: Queue.objects.get().members.all().delete(),
    "the contract": lambda: ContractInput.objects.first().save(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_a_new_revision(working_copy, change):
    before = draft_revision()
    CHANGES[change]()
    assert draft_revision() != before


def test_many_rows_made_at_once_lock_the_revision_and_let_it_grow_once(working_copy):
    accounts = NamedAccountList.objects.get()
    rows = [NamedAccount(list=accounts, domain=f"buyer{number}.example") for number in range(500)]
    with CaptureQueriesContext(connection) as captured:
        NamedAccount.objects.bulk_create(rows)
    assert sum("draftrevision" in query["sql"] for query in captured) == 2


def test_many_changes_can_be_taken_for_one(working_copy):
    with CaptureQueriesContext(connection) as captured, one_change():
        for rep in Rep.objects.all():
            rep.save()
        Member.objects.update(weight=2)
    asked = [query["sql"] for query in captured if "draftrevision" in query["sql"]]
    assert sum(sql.startswith("UPDATE") for sql in asked) == 1


def test_within_one_change_the_draft_is_as_it_is_so_far(working_copy):
    assert draft_plan().queues["sellers"].member_by_rep["ada"].weight == 1
    with one_change():
        Member.objects.update(weight=2)
        assert draft_plan().queues["sellers"].member_by_rep["ada"].weight == 2


def test_an_unchanged_draft_costs_one_query_and_is_the_same_object(working_copy):
    first = current_draft()
    with CaptureQueriesContext(connection) as captured:
        assert current_draft().plan is first.plan
    assert len(captured) == 1


def test_a_rolled_back_change_is_not_taken_for_the_next(working_copy):
    with transaction.atomic():
        Member.objects.update(weight=7)
        current_draft()
        transaction.set_rollback(True)
    Member.objects.update(weight=2)
    assert current_draft().plan.queues["sellers"].member_by_rep["ada"].weight == 2


def test_what_does_not_hold_together_says_so_each_time(working_copy):
    Queue.objects.update(is_default=False)
    for _ in range(2):
        with pytest.raises(PlanInvalid, match="there must be one default queue"):
            draft_plan()
    assert "default_queue" in current_draft().problem


def test_a_postal_area_that_is_none_is_told_with_its_territory(working_copy):
    Territory.objects.update(postal_areas=["nowhere"])
    with pytest.raises(PlanInvalid, match=r"territories\.emea\.postal_areas"):
        current_draft()


def test_compiling_asks_as_often_however_many_lists_and_territories_there_are(working_copy):
    def queries() -> int:
        Member.objects.update(weight=1)
        with CaptureQueriesContext(connection) as captured:
            current_draft()
        return len(captured)

    before = queries()
    for number in range(5):
        accounts = NamedAccountList.objects.create(key=f"list-{number}", name="L", queue=Queue.objects.get())
        NamedAccount.objects.create(list=accounts, domain=f"more{number}.example")
        TerritoryFactory().account_lists.add(accounts)
    assert queries() == before
