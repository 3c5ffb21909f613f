"""`route_lead`: one decision, one live assignment, counts that add up."""

import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from routing.contract import inputs_by_hand
from routing.draft import draft_plan
from routing.errors import NoActivePlan
from routing.explain import sentences
from routing.models import Assignment, Decision, LedgerEntry, Member, Queue, Rep, Standing
from routing.recheck import rerun
from routing.selectors import active_plan, shares_of
from routing.services.publish_plan import publish_plan
from routing.services.route_lead import preview, route_lead
from tests.routing.factories import NOW, LeadFactory, MemberFactory, RuleFactory, queue_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    """Everybody in Germany goes to the sellers; the desk gets the rest."""
    queue_with("desk", "cyd", is_default=True)
    sellers = queue_with("sellers", "ada", "ben")
    RuleFactory(key="german", condition={"country": "DE"}, queue=sellers)
    return publish_plan(now=NOW)


def route(lead=None, is_test=False, submission_id=None, **values) -> Decision:
    active = active_plan()
    return route_lead(
        lead=lead or LeadFactory(),
        submission_id=submission_id or uuid4(),
        inputs=inputs_by_hand(values or {"country": "DE"}, active.plan.contract),
        active=active,
        is_test=is_test,
        now=NOW,
    )


def test_a_lead_gets_one_owner(plan):
    decision = route()
    assert (decision.outcome, decision.queue_key, decision.reason) == ("assigned", "sellers", "rule")
    assert Assignment.objects.get(ended_at=None).rep == decision.rep


def test_leads_are_shared_by_weight(plan):
    Member.objects.filter(rep__key="ada").update(weight=3)
    publish_plan(now=NOW)
    for _ in range(8):
        route()
    assert {share.rep: share.count for share in shares_of("sellers", active_plan().plan)} == {"ada": 6, "ben": 2}


def test_a_known_lead_keeps_its_owner_and_nothing_is_counted(plan):
    first = route()
    again = route(lead=first.lead, country="FR")
    assert (again.outcome, again.rep) == ("existing_owner", first.rep)
    assert Assignment.objects.count() == 1
    assert LedgerEntry.objects.count() == 1


def test_the_same_submission_is_decided_once(plan):
    lead, submission_id = LeadFactory(), uuid4()
    assert route(lead=lead, submission_id=submission_id) == route(lead=lead, submission_id=submission_id)
    assert Decision.objects.count() == 1


def test_counts_are_the_sum_of_the_ledgers_entries(plan):
    for _ in range(5):
        route()
    for standing in Standing.objects.all():
        entries = LedgerEntry.objects.filter(ledger=standing.ledger, rep=standing.rep)
        assert sum(entry.credit for entry in entries) == standing.count


def test_tests_take_no_credit(plan):
    route(is_test=True)
    assert not LedgerEntry.objects.exists()
    assert set(Standing.objects.values_list("count", "shortfall")) == {(0, 0)}


def test_a_paused_member_is_passed_over_at_once(plan):
    Member.objects.filter(rep__key="ada").update(paused=True)
    assert {route().rep.key for _ in range(4)} == {"ben"}


def test_an_inactive_rep_is_passed_over_at_once(plan):
    Rep.objects.filter(key="ben").update(active=False)
    assert {route().rep.key for _ in range(4)} == {"ada"}


def test_an_empty_queue_falls_back_by_name(plan):
    Member.objects.filter(queue__key="sellers").update(paused=True)
    decision = route()
    assert (decision.rep.key, decision.queue_key, decision.reason) == ("cyd", "desk", "fallback_queue")


def test_a_lead_that_nobody_can_take_is_parked_with_a_reason(plan):
    Member.objects.update(paused=True)
    decision = route()
    assert (decision.outcome, decision.rep, decision.queue_key) == ("parked", None, "desk")
    assert decision.reason == "no_eligible_member"


def test_edits_change_nothing_until_they_are_published(plan):
    RuleFactory(key="all", condition={}, queue=queue_with("new", "dan"), position=0)
    assert route(country="FR").queue_key == "desk"
    publish_plan(now=NOW)
    assert route(country="FR").queue_key == "new"


def test_publishing_an_unchanged_copy_is_no_new_plan(plan):
    assert publish_plan(now=NOW) == plan


def test_editing_a_pool_keeps_its_counts(plan):
    route()
    queue_with("other", "eve")
    publish_plan(now=NOW)
    assert sum(share.count for share in shares_of("sellers", active_plan().plan)) == 1


def test_nothing_is_decided_before_a_plan_is_published():
    with pytest.raises(NoActivePlan):
        active_plan()


def test_every_decision_runs_again_to_the_same_result(plan):
    decisions = [route(), route(country="FR"), route()]
    decisions.append(route(lead=decisions[0].lead))
    Member.objects.update(paused=True)
    decisions.append(route())
    assert all(rerun(Decision.objects.get(pk=decision.pk)).agrees for decision in decisions)


@pytest.mark.parametrize("members", [2, 12])
def test_routing_costs_a_fixed_number_of_queries(plan, django_assert_num_queries, members):
    """The lead's lock, what is known of it, ledgers, pools; decision, assignment, standings, entry."""
    sellers = Queue.objects.get(key="sellers")
    for _ in range(members - 2):
        MemberFactory(queue=sellers)
    publish_plan(now=NOW)
    lead, active = LeadFactory(), active_plan()
    with django_assert_num_queries(8):
        route_lead(
            lead=lead,
            submission_id=uuid4(),
            inputs=inputs_by_hand({"country": "DE"}, active.plan.contract),
            active=active,
            now=NOW,
        )


def test_preview_costs_two_queries(plan, django_assert_num_queries):
    active = active_plan().plan
    with django_assert_num_queries(2):
        preview(active, inputs_by_hand({"country": "DE"}, active.contract), now=NOW, seed="s")


def test_a_draft_whose_queue_has_no_count_yet_can_be_previewed(plan):
    RuleFactory(condition={}, queue=queue_with("new", "dan"), position=0)
    draft = draft_plan()
    _, resolution = preview(draft, inputs_by_hand({"country": "FR"}, draft.contract), now=NOW, seed="s")
    assert (resolution.rep_key, resolution.queue_key) == ("dan", "new")


def test_a_decision_explains_itself(plan):
    decision = route()
    told = " ".join(sentences(decision, active_plan().plan))
    assert "Rule “german” applies" in told
    assert f"it was {decision.rep.name}'s turn" in told


def test_the_database_refuses_a_second_live_assignment(plan):
    decision = route()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(lead=decision.lead, rep=decision.rep, decision=decision, created_at=NOW)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_leads_routed_at_once_keep_the_shares_exact():
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(condition={}, queue=queue_with("sellers", "ada", "ben", "dan"))
    publish_plan(now=NOW)
    leads = [LeadFactory() for _ in range(24)]
    _in_threads(lambda lead: route(lead=lead), leads)
    counts = [share.count for share in shares_of("sellers", active_plan().plan)]
    assert counts == [8, 8, 8]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_one_lead_routed_twice_at_once_gets_one_owner():
    queue_with("desk", "cyd", is_default=True)
    RuleFactory(condition={}, queue=queue_with("sellers", "ada", "ben"))
    publish_plan(now=NOW)
    lead = LeadFactory()
    _in_threads(lambda _: route(lead=lead), range(6))
    assert Assignment.objects.filter(lead=lead, ended_at=None).count() == 1
    assert sorted(Decision.objects.values_list("outcome", flat=True)) == ["assigned"] + ["existing_owner"] * 5


def _in_threads(work, items) -> None:
    failures = []

    def run(item) -> None:
        try:
            work(item)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
