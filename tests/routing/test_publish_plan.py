"""Publishing: the working copy becomes the active plan; earlier ones stay and may come back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from routing.draft import draft_plan
from routing.errors import PlanInvalid
from routing.models import Ledger, LedgerEntry, Member, Plan, Queue, Rep, Rule, Standing
from routing.plan_document import plan_hash
from routing.selectors import active_plan
from routing.services.ledger import lock_ledgers
from routing.services.publish_plan import activate_plan, has_unpublished_changes, publish_plan
from tests.routing.factories import NOW, MemberFactory, RepFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def desk() -> Queue:
    return queue_with("desk", "cyd", is_default=True)


@pytest.fixture
def sellers(desk) -> Queue:
    """Ada and Ben, who get what the desk doesn't."""
    queue = queue_with("sellers", "ada", "ben")
    RuleFactory(key="all", condition={}, queue=queue)
    return queue


def counts(ledger: str) -> dict[str, int]:
    return dict(Standing.objects.filter(ledger__key=ledger).values_list("rep__key", "count"))


def had(ledger: str, **leads: int) -> None:
    """As if so many leads had been given."""
    for rep, count in leads.items():
        Standing.objects.filter(ledger__key=ledger, rep__key=rep).update(count=count)
        rep_id = Rep.objects.get(key=rep).pk
        ledger_id = Ledger.objects.get(key=ledger).pk
        LedgerEntry.objects.create(
            ledger_id=ledger_id, rep_id=rep_id, credit=count, reason=LedgerEntry.Reason.MOVED_IN, created_at=NOW
        )


# Draft, active, earlier


def test_the_first_plan_is_number_one_and_active(sellers, admin_user):
    plan = publish_plan(note="Spring", user=admin_user, now=NOW)
    assert (plan.number, plan.is_active, plan.note) == (1, True, "Spring")
    assert (plan.published_at, plan.published_by) == (NOW, admin_user)


def test_a_plan_is_frozen_with_its_hash(sellers):
    plan = publish_plan(now=NOW)
    Queue.objects.update(name="Renamed")
    plan.refresh_from_db()
    assert plan.document["queues"]["desk"]["name"] == "Desk"
    assert plan.hash == plan_hash(plan.document) == active_plan().plan.hash


def test_the_draft_is_the_working_copy(sellers):
    publish_plan(now=NOW)
    assert not has_unpublished_changes()
    Member.objects.filter(rep__key="ada").update(weight=5)
    assert has_unpublished_changes()
    weights = [plan.queues["sellers"].member_by_rep["ada"].weight for plan in (draft_plan(), active_plan().plan)]
    assert weights == [5, 1]


def test_the_next_plan_takes_over_and_the_earlier_stays(sellers):
    first = publish_plan(now=NOW)
    Rule.objects.update(name="Everybody")
    second = publish_plan(now=LATER)
    assert [(plan.number, plan.is_active) for plan in Plan.objects.order_by("number")] == [(1, False), (2, True)]
    assert (active_plan().id, first.hash) != (first.pk, second.hash)


def test_a_working_copy_that_does_not_hold_together_changes_nothing(sellers):
    first = publish_plan(now=NOW)
    Rule.objects.update(condition={"contry": "DE"})
    with pytest.raises(PlanInvalid) as refused:
        publish_plan(now=LATER)
    assert refused.value.path == "rules[0].condition.contry"
    assert active_plan().id == first.pk


def test_without_a_default_queue_nothing_is_published():
    with pytest.raises(PlanInvalid, match="default_queue"):
        publish_plan(now=NOW)


def test_the_database_refuses_a_second_active_plan(sellers):
    plan = publish_plan(now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(number=2, hash=plan.hash, document=plan.document, is_active=True, published_at=NOW)


# Roll-back


def test_an_earlier_plan_comes_back_and_the_working_copy_stays(sellers):
    first = publish_plan(now=NOW)
    Rule.objects.update(name="Everybody")
    publish_plan(now=LATER)
    activate_plan(plan=first, now=LATER)
    assert (active_plan().number, Rule.objects.get().name) == (1, "Everybody")
    assert has_unpublished_changes()


def test_a_roll_back_keeps_the_counts(sellers):
    first = publish_plan(now=NOW)
    MemberFactory(queue=sellers, rep=RepFactory(key="dan"))
    publish_plan(now=LATER)
    had("sellers", ada=4, ben=5, dan=4)
    activate_plan(plan=first, now=LATER)
    assert counts("sellers") == {"ada": 4, "ben": 5, "dan": 4}


def test_publishing_after_a_roll_back_is_a_new_plan(sellers):
    first = publish_plan(now=NOW)
    Rule.objects.update(name="Everybody")
    publish_plan(now=LATER)
    activate_plan(plan=first, now=LATER)
    assert publish_plan(now=LATER).number == 3


# Counts and calibration


def test_every_member_has_a_standing_in_the_queues_count(sellers):
    publish_plan(now=NOW)
    assert (counts("sellers"), counts("desk")) == ({"ada": 0, "ben": 0}, {"cyd": 0})
    assert not LedgerEntry.objects.exists()


def test_queues_that_share_a_count_have_one_ledger(sellers, desk):
    Queue.objects.update(shared_count="sales")
    publish_plan(now=NOW)
    assert list(Ledger.objects.values_list("key", flat=True)) == ["sales"]
    assert counts("sales") == {"ada": 0, "ben": 0, "cyd": 0}


def test_a_new_member_begins_with_the_average_and_an_entry_that_says_why(sellers):
    publish_plan(now=NOW)
    had("sellers", ada=10, ben=11)
    MemberFactory(queue=sellers, rep=RepFactory(key="dan"))
    publish_plan(now=LATER)
    entry = LedgerEntry.objects.get(rep__key="dan")
    assert (counts("sellers")["dan"], entry.credit, entry.reason, entry.created_at) == (10, 10, "calibration", LATER)


def test_calibration_goes_by_weight(sellers):
    publish_plan(now=NOW)
    had("sellers", ada=10, ben=10)
    MemberFactory(queue=sellers, rep=RepFactory(key="dan"), weight=3)
    publish_plan(now=LATER)
    assert counts("sellers")["dan"] == 30


def test_a_calibrated_member_is_owed_nothing(sellers):
    publish_plan(now=NOW)
    had("sellers", ada=10, ben=10)
    MemberFactory(queue=sellers, rep=RepFactory(key="dan"))
    publish_plan(now=LATER)
    assert Standing.objects.get(rep__key="dan").shortfall == 0


def test_who_leaves_and_comes_back_keeps_the_count(sellers):
    publish_plan(now=NOW)
    had("sellers", ada=10, ben=10)
    Member.objects.filter(rep__key="ben").delete()
    publish_plan(now=LATER)
    MemberFactory(queue=sellers, rep=Rep.objects.get(key="ben"))
    publish_plan(now=LATER)
    assert counts("sellers") == {"ada": 10, "ben": 10}


def test_a_queue_that_joins_a_shared_count_is_calibrated_against_it(sellers, desk):
    Queue.objects.filter(key="sellers").update(shared_count="sales")
    publish_plan(now=NOW)
    had("sales", ada=6, ben=6)
    Queue.objects.filter(key="desk").update(shared_count="sales")
    publish_plan(now=LATER)
    assert counts("sales")["cyd"] == 6


def test_ledgers_are_locked_in_one_order_whatever_they_are_asked_in(sellers, desk):
    publish_plan(now=NOW)
    ids = [ledger.pk for ledger in lock_ledgers(["sellers", "desk", "sellers"]).values()]
    assert ids == sorted(set(ids))


# Who changed what


def test_a_change_is_kept_with_who_made_it_and_what_it_was(sellers, client, admin_user):
    rule = Rule.objects.get()
    client.force_login(admin_user)
    page = f"/admin/routing/rule/{rule.pk}/change/"
    form = client.get(page).context["adminform"].form
    answers = {name: value if value is not None else "" for name, value in form.initial.items()}
    client.post(page, {**answers, "condition": "{}", "name": "Everybody"})
    newest, oldest = rule.history.all()
    assert (newest.name, newest.history_user, oldest.name) == ("Everybody", admin_user, "all")


@pytest.mark.parametrize("model", [Rep, Queue, Member, Rule])
def test_what_a_plan_is_made_of_has_a_history(model):
    assert hasattr(model, "history")


def test_what_was_deleted_is_still_told(sellers):
    rule = Rule.objects.get()
    key = rule.pk
    rule.delete()
    assert Rule.history.filter(id=key).latest().history_type == "-"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_plan_published_twice_at_once_is_active_once():
    from tests.routing.test_route_lead import _in_threads

    queue_with("desk", "cyd", is_default=True)
    publish_plan(now=NOW)
    Queue.objects.update(name="Renamed")
    _in_threads(lambda _: publish_plan(now=LATER), range(4))
    assert Plan.objects.filter(is_active=True).count() == 1
    assert Plan.objects.count() == 2
