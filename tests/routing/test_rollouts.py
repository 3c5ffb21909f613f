"""Trying a plan on some leads: who decides what, what it shares with the plan beside it, and how it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.contract import inputs_by_hand
from routing.credit import Outcome
from routing.errors import DraftChanged, GoldenLeadsFailed, PlanInvalid, RolloutRefused, RolloutRunning
from routing.explain import sentences
from routing.models import (
    Assignment,
    ContractInput,
    Decision,
    GoldenLead,
    MoveBatch,
    Plan,
    Queue,
    Rep,
    Rollout,
    Rule,
    Standing,
)
from routing.moving import BACK, Target
from routing.plan_document import plan_hash
from routing.recheck import differing
from routing.rollout import Scope, place_of
from routing.selectors import active_plan, parsed_plan
from routing.services.compile_plan import compile_plan
from routing.services.credit_outcome import credit_outcome
from routing.services.enforce_clock import enforce_clock
from routing.services.moving_cases import cases_of, plan_of_move
from routing.services.publish_plan import activate_plan, publish_plan
from routing.services.reassign_lead import reassign_lead
from routing.services.reassign_leads import Destination, begin_batch, carry_out, choose_leads, undo_batch
from routing.services.rollouts import finish_rollout, grow_rollout, start_rollout, stop_rollout
from routing.services.route_lead import Arrival, route_leads
from tests.routing.clocked import holder, rep
from tests.routing.factories import NOW, LeadFactory, RuleFactory, TerritoryFactory, queue_with

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DACH, HALF = Scope(territory="dach"), Scope(share_bp=5_000)


@pytest.fixture(autouse=True)
def company() -> None:
    """Everything goes to the old team; the draft gives it to the new one."""
    queue_with("desk", "cyd", is_default=True)
    old = queue_with("old", "ada", "ben", accept_within_min=60)
    emea = TerritoryFactory(key="emea", condition={"country": {"$in": ["DE", "FR"]}})
    TerritoryFactory(key="dach", parent=emea, condition={"country": "DE"})
    RuleFactory(key="all", condition={}, queue=old)
    publish_plan(now=NOW)
    Rule.objects.update(queue=queue_with("new", "eve", "fay", accept_within_min=60))


def started(scope: Scope = DACH, **fields) -> Rollout:
    return start_rollout(scope=scope, user=None, now=NOW, **fields)


def send(*leads, country: str = "DE", now=NOW) -> list[Decision]:
    active = active_plan()
    inputs = inputs_by_hand({"country": country}, active.plan.contract)
    arrivals = [Arrival(lead, uuid4(), inputs) for lead in leads or [LeadFactory()]]
    return route_leads(arrivals=arrivals, active=active, now=now)


def queues(decisions: list[Decision]) -> list[str]:
    return [decision.queue_key for decision in decisions]


# Starting


def test_the_active_plan_stays_the_active_one():
    rollout = started(note="New team")
    assert (active_plan().number, rollout.base.number, rollout.plan.number) == (1, 1, 2)
    assert (rollout.plan.is_active, rollout.plan.note, rollout.plan.live_since) == (False, "New team", None)


def test_who_joins_by_the_tried_plan_has_a_standing_at_once():
    started()
    assert set(Standing.objects.filter(ledger__key="new").values_list("rep__key", flat=True)) == {"eve", "fay"}


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope(territory="mars"), "no such territory"),
        (Scope("dach", 500), "not both"),
        (Scope(share_bp=10_000), "between 0 and 100"),
        (Scope(), "between 0 and 100"),
    ],
)
def test_a_scope_that_is_none_is_refused(scope, told):
    with pytest.raises(RolloutRefused, match=told):
        started(scope)
    assert Plan.objects.count() == 1


def test_another_contract_cannot_be_tried():
    ContractInput.objects.filter(key="employees").update(required=True)
    with pytest.raises(RolloutRefused, match="contract"):
        started()


def test_a_draft_that_has_changed_since_it_was_looked_at_is_not_tried():
    seen = plan_hash(compile_plan())
    Queue.objects.update(name="Renamed")
    with pytest.raises(DraftChanged):
        started(draft_hash=seen)


def test_a_draft_that_does_not_hold_together_or_fails_a_golden_lead_is_not_tried():
    GoldenLead.objects.create(name="Acme", inputs={"country": "DE"}, expected_queue="old")
    with pytest.raises(GoldenLeadsFailed):
        started()
    Rule.objects.update(condition={"contry": "DE"})
    with pytest.raises(PlanInvalid):
        started()


def test_nothing_can_be_tried_where_nothing_is_live_or_has_changed():
    Rule.objects.update(queue=Queue.objects.get(key="old"))
    Queue.objects.filter(key="new").delete()
    Rep.objects.filter(key__in=["eve", "fay"]).delete()
    with pytest.raises(RolloutRefused, match="Nothing has changed"):
        started()


@pytest.mark.parametrize("act", ["publish", "back", "again"])
def test_while_it_runs_nothing_else_goes_live(act):
    started()
    Queue.objects.update(name="Renamed")
    acts = {
        "publish": lambda: publish_plan(now=NOW),
        "back": lambda: activate_plan(plan=Plan.objects.get(number=1), now=NOW),
        "again": started,
    }
    with pytest.raises(RolloutRunning, match="Plan 2 is being tried"):
        acts[act]()
    assert active_plan().number == 1


# Deciding


def test_each_plan_decides_its_own_leads_and_is_named_by_them():
    rollout = started()
    (german,), (french,) = send(country="DE"), send(country="FR")
    assert (german.queue_key, german.plan_id) == ("new", rollout.plan_id)
    assert (french.queue_key, french.plan_id) == ("old", rollout.base_id)


def test_leads_of_one_batch_may_be_decided_by_either_plan():
    rollout = started(HALF)
    leads = [LeadFactory() for _ in range(24)]
    expected = ["new" if place_of(rollout.key, lead.pk) < 5_000 else "old" for lead in leads]
    assert queues(send(*leads)) == expected
    assert {"new", "old"} == set(expected)


def test_a_batch_counts_each_lead_once_whichever_plan_decided():
    started(HALF)
    send(*[LeadFactory() for _ in range(24)])
    assert sum(Standing.objects.values_list("count", flat=True)) == 24


def test_both_plans_share_the_counts_of_a_queue():
    Rule.objects.update(queue=Queue.objects.get(key="old"), name="Everybody")
    started(HALF)
    send(*[LeadFactory() for _ in range(24)])
    assert dict(Standing.objects.filter(ledger__key="old").values_list("rep__key", "count")) == {"ada": 12, "ben": 12}


def test_a_known_owner_keeps_the_lead():
    lead = LeadFactory()
    (before,) = send(lead)
    started()
    (after,) = send(lead)
    assert (after.outcome, after.rep_id) == ("existing_owner", before.rep_id)


def test_every_decision_runs_again_and_is_explained_by_its_own_plan():
    started(HALF)
    decisions = send(*[LeadFactory() for _ in range(24)])
    assert list(differing(Decision.objects.select_related("rep"))) == []
    told = {" ".join(sentences(each, parsed_plan(each.plan_id))) for each in decisions}
    assert all(any(name in text for text in told) for name in ("“New”", "“Old”"))


def test_the_active_plan_and_what_is_tried_beside_it_cost_one_query():
    active_plan()
    started()
    active_plan()
    with CaptureQueriesContext(connection) as captured:
        assert active_plan().rollout is not None
    assert len(captured) == 1


def test_a_rollout_costs_a_lead_no_query_more():
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            send()
        return len(captured)

    send()
    before = cost()
    started(Scope(share_bp=9_999))
    send()
    assert cost() == before


# What happens to its leads afterwards


def test_the_clock_passes_a_lead_on_within_the_queue_of_its_own_plan():
    started()
    (decision,) = send()
    enforce_clock(now=LATER)
    held = holder(decision.lead)
    assert (held.queue_key, held.decision.plan_id) == ("new", decision.plan_id)
    assert held.rep_id != decision.rep_id


def test_a_lead_moved_by_hand_is_counted_on_by_its_own_plan():
    started()
    (decision,) = send()
    other = "fay" if decision.rep.key == "eve" else "eve"
    moved = reassign_lead(lead=decision.lead, rep=rep(other), reason="Knows them", user=None, now=LATER)
    assert moved.decision.plan_id == decision.plan_id
    assert dict(Standing.objects.filter(count=1).values_list("rep__key", "count")) == {other: 1}


def moved_together(leads: list[int], **to) -> MoveBatch:
    batch = choose_leads(lead_ids=leads, user=None, now=LATER)
    begin_batch(batch=batch, to=Destination(**to), reason="Wrong team", now=LATER)
    return carry_out(batch=batch, now=LATER)


def test_a_lead_that_goes_back_to_the_tried_plans_own_queue_has_its_clock():
    rollout = started()
    (decision,) = send()
    moved_together([decision.lead_id], rep=rep("cyd"))
    moved_together([decision.lead_id])
    back = holder(decision.lead)
    assert (back.queue_key, back.decision.plan_id) == ("new", rollout.plan_id)
    assert back.due_at == LATER + timedelta(hours=1)


def test_the_active_plans_own_queue_takes_leads_of_the_tried_one_and_they_go_back():
    Queue.objects.filter(key="old").delete()
    rollout = started()
    (decision,) = send()
    batch = moved_together([decision.lead_id], queue_key="old")
    there = holder(decision.lead)
    carry_out(batch=undo_batch(batch=batch, user=None, now=LATER), now=LATER)
    back = holder(decision.lead)
    assert [there.queue_key, back.queue_key, back.decision.plan_id] == ["old", "new", rollout.plan_id]
    assert there.due_at == back.due_at == LATER + timedelta(hours=1)
    target, found = Target(BACK), cases_of([decision.lead_id])[decision.lead_id]
    assert plan_of_move(target, found, active_plan()).id == there.decision.plan_id


def test_credit_comes_back_as_its_own_plan_says():
    Queue.objects.filter(key="new").update(gives_back=["duplicate"])
    started()
    (decision,) = send()
    assignment = Assignment.objects.get(decision=decision)
    assert credit_outcome(assignment=assignment, outcome=Outcome.DUPLICATE, now=LATER) == "given_back"


# Growing, finishing, stopping


def test_a_share_grows_and_keeps_who_was_in():
    rollout = started(Scope(share_bp=1_000))
    leads = [LeadFactory() for _ in range(40)]
    active = active_plan()
    inputs = inputs_by_hand({"country": "DE"}, active.plan.contract)
    taken = {lead.pk for lead in leads if active.deciding(lead.pk, inputs, NOW).number == 2}
    grow_rollout(rollout=rollout, share_bp=5_000, user=None, now=NOW)
    assert taken < {lead.pk for lead in leads if active_plan().deciding(lead.pk, inputs, NOW).number == 2}


@pytest.mark.parametrize("share_bp", [0, 400, 500, 10_000, 20_000])
def test_a_share_does_not_shrink_nor_reach_everyone(share_bp):
    rollout = started(Scope(share_bp=500))
    with pytest.raises(RolloutRefused):
        grow_rollout(rollout=rollout, share_bp=share_bp, user=None, now=NOW)


def test_a_territory_does_not_grow():
    with pytest.raises(RolloutRefused, match="for a territory"):
        grow_rollout(rollout=started(), share_bp=5_000, user=None, now=NOW)


def test_finishing_makes_the_plan_the_active_one(admin_user):
    finish_rollout(rollout=started(), user=admin_user, now=LATER)
    ended = Rollout.objects.get()
    assert (ended.state, ended.ended_by, ended.plan.is_active, ended.base.live_until) == (
        "finished",
        admin_user,
        True,
        LATER,
    )
    assert queues(send(country="FR")) == ["new"]


def test_golden_leads_are_asked_again_before_it_is_finished():
    rollout = started()
    GoldenLead.objects.create(name="Acme", inputs={"country": "DE"}, expected_queue="old")
    with pytest.raises(GoldenLeadsFailed):
        finish_rollout(rollout=rollout, user=None, now=LATER)
    assert active_plan().rollout is not None


def test_stopping_leaves_the_base_and_the_leads_with_their_owners(admin_user):
    rollout = started()
    (decision,) = send()
    stop_rollout(rollout=rollout, user=admin_user, now=LATER)
    assert queues(send()) == ["old"]
    assert holder(decision.lead).rep_id == decision.rep_id


@pytest.mark.parametrize("end", [finish_rollout, stop_rollout])
def test_what_has_ended_does_not_end_again(end):
    rollout = started()
    stop_rollout(rollout=rollout, user=None, now=LATER)
    with pytest.raises(RolloutRefused, match="has ended"):
        end(rollout=rollout, user=None, now=LATER)


def test_the_same_draft_can_be_tried_again_after_it_was_stopped():
    stop_rollout(rollout=started(), user=None, now=LATER)
    assert started(HALF).plan.number == 3


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_publishing_and_trying_at_once_only_one_happens():
    from tests.routing.test_route_lead import _in_threads

    refused = []

    def publish_or_try(number: int) -> None:
        try:
            publish_plan(now=LATER) if number % 2 else started()
        except (RolloutRunning, RolloutRefused) as error:
            refused.append(error)

    _in_threads(publish_or_try, range(4))
    assert (Plan.objects.filter(is_active=True).count(), Plan.objects.count()) == (1, 2)
    assert 2 <= len(refused) <= 3


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_batches_of_both_plans_never_wait_for_each_other_in_a_circle():
    from tests.routing.test_route_lead import _in_threads

    started(HALF)
    batches = [[LeadFactory() for _ in range(6)] for _ in range(6)]
    _in_threads(lambda number: len(send(*batches[number])), range(6))
    assert sum(Standing.objects.values_list("count", flat=True)) == 36
